"""The contract of a searcher: the rules, no repetition, exact resumption, honesty about failures."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import Language
from search_spaces.plugins import loaded_plugins
from search_spaces.problem import SelectionProblem
from search_spaces.searchers import SEARCHERS
from search_spaces.searchers.base import Searcher, as_members
from search_spaces.subset_space import GroupRule, SubsetSpace
from search_spaces.testing.refused import refused

Languages = tuple[Language, ...]
POOL = REALIGNMENT_LANGUAGES[:12]
EFFECT = dict(zip(REALIGNMENT_LANGUAGES, np.random.default_rng(5).normal(size=65), strict=True))
PROCESS = """
import json, sys
from search_spaces.plugins import load_plugins
from search_spaces.testing.searchers import proposals_of
load_plugins(json.loads(sys.argv[3]))
print(json.dumps(proposals_of(sys.argv[1], json.loads(sys.argv[2]))))
"""


def free_space(**rules: Any) -> SubsetSpace:
    """Four of twelve languages, or what `rules` say."""
    return SubsetSpace(pool=POOL, **{"min_size": 4, "max_size": 4, **rules})


SPACES: Mapping[str, SubsetSpace] = {
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


def score_of(languages: Languages) -> float:
    """A sum of effects, fixed for each language."""
    return float(sum(EFFECT[language] for language in languages))


def make(name: str, options: Mapping[str, Any], space: SubsetSpace, seed: int = 1) -> Searcher:
    """The searcher of the table, as a sweep makes it."""
    points = np.random.default_rng(0).random((len(REALIGNMENT_LANGUAGES), 3)) / 2
    distances = DistanceMatrix(REALIGNMENT_LANGUAGES, np.linalg.norm(points[:, None] - points[None, :], axis=-1))
    problem = SelectionProblem(space=space, distances=distances, anchor=None)
    return SEARCHERS[name](problem, seed, distances={"points": distances}, **options)


def play(searcher: Searcher, n_rounds: int, batch: int = 2) -> list[Languages]:
    """Asks and tells; every fifth trial fails and every seventh is stopped."""
    proposals: list[Languages] = []
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


def proposals_of(name: str, options: Mapping[str, Any]) -> list[list[str]]:
    """What the searcher proposes in a short search, as plain data."""
    return [list(languages) for languages in play(make(name, options, free_space()), 6)]


class SearcherContract:
    """name: in the table of searchers. options: keyword arguments that suit a search of a few dozen trials.

    n_runs, n_rounds: how long the searches in every space are; two sets a round.
    """

    name: str
    options: Mapping[str, Any] = {}
    n_runs: ClassVar[int] = 2
    n_rounds: ClassVar[int] = 25

    def searcher(self, space: SubsetSpace | None = None, seed: int = 1) -> Searcher:
        """A new one."""
        return make(self.name, self.options, space or free_space(), seed)

    def test_it_is_called_what_the_table_calls_it(self) -> None:
        assert SEARCHERS[self.name].name == self.name

    def test_every_set_keeps_the_rules_and_none_comes_twice(self) -> None:
        for kind, space in SPACES.items():
            sizes = range(space.min_size, space.largest_size + 1)
            every = itertools.chain(*(itertools.combinations(range(len(space.candidates)), size) for size in sizes))
            n_feasible = sum(space.allows(as_members(members)) for members in every)
            for seed in range(self.n_runs):
                proposals = play(self.searcher(space, seed), self.n_rounds)
                assert len(set(proposals)) == len(proposals), f"{kind}: a set was proposed twice."
                for languages in proposals:
                    assert list(languages) == sorted(set(languages)), f"{kind}: {languages} is not a sorted set."
                    assert space.allows(space.index(languages)), f"{kind}: {languages} breaks a rule."
                wanted = min(n_feasible, 2 * self.n_rounds)
                assert len(proposals) == wanted, f"{kind}: {wanted} sets must be proposed, but were {len(proposals)}."

    def test_when_all_sets_are_seen_nothing_is_proposed(self) -> None:
        space = SubsetSpace(pool=POOL[:6], min_size=3, max_size=3, required=frozenset(POOL[:2]))
        searcher = self.searcher(space)
        first = searcher.ask(3)
        for languages in first:
            searcher.tell(languages, score_of(languages))
        rest = searcher.ask(5)
        everything = {tuple(sorted((*POOL[:2], other))) for other in POOL[2:6]}
        assert {*first, *rest} == everything and len(first) + len(rest) == 4, "All four sets must come, each once."
        assert searcher.ask(2) == [], "Nothing may be proposed after every set was."

    def test_rules_that_cannot_be_met_are_refused_at_once(self) -> None:
        rules = (GroupRule(name="all", members=frozenset(POOL), at_most=3),)
        refused(lambda: self.searcher(free_space(rules=rules)), "cannot be met together")

    def test_a_batch_is_the_same_as_single_asks(self) -> None:
        one, other = self.searcher(), self.searcher()
        for searcher in (one, other):
            play(searcher, 4)
        batch, single = one.ask(4), [languages for _ in range(4) for languages in other.ask(1)]
        assert batch == single, f"ask(4) gives {batch}, four times ask(1) {single}."

    def test_many_asks_before_any_tell(self) -> None:
        searcher = self.searcher()
        proposals = searcher.ask(10)
        assert len(set(proposals)) == 10 and list(searcher.pending) == proposals
        searcher.tell(proposals[3], 1.0)
        searcher.tell(proposals[0], None, "failed")
        assert list(searcher.pending) == [p for i, p in enumerate(proposals) if i not in (0, 3)]
        assert not set(searcher.ask(3)) & set(proposals), "A set under way must not be proposed again."

    def test_a_loaded_search_goes_on_as_the_saved_one(self) -> None:
        for case, space in enumerate((free_space(), free_space(min_size=3, max_size=5))):
            generator = np.random.default_rng(case)
            searcher = self.searcher(space, seed=4)
            searcher.tell(POOL[2:6], 0.3, context={"learning_rate": 1e-4})
            for status in generator.choice(["complete", "complete", "failed", "stopped", "later"], size=9):
                (languages,) = searcher.ask()
                if status != "later":
                    score = None if status == "failed" else float(generator.uniform(-2, 2))
                    searcher.tell(languages, score, status)
            resumed = self.searcher(space, seed=99)
            resumed.load(json.loads(json.dumps(searcher.state())))
            assert resumed.state() == searcher.state(), "A loaded state must be the saved one. Is `_own_state` whole?"
            for _ in range(2):
                proposals, again = searcher.ask(2), resumed.ask(2)
                assert proposals == again, f"The saved search goes on with {proposals}, the loaded one with {again}."
                for languages in proposals:
                    searcher.tell(languages, score_of(languages))
                    resumed.tell(languages, score_of(languages))
            assert resumed.recommend(3) == searcher.recommend(3)

    def test_failed_and_stopped_trials_are_never_scores(self) -> None:
        searcher = self.searcher()
        play(searcher, 8)
        complete = {searcher.space.languages(as_members(o.members)) for o in searcher.complete}
        before = searcher.recommend(100)
        assert {r.languages for r in before} == complete, "Exactly the completely evaluated sets may be recommended."
        (one, other) = searcher.ask(2)
        searcher.tell(one, 1e6, "stopped")
        searcher.tell(other, None, "failed")
        assert searcher.recommend(100) == before, "A stopped or failed trial must not change what is recommended."
        assert not {one, other} & set(searcher.ask(5))

    def test_repeats_are_separate_observations(self) -> None:
        searcher = self.searcher()
        play(searcher, 6)
        (languages,) = searcher.ask()
        for score in (1.0, 2.0, 1.5):
            searcher.tell(reversed(languages), score, context={"seed": score})
        assert [o.score for o in searcher.observations[-3:]] == [1.0, 2.0, 1.5]
        assert len({r.languages for r in searcher.recommend(100)}) == len(searcher.recommend(100))
        searcher.ask(2)

    def test_only_feasible_sets_are_recommended(self) -> None:
        searcher = self.searcher(free_space(forbidden=frozenset(POOL[:1])))
        assert searcher.recommend() == []
        searcher.tell(POOL[1:8], 1e3)  # too large for the space, but evaluated in an earlier sweep
        assert searcher.recommend() == [], "A set that breaks the rules must not be recommended."
        play(searcher, 3)
        recommended = searcher.recommend(50)
        assert all(len(r.languages) == 4 for r in recommended)
        assert [r.mean for r in recommended] == sorted((r.mean for r in recommended), reverse=True)
        assert all(np.isfinite(r.sd) and r.sd >= 0 for r in recommended), "Standard deviations must be finite and >= 0."

    def test_equal_scores_do_no_harm(self) -> None:
        searcher = self.searcher()
        for _ in range(6):
            for languages in searcher.ask(2):
                searcher.tell(languages, 0.5)
            mean = searcher.recommend()[0].mean
            assert abs(mean - 0.5) < 1e-6, f"Where all scores are 0.5 the mean must be 0.5, but is {mean}."

    def test_the_order_of_the_pool_does_not_matter(self) -> None:
        spaces = (SubsetSpace(pool=pool, min_size=3, max_size=3) for pool in (POOL, tuple(reversed(POOL))))
        forward, backward = (play(self.searcher(space), 4) for space in spaces)
        assert forward == backward

    def test_the_seed_matters(self) -> None:
        assert play(self.searcher(seed=1), 4) != play(self.searcher(seed=2), 4)

    def test_another_process_proposes_the_same(self) -> None:
        here = proposals_of(self.name, self.options)
        arguments = [self.name, json.dumps(dict(self.options)), json.dumps(loaded_plugins())]
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        for hash_seed in ("1", "2"):
            environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
            done = subprocess.run(
                [sys.executable, "-c", PROCESS, *arguments], env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            there = json.loads(done.stdout.splitlines()[-1])
            assert there == here, f"Here it proposes {here}, in another process {there}. Does a set's order matter?"
