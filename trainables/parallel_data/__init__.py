"""Where the text comes from: the table of data sources, each of which ends in a `DataFolder`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from search_spaces.registry import Lazy, Registry

if TYPE_CHECKING:
    from trainables.data.folder import DataFolder
    from trainables.run_config import DataConfig
    from trainables.store.stage_store import StageStore

    Source = Callable[[DataConfig, StageStore], DataFolder]

SOURCES: "Registry[Source]" = Registry(
    "data source",
    {
        "files": Lazy("trainables.parallel_data.files:open_files"),
        "folder": Lazy("trainables.parallel_data.folder:open_folder"),
        "hub": Lazy("trainables.parallel_data.hub:open_hub"),
        "synthetic": Lazy("trainables.parallel_data.synthetic.write:open_synthetic"),
    },
    group="sources",
)
