"""The table of data sources, and the source "folder"."""

import dataclasses
from pathlib import Path

import pytest

from search_spaces.languages import Language
from trainables.data.labelled_files import DataError
from trainables.parallel_data import SOURCES
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS
from trainables.tasks.pos import POS
from trainables.testing import SourceContract
from trainables.testing.tiny import write_tiny_data


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


class TestFolder(SourceContract):
    name, tasks = "folder", tuple(TASKS)

    def config(self, folder: Path) -> DataConfig:
        write_tiny_data(folder, TASKS.values())
        return dataclasses.replace(super().config(folder), root=str(folder))


class TestFiles(SourceContract):
    name, tasks = "files", ("pos",)

    def config(self, folder: Path) -> DataConfig:
        (folder / "swh.tsv").write_text("dog\tmbwa\ncat\tpaka\n")
        (folder / "pos.conllu").write_text(POS.sample)
        files = {"bitext": {"swh": "swh.tsv"}, "pos": {"eng/train": "pos.conllu", "eng/test": "pos.conllu"}}
        return dataclasses.replace(super().config(folder), root=str(folder), files=files)


@pytest.mark.slow
class TestSynthetic(SourceContract):
    name, tasks = "synthetic", tuple(TASKS)

    def config(self, folder: Path) -> DataConfig:
        return dataclasses.replace(super().config(folder), n_pairs=12, n_labelled=12)
