"""GroupCounts: a score for how many members each group has (balance of families, classes, areas)."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective


class GroupCounts(Objective):
    """f(S) = sum over groups g of score[g, number of members of S in g].

    Where every row of `score` is concave in the count, adding the best candidate again and again is optimal
    (a separable concave function; Federgruen, Groenevelt 1986, "The greedy procedure for resource allocation problems",
    Operations Research 34).

    Args:
        group: [n], the group of each candidate, from 0.
        score: [G, C + 1], column c = the score of c members; sets with more than C members of a group are not valued.
    """

    def __init__(self, group: Ints, score: Floats) -> None:
        super().__init__(len(group))
        self.group = np.asarray(group, dtype=np.intp)
        self.score = np.asarray(score, dtype=np.float64)
        self.n_groups = len(self.score)

    def values(self, sets_BK: Ints) -> Floats:
        n_sets, size = sets_BK.shape
        count_BG = np.zeros((n_sets, self.n_groups), dtype=np.intp)
        for position in range(size):
            count_BG[np.arange(n_sets), self.group[sets_BK[:, position]]] += 1
        values: Floats = self.score[np.arange(self.n_groups)[None, :], count_BG].sum(axis=1)
        return values

    def additions(self, members: Ints) -> Floats:
        count_G = self._counts(members)
        values: Floats = self._total(count_G) + self._steps(count_G, +1)[self.group]
        values[members] = -np.inf
        return values

    def exchanges(self, members: Ints) -> Floats:
        count_G = self._counts(members)
        gain_n = self._steps(count_G, +1)[self.group]
        loss_K = self._steps(count_G, -1)[self.group[members]]
        change_Kn = np.where(
            self.group[members][:, None] == self.group[None, :], 0.0, gain_n[None, :] + loss_K[:, None]
        )
        values: Floats = self._total(count_G) + change_Kn
        values[:, members] = -np.inf
        return values

    def removals(self, members: Ints) -> Floats:
        count_G = self._counts(members)
        values: Floats = self._total(count_G) + self._steps(count_G, -1)[self.group[members]]
        return values

    def upper_bound(self, max_size: int) -> float:
        """The best value of any set of 1 to `max_size` members, by dynamic programming over the groups."""
        sizes = np.bincount(self.group, minlength=self.n_groups)
        best = np.full(max_size + 1, -np.inf)  # best[m]: of the groups so far, with m members
        best[0] = 0.0
        for row, size in zip(self.score, sizes, strict=True):
            longer = np.full(max_size + 1, -np.inf)
            for count in range(min(int(size), max_size, len(row) - 1) + 1):
                np.maximum(longer[count:], best[: max_size + 1 - count] + row[count], out=longer[count:])
            best = longer
        return float(best[1:].max())

    def _counts(self, members: Ints) -> Ints:
        return np.bincount(self.group[members], minlength=self.n_groups).astype(np.intp)

    def _total(self, count_G: Ints) -> float:
        return float(self.score[np.arange(self.n_groups), count_G].sum())

    def _steps(self, count_G: Ints, step: int) -> Floats:
        """[G]: what one member more or less changes; 0 where the table ends, which no valid move reaches."""
        groups = np.arange(self.n_groups)
        after = np.clip(count_G + step, 0, self.score.shape[1] - 1)
        steps: Floats = self.score[groups, after] - self.score[groups, count_G]
        return steps
