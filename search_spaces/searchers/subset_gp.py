"""Search with a Gaussian process over sets: a few diverse and random sets first, then where improvement is expected.

The kernel knows how much sets overlap and, with `distances`, how close their languages are; how much each counts is
learned. Sets under evaluation count as observed at their posterior mean, so that parallel proposals spread. The promise
of a set is maximised by exchanges from the best sets and from random ones, as in GraphComBO (Liang et al. 2024), whose
graph of subsets has an edge for every exchange.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.objectives.base import Floats, Ints
from search_spaces.problem import SelectionProblem
from search_spaces.searchers.acquisition import SEEN, Acquisition, Kind
from search_spaces.searchers.base import Members, Observation, Recommendation, Searcher, as_key, as_members, data_of
from search_spaces.searchers.diverse import CRITERIA_IN_TURN, DiverseSets
from search_spaces.searchers.earlier import SCREENING, Earlier, Scored
from search_spaces.searchers.gaussian_process import SetPosterior, Weights, fit_weights
from search_spaces.searchers.set_kernel import SetKernel, indicators
from search_spaces.solvers.local import improve
from search_spaces.solvers.sampling import random_sets

Strategy = Literal["mixed", "thompson", "ucb", "ei", "mean"]
"""A kind of acquisition, or "mixed": "ucb" for the first `N_EARLY` proposals, then by turns with "thompson". Where they
were tried (docs/search-quality.md), expected improvement and the mean settled too early, draws alone too late, and
among the first proposals a draw is mostly a draw from the prior."""

N_EARLY = 40
N_DIVERSE, N_INITIAL = 4, 10
N_RANDOM_DRAWN = 100
N_BEST_STARTS, N_RANDOM_STARTS = 3, 2
REFIT_GROWTH = 1.1
"""Weights are learned anew whenever the observations have grown by a tenth: a fit costs as much as many proposals."""

SCREEN_STREAM = 1
"""Tells the draw of the screened languages from those of other random numbers."""

N_FITTED = 250
"""The newest so many decide on weights: a handful of numbers needs no more, and a fit costs their cube."""


class SubsetGpSearcher(Searcher):
    """Bayesian optimisation over sets.

    Args:
        distances: of the typology kernels, by name; none = the overlap of sets alone.
        acquisition: see `Strategy` and `acquisition.py`.
        n_diverse, n_initial: how many of the first `n_initial` sets are diverse (none without `problem.distances`); the
            others are random.
        earlier: scores of sets from elsewhere, by name, see `earlier.py`; with them the first `n_diverse` sets are what
            these would favour.
        screen: so many of the first proposals are single languages, drawn by the seed, each once (0 = none; at most as
            many as there are candidates). Where single languages are no answer, what they score counts as `earlier`
            scores do: as a hint, however effects diminish with size.
    """

    name: ClassVar[str] = "subset-gp"

    def __init__(
        self,
        problem: SelectionProblem,
        seed: int = 0,
        *,
        distances: Mapping[str, DistanceMatrix] | None = None,
        acquisition: Strategy = "mixed",
        n_diverse: int = N_DIVERSE,
        n_initial: int = N_INITIAL,
        earlier: Mapping[str, Scored] | None = None,
        screen: int = 0,
    ) -> None:
        super().__init__(problem, seed, distances=distances)
        if not 0 <= n_diverse <= n_initial or n_initial < 2:
            raise ValueError(
                f"`n_initial` must be at least 2 and `n_diverse` at most as many, but they are {n_initial} and "
                f"{n_diverse}. Correct them."
            )
        if acquisition not in get_args(Strategy):
            raise ValueError(
                f"`acquisition` must be one of {', '.join(get_args(Strategy))}, but is {acquisition!r}. Choose one."
            )
        if not 0 <= screen <= len(self.space.candidates):
            raise ValueError(
                f"`screen` must be from 0 to the number of candidates, {len(self.space.candidates)}, but is {screen}. "
                "Correct it."
            )
        self.acquisition, self.screen = acquisition, screen
        self.earlier = {name: Earlier.of(name, scored, self.space) for name, scored in sorted((earlier or {}).items())}
        self.n_diverse, self.n_initial = n_diverse, n_initial
        by_criteria = n_diverse and problem.distances is not None and not self.earlier
        self._diverse = [DiverseSets(problem, text) for text in CRITERIA_IN_TURN] if by_criteria else []
        self._screened: tuple[int, dict[str, Earlier], SetKernel] | None = None
        self._weights: tuple[tuple[int, int], Weights] | None = None
        _ = self.kernel  # refuses now what it would refuse later

    def _next(self, generator: np.random.Generator) -> Ints | None:
        if self.n_proposed < self.screen:
            return self._singles[[self.n_proposed]]
        step, hints = self.n_proposed - self.screen, list(self._hints[1].values())
        if step < self.n_diverse and hints:
            return hints[step % len(hints)].draw(self.space, generator, self._seen)
        if step < self.n_diverse and self._diverse:
            turn, which = divmod(step, len(self._diverse))
            return self._diverse[which].draw(turn, generator, self._seen)
        if step < self.n_initial or len(self.complete) < 2:
            return None
        posterior = self.posterior(pending=True)
        known = sorted({key for key in posterior.sets if self.space.allows(as_members(key))})
        means = posterior.mean_sd(known)[0] if known else np.zeros(0)
        best = float(means.max()) if known else posterior.weights.shift
        kind = self._kind()
        goal = Acquisition(posterior, self.space, kind, sorted(self._seen), generator=generator, best=best)
        starts = [as_members(known[i]) for i in np.argsort(-means, kind="stable")[:N_BEST_STARTS]]
        drawn = random_sets(self.space, N_RANDOM_DRAWN, generator)
        promised = goal.values_of_rows(indicators([members.tolist() for members in drawn], goal.n))
        starts += [drawn[i] for i in np.argsort(-promised, kind="stable")[:N_RANDOM_STARTS]]
        return self._best_end(goal, starts)

    def _kind(self) -> Kind:
        if self.acquisition != "mixed":
            return self.acquisition
        return "thompson" if self.n_proposed - self.screen >= N_EARLY and self.n_proposed % 2 else "ucb"

    @property
    def _singles(self) -> Ints:
        """The languages that are tried alone, in their order."""
        drawn = np.random.default_rng([self.seed, SCREEN_STREAM]).permutation(len(self.space.candidates))
        return drawn[: self.screen].astype(np.intp)

    def _only_told(self, members: Members) -> bool:
        """Whether a set was tried for what it tells, and is no answer."""
        return bool(self.screen) and len(members) == 1 and not self.space.allows(as_members(members))

    def _may_propose(self, key: Members) -> bool:
        return super()._may_propose(key) or self._only_told(key)

    @property
    def complete(self) -> list[Observation]:
        """Those of sets that may be answers: what single languages score is on another scale."""
        return [o for o in super().complete if not self._only_told(o.members)]

    @property
    def kernel(self) -> SetKernel:
        """Of sets; it grows with the screening."""
        return self._hints[2]

    @property
    def _hints(self) -> tuple[int, dict[str, Earlier], SetKernel]:
        """How many single languages have been told, what they and earlier scores say, and the kernel that knows it."""
        told = [o for o in super().complete if self._only_told(o.members)] if self.screen else []
        if self._screened is None or self._screened[0] != len(told):
            scores = np.array([o.score for o in told], dtype=np.float64)
            own = Earlier.screened([o.members for o in told], scores, [o.seed for o in told], self.space)
            hints = self.earlier | ({SCREENING: own} if own else {})
            effects = {name: known.effects for name, known in hints.items()}
            self._screened = len(told), hints, SetKernel.of(self.space, self.distances, effects)
        return self._screened

    def _best_end(self, goal: Acquisition, starts: Sequence[Ints]) -> Ints | None:
        ends = {as_key(improve(goal, self.space, start)) for start in starts}
        value, key = max((goal.value(as_members(key)), key) for key in sorted(ends))
        return None if value <= SEEN else as_members(key)

    def posterior(self, pending: bool = False) -> SetPosterior:
        """What is believed after all complete observations (at least one); with sets under evaluation if wished."""
        complete, (n_told, _, kernel) = self.complete, self._hints
        n = fit_size(len(complete))
        if self._weights is None or self._weights[0] != (n, n_told):
            self._weights = ((n, n_told), fit_weights(kernel, data_of(complete[max(0, n - N_FITTED) : n])))
        waiting = [key for key in self._pending if not self._only_told(key)] if pending else []
        return SetPosterior(kernel, self._weights[1], data_of(complete), waiting)

    def recommend_anywhere(self, m: int = 1) -> list[Recommendation]:
        """The feasible sets with the largest posterior mean, evaluated or not, as far as a local search finds them."""
        evaluated = [self.space.index(r.languages) for r in self.recommend(max(m, N_BEST_STARTS))]
        if not evaluated:
            return []
        posterior = self.posterior()
        goal = Acquisition(posterior, self.space, "mean")
        ends = sorted({as_key(found) for start in evaluated for found in (start, improve(goal, self.space, start))})
        means, sds = posterior.mean_sd(ends)
        order = np.argsort(-means, kind="stable")[:m]
        return [
            Recommendation(self.space.languages(as_members(ends[i])), float(means[i]), float(sds[i])) for i in order
        ]

    def _posterior(self, sets: Sequence[Members]) -> tuple[Floats, Floats]:
        return self.posterior().mean_sd(sets)

    def _load_own(self, own: Mapping[str, Any]) -> None:
        self._weights = self._screened = None


def fit_size(n: int) -> int:
    """How many of the first observations the weights are learned from: all up to 20, then in steps of a tenth.

    A function of their number alone: a search that was saved and loaded must learn the same weights.
    """
    size = min(n, 20)
    while (larger := int(np.ceil(size * REFIT_GROWTH))) <= n and size >= 20:
        size = larger
    return size
