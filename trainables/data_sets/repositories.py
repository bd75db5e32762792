"""Repository: the files of a data set on the hub at one commit, or of a local copy; which there are, how they are read.

The hub is asked once, with one request and without retries, which commit a revision is and which files it has. Where it
does not answer, what its local cache holds is used. HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE and the cache are
huggingface_hub's. Which files belong to a configuration and a split is what the repository's card says, or else their
names: `<...>/<code>/<split>*.parquet` in any of the layouts that the hub's own converters and `datasets` write.
"""

import difflib
import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet
from datasets import ClassLabel, DatasetInfo, Features
from huggingface_hub import (
    HfApi,
    HfFileSystem,
    constants,
    hf_hub_download,
    metadata_load,
    try_to_load_from_cache,
)
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RevisionResolutionError
from huggingface_hub.file_download import repo_folder_name

from trainables.data.labelled_files import DataError
from trainables.data.layout import is_hidden
from trainables.data_sets.base import COMMIT, DataSet, Row
from trainables.data_sets.formats import headed_rows, json_rows, open_lines

TIMEOUT_S = 10.0
BLOCK_BYTES = 2**20  # read ahead of a row group
N_ROWS = 1_000  # made Python objects at once
FORMATS = (".parquet", ".tsv", ".csv", ".jsonl", ".json")  # the first that a split has is read
CARD = "README.md"
REMEDY = (
    "Check the network, or give `data.root` (a folder with local copies of the repositories), "
    "or give `data.source: folder`."
)
PARTS = "Of parquet files of which only some rows were read (`data.max_pairs`, `data.max_sentences`) the cache has "
PARTS += "nothing: these rows are in the stage store that they were read into (`run.store`)."


@dataclass(frozen=True)
class Repository:
    """Files of one repository.

    name: "owner/name". commit: what is read; "" = a local copy.
    files: their paths, sorted; where `problem` says why the hub did not answer, only those in its cache.
    folder: of a local copy.
    """

    name: str
    commit: str
    files: tuple[str, ...]
    folder: Path | None = None
    problem: str = ""

    def files_of(self, config: str, splits: Sequence[str]) -> tuple[str, ...]:
        """The files of the first of `splits` (other names of one split) that a configuration has; () if of none."""
        for split in splits:
            patterns = self._patterns(config, split)
            named = {file for pattern in patterns for file in fnmatch.filter(self.files, pattern)}
            if not patterns:
                named = {file for file in self.files if _is_named(file, config, split)}
            for suffix in FORMATS:
                if found := sorted(file for file in named if file.endswith(suffix)):
                    folder = min((_folder(file) for file in found), key=lambda one: (one.count("/"), one))
                    return tuple(file for file in found if _folder(file) == folder)
        return ()

    def similar(self, config: str, n: int = 4) -> list[str]:
        """Configurations whose names are like `config`: those of the same language, where it is `<language>_<name>`."""
        names = {*self._configs, *(part for file in self.files for part in file.split("/")[:-1])}
        language, _, rest = config.partition("_")
        if rest:
            return sorted(name for name in names if name.startswith(f"{language}_"))[:n]
        return difflib.get_close_matches(config, sorted(names), n)

    def local(self, file: str) -> Path | None:
        """A file where it is on this machine, or None."""
        if self.folder is not None:
            return self.folder / file
        found = try_to_load_from_cache(self.name, file, revision=self.commit, repo_type="dataset")
        return Path(found) if isinstance(found, str) else None

    def fetched(self, file: str) -> Path:
        """A file on this machine, downloaded whole into the hub's cache where it is not there yet.

        Raises:
            OSError: the hub does not answer or refuses.
        """
        path = self.local(file)
        return path or Path(hf_hub_download(self.name, file, repo_type="dataset", revision=self.commit))

    def rows(self, file: str, config: str, data_set: DataSet, is_part: bool) -> Iterator[Row]:
        """The rows of one file, label numbers replaced by the names that the file or the card declares for them.

        Args:
            data_set: whose columns are read.
            is_part: whoever asks stops early: a parquet file is then read row group by row group, by range.

        Raises:
            DataError: the file is malformed, or numbers its labels in another order than the data set.
            KeyError: it lacks a column.
        """
        if file.endswith(".parquet"):
            yield from self._parquet_rows(file, config, data_set, is_part)
            return
        place = str(self.fetched(file))
        if file.endswith((".json", ".jsonl")):
            yield from json_rows(open_lines(place), place)
        else:
            yield from headed_rows(open_lines(place), place, "," if file.endswith(".csv") else "\t")

    def _parquet_rows(self, file: str, config: str, data_set: DataSet, is_part: bool) -> Iterator[Row]:
        path = self.local(file) if is_part else self.fetched(file)
        opened = path.open("rb") if path else self._by_range(file)
        with opened, pyarrow.parquet.ParquetFile(opened) as table:
            if lacking := set(data_set.columns) - set(table.schema_arrow.names):
                raise KeyError(sorted(lacking)[0])
            names = self._declared(table.schema_arrow, config, data_set.label_column)
            if data_set.labels and names and names != data_set.labels:
                raise DataError(
                    f"The labels of {self.name} must be {', '.join(data_set.labels)} in this order, but revision "
                    f"{self.commit or 'of the copy'} declares {', '.join(names)}. Pin another revision."
                )
            for group in range(table.num_row_groups):
                for batch in table.iter_batches(N_ROWS, row_groups=[group], columns=list(data_set.columns)):
                    for row in batch.to_pylist():
                        yield _with_names(row, data_set.label_column, names)

    def _declared(self, schema: Any, config: str, column: str) -> tuple[str, ...]:
        """Label names that a parquet file, or else the card, declares for a column of labels or of lists of labels."""
        if not column:
            return ()
        return _names(Features.from_arrow_schema(schema), column) or _names(self._card_features(config), column)

    def _by_range(self, file: str) -> Any:
        hub = HfFileSystem(endpoint=constants.ENDPOINT, skip_instance_cache=True)
        return hub.open(f"datasets/{self.name}@{self.commit}/{file}", "rb", block_size=BLOCK_BYTES)

    @cached_property
    def _card(self) -> dict[str, Any]:
        """The head of the card; {} where there is none."""
        if CARD not in self.files:
            return {}
        return metadata_load(self.fetched(CARD)) or {}

    @cached_property
    def _configs(self) -> dict[str, Any]:
        return {str(one.get("config_name", "default")): one for one in self._card.get("configs") or []}

    def _patterns(self, config: str, split: str) -> list[str]:
        """Patterns of the card for a configuration's split; [] where the card names no files of the configuration."""
        entries = self._configs.get(config or "default", {}).get("data_files") or []
        found: list[str] = []
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and entry.get("split") == split:
                paths = entry.get("path") or []
                found += [paths] if isinstance(paths, str) else paths
        return found

    def _card_features(self, config: str) -> Features:
        infos = self._card.get("dataset_info") or []
        for info in infos if isinstance(infos, list) else [infos]:
            if info.get("config_name", "default") == (config or "default"):
                return DatasetInfo._from_yaml_dict(dict(info)).features or Features()
        return Features()


