"""The data source "folder": a folder of the user's own, in the layout that `DataFolder` reads.

It is read where it is. With `data.filters` a copy with filtered sentence pairs is made in the store and read instead.
"""

import functools
import shutil
from pathlib import Path

from trainables.data.folder import DataFolder
from trainables.data.labelled_files import DataError
from trainables.parallel_data.corpus import FORMAT, CorpusEntry, CorpusWriter
from trainables.parallel_data.filters import parse_filters
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS
from trainables.tasks.texts import texts_fingerprint

LICENCE = "as the folder's own README says"


def open_folder(config: DataConfig, store: StageStore) -> DataFolder:
    """The folder `config.root`, or its filtered copy.

    Raises:
        DataError: `config.root` is not given, does not exist or is no data folder, or a filter is malformed.
    """
    if config.root is None:
        raise DataError(
            "The data source 'folder' needs a folder, but `data.root` is not given. Name it with `--data FOLDER`."
        )
    data = DataFolder(config.root, store)
    if not config.filters:
        return data
    parse_filters(config.filters)
    identity = {"format": FORMAT, "folder": texts_fingerprint(data), "filters": config.filters}
    return DataFolder(store.get_or_build("corpus", identity, functools.partial(_build, config, data)), store)


def _build(config: DataConfig, data: DataFolder, folder: Path) -> None:
    for part in ("flores", *TASKS):
        if (data.root / part).is_dir():
            shutil.copytree(data.root / part, folder / part)
    writer = CorpusWriter(folder, config.filters)
    for language in data.bitext_languages:
        entry = CorpusEntry(
            part="bitext", language=language, split="train", source="folder", revision=None, licence=LICENCE,
            n_available=0, n_kept=0,
        )  # fmt: skip
        rows = ((key or f"folder.{n}", english, other) for n, key, english, other in data.bitext_rows(language))
        writer.add_bitext(entry, rows)
    writer.finish()
