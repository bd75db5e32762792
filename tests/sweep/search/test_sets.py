"""The search of sets: numbers of new sets and of repeats, and the trials that they become."""

import dataclasses
from collections.abc import Callable

import pytest

from sweep.config.space import is_screening
from sweep.plan import Plan
from sweep.search.points import Told
from sweep.search.sets import LANGUAGES, make_set_search, searched_set_trial

SETS = {
    "kind": "random-sets",
    "n_samples": 4,
    "size": 2,
    "distances": ["featural"],
    "repeats": {"top": 2, "seeds": [7, 8]},
}


def test_the_best_sets_come_again_in_the_order_of_their_scores(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(arms=[], search=SETS)
    search = make_set_search(plan.config, plan.chooser)
    points = [search.ask(number) for number in range(4)]
    assert all(point is not None and len(point[LANGUAGES]) == 2 for point in points)
    assert len({tuple(point[LANGUAGES]) for point in points if point}) == 4
    for number, score in enumerate((0.1, 0.9, 0.2, 0.8)):
        search.tell(Told(trial=str(number), number=number, point=points[number] or {}, score=score))
    assert [search.origin(number) for number in range(8)] == [0, 1, 2, 3, 1, 3, 1, 3]
    assert [search.seed_of(number) for number in range(8)] == [0, 1, 2, 3, 7, 7, 8, 8]
    assert [search.ask(number) for number in (4, 5, 6, 7)] == [points[1], points[3], points[1], points[3]]


def test_a_set_of_an_arm_is_not_proposed_but_learned_from(plan_of: Callable[..., Plan]) -> None:
    """Of three languages there are three pairs; one is the arm's."""
    plan = plan_of(arms=[{"languages": ["deu", "fra"]}], pool=["deu", "fra", "jpn"], search={**SETS, "repeats": {}})
    search = make_set_search(plan.config, plan.chooser, plan.trials)
    search.tell(Told(trial="arm", number=None, point={LANGUAGES: ["deu_Latn", "fra_Latn"]}, score=0.5))
    search.tell(Told(trial="other", number=None, point={LANGUAGES: ["deu_Latn", "swh_Latn"]}, score=0.5))
    asked = [search.ask(number) for number in range(3)]
    assert [point and tuple(point[LANGUAGES]) for point in sorted(asked[:2], key=str)] == [
        ("deu_Latn", "jpn_Jpan"), ("fra_Latn", "jpn_Jpan"),
    ]  # fmt: skip
    assert asked[2] is None and len(search.searcher.observations) == 1


@pytest.mark.parametrize(("number", "origin", "seed"), [(3, 3, 0), (12, 3, 7)])
def test_a_repeat_belongs_to_the_arm_of_its_trial(
    number: int, origin: int, seed: int, plan_of: Callable[..., Plan]
) -> None:
    config = plan_of(arms=[], search=SETS).config
    point = {LANGUAGES: ["swh_Latn", "deu_Latn"], "realign.temperature": 0.12345}
    trial = searched_set_trial(config, number, origin, seed, point)
    assert (trial.name, trial.arm, trial.number) == (f"search-0003-seed{seed}", "search-0003", number)
    assert trial.label == "random-sets k=2 #3 temperature=0.123"
    assert trial.run.languages == trial.subset.languages == ("deu_Latn", "swh_Latn")
    assert (trial.run.realign.temperature, trial.run.seed) == (0.12345, seed)


def test_new_sets_take_seeds_in_turn_and_older_searches_go_on_with_the_first(plan_of: Callable[..., Plan]) -> None:
    """None of the stream is a seed of the repeats; of a search that was saved before there was a stream, one seed."""
    of = {**SETS, "n_samples": 20}
    plan = plan_of(arms=[], search=of, seeds=[3, 7, 1])
    search = make_set_search(plan.config, plan.chooser)
    stream = [3, 1, 0, 2, 4, 5, 6, 9]
    assert [search.seed_of(number) for number in range(20)] == (3 * stream)[:20]
    state = search.state()
    again, older, lost = (make_set_search(plan.config, plan.chooser) for _ in range(3))
    again.restore({}, [], state)
    assert [again.seed_of(number) for number in range(8)] == stream
    older.restore({}, [], {key: value for key, value in state.items() if key != "seeds"})
    assert {older.seed_of(number) for number in range(20)} == {3}
    lost.began_with({0: 3, 9: 1, 20: 7})
    assert [lost.seed_of(number) for number in range(8)] == stream
    lost.began_with({0: 3, 1: 3})
    assert {lost.seed_of(number) for number in range(20)} == {3}
    first = plan_of(arms=[], search={**of, "training_seeds": "first"}, seeds=[3, 7, 1])
    assert {make_set_search(first.config, first.chooser).seed_of(number) for number in range(20)} == {3}


def test_a_searcher_is_told_the_seed(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(arms=[], search=SETS)
    search = make_set_search(plan.config, plan.chooser)
    point = search.ask(0) or {}
    search.tell(Told(trial="a", number=0, point=point, score=0.5, seed=11))
    assert [observation.seed for observation in search.searcher.observations] == [11]


SCREEN = {
    "kind": "subset-gp", "n_samples": 12, "size": 3, "distances": ["featural"], "screen": "singles", "n_screen": 8,
}  # fmt: skip


def test_a_screening_trial_has_one_language_and_is_marked(plan_of: Callable[..., Plan]) -> None:
    search_of = plan_of(arms=[], search=SCREEN, space={"realign.temperature": {"uniform": [0.1, 0.2]}})
    search = make_set_search(search_of.config, search_of.chooser)
    points = [search.ask(number) or {} for number in range(10)]
    assert [len(point[LANGUAGES]) for point in points] == [1] * 8 + [3] * 2
    assert [is_screening(point) for point in points] == [True] * 8 + [False] * 2
    trial = searched_set_trial(search_of.config, 7, 7, 3, points[7])
    assert trial.label.startswith("screened k=1 #7 temperature=0.1") and len(trial.run.languages) == 1
    assert trial.run.realign.temperature == points[7]["realign.temperature"]


def test_a_screening_leaves_trials_for_sets(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(arms=[], search=SETS)
    for given, found in (({"n_screen": None, "n_samples": 8}, "8 of its 8 trials"), ({"n_screen": 11}, "11 of its")):
        config = plan_of(arms=[], search={**SCREEN, "n_samples": 40}).config
        config = dataclasses.replace(config, search=dataclasses.replace(config.search, **{"n_samples": 12, **given}))
        with pytest.raises(ValueError, match=found):
            make_set_search(config, plan.chooser)
