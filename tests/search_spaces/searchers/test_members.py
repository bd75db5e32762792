"""What each searcher of the table does beyond the contract."""

import numpy as np
import optuna
import pytest

from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.searchers import SEARCHERS
from search_spaces.searchers.evolution import exchanged, random_move, union_child
from search_spaces.searchers.subset_gp import fit_size
from search_spaces.selection import solve
from search_spaces.subset_space import GroupRule, SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES[:20]))
EFFECT = dict(zip(POOL, np.random.default_rng(5).normal(size=20), strict=True))


def problem_of(with_distances=True, **rules):
    points = np.random.default_rng(0).random((20, 3)) / 2
    matrix = DistanceMatrix(POOL, np.linalg.norm(points[:, None] - points[None, :], axis=-1))
    space = SubsetSpace(pool=POOL, **{"min_size": 5, "max_size": 5, **rules})
    return SelectionProblem(space=space, distances=matrix if with_distances else None, anchor=None)


def run(searcher, n, batch=4, seed=0, noise=0.5):
    generator = np.random.default_rng(seed)
    for _ in range(n // batch):
        for languages in searcher.ask(batch):
            searcher.tell(languages, sum(EFFECT[tag] for tag in languages) + noise * generator.normal())
    return searcher


def true_share(languages):
    """0 = an average set, 1 = the best."""
    best = sum(sorted(EFFECT.values())[-5:])
    average = 5 * np.mean(list(EFFECT.values()))
    return (sum(EFFECT[tag] for tag in languages) - average) / (best - average)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["evolution", "linear-thompson", "subset-gp", "optuna-tpe"])
def test_searchers_that_learn_beat_random_ones(name):
    def mean_of(searcher_name):
        picks = [
            run(SEARCHERS[searcher_name](problem_of(), seed), 80, seed=seed).recommend()[0].languages
            for seed in range(4)
        ]
        return np.mean([true_share(languages) for languages in picks])

    assert mean_of(name) > mean_of("random")


def test_diverse_search_begins_with_the_best_set_of_its_criterion():
    problem = problem_of()
    best = solve(parse_criterion("facility-location").bind(problem), problem.space, "local", 5.0)
    searcher = SEARCHERS["diverse"](problem)
    proposals = searcher.ask(6)
    assert proposals[0] == problem.space.languages(best.members)
    assert len(set(proposals)) == 6
    only = SEARCHERS["diverse"](problem, criteria=("max-sum",)).ask()[0]
    assert only == problem.space.languages(
        solve(parse_criterion("max-sum").bind(problem), problem.space, "local", 5.0).members
    )


def test_diverse_search_needs_distances_and_criteria():
    with pytest.raises(ValueError, match="needs distances"):
        SEARCHERS["diverse"](problem_of(with_distances=False))
    with pytest.raises(ValueError, match="needs a criterion"):
        SEARCHERS["diverse"](problem_of(), criteria=())


def test_the_gaussian_process_begins_with_diverse_sets_where_there_are_distances():
    first = SEARCHERS["subset-gp"](problem_of()).ask(10)
    assert first[:1] == SEARCHERS["diverse"](problem_of()).ask(1)
    without = SEARCHERS["subset-gp"](problem_of(with_distances=False)).ask(10)
    assert without == SEARCHERS["random"](problem_of()).ask(10)
    assert first[4:] == without[4:]


def test_options_of_the_gaussian_process_are_checked():
    with pytest.raises(ValueError, match="`acquisition`"):
        SEARCHERS["subset-gp"](problem_of(), acquisition="luck")
    with pytest.raises(ValueError, match="`n_initial`"):
        SEARCHERS["subset-gp"](problem_of(), n_diverse=3, n_initial=2)


@pytest.mark.parametrize("acquisition", ["mixed", "thompson", "ucb", "ei", "mean"])
def test_every_acquisition_proposes_new_feasible_sets(acquisition):
    problem = problem_of(min_size=3, max_size=6)
    searcher = run(SEARCHERS["subset-gp"](problem, acquisition=acquisition, n_initial=4), 16)
    sets = [o.members for o in searcher.observations]
    assert len(set(sets)) == 16
    assert all(problem.space.allows(np.array(members)) for members in sets)


@pytest.mark.slow
def test_recommending_anywhere_is_no_worse_by_the_model_and_feasible():
    rule = GroupRule(name="first", members=frozenset(POOL[:8]), at_most=1)
    problem = problem_of(rules=(rule,))
    searcher = run(SEARCHERS["subset-gp"](problem), 40)
    evaluated, anywhere = searcher.recommend(3), searcher.recommend_anywhere(3)
    assert anywhere[0].mean >= evaluated[0].mean - 1e-9
    assert all(problem.space.allows(problem.space.index(r.languages)) for r in anywhere)


def test_weights_are_learned_from_a_prefix_that_depends_on_the_number_alone():
    sizes = [fit_size(n) for n in range(1, 600)]
    assert sizes[:22] == list(range(1, 21)) + [20, 22]
    assert sizes == sorted(sizes)
    assert all(n / 1.11 - 2 < size <= n for n, size in enumerate(sizes, start=1))


def test_children_hold_nothing_but_what_their_parents_had():
    space = problem_of().space
    generator = np.random.default_rng(0)
    for _ in range(20):
        child = set(union_child(space, (0, 1, 2, 3, 4), (3, 4, 5, 6, 7), generator).tolist())
        assert {3, 4} <= child <= set(range(8)) and len(child) == 5


def test_moves_keep_the_rules_and_reach_everything():
    rule = GroupRule(name="first", members=frozenset(POOL[:3]), at_most=1)
    space = SubsetSpace(pool=POOL[:6], min_size=2, max_size=3, rules=(rule,), required=frozenset(POOL[5:6]))
    generator = np.random.default_rng(0)
    members, visited = np.array([0, 5]), set()
    for _ in range(400):
        members = random_move(space, members, generator)
        assert space.allows(members)
        visited.add(tuple(members.tolist()))
    pairs = {(i, 5) for i in range(5)}
    triples = {(i, j, 5) for i in range(5) for j in range(i + 1, 5) if not (i < 3 and j < 3)}
    assert visited == pairs | triples
    alone = SubsetSpace(pool=POOL[:2], min_size=2, max_size=2)
    assert exchanged(alone, np.array([0, 1]), generator).tolist() == [0, 1]


def test_optuna_is_left_as_it_was_and_sees_the_history():
    before = optuna.logging.get_verbosity()
    searcher = SEARCHERS["optuna-tpe"](problem_of(min_size=4, max_size=6))
    first, second, third, fourth = searcher.ask(4)
    searcher.tell(first, 0.4)
    searcher.tell(second, None, "failed")
    searcher.tell(third, 0.9, "stopped")
    searcher.tell(POOL[:5], 0.2)
    trials = searcher._study(0).get_trials()
    assert [t.state.name for t in trials] == ["COMPLETE", "FAIL", "PRUNED", "COMPLETE", "RUNNING"]
    assert [t.value for t in trials] == [0.4, None, None, 0.2, None]
    keys = np.array([trials[3].params[f"key{i:04d}"] for i in range(20)])
    assert set(np.argsort(-keys)[:5]) == set(range(5))
    assert searcher._decoded(np.array([*keys, trials[3].params["size"]])) is not None
    assert optuna.logging.get_verbosity() == before
