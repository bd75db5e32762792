"""Random search: every feasible set of a drawn size is equally likely. The baseline that every other has to beat."""

from typing import ClassVar

import numpy as np

from search_spaces.objectives.base import Ints
from search_spaces.searchers.base import Searcher


class RandomSearcher(Searcher):
    """Uniform draws without repetition; the size first, uniformly, where it varies."""

    name: ClassVar[str] = "random"

    def _next(self, generator: np.random.Generator) -> Ints | None:
        return None
