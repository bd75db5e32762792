"""The data source "hub": published data sets, fetched once, language by language, into a folder of the usual layout.

Each language of each data set is a stage of its own in the store ("corpus-part"): an interrupted fetch goes on with the
language it was at, and another selection of data sets or filters fetches nothing again. The corpus that a trial reads
("corpus") is put together from these. A branch or tag is resolved to a commit once ("hub-revision"), before anything is
read, and the commit is part of every identity; so is the content of local copies.
"""

import functools
import gzip
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import DataError
from trainables.data.layout import file_code
from trainables.data_sets.base import COMMIT, DataSet, Example
from trainables.data_sets.repositories import commit_of, local_copy, repository_at
from trainables.data_sets.rows import Home, Malformed, PlainFiles, digest_of_copy, examples, has_language
from trainables.parallel_data.corpus import (
    FORMAT,
    LOCAL_COPY,
    CorpusEntry,
    CorpusWriter,
    part_file,
    text_of,
    write_gzip,
)
from trainables.parallel_data.filters import parse_filters
from trainables.parallel_data.hub_plan import Planned, checked_sets, configured_revision, part_identity, planned, unread
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

N_NAMED = 5  # missing languages in one sentence
logger = logging.getLogger(__name__)


class MissingLanguage(DataError):
    """A data set does not hold a language that it is said to hold.

    problem: the sentence without what to do about it.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem


def open_hub(config: DataConfig, store: StageStore) -> DataFolder:
    """The corpus of `config.sets`, fetched on first use and taken from the store afterwards.

    Raises:
        DataError: no bitext is named, a language is in no data set, a revision is not pinned although it must be, or a
            data set cannot be read.
        ValueError: an unknown data set, language or filter.
    """
    sets = checked_sets(config)
    parse_filters(config.filters)
    tasks = planned(config, sets)
    homes = Homes(config, store)
    identity = {
        "format": FORMAT,
        "parts": [homes.identity(*task) for task in tasks],
        "filters": config.filters,
        "on_missing": config.on_missing,
    }
    build = functools.partial(_build, config, store, tasks, homes)
    return DataFolder(store.get_or_build("corpus", identity, build), store)


class Homes:
    """Where each data set lies, and at which commit; the hub is asked when that is first needed.

    Args:
        store: keeps what a branch was resolved to, so that all trials of a store read the same commit.
    """

    def __init__(self, config: DataConfig, store: StageStore) -> None:
        self.config, self.store = config, store
        self._found: dict[tuple[str, str], Home] = {}

    def revision(self, data_set: DataSet, code: str) -> str:
        """The commit of a hub repository; of other files and local copies the revision by its name."""
        revision = configured_revision(self.config, data_set, code)
        if data_set.address or self.config.root is not None or COMMIT.fullmatch(revision):
            return revision
        identity = {"repository": data_set.repository, "revision": revision}
        build = functools.partial(_resolve, data_set.repository, revision)
        return (self.store.get_or_build("hub-revision", identity, build) / "commit").read_text(encoding="utf-8").strip()

    def of(self, data_set: DataSet, code: str) -> Home:
        """The home of a language's files."""
        revision, copies = self.revision(data_set, code), self.config.root
        if (data_set.name, revision) not in self._found:
            home: Home
            if data_set.address:
                home = PlainFiles(data_set, revision, copies)
            else:
                name = data_set.repository
                home = repository_at(name, revision) if copies is None else local_copy(name, copies)
            self._found[data_set.name, revision] = home
        return self._found[data_set.name, revision]

    def identity(self, data_set: DataSet, language: Language) -> dict[str, Any]:
        """`part_identity` at the commit that is read, with the content of a local copy."""
        code = data_set.code_of(language)
        assert code is not None
        identity = part_identity(self.config, data_set, language, self.revision(data_set, code))
        if self.config.root is None:
            return identity
        return identity | {"copy": digest_of_copy(self.of(data_set, code), data_set, code)}

    def missing(self, tasks: list[Planned]) -> list[Planned]:
        """Those languages that are neither in the store nor in their repositories, as far as these tell beforehand."""
        unfetched = [task for task in tasks if not self.store.holds("corpus-part", self.identity(*task))]
        return [task for task in unfetched if self._has(*task) is False]

    def _has(self, data_set: DataSet, language: Language) -> bool | None:
        code = data_set.code_of(language) or ""
        return has_language(self.of(data_set, code), data_set, code)

    def complain(self, missing: list[Planned]) -> MissingLanguage:
        """What is missing, what it may be called, and what to do about it."""
        told = []
        for data_set, language in missing[:N_NAMED]:
            code = data_set.code_of(language) or ""
            home = self.of(data_set, code)
            alike = home.similar(data_set.config.format(code=code)) if not isinstance(home, PlainFiles) else []
            told.append(f"{data_set.name} has no {code} ({language}{'; it has ' * bool(alike)}{', '.join(alike)})")
        more = f", and {len(missing) - N_NAMED} more are missing" if len(missing) > N_NAMED else ""
        problem = f"A language must be in its data set, but {'; '.join(told)}{more}."
        return MissingLanguage(problem, self.remedy(missing))

    def remedy(self, missing: list[Planned]) -> str:
        """What helps: English is trained on and cannot be skipped, so where it is missing too it comes first."""
        data_set, language = min(missing, key=lambda task: task[1] != ENGLISH)
        ways = [f"Name another code in `run.data.codes: {{{data_set.name}: {{{file_code(language)}: CODE}}}}`"]
        if self.config.root is not None:
            ways.append(f"complete the copy in {self.config.root}")
        ways.append(
            "take English, which cannot be skipped, from another set (the first one in `run.data.sets` that has it)"
            if language == ENGLISH
            else "set `run.data.on_missing: skip`"
        )
        return f"{', '.join(ways[:-1])}, or {ways[-1]}."


