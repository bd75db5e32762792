"""The data source "folder": a folder of the user's own, in the layout that `DataFolder` reads."""

from trainables.data_folder import DataError, DataFolder
from trainables.run_config import DataConfig
from trainables.stage_store import StageStore


def open_folder(config: DataConfig, store: StageStore) -> DataFolder:
    """The folder `config.root`.

    Raises:
        DataError: `config.root` is not given, does not exist or is no data folder.
    """
    del store  # a folder is read where it is
    if config.root is None:
        raise DataError(
            "The data source 'folder' needs a folder, but `data.root` is not given. Name it with `--data FOLDER`."
        )
    return DataFolder(config.root)
