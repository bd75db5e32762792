"""Ready rows: what a stage reads, tokenized once before its first step and padded anew for every batch.

Holds the real positions alone, 4 bytes a number, so that a whole corpus fits into memory.
"""

from array import array
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy
import torch
from transformers import BatchEncoding

IDS, MASK, TYPES = "input_ids", "attention_mask", "token_type_ids"
CHUNK = 64  # items that are made at once
PAUSE = 2_048  # items between two chances to stop

Key = TypeVar("Key", bound=Hashable)


class RowsError(ValueError):
    """A batch that cannot be taken apart into rows."""


class ReadyRows(Generic[Key]):
    """Key -> the row of every column that a batch with this item would have.

    Args:
        make: items -> a batch; what it makes of an item must depend on that item alone, padding aside.
        fillers: what a column of shape (B, T) holds behind a row's end. Columns of shape (B) need none.
    """

    def __init__(self, make: Callable[[list[Any]], BatchEncoding], fillers: Mapping[str, int]) -> None:
        self._make, self._fillers = make, fillers
        self._row_of: dict[Key, int] = {}
        self._ends = array("q", [0])  # of the rows, in every padded column
        self._columns: dict[str, array[int]] = {}
        self._kinds: dict[str, torch.dtype] = {}
        self._is_padded: dict[str, bool] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._row_of

    def add(self, items: Mapping[Key, Any]) -> Iterator[None]:
        """Makes the rows of all items that are not there yet. Yields now and then, so that others get their turn.

        Raises:
            RowsError: `make` gives columns that are not known, or does not pad to the right as far as needed.
        """
        lacking = [key for key in items if key not in self._row_of]
        for start in range(0, len(lacking), CHUNK):
            if start and start % PAUSE == 0:
                yield
            keys = lacking[start : start + CHUNK]
            self._take_apart(self._make([items[key] for key in keys]), len(keys))
            self._row_of.update(zip(keys, range(len(self._row_of), len(self._row_of) + len(keys)), strict=True))

    def batch(self, keys: Sequence[Key]) -> BatchEncoding:
        """What `make` would give for these items, padded to the longest; all of them must have been added."""
        rows = [self._row_of[key] for key in keys]
        spans = [(self._ends[row], self._ends[row + 1]) for row in rows]
        longest = max((end - start for start, end in spans), default=0)
        found: dict[str, torch.Tensor] = {}
        for name, column in self._columns.items():
            values = numpy.frombuffer(column, dtype=numpy.int32)
            if self._is_padded[name]:
                chosen = numpy.full((len(rows), longest), self._fillers[name], dtype=numpy.int64)
                for i, (start, end) in enumerate(spans):
                    chosen[i, : end - start] = values[start:end]
            else:
                chosen = values[rows].astype(numpy.int64)
            found[name] = torch.from_numpy(chosen).to(self._kinds[name])
        return BatchEncoding(found)

    def lengths(self, keys: Sequence[Key]) -> list[int]:
        """Positions that these items take; all of them must have been added."""
        rows = [self._row_of[key] for key in keys]
        return [self._ends[row + 1] - self._ends[row] for row in rows]

    def ids(self) -> torch.Tensor:
        """The pieces that occur in the rows and in their padding, each once, ascending. Shape: [n]."""
        values = numpy.frombuffer(self._columns.get(IDS) or array("i", [self._fillers[IDS]]), dtype=numpy.int32)
        occurs = numpy.zeros(1 + max(int(values.max()), self._fillers[IDS]), dtype=bool)
        occurs[values] = occurs[self._fillers[IDS]] = True
        return torch.from_numpy(numpy.flatnonzero(occurs))

    def _take_apart(self, batch: BatchEncoding, n_items: int) -> None:
        columns: dict[str, torch.Tensor] = dict(batch)
        self._check(columns, n_items)
        real_BT = columns[MASK].bool()
        for name, tensor in columns.items():
            values = tensor[real_BT] if tensor.dim() == 2 else tensor
            column = self._columns.setdefault(name, array("i"))
            column.frombytes(values.to(torch.int32).numpy().tobytes())
            self._kinds[name], self._is_padded[name] = tensor.dtype, tensor.dim() == 2
        self._ends.extend((self._ends[-1] + real_BT.sum(dim=1).cumsum(dim=0)).tolist())

    def _check(self, columns: Mapping[str, torch.Tensor], n_items: int) -> None:
        if IDS not in columns or MASK not in columns or (self._columns and columns.keys() != self._columns.keys()):
            raise RowsError(f"A batch must have columns, always the same, {IDS} and {MASK} too, but has {[*columns]}.")
        shape, is_real_BT = columns[IDS].shape, columns[MASK].bool()
        for name, tensor in columns.items():
            fits = tensor.shape == (n_items,) or (tensor.shape == shape and name in self._fillers)
            if not fits or tensor.is_floating_point():
                raise RowsError(
                    f"The column {name!r} must hold whole numbers, one an item or one a position, but holds "
                    f"{tensor.dtype} of shape {tuple(tensor.shape)} for {n_items} items."
                )
            if tensor.dim() == 2 and bool((tensor.long()[~is_real_BT] != self._fillers[name]).any()):
                raise RowsError(f"The column {name!r} must be padded with {self._fillers[name]}, but is not.")
        n_B = is_real_BT.sum(dim=1)
        if int(n_B.max()) < shape[1] or not torch.equal(is_real_BT, torch.arange(shape[1]) < n_B[:, None]):
            raise RowsError("A batch must be padded at the right and no further than its longest row, but is not.")
