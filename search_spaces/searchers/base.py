"""What a searcher is: it is asked for sets to try and told how they did; it starts nothing itself.

The order is ask, tell, ask, tell ... with any number of sets under way at once. A proposal depends on nothing but the
seed, the number of proposals so far and what was told, in the order of telling - so that a searcher that is saved,
killed and loaded in another process goes on exactly as it would have done.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple, get_args

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import Language
from search_spaces.objectives.base import Floats, Ints
from search_spaces.problem import SelectionProblem
from search_spaces.searchers.gaussian_process import Data, SetPosterior
from search_spaces.searchers.set_kernel import SetKernel
from search_spaces.searchers.unseen import random_unseen
from search_spaces.solvers.integer import feasible_set

Status = Literal["complete", "failed", "stopped"]
Members = tuple[int, ...]
"""A set as sorted candidate numbers: what searchers reckon with."""

STATE_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One trial's end. Several of one set are separate, noisy observations (other seeds).

    Args:
        members: sorted candidate numbers.
        score: larger = better; None for a failed trial. Of a stopped one the last it reported: not comparable with
            that of a complete one.
        fidelity: of a stopped trial, what share of the whole it ran, in [0, 1]; None = not said.
        seed: of the training; None = not known. A model takes what a seed adds to all its scores for luck.
        context: what else the caller wants to keep beside it (hyper-parameters that rode along): plain data, saved and
            loaded, read by no searcher.
    """

    members: Members
    score: float | None
    status: Status = "complete"
    fidelity: float | None = None
    seed: int | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


class Recommendation(NamedTuple):
    """A set with the mean and standard deviation of its true score, as the model believes after all observations."""

    languages: tuple[Language, ...]
    mean: float
    sd: float


