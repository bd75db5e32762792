"""Why these languages, held against every set compared."""

import itertools

import pytest

from search_spaces.choose import choose
from search_spaces.criteria.parse import parse_criterion
from search_spaces.reasons import Reasons
from search_spaces.rules import SubsetRules

POOL = "deu, fra, fin, swh, yor, jpn, tur, tel"


def values_of(choice, size):
    """Every set of `size` languages of the pool -> its value, by the criterion alone."""
    problem = choice.problem
    objective = parse_criterion(choice.selection.criterion).bind(problem)
    return {
        frozenset(tags): objective.value(problem.space.index(tags))
        for tags in itertools.combinations(problem.candidates, size)
    }


@pytest.mark.parametrize("criterion", ["max-sum", "facility-location", "max-min", "target-coverage"])
def test_worths_and_next_best_sets_are_those_of_all_sets_compared(criterion):
    choice = choose(3, criterion, pool=POOL, targets="quy, grn", n_random=0)
    best, reasons = frozenset(choice.selection.subset), Reasons(choice)
    of_three, of_two = values_of(choice, 3), values_of(choice, 2)
    for worth in reasons.worths:
        others = [value for tags, value in of_three.items() if worth.language not in tags]
        assert worth.replaced == pytest.approx(max(others))
        assert worth.dropped == pytest.approx(of_two[best - {worth.language}])
        there = best - {worth.language} - set(worth.gives_up) | set(worth.instead)
        assert of_three[there] == pytest.approx(worth.replaced)
    runner_up = max(value for tags, value in of_three.items() if tags != best)
    assert reasons.next_best[0].value == pytest.approx(runner_up)
    values = [other.value for other in reasons.next_best]
    assert values == sorted(values, reverse=True) and values[0] <= choice.selection.value + 1e-9


def test_targets_are_at_their_nearest_chosen_language():
    choice = choose(3, "target-coverage", pool=POOL, targets="quy, grn, fra", n_random=0)
    between, chosen = choice.distances.matrix.between, (*choice.selection.subset, "eng_Latn")
    for reached in Reasons(choice).reached:
        ranked = sorted((between(reached.target, tag) if tag != reached.target else 0.0, tag) for tag in chosen)
        assert (reached.distance, reached.nearest) == pytest.approx(ranked[0])
        assert (reached.second_distance, reached.second) == pytest.approx(ranked[1])
    served = {target: worth.language for worth in Reasons(choice).worths for target in worth.serves}
    nearest = {one.target: one.nearest for one in Reasons(choice).reached if one.nearest != "eng_Latn"}
    assert served == nearest


def test_rules_are_kept_and_required_languages_stay():
    rules = SubsetRules(require=("swh",), at_most={"family": 1})
    choice = choose(3, "max-sum", pool=POOL, rules=rules, n_random=0)
    reasons, space = Reasons(choice), choice.problem.space
    (required,) = [worth for worth in reasons.worths if worth.language == "swh_Latn"]
    assert required.dropped is required.replaced is None
    assert reasons.next_best and all(space.allows(space.index(other.languages)) for other in reasons.next_best)


def test_a_draw_has_no_worths_and_a_pool_of_one_set_no_other():
    drawn = Reasons(choose(2, "random", pool=POOL, seed=0))
    assert drawn.worths == drawn.next_best == drawn.reached == ()
    whole = Reasons(choose(2, "max-sum", pool="deu, fra", n_random=0))
    assert whole.next_best == () and [worth.replaced for worth in whole.worths] == [None, None]
