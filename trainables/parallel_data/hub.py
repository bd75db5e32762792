"""The data source "hub": published data sets, fetched once, language by language, into a folder of the usual layout.

Each language of each data set is a stage of its own in the store ("corpus-part"): an interrupted fetch goes on with the
language it was at, and another selection of data sets or filters fetches nothing again. The corpus that a trial reads
("corpus") is put together from these.
"""

import functools
import gzip
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH, Language, parse_language
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import DataError
from trainables.data_sets import DATA_SETS
from trainables.data_sets.base import DataSet, Example
from trainables.data_sets.rows import examples
from trainables.parallel_data.corpus import FORMAT, CorpusEntry, CorpusWriter, part_file, text_of, write_gzip
from trainables.parallel_data.filters import parse_filters
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

Planned = tuple[DataSet, Language]

logger = logging.getLogger(__name__)


def open_hub(config: DataConfig, store: StageStore) -> DataFolder:
    """The corpus of `config.sets`, fetched on first use and taken from the store afterwards.

    Raises:
        DataError: no bitext is named, a language is in no data set, a revision is not pinned although it must be, or a
            data set cannot be read.
        ValueError: an unknown data set, language or filter.
    """
    sets = _checked_sets(config)
    parse_filters(config.filters)
    tasks = planned(config, sets)
    identity = {
        "format": FORMAT,
        "parts": [part_identity(config, *task) for task in tasks],
        "filters": config.filters,
    }
    return DataFolder(store.get_or_build("corpus", identity, functools.partial(_build, config, store, tasks)))


def unpinned(config: DataConfig) -> list[str]:
    """Names of the configured data sets without a revision: a paper preset must have none."""
    return [name for name in config.sets if config.revisions.get(name, DATA_SETS[name].revision) is None]


def planned(config: DataConfig, sets: list[DataSet]) -> list[Planned]:
    """What is fetched, in the order in which it is written: labelled parts first, of a language the main set first.

    Raises:
        DataError: a configured language is in none of the data sets.
    """
    held = {language for data_set in sets for language in data_set.languages.values()}
    wanted = {parse_language(text) for text in config.languages} or held
    if missing := sorted(wanted - held):
        raise DataError(
            f"A language of `data.languages` must be in one of the data sets {', '.join(config.sets)}, but "
            f"{', '.join(missing)} is in none. Leave it out or add a set to `data.sets`."
        )
    tasks = []
    for data_set in sorted(sets, key=lambda one: one.part == "bitext"):
        for language in sorted((wanted | {ENGLISH}) & set(data_set.languages.values())):
            if data_set.part != "bitext" or data_set is _bitext_of(language, sets):
                tasks.append((data_set, language))
    return tasks


def part_identity(config: DataConfig, data_set: DataSet, language: Language) -> dict[str, Any]:
    """Everything that decides what is fetched of one language."""
    return {
        "format": FORMAT,
        "data_set": data_set.name,
        "repository": data_set.repository,
        "revision": config.revisions.get(data_set.name, data_set.revision),
        "code": data_set.code_of(language),
        "limit": config.max_pairs if data_set.part == "bitext" else config.max_sentences,
    }


def _checked_sets(config: DataConfig) -> list[DataSet]:
    sets = [DATA_SETS[name] for name in config.sets]
    if not any(data_set.part == "bitext" for data_set in sets):
        bitexts = ", ".join(name for name, data_set in DATA_SETS.items() if data_set.part == "bitext")
        raise DataError(
            f"`data.sets` must name a bitext ({bitexts}) for source 'hub', but is {list(config.sets)}. Add one."
        )
    if stray := sorted(set(config.revisions) - set(config.sets)):
        raise DataError(f"`data.revisions` must be of sets in `data.sets`, but has {', '.join(stray)}. Leave it out.")
    if names := unpinned(config):
        sentence = f"A data set must have a pinned revision, but {', '.join(names)} has none. Give `data.revisions`."
        if config.require_pinned:
            raise DataError(sentence)
        logger.warning("%s Until then the newest files are read, and the store keeps what it first got.", sentence)
    return sets


def _bitext_of(language: Language, sets: list[DataSet]) -> DataSet:
    """The data set whose pairs a language uses: the one the inventory names, else the first that has it."""
    having = [one for one in sets if one.part == "bitext" and language in one.languages.values()]
    corpus = INVENTORY[language].corpus if language in INVENTORY else ""
    return next((one for one in having if corpus and one.corpus == corpus), having[0])


def _build(config: DataConfig, store: StageStore, tasks: list[Planned], folder: Path) -> None:
    writer = CorpusWriter(folder, config.filters)
    taken: set[str] = set()
    for data_set, language in tqdm(tasks, "corpus", unit=" files", disable=None):
        identity = part_identity(config, data_set, language)
        part = store.get_or_build("corpus-part", identity, functools.partial(_fetch, config, data_set, language))
        counts: dict[str, dict[str, int]] = json.loads((part / "counts.json").read_text(encoding="utf-8"))
        for split, count in counts.items():
            entry = CorpusEntry(
                part=data_set.part, language=language, split=split, source=data_set.name,
                revision=identity["revision"], licence=data_set.licence, n_available=count["available"],
                n_kept=count["kept"], dropped={"unusable": count["available"] - count["kept"]},
            )  # fmt: skip
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


def _bitext_row(line: str) -> tuple[str, str, str]:
    key, english, other = line.split("\t")
    return key, english, other


def _fetch(config: DataConfig, data_set: DataSet, language: Language, folder: Path) -> None:
    """Writes one `<split>.gz` a split (all splits of "flores" in one file) and `counts.json`."""
    counts: dict[str, dict[str, int]] = {}
    texts: dict[str, str] = {}
    for split in data_set.splits:
        if split == "train" and data_set.part in TASKS and language != ENGLISH:
            continue  # transfer is zero-shot: only English is trained on
        found = list(_fetched(config, data_set, language, split))
        usable = [example for example in found if example is not None]
        if not usable:
            continue
        name = "all" if data_set.part == "flores" else split
        count = counts.setdefault(name, {"available": 0, "kept": 0})
        count["available"] += len(found)
        count["kept"] += len(usable)
        texts[name] = texts.get(name, "") + text_of(data_set.part, usable)
    if not counts:
        code = data_set.code_of(language)
        raise DataError(f"{data_set.repository} must hold {language} ({code}), but has no usable row of it.")
    for name, text in texts.items():
        write_gzip(folder / f"{name}.gz", text)
    (folder / "counts.json").write_text(json.dumps(counts) + "\n", encoding="utf-8")


def _fetched(config: DataConfig, data_set: DataSet, language: Language, split: str) -> Iterator[Example | None]:
    """Examples as they are written: those of bitext with an id that names the data set, of "flores" with the split."""
    identity = part_identity(config, data_set, language)
    rows = examples(data_set, identity["code"], split, identity["revision"], config.root, identity["limit"])
    for number, example in enumerate(rows):
        if example is None:
            yield None
        elif data_set.part == "bitext":
            yield f"{data_set.name}.{number}", *example
        elif data_set.part == "flores":
            yield example[0], split, *example[1:]
        else:
            yield example
