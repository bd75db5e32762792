"""Opens one split of one language of a data set and reads its examples, only as many as are asked for.

The rows come from the hub (`datasets`, streamed), from the address of a plain file, or from a folder with local copies
of the repositories (`<copies>/<repository>/...`). Whatever goes wrong on the way is said with what to do about it.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from datasets import ClassLabel, load_dataset
from tqdm import tqdm

from trainables.data.labelled_files import DataError
from trainables.data_sets.base import DataSet, Example, Row, RowError
from trainables.data_sets.formats import open_lines

NEWEST = "HEAD"  # of a repository of plain files, where no revision is pinned
REMEDY = (
    "Check the network, or give `data.root` (a folder with local copies of the repositories), "
    "or give `data.source: folder`."
)


def examples(
    data_set: DataSet, code: str, split: str, revision: str | None, copies: str | None, limit: int | None
) -> Iterator[Example | None]:
    """The first `limit` rows of a split (all if None), each read as an example; None for each one left out.

    Args:
        data_set: to read from.
        code: the data set's own code of the language.
        split: our name of the split.
        revision: commit or tag to read; None = the newest.
        copies: folder with local copies of the repositories; None = the hub itself.
        limit: rows at most.

    Raises:
        DataError: it cannot be reached, breaks off, or a row is malformed. A data set without this split raises
            nothing and gives no example.
    """
    place = f"{data_set.repository} ({code}, {split})"
    n_read = 0
    try:
        rows = _plain_rows if data_set.address else _hub_rows
        limited = islice(rows(data_set, code, split, revision, copies), limit)
        total = limit if split == "train" and limit else None
        for row in tqdm(limited, f"{data_set.name} {code} {split}", total=total, unit=" rows", disable=None):
            n_read += 1
            yield data_set.read(row, code)
    except DataError:
        raise
    except RowError as error:
        raise DataError(f"{error} It is row {n_read} of {place}.") from None
    except KeyError as error:
        raise DataError(
            f"A row of {place} must have the column {error}, but row {n_read} has not. Pin another revision."
        ) from None
    except Exception as error:  # whatever the libraries below raise: the user needs the place and the remedy
        # `datasets` raises ValueError for a configuration that is not there, anything else when nothing answers.
        unread = "cannot be read" if isinstance(error, ValueError) else "is not reachable"
        what = f"broke off after {n_read} rows" if n_read else unread
        raise DataError(f"The data set {place} {what} ({type(error).__name__}: {error}). {REMEDY}") from error


def _plain_rows(data_set: DataSet, code: str, split: str, revision: str | None, copies: str | None) -> Iterator[Row]:
    path = data_set.path.format(code=code, split=data_set.splits[split])
    if copies is None:
        place = f"{data_set.address.format(revision=revision or NEWEST)}/{path}"
    else:
        place = str(Path(copies).expanduser() / data_set.repository / path)
    assert data_set.parse is not None
    return iter(data_set.parse(open_lines(place), place))


def _hub_rows(data_set: DataSet, code: str, split: str, revision: str | None, copies: str | None) -> Iterator[Row]:
    name = data_set.config.format(code=code) or None
    if copies is None:
        splits = load_dataset(data_set.repository, name, revision=revision, streaming=True)
    else:
        copy = Path(copies).expanduser() / data_set.repository
        if not copy.is_dir():
            raise DataError(
                f"`data.root` must hold a copy of {data_set.repository}, but {copy} does not exist. {REMEDY}"
            )
        splits = load_dataset(str(copy), name, streaming=True)
    found = next((theirs for theirs in data_set.splits[split].split("|") if theirs in splits), None)
    if found is None:
        return iter(())
    rows = splits[found]
    declared = declared_names(rows.features, data_set.label_column)
    if data_set.labels and declared and declared != data_set.labels:
        raise DataError(
            f"The labels of {data_set.repository} must be {', '.join(data_set.labels)} in this order, but revision "
            f"{revision} declares {', '.join(declared)}. Pin another revision."
        )
    return (_with_names(row, data_set.label_column, declared) for row in rows)


def declared_names(features: Any, column: str) -> tuple[str, ...]:
    """Label names that a file declares for a column of labels or of lists of labels; () if it declares none."""
    feature = (features or {}).get(column)
    feature = getattr(feature, "feature", feature)
    return tuple(feature.names) if isinstance(feature, ClassLabel) else ()


def _with_names(row: Row, column: str, names: tuple[str, ...]) -> Row:
    """`row` with label numbers replaced by the names that the file declares for them; -1 (no label) stays."""
    if not names:
        return row
    value = row[column]
    named = [names[i] for i in value] if isinstance(value, list) else names[value] if value >= 0 else value
    return {**row, column: named}
