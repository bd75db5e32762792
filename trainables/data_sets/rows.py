"""Opens one split of one language of a data set and reads its examples, only as many as are asked for.

The rows come from a repository on the hub (or its local copy, `<copies>/<repository>/...`), or from plain files behind
an address (or their local copies). Whatever goes wrong on the way is said with what to do about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError
from tqdm import tqdm

from trainables.data.labelled_files import DataError
from trainables.data_sets.base import DataSet, Example, Row, RowError
from trainables.data_sets.formats import open_lines
from trainables.data_sets.repositories import PARTS, REMEDY, Repository, refusal_to_give
from trainables.store.fingerprint import fingerprint, remembered_sha256


@dataclass(frozen=True)
class PlainFiles:
    """Plain files of a data set at a revision, behind its address or below the folder `copies`."""

    data_set: DataSet
    revision: str
    copies: str | None

    def place(self, code: str, split: str) -> str:
        """Path or address of the file of a split."""
        folder, _, file = code.rpartition("/")
        path = self.data_set.path.format(code=code, file=file, split=self.data_set.splits[split])
        if self.copies is not None:
            return str(Path(self.copies).expanduser() / self.data_set.repository / folder / path)
        return f"{self.data_set.address.format(folder=folder, revision=self.revision)}/{path}"


Home = Repository | PlainFiles


@dataclass(frozen=True)
class Malformed:
    """Stands for a row that is not what the data set says of itself, where the data set tolerates some of them."""

    reason: str


def has_language(home: Home, data_set: DataSet, code: str) -> bool | None:
    """Whether the repository has a file of a language; None where only reading tells (plain files behind an address).

    Raises:
        DataError: the hub does not answer, and its cache has no file of this language.
    """
    if isinstance(home, PlainFiles):
        return any(Path(home.place(code, split)).is_file() for split in data_set.splits) if home.copies else None
    config = data_set.config.format(code=code)
    has = any(home.files_of(config, names.split("|")) for names in data_set.splits.values())
    if not has and home.problem:
        raise DataError(
            f"{home.name} is not reachable, and the hub's cache lacks {config or 'its files'} ({home.problem}). "
            f"{PARTS} {REMEDY}"
        )
    return has


def digest_of_copy(home: Home, data_set: DataSet, code: str) -> str:
    """Hash of the local files that a language is read from; "" where it is not read from a local copy."""
    if isinstance(home, PlainFiles):
        paths = [Path(home.place(code, split)) for split in data_set.splits] if home.copies else []
    else:
        config = data_set.config.format(code=code)
        found = [home.files_of(config, names.split("|")) for names in data_set.splits.values()]
        paths = [home.folder / file for files in found for file in files] if home.folder else []
    return fingerprint({path.name: remembered_sha256(path) for path in paths if path.is_file()}) if paths else ""


def examples(
    data_set: DataSet, code: str, split: str, home: Home, limit: int | None = None
) -> Iterator[Example | Malformed | None]:
    """The first `limit` rows of a split (all if None), each read as an example; None for each one left out.

    Args:
        data_set: to read from.
        code: the data set's own code of the language.
        split: our name of the split.
        home: where its files lie.
        limit: rows at most.

    Raises:
        DataError: it cannot be reached, breaks off, or a row is malformed where none may be. A data set without this
            split raises nothing and gives no example.
    """
    place = f"{data_set.repository} ({code}, {split})"
    n_read = 0
    try:
        rows = _plain_rows(home, code, split) if isinstance(home, PlainFiles) else _hub_rows(
            home, data_set, code, split, limit
        )  # fmt: skip
        total = limit if split == "train" and limit else None
        for row in tqdm(
            islice(rows, limit), f"{data_set.name} {code} {split}", total=total, unit=" rows", disable=None
        ):
            n_read += 1
            try:
                yield data_set.read(row, code)
            except RowError as error:
                if not data_set.tolerated_frac:
                    raise
                yield Malformed(f"{error} It is row {n_read} of {place}.")
    except DataError:
        raise
    except RowError as error:
        raise DataError(f"{error} It is row {n_read} of {place}.") from None
    except KeyError as error:
        raise DataError(
            f"A row of {place} must have the column {error}, but row {n_read or 1} does not. Pin another revision."
        ) from None
    except HfHubHTTPError as error:
        raise DataError(refusal_to_give(data_set.repository, error)) from None
    except Exception as error:  # whatever the libraries below raise: the user needs the place and the remedy
        what = f"broke off after {n_read} rows" if n_read else "is not reachable"
        raise DataError(f"The data set {place} {what} ({type(error).__name__}: {error}). {REMEDY}") from error


def _plain_rows(home: PlainFiles, code: str, split: str) -> Iterator[Row]:
    data_set, place = home.data_set, home.place(code, split)
    if home.copies is None and constants.is_offline_mode():
        raise DataError(f"{place} must be fetched, but HF_HUB_OFFLINE forbids it. Unset it, or give `data.root`.")
    assert data_set.parse is not None
    try:
        yield from data_set.parse(open_lines(place, "surrogateescape" if data_set.tolerated_frac else "strict"), place)
    except FileNotFoundError:
        return


def _hub_rows(home: Repository, data_set: DataSet, code: str, split: str, limit: int | None) -> Iterator[Row]:
    config = data_set.config.format(code=code)
    files = home.files_of(config, data_set.splits[split].split("|"))
    for file in files:
        yield from home.rows(file, config, data_set, is_part=limit is not None)
