"""Earlier scores as a hint: from another task, another encoder, another study - on another scale, perhaps misleading.

The search uses only what each language seemed to add there (`Datamodel`): one more way in which two sets can be
alike, the difference between the mean effects of their members. The same is made of a screening: the first trials of a
search, each of a single language. No offset, scale or sign is taken over, and how much
the way counts is learned from the new scores, like that of typology; so a misleading hint fades. The first sets to be
tried are those that the earlier scores would favour, drawn by Thompson sampling.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from search_spaces.languages import Language
from search_spaces.objectives.base import Floats, Ints
from search_spaces.searchers.datamodel import Datamodel
from search_spaces.searchers.unseen import best_sum
from search_spaces.subset_space import SubsetSpace

Scored = Iterable[tuple[Iterable[Language], float]]
"""Sets and their scores; a set scored several times stands in it several times."""

MIN_SETS = 8
SCREENING = "screening"


@dataclass(frozen=True, eq=False)
class Earlier:
    """What one source of earlier scores says.

    Attributes:
        model: over the candidates of the space. n_left_out: scored sets with languages that are no candidates.
    """

    model: Datamodel
    n_left_out: int

    @classmethod
    def of(cls, name: str, scored: Scored, space: SubsetSpace) -> "Earlier":
        """Raises:
        ValueError: fewer than 8 different sets of candidates, or a score that is not finite.
        """
        listed = [(tuple(sorted(set(languages))), float(score)) for languages, score in scored]
        candidates = set(space.candidates)
        usable = [(languages, score) for languages, score in listed if languages and set(languages) <= candidates]
        if len({languages for languages, _ in usable}) < MIN_SETS:
            raise ValueError(
                f"Earlier scores must be of at least {MIN_SETS} different sets of candidates, but {name} has "
                f"{len({languages for languages, _ in usable})} ({len(listed) - len(usable)} scores are of other "
                "languages). Leave it out."
            )
        scores = np.array([score for _, score in usable])
        if not np.isfinite(scores).all():
            raise ValueError(f"Earlier scores must be finite, but some of {name} are not. Leave these out.")
        sets = [space.index(languages).tolist() for languages, _ in usable]
        return cls(Datamodel.fit(sets, scores, len(space.candidates)), len(listed) - len(usable))

    @classmethod
    def screened(
        cls, sets: Sequence[tuple[int, ...]], scores: Floats, seeds: Sequence[int | None], space: SubsetSpace
    ) -> "Earlier | None":
        """What trials of this very search say that are no answers; None = too few."""
        if len(set(sets)) < MIN_SETS:
            return None
        return cls(Datamodel.fit(sets, scores, len(space.candidates), seeds), 0)

    @property
    def effects(self) -> Floats:
        """[n] what each candidate seemed to add."""
        return self.model.effects

    def draw(
        self, space: SubsetSpace, generator: np.random.Generator, seen: Collection[tuple[int, ...]]
    ) -> Ints | None:
        """A set outside `seen` that the earlier scores would favour."""
        return best_sum(space, self.model.draw(generator), seen)
