"""What every searcher of the table must keep: the rules, no repetition, exact resumption, honesty about failures."""

import itertools
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.searchers import SEARCHERS
from search_spaces.subset_space import GroupRule, SubsetSpace

POOL = REALIGNMENT_LANGUAGES[:12]
OPTIONS = {"subset-gp": {"n_initial": 3, "n_diverse": 2}, "evolution": {"n_parents": 3}}
ALL = pytest.mark.parametrize("name", sorted(SEARCHERS))
FAST = pytest.mark.parametrize("name", sorted(set(SEARCHERS) - {"optuna-gp"}))


def problem_of(space):
    points = np.random.default_rng(0).random((len(REALIGNMENT_LANGUAGES), 3)) / 2
    values = np.linalg.norm(points[:, None] - points[None, :], axis=-1)
    return SelectionProblem(space=space, distances=DistanceMatrix(REALIGNMENT_LANGUAGES, values), anchor=None)


def make(name, space, seed=1):
    problem = problem_of(space)
    return SEARCHERS[name](problem, seed, distances={"points": problem.distances}, **OPTIONS.get(name, {}))


def free_space(**rules):
    return SubsetSpace(pool=POOL, **{"min_size": 4, "max_size": 4, **rules})


EFFECT = dict(zip(REALIGNMENT_LANGUAGES, np.random.default_rng(5).normal(size=65), strict=True))


def score_of(languages):
    return float(sum(EFFECT[language] for language in languages))


def play(searcher, n_rounds, batch=2):
    """Asks and tells; every fifth trial fails and every seventh is stopped."""
    proposals = []
    for _ in range(n_rounds):
        for languages in searcher.ask(batch):
            proposals.append(languages)
            if len(proposals) % 5 == 0:
                searcher.tell(languages, None, "failed")
            elif len(proposals) % 7 == 0:
                searcher.tell(languages, 100.0, "stopped", fidelity=0.25)
            else:
                searcher.tell(languages, score_of(languages))
    return proposals


SPACES = {
    "fixed size": free_space(),
    "required and forbidden": free_space(required=frozenset(POOL[3:5]), forbidden=frozenset(POOL[:2])),
    "a range of sizes": free_space(min_size=2, max_size=5),
    "more required than the least size": free_space(min_size=1, required=frozenset(POOL[3:5])),
    "groups": free_space(
        rules=(
            GroupRule(name="first half", members=frozenset(POOL[:6]), at_least=1, at_most=2),
            GroupRule(name="three", members=frozenset(POOL[4:7]), at_most=1),
        )
    ),
    "a budget": free_space(
        min_size=1, max_size=None, costs={tag: 1.0 + i for i, tag in enumerate(POOL)}, max_cost=12.5
    ),
}


@ALL
@pytest.mark.slow
@pytest.mark.parametrize("kind", SPACES)
def test_a_thousand_asks_keep_the_rules_and_repeat_nothing(name, kind):
    space = SPACES[kind]
    n_runs, n_rounds = (1, 10) if name == "optuna-gp" else (4, 25)
    n_asked = 0
    for seed in range(n_runs):
        searcher = make(name, space, seed)
        proposals = play(searcher, n_rounds)
        assert len(set(proposals)) == len(proposals)
        assert all(space.allows(space.index(languages)) for languages in proposals)
        assert all(list(languages) == sorted(languages) for languages in proposals)
        n_asked += len(proposals)
    # 6 spaces x 4 runs x 50 asks; small spaces may be exhausted before
    n_feasible = sum(
        space.allows(np.array(members))
        for size in range(space.min_size, space.largest_size + 1)
        for members in itertools.combinations(range(len(space.candidates)), size)
    )
    assert n_asked == n_runs * min(n_feasible, 2 * n_rounds)


@ALL
def test_when_all_sets_are_seen_nothing_is_proposed(name):
    space = SubsetSpace(pool=POOL[:6], min_size=3, max_size=3, required=frozenset(POOL[:2]))
    searcher = make(name, space)
    first = searcher.ask(3)
    for languages in first:
        searcher.tell(languages, score_of(languages))
    rest = searcher.ask(5)
    everything = {(*POOL[:2], other) for other in POOL[2:6]}
    assert {*first, *rest} == {tuple(sorted(languages)) for languages in everything}
    assert len(first) + len(rest) == 4
    assert searcher.ask(2) == []


@ALL
def test_rules_that_cannot_be_met_are_refused_at_once(name):
    rules = (GroupRule(name="all", members=frozenset(POOL), at_most=3),)
    with pytest.raises(ValueError, match="cannot be met together"):
        make(name, free_space(rules=rules))


@FAST
def test_a_batch_is_the_same_as_single_asks(name):
    one, other = make(name, free_space()), make(name, free_space())
    for searcher in (one, other):
        play(searcher, 4)
    assert one.ask(4) == [languages for _ in range(4) for languages in other.ask(1)]


@FAST
def test_many_asks_before_any_tell(name):
    searcher = make(name, free_space())
    proposals = searcher.ask(10)
    assert len(set(proposals)) == 10
    assert list(searcher.pending) == proposals
    searcher.tell(proposals[3], 1.0)
    searcher.tell(proposals[0], None, "failed")
    assert list(searcher.pending) == [p for i, p in enumerate(proposals) if i not in (0, 3)]
    assert not set(searcher.ask(3)) & set(proposals)


events = st.lists(st.tuples(st.sampled_from(["complete", "failed", "stopped", "later"]), st.floats(-2, 2)), max_size=9)