def _resolve(name: str, revision: str, folder: Path) -> None:
    commit = commit_of(name, revision)
    logger.info("The revision %s of %s is commit %s.", revision, name, commit)
    (folder / "commit").write_text(commit + "\n", encoding="utf-8")


def _build(config: DataConfig, store: StageStore, tasks: list[Planned], homes: Homes, folder: Path) -> None:
    for name, languages in unread(config, tasks).items():
        logger.warning(
            "`run.data.languages_of.%s` names %s, of which nothing is fetched: they are in no pool, arm or test set.",
            name,
            ", ".join(languages),
        )
    missing = homes.missing(tasks)
    refused = [task for task in missing if config.on_missing == "refuse" or task[1] == ENGLISH]
    if refused:
        raise homes.complain(refused)
    writer = CorpusWriter(folder, config.filters)
    taken: set[str] = set()
    for data_set, language in tqdm(tasks, "corpus", unit=" files", disable=None):
        identity = homes.identity(data_set, language)
        fetch = functools.partial(_fetch, config, homes, data_set, language)
        try:
            if (data_set, language) in missing:
                raise homes.complain([(data_set, language)])
            part = store.get_or_build("corpus-part", identity, fetch)
        except MissingLanguage as error:
            if config.on_missing == "refuse" or language == ENGLISH:
                raise
            logger.warning("%s is skipped: %s", language, error.problem)
            writer.entries.append(_entry(data_set, language, "", identity, {"missing": 1}))
            continue
        counts: dict[str, dict[str, int]] = json.loads((part / "counts.json").read_text(encoding="utf-8"))
        for split, count in counts.items():
            entry = _entry(data_set, language, split, identity, count)
            text = gzip.decompress((part / f"{split}.gz").read_bytes()).decode("utf-8")
            if data_set.part == "bitext":
                writer.add_bitext(entry, (_bitext_row(line) for line in text.removesuffix("\n").split("\n")))
                continue
            file = part_file(data_set.part, language, split)
            if file in taken:
                file = part_file(data_set.part, language, split, data_set.name)
            taken.add(file)
            writer.add(entry, text, file)
    writer.finish()


