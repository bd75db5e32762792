"""Points by Optuna: what it is told, and that it goes on as it would have."""

from sweep.config.dimensions import Dimension
from sweep.search.optuna_points import OptunaSearch
from tests.sweep.search.point_space import SPACE, objective, tell


def test_optuna_goes_on_after_an_interruption_as_it_would_have() -> None:
    """With failed, stopped and running trials among them, told in another order than asked."""
    whole = OptunaSearch(SPACE, 0)
    asked: dict[int, dict[str, object]] = {}
    told = []
    for number in range(16):
        point = whole.ask(number)
        assert point is not None
        asked[number] = point
        if number % 2:
            for ended in (number, number - 1):
                if ended != 6:  # it is still running
                    score = None if ended == 3 else objective(asked[ended])
                    told.append(tell(whole, ended, asked[ended], score, 0.5 if ended == 4 else None))
    again = OptunaSearch(SPACE, 0)
    again.restore(asked, told, again.state())
    for number in (16, 17):
        assert again.ask(number) == whole.ask(number)
    tell(whole, 6, asked[6], 0.1)
    tell(again, 6, asked[6], 0.1)
    assert again.ask(18) == whole.ask(18)


def test_optuna_is_not_misled_by_the_signal_of_a_stopped_trial() -> None:
    """Its signal is no score: however large, it must not draw the search to the trial's point."""

    def asked_after(signal: float) -> list[object]:
        search = OptunaSearch(SPACE, 0)
        for number in range(20):
            point = search.ask(number)
            assert point is not None
            tell(
                search, number, point, signal if number % 3 == 0 else objective(point), 0.5 if number % 3 == 0 else None
            )
        return [search.ask(20), search.ask(21)]

    assert asked_after(0.0) == asked_after(99.0)


def test_optuna_learns_and_survives_failures() -> None:
    search = OptunaSearch(SPACE, 0)
    points = []
    for number in range(40):
        point = search.ask(number)
        assert point is not None
        tell(search, number, point, None if number % 7 == 3 else objective(point))
        points.append(point)
    early, late = points[:10], points[25:]
    assert sum(map(objective, late)) / len(late) > sum(map(objective, early)) / len(early)


def test_choices_keep_their_type_through_optuna() -> None:
    search = OptunaSearch({"x": Dimension(choice=(1, 1.0, True, None, "1"))}, 0)
    found = [search.ask(number) for number in range(40)]
    assert {(type(p["x"]), repr(p["x"])) for p in found if p} == {
        (int, "1"), (float, "1.0"), (bool, "True"), (type(None), "None"), (str, "'1'"),
    }  # fmt: skip
