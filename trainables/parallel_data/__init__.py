"""Where the text comes from: the table of data sources, each of which ends in a `DataFolder`."""

from collections.abc import Callable

from search_spaces.registry import Registry
from trainables.data.folder import DataFolder
from trainables.parallel_data.files import open_files
from trainables.parallel_data.folder import open_folder
from trainables.parallel_data.hub import open_hub
from trainables.parallel_data.synthetic.write import open_synthetic
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore

Source = Callable[[DataConfig, StageStore], DataFolder]

SOURCES: Registry[Source] = Registry(
    "data source", {"files": open_files, "folder": open_folder, "hub": open_hub, "synthetic": open_synthetic}
)