def _entry(
    data_set: DataSet, language: Language, split: str, identity: Mapping[str, Any], count: Mapping[str, int]
) -> CorpusEntry:
    n_kept = count.get("kept", 0)
    dropped = {reason: n for reason, n in count.items() if reason not in ("available", "kept")}
    return CorpusEntry(
        part=data_set.part, language=language, split=split, source=data_set.name, revision=_said_revision(identity),
        licence=data_set.licence, n_available=count.get("available", 0), n_kept=n_kept, dropped=dropped,
    )  # fmt: skip


def _said_revision(identity: Mapping[str, Any]) -> str:
    """What was read: a commit of the hub, or the files of a local copy, which may be of any."""
    return f"{LOCAL_COPY} {identity['copy']}" if "copy" in identity else str(identity["revision"])


def _bitext_row(line: str) -> tuple[str, str, str]:
    key, english, other = line.split("\t")
    return key, english, other


def _fetch(config: DataConfig, homes: Homes, data_set: DataSet, language: Language, folder: Path) -> None:
    """Writes one `<split>.gz` a split (all splits of "flores" in one file) and `counts.json`."""
    counts: dict[str, dict[str, int]] = {}
    texts: dict[str, str] = {}
    n_rows = 0
    for split in data_set.splits:
        if split == "train" and data_set.part in TASKS and language != ENGLISH:
            continue  # transfer is zero-shot: only English is trained on
        found = list(_fetched(config, homes, data_set, language, split))
        n_rows += len(found)
        usable = [example for example in found if example is not None and not isinstance(example, Malformed)]
        broken = [example for example in found if isinstance(example, Malformed)]
        if len(broken) > max(1, data_set.tolerated_frac * len(found)):
            raise DataError(
                f"At most {data_set.tolerated_frac:.0%} of the rows may be malformed, but {len(broken)} of "
                f"{len(found)} are. {broken[0].reason} Lower `data.max_pairs`, or leave {language} out."
            )
        if not usable:
            continue
        name = "all" if data_set.part == "flores" else split
        count = counts.setdefault(name, {"available": 0, "kept": 0, "unusable": 0, "malformed": 0})
        for key, n in {"available": len(found), "kept": len(usable), "malformed": len(broken)}.items():
            count[key] += n
        count["unusable"] = count["available"] - count["kept"] - count["malformed"]
        texts[name] = texts.get(name, "") + text_of(data_set.part, usable)
    if not n_rows:
        raise homes.complain([(data_set, language)])
    if not counts:
        code = data_set.code_of(language)
        problem = (
            f"A language must have usable rows in its data set, but {data_set.name} has none of {code} ({language})."
        )
        raise MissingLanguage(problem, homes.remedy([(data_set, language)]))
    for name, text in texts.items():
        write_gzip(folder / f"{name}.gz", text)
    (folder / "counts.json").write_text(json.dumps(counts) + "\n", encoding="utf-8")


def _fetched(
    config: DataConfig, homes: Homes, data_set: DataSet, language: Language, split: str
) -> Iterator[Example | Malformed | None]:
    """Examples as they are written: those of bitext with an id that names the data set, of "flores" with the split."""
    code = data_set.code_of(language) or ""
    limit = part_identity(config, data_set, language)["limit"]
    for number, example in enumerate(examples(data_set, code, split, homes.of(data_set, code), limit)):
        if example is None or isinstance(example, Malformed):
            yield example
        elif data_set.part == "bitext":
            yield f"{data_set.name}.{number}", *example
        elif data_set.part == "flores":
            yield example[0], split, *example[1:]
        else:
            yield example
