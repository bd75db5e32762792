"""The table of data sources, and the source "folder"."""

from pathlib import Path

import pytest

from search_spaces.languages import Language
from trainables.data.labelled_files import DataError
from trainables.parallel_data import SOURCES
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore


def test_folder_is_opened_where_it_is(small_world: Path, tmp_path: Path) -> None:
    data = SOURCES["folder"](DataConfig(source="folder", root=str(small_world)), StageStore(tmp_path))
    assert data.root == small_world.resolve()
    assert Language("swh_Latn") in data.bitext_languages


def test_folder_without_root_says_which_option_gives_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--data"):
        SOURCES["folder"](DataConfig(source="folder"), StageStore(tmp_path))


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not"):
        SOURCES["folder"](DataConfig(source="folder", root=str(tmp_path / "nowhere")), StageStore(tmp_path))


def test_unknown_source_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="synthetic"):
        SOURCES["sinthetic"]


@pytest.mark.parametrize(
    ("config", "field"), [(DataConfig(n_pairs=3), "data.n_pairs"), (DataConfig(n_labelled=3), "data.n_labelled")]
)
def test_too_small_a_world_is_refused(config: DataConfig, field: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=field):
        SOURCES["synthetic"](config, StageStore(tmp_path))
