"""Linear Thompson sampling: draw what each language adds from a datamodel, propose the set that is best if it is so.

Thompson (1933); for sets with additive rewards Wang, Chen (2018, "Thompson sampling for combinatorial semi-bandits").
The best set under the rules is exact: the largest effects where only the size is limited, an integer program otherwise.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from search_spaces.objectives.base import Floats, Ints
from search_spaces.searchers.base import Members, Searcher, as_key
from search_spaces.searchers.datamodel import Datamodel
from search_spaces.searchers.unseen import best_sum

N_RANDOM = 4
"""Complete observations below which sets are random."""

N_DRAWS = 8


class LinearThompsonSearcher(Searcher):
    """Datamodel and Thompson sampling."""

    name: ClassVar[str] = "linear-thompson"

    def _next(self, generator: np.random.Generator) -> Ints | None:
        if len(self.complete) < N_RANDOM:
            return None
        model = self._model()
        for _ in range(N_DRAWS):
            members = best_sum(self.space, model.draw(generator))
            if members is not None and as_key(members) not in self._seen:
                return members
        return best_sum(self.space, model.draw(generator), self._seen)

    def _posterior(self, sets: Sequence[Members]) -> tuple[Floats, Floats]:
        return self._model().mean_sd(sets)

    def _model(self) -> Datamodel:
        complete = self.complete
        scores = np.array([o.score for o in complete], dtype=np.float64)
        seeds = [o.seed for o in complete]
        return Datamodel.fit([o.members for o in complete], scores, len(self.space.candidates), seeds)