class Searcher(ABC):
    """Proposes sets. Subclasses say which one is next (`_next`) and may have a model of their own (`_posterior`).

    Args:
        problem: `problem.space` says what may be proposed; the rest is read by searchers that use criteria.
        seed: from 0.
        distances: how far apart languages lie, in several ways by name; read by searchers with a typology kernel.

    Raises:
        ValueError: no set keeps all rules; it names the rules that clash.
    """

    name: ClassVar[str]

    def __init__(
        self, problem: SelectionProblem, seed: int = 0, *, distances: Mapping[str, DistanceMatrix] | None = None
    ) -> None:
        if seed < 0:
            raise ValueError(f"`seed` must be at least 0, but is {seed}. Choose another one.")
        feasible_set(problem.space)
        self.problem = problem
        self.space = problem.space
        self.seed = seed
        self.distances = dict(distances or {})
        self.observations: list[Observation] = []
        self.n_proposed = 0
        self._pending: dict[Members, None] = {}  # in the order of asking
        self._seen: set[Members] = set()

    # --- for callers

    def ask(self, n: int = 1) -> list[tuple[Language, ...]]:
        """Up to `n` different sets (sorted languages) to evaluate next; they are pending until told.

        None of them was asked or told before. Fewer than `n` come back, at last none, when all feasible sets were.
        `ask(4)` gives the same as four times `ask(1)`.

        Raises:
            ValueError: the subclass proposed what is no set, breaks a rule, or was proposed before.
        """
        proposals = []
        for _ in range(n):
            generator = np.random.default_rng([self.seed, self.n_proposed])
            members = self._next(generator)
            if members is None:
                members = random_unseen(self.space, self._seen, generator)
            if members is None:
                break
            key = self._checked(members)
            self.n_proposed += 1
            self._pending[key] = None
            self._seen.add(key)
            proposals.append(self.space.languages(members))
        return proposals

    def tell(
        self,
        languages: Iterable[Language],
        score: float | None = None,
        status: Status = "complete",
        *,
        fidelity: float | None = None,
        seed: int | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        """Takes in one trial's end; the set is no longer pending and will not be proposed again.

        Sets that were not asked for are welcome (earlier sweeps), also a set told before (another seed) and sets that
        the rules forbid, as long as they consist of candidates.

        Args:
            languages: of the set, in any order.
            score, status: a finite score for "complete", none for "failed", either for "stopped".
            fidelity, seed, context: see `Observation`.

        Raises:
            ValueError: no language, one that is no candidate, or a score that does not go with the status.
        """
        members = as_key(self.space.index(tuple(languages)))
        _check(members, score, status, fidelity)
        kept = None if score is None else float(score)
        self.observations.append(
            Observation(
                members=members, score=kept, status=status, fidelity=fidelity, seed=seed, context=dict(context or {})
            )
        )  # fmt: skip
        self._pending.pop(members, None)
        self._seen.add(members)

    def is_answer(self, languages: Iterable[Language]) -> bool:
        """Whether a set keeps all rules. A searcher may ask for others, for what they tell."""
        return self.space.allows(self.space.index(tuple(languages)))

    @property
    def pending(self) -> tuple[tuple[Language, ...], ...]:
        """Sets that were asked for and not yet told, in the order of asking."""
        return tuple(self.space.languages(as_members(key)) for key in self._pending)

    def recommend(self, m: int = 1) -> list[Recommendation]:
        """The `m` completely evaluated, feasible sets with the largest posterior mean, best first.

        By the mean, not by the best observed score: with noise the best observed of many was above all lucky. Fewer
        than `m` come back where fewer were evaluated.
        """
        evaluated = sorted({o.members for o in self.complete if self.space.allows(as_members(o.members))})
        if not evaluated:
            return []
        means, sds = self._posterior(evaluated)
        order = sorted(range(len(evaluated)), key=lambda i: (-means[i], evaluated[i]))[:m]
        return [
            Recommendation(self.space.languages(as_members(evaluated[i])), float(means[i]), float(sds[i]))
            for i in order
        ]

    def state(self) -> dict[str, Any]:
        """All that the next proposal depends on, as plain data for JSON."""
        return {
            "version": STATE_VERSION,
            "searcher": self.name,
            "candidates": list(self.space.candidates),
            "seed": self.seed,
            "n_proposed": self.n_proposed,
            "pending": [list(key) for key in self._pending],
            "observations": [
                {
                    "members": list(o.members), "score": o.score, "status": o.status, "fidelity": o.fidelity,
                    "seed": o.seed, "context": dict(o.context),
                }
                for o in self.observations
            ],
            "own": self._own_state(),
        }  # fmt: skip

    def load(self, state: Mapping[str, Any]) -> None:
        """Takes over a state, seed included; what this searcher knew is forgotten.

        Raises:
            ValueError: the state is of another version or searcher, or of other candidates.
        """
        found = (state.get("version"), state.get("searcher"), tuple(state.get("candidates", ())))
        wanted = (STATE_VERSION, self.name, self.space.candidates)
        for what, theirs, ours in zip(("version", "searcher", "candidates"), found, wanted, strict=True):
            if theirs != ours:
                raise ValueError(
                    f"A saved search must have the {what} {_short(ours)}, but has {_short(theirs)}. "
                    "Start a new search, or load it into what saved it."
                )
        self.seed, self.n_proposed = int(state["seed"]), int(state["n_proposed"])
        self._pending = {tuple(key): None for key in state["pending"]}
        self.observations = [
            Observation(
                members=tuple(row["members"]), score=row["score"], status=row["status"], fidelity=row["fidelity"],
                seed=row.get("seed"), context=row["context"],  # older states say nothing of seeds
            )
            for row in state["observations"]
        ]  # fmt: skip
        self._seen = {*self._pending, *(o.members for o in self.observations)}
        self._load_own(state["own"])

    def _checked(self, members: Ints) -> Members:
        """The key of what `_next` proposed. Whatever a searcher does, no trial runs on a set that may not be."""
        key = as_key(members)
        n = len(self.space.candidates)
        if not key or key[0] < 0 or key[-1] >= n:
            rule, found = f"one or more candidate numbers below {n}", str(list(key))
        elif len(set(key)) < len(key):
            twice = next(a for a, b in zip(key, key[1:], strict=False) if a == b)
            rule, found = "different languages", f"{self.space.candidates[twice]} more than once"
        elif not self._may_propose(key):
            rule, found = "a set that keeps all rules of the space", ", ".join(self.space.languages(as_members(key)))
        elif key in self._seen:
            rule, found = "a set that it has not met before", ", ".join(self.space.languages(as_members(key)))
        else:
            return key
        raise ValueError(
            f"A searcher must propose {rule}, but {self.name!r} proposed {found}. Correct its `_next`, or use another "
            "searcher."
        )

    # --- for subclasses

    @property
    def complete(self) -> list[Observation]:
        """The complete observations, in the order of telling: the only ones whose score counts."""
        return [o for o in self.observations if o.status == "complete"]

    def _may_propose(self, key: Members) -> bool:
        """Whether a set is one that may be proposed at all; a subclass may also try sets that are no answer."""
        return self.space.allows(as_members(key))

    @abstractmethod
    def _next(self, generator: np.random.Generator) -> Ints | None:
        """A feasible set that is not in `self._seen`; None = a random one will do."""

    def _posterior(self, sets: Sequence[Members]) -> tuple[Floats, Floats]:
        """Means and standard deviations [B] of the true scores of sets, given at least one complete observation.

        Here: a Gaussian process that knows only how much sets overlap, for searchers without a model.
        """
        return SetPosterior.fitted(SetKernel.of(self.space), data_of(self.complete)).mean_sd(sets)

    def _own_state(self) -> dict[str, Any]:
        """What a subclass needs beyond the history, as plain data."""
        return {}

    def _load_own(self, own: Mapping[str, Any]) -> None:
        """Takes over what `_own_state` gave."""
        return None


def as_key(members: Ints) -> Members:
    """Sorted candidate numbers, hashable."""
    return tuple(sorted(int(i) for i in members))


def as_members(key: Members) -> Ints:
    """Candidate numbers as an array."""
    return np.array(key, dtype=np.intp)


def data_of(complete: Sequence[Observation]) -> Data:
    """Complete observations as the Gaussian process takes them."""
    scores = np.array([o.score for o in complete], dtype=np.float64)
    return Data([o.members for o in complete], scores, [o.seed for o in complete])


def _check(members: Members, score: float | None, status: str, fidelity: float | None) -> None:
    if not members:
        raise ValueError("A set must hold a language, but the one told is empty. Leave out trials without realignment.")
    if status not in get_args(Status):
        raise ValueError(f"`status` must be one of {', '.join(get_args(Status))}, but is {status!r}. Choose one.")
    if status == "complete" and (score is None or not np.isfinite(score)):
        raise ValueError(f"A complete trial must have a finite score, but has {score}. Tell it as 'failed'.")
    if status == "failed" and score is not None:
        raise ValueError(f"A failed trial has no score, but {score} is given. Leave it out.")
    if status == "stopped" and score is not None and not np.isfinite(score):
        raise ValueError(f"A stopped trial's score must be finite, but is {score}. Leave it out.")
    if fidelity is not None and not 0 <= fidelity <= 1:
        raise ValueError(f"`fidelity` must be in [0, 1] (a share of the whole), but is {fidelity}. Correct it.")


def _short(value: object) -> str:
    return f"{len(value)} languages {value[:3]} ..." if isinstance(value, tuple) else repr(value)
