"""A small synthetic world of twelve languages, written once a session."""

from pathlib import Path

import pytest

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.parallel_data.synthetic.write import write_world
from trainables.run_config import DataConfig

CODES = (
    "arb_Arab",
    "deu_Latn",
    "ell_Grek",
    "hin_Deva",
    "jpn_Jpan",
    "nld_Latn",
    "rus_Cyrl",
    "swh_Latn",
    "tur_Latn",
    "zho_Hans",
    "zul_Latn",
)
LANGUAGES = (ENGLISH, *map(Language, CODES))
SMALL = DataConfig(n_pairs=60, n_labelled=36)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic-world")
    write_world(SMALL, folder, LANGUAGES)
    return folder


@pytest.fixture(scope="session")
def small_data(small_world: Path) -> DataFolder:
    return DataFolder(small_world)