@FAST
@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(events=events, varies=st.booleans())
def test_a_loaded_search_goes_on_as_the_saved_one(name, events, varies):
    space = free_space(min_size=3, max_size=5) if varies else free_space()
    searcher = make(name, space, seed=4)
    searcher.tell(POOL[2:6], 0.3, context={"learning_rate": 1e-4})
    for status, score in events:
        (languages,) = searcher.ask()
        if status != "later":
            searcher.tell(languages, None if status == "failed" else score, status)
    resumed = make(name, space, seed=99)
    resumed.load(json.loads(json.dumps(searcher.state())))
    assert resumed.state() == searcher.state()
    for _ in range(2):
        proposals = searcher.ask(2)
        assert resumed.ask(2) == proposals
        for languages in proposals:
            searcher.tell(languages, score_of(languages))
            resumed.tell(languages, score_of(languages))
    assert resumed.recommend(3) == searcher.recommend(3)


def test_a_resumed_optuna_gp_goes_on():
    searcher = make("optuna-gp", free_space())
    play(searcher, 6)
    resumed = make("optuna-gp", free_space())
    resumed.load(json.loads(json.dumps(searcher.state())))
    assert resumed.ask() == searcher.ask()


def test_a_state_of_another_search_is_refused():
    state = make("random", free_space()).state()
    with pytest.raises(ValueError, match="searcher 'evolution', but has 'random'"):
        make("evolution", free_space()).load(state)
    with pytest.raises(ValueError, match="candidates"):
        make("random", SubsetSpace(pool=POOL[:10], min_size=4)).load(state)
    with pytest.raises(ValueError, match="version"):
        make("random", free_space()).load({**state, "version": 0})


@FAST
def test_failed_and_stopped_trials_are_never_scores(name):
    searcher = make(name, free_space())
    play(searcher, 8)
    complete = {tuple(searcher.space.languages(np.array(o.members))) for o in searcher.complete}
    before = searcher.recommend(100)
    assert {r.languages for r in before} == complete
    (one, other) = searcher.ask(2)
    searcher.tell(one, 1e6, "stopped")
    searcher.tell(other, None, "failed")
    assert searcher.recommend(100) == before
    assert not {one, other} & set(searcher.ask(5))


@FAST
def test_repeats_are_separate_observations(name):
    searcher = make(name, free_space())
    play(searcher, 6)
    (languages,) = searcher.ask()
    for score in (1.0, 2.0, 1.5):
        searcher.tell(reversed(languages), score, context={"seed": score})
    assert [o.score for o in searcher.observations[-3:]] == [1.0, 2.0, 1.5]
    assert len({r.languages for r in searcher.recommend(100)}) == len(searcher.recommend(100))
    searcher.ask(2)


@FAST
def test_only_feasible_sets_are_recommended(name):
    searcher = make(name, free_space(forbidden=frozenset(POOL[:1])))
    assert searcher.recommend() == []
    searcher.tell(POOL[1:8], 1e3)  # too large for the space, but evaluated in an earlier sweep
    assert searcher.recommend() == []
    play(searcher, 3)
    recommended = searcher.recommend(50)
    assert all(len(r.languages) == 4 for r in recommended)
    assert [r.mean for r in recommended] == sorted((r.mean for r in recommended), reverse=True)
    assert all(np.isfinite(r.sd) and r.sd >= 0 for r in recommended)


@FAST
def test_equal_scores_and_a_single_score_do_no_harm(name):
    searcher = make(name, free_space())
    for _ in range(6):
        for languages in searcher.ask(2):
            searcher.tell(languages, 0.5)
        assert searcher.recommend()[0].mean == pytest.approx(0.5)


@ALL
def test_the_order_of_the_pool_does_not_matter(name):
    proposals = [
        play(make(name, SubsetSpace(pool=pool, min_size=3, max_size=3)), 4) for pool in (POOL, tuple(reversed(POOL)))
    ]
    assert proposals[0] == proposals[1]


@FAST
def test_the_seed_matters(name):
    assert play(make(name, free_space(), seed=1), 4) != play(make(name, free_space(), seed=2), 4)


@pytest.mark.parametrize(
    ("score", "status", "fidelity", "message"),
    [
        (None, "complete", None, "finite score"),
        (float("nan"), "complete", None, "finite score"),
        (0.5, "failed", None, "no score"),
        (float("inf"), "stopped", None, "finite"),
        (0.5, "done", None, "`status` must be"),
        (0.5, "stopped", 1.5, "`fidelity`"),
    ],
)
def test_what_cannot_be_told(score, status, fidelity, message):
    searcher = make("random", free_space())
    with pytest.raises(ValueError, match=message):
        searcher.tell(POOL[:4], score, status, fidelity=fidelity)
    assert searcher.observations == []


def test_who_cannot_be_told():
    searcher = make("random", free_space())
    with pytest.raises(ValueError, match="empty"):
        searcher.tell((), 0.5)
    with pytest.raises(ValueError, match="among the 12"):
        searcher.tell(REALIGNMENT_LANGUAGES[10:14], 0.5)


SCRIPT = """
import json, sys
sys.path.insert(0, {folder!r})
import test_contract as t
names = sorted(set(t.SEARCHERS))
print(json.dumps({{name: t.play(t.make(name, t.free_space()), 6) for name in names}}))
"""


@pytest.mark.slow
def test_another_process_proposes_the_same():
    script = SCRIPT.format(folder=os.path.dirname(__file__))
    here = {name: [list(p) for p in play(make(name, free_space()), 6)] for name in sorted(SEARCHERS)}
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1]) == here