def local_copy(name: str, copies: str) -> Repository:
    """The copy `<copies>/<owner>/<name>`.

    Raises:
        DataError: there is no such folder.
    """
    folder = Path(copies).expanduser() / name
    if not folder.is_dir():
        raise DataError(f"`data.root` must hold a copy of {name}, but {folder} does not exist. {REMEDY}")
    return Repository(name, "", _below(folder), folder)


def commit_of(name: str, revision: str) -> str:
    """The commit that a revision of a data-set repository is now; of one that the hub's cache knows if it is silent.

    Raises:
        DataError: there is no such repository or revision, or the hub does not answer and the cache does not know.
    """
    if COMMIT.fullmatch(revision):
        return revision
    try:
        hub = HfApi(endpoint=constants.ENDPOINT)
        return hub.resolve_revision(name, repo_type="dataset", revision=revision).resolved
    except RevisionResolutionError as error:
        raise DataError(f"The data set {name} is not reachable ({error}). {REMEDY}") from None
    except HfHubHTTPError as error:
        raise DataError(_refusal(name, revision, error)) from None


def repository_at(name: str, commit: str) -> Repository:
    """The files that a repository has at a commit.

    Raises:
        DataError: there is no such repository or commit, or the hub does not answer and its cache has no file of it.
    """
    try:
        info = HfApi(endpoint=constants.ENDPOINT).dataset_info(name, revision=commit, timeout=TIMEOUT_S)
    except HfHubHTTPError as error:
        if error.response.status_code < 500:
            raise DataError(_refusal(name, commit, error)) from None
        problem = str(error)
    except Exception as error:  # offline by choice, refused, timed out: huggingface_hub's client has its own errors
        problem = f"{type(error).__name__}: {error}"
    else:
        return Repository(name, commit, tuple(sorted(one.rfilename for one in info.siblings or [])))
    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=name, repo_type="dataset") / "snapshots" / commit
    files = _below(folder)
    if not files:
        raise DataError(
            f"The data set {name} is not reachable, and the hub's cache has no file of it ({problem}). {PARTS} {REMEDY}"
        )
    return Repository(name, commit, files, problem=problem)


def refusal_to_give(name: str, error: Exception) -> str:
    """What to do about a file that the hub did not give."""
    if isinstance(error, GatedRepoError):
        return (
            f"The data set {name} must be open to you, but is gated. Accept its conditions at "
            f"{constants.ENDPOINT}/datasets/{name} and set HF_TOKEN, or give `data.root`."
        )
    return f"The data set {name} broke off ({type(error).__name__}: {error}). {REMEDY}"


def _refusal(name: str, revision: str, error: HfHubHTTPError) -> str:
    status = error.response.status_code
    return (
        f"The data set {name} must have the revision {revision}, but {constants.ENDPOINT} answers {status} "
        f"({str(error).splitlines()[0]}). Give another one in `data.revisions`, or HF_TOKEN if it is not public."
    )


def _is_named(file: str, config: str, split: str) -> bool:
    *folders, name = file.split("/")
    if config and config not in folders or not name.endswith(FORMATS):
        return False
    return split in folders or re.fullmatch(rf"(.*[-_])?{re.escape(split)}([-.].*)", name) is not None


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _below(folder: Path) -> tuple[str, ...]:
    files = (path for path in folder.rglob("*") if path.is_file() and not is_hidden(path, folder))
    return tuple(sorted(path.relative_to(folder).as_posix() for path in files))


def _names(features: Any, column: str) -> tuple[str, ...]:
    feature = features.get(column)
    feature = getattr(feature, "feature", feature)
    return tuple(feature.names) if isinstance(feature, ClassLabel) else ()


def _with_names(row: Row, column: str, names: tuple[str, ...]) -> Row:
    """`row` with label numbers replaced by `names`; -1 (no label) stays."""
    value = row[column] if names else None
    if value is None:
        return row
    named = [names[i] for i in value] if isinstance(value, list) else names[value] if value >= 0 else value
    return {**row, column: named}
