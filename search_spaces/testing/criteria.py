"""The contracts of criteria: what they judge against brute force on a small pool, what they draw against the rules."""

from functools import cached_property
from itertools import combinations

import numpy as np

from search_spaces.criteria.base import Criterion, Draw
from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.uriel import load_uriel
from search_spaces.languages import ENGLISH, Language, parse_language
from search_spaces.objectives.base import Objective
from search_spaces.problem import SelectionProblem
from search_spaces.selection import select
from search_spaces.subset_space import SubsetSpace
from search_spaces.testing.refused import refused

POOL = tuple(sorted(map(parse_language, "amh deu eus fra heb jpn swh tam zul".split())))
SIZE = 4
CLOSE = 1e-8


class _OfCriteria:
    """text: the criterion as a sweep file writes it, parameters included: "mine(weight=0.5)"."""

    text: str

    def problem(self, pool: tuple[Language, ...] = POOL, size: int = SIZE) -> SelectionProblem:
        """A problem with distances, features and facts; override it where the criterion looks at something else."""
        languages = (*sorted(pool), ENGLISH)
        upper = np.triu(np.random.default_rng(0).uniform(0.1, 1, (len(languages), len(languages))), 1)
        return SelectionProblem(
            space=SubsetSpace(pool=pool, min_size=size, max_size=size),
            distances=DistanceMatrix(languages, upper + upper.T),
            features=load_uriel(languages, "syntax", "average"),
        )


class CriterionContract(_OfCriteria):
    """A criterion that judges sets (`Criterion`)."""

    @cached_property
    def objective(self) -> Objective:
        """The criterion, bound to `problem`."""
        criterion = parse_criterion(self.text)
        assert isinstance(criterion, Criterion), f"{self.text!r} must be a Criterion, but is {criterion!r}."
        return criterion.bind(self.problem())

    def test_the_best_and_the_worst_set_are_those_of_brute_force(self) -> None:
        values = self.objective.values(np.array(list(combinations(range(len(POOL)), SIZE))))
        for sign, name in ((1, self.text), (-1, f"least-{self.text}")):
            chosen = select(self.problem(), name, n_random=0)
            best = float((sign * values).max())
            assert chosen.value is not None and abs(chosen.value - best) < CLOSE, (
                f"{name}: the best of all sets has {best}, but {chosen.value} was found. Are moves and bounds right?"
            )
            assert chosen.bound is not None and chosen.bound >= best - CLOSE, (
                f"{name}: no set may exceed `upper_bound`, but it is {chosen.bound} and one has {best}."
            )

    def test_values_are_finite_and_of_single_languages_too(self) -> None:
        for members in ([2], [0, 3], [0, 3, 5, 7]):
            value = self.objective.value(np.array(members))
            assert np.isfinite(value), f"The value of {members} must be finite, but is {value}."

    def test_many_sets_at_once_have_the_values_of_each(self) -> None:
        sets = np.array([[0, 1, 2], [3, 5, 8], [1, 4, 6]])
        together, apart = self.objective.values(sets), [self.objective.value(one) for one in sets]
        assert np.allclose(together, apart, atol=CLOSE), f"{together} at once, but {apart} one by one."

    def test_the_order_of_members_and_of_the_pool_plays_no_part(self) -> None:
        forward, backward = (self.objective.value(np.array(one)) for one in ([0, 3, 5, 7], [7, 5, 0, 3]))
        assert abs(forward - backward) < CLOSE, f"The order of members must not matter: {forward} and {backward}."
        criterion = parse_criterion(self.text)
        assert isinstance(criterion, Criterion)
        turned = criterion.bind(self.problem(POOL[::-1])).value(np.array([0, 3, 5, 7]))
        assert abs(forward - turned) < CLOSE, f"The order of the pool must not matter: {forward} and {turned}."

    def test_moves_have_the_values_of_the_sets_they_lead_to(self) -> None:
        members = np.array([1, 4, 6])
        for added, value in enumerate(self.objective.additions(members)):
            self._same("additions", added, members, value, np.append(members, added))
        for position, row in enumerate(self.objective.exchanges(members)):
            for added, value in enumerate(row):
                self._same("exchanges", added, members, value, np.append(np.delete(members, position), added))
        for position, value in enumerate(self.objective.removals(members)):
            self._same("removals", -1, members, value, np.delete(members, position))

    def test_the_same_question_has_the_same_answer(self) -> None:
        first, second = (select(self.problem(), self.text, n_random=0).subset for _ in range(2))
        assert first == second, f"Two selections must agree, but are {first} and {second}."

    def test_a_seed_alone_is_refused(self) -> None:
        refused(lambda: select(self.problem(), self.text, seed=1), "deterministic")

    def _same(self, move: str, added: int, members: np.ndarray, value: float, after: np.ndarray) -> None:
        if added in members:
            assert np.isneginf(value), f"`{move}` must be -inf for a member, but is {value} for {added} of {members}."
            return
        wanted = self.objective.value(after)
        assert abs(value - wanted) < CLOSE, f"`{move}` says {value} for {after}, but its value is {wanted}."


class DrawContract(_OfCriteria):
    """A criterion that draws a set at random (`Draw`)."""

    def test_a_seed_means_one_set_and_another_seed_mostly_another(self) -> None:
        assert isinstance(parse_criterion(self.text), Draw), f"{self.text!r} must be a Draw."
        sets = [select(self.problem(), self.text, seed=seed).subset.languages for seed in range(12)]
        again = select(self.problem(), self.text, seed=0).subset.languages
        assert sets[0] == again, f"Seed 0 must mean one set, but drew {sets[0]} and {again}."
        assert len(set(sets)) > 4, f"Twelve seeds must draw more than four sets, but drew {len(set(sets))}."

    def test_every_set_keeps_the_rules(self) -> None:
        problem = self.problem()
        for seed in range(12):
            languages = select(problem, self.text, seed=seed).subset.languages
            assert problem.space.allows(problem.space.index(languages)), f"{languages} breaks a rule of the space."

    def test_no_seed_is_refused(self) -> None:
        refused(lambda: select(self.problem(), self.text), "needs a seed")
