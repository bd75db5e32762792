"""The key `languages` of a sweep file: rows that travel with the sweep."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_spaces.inventory import OWN, language_info
from search_spaces.languages import OWN_ALIASES
from sweep.config.load import config_text, load_config, saved_config
from sweep.config.own_languages import sweep_to_read
from sweep.folders import SweepFolder
from trainables.mapping import ConfigError

TABLE = "iso,script,name,class,seen by\nqad,Latn,Harbour Cant,1,none\nglv,,,2,\n"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a test makes known is known in no other."""
    yield
    OWN.clear()
    OWN_ALIASES.clear()


@pytest.fixture
def sweep_file(tmp_path: Path) -> Path:
    (tmp_path / "mine.csv").write_text(TABLE)
    path = tmp_path / "cant.yaml"
    path.write_text(f"languages: {tmp_path / 'mine.csv'}\npool: [Harbour Cant, glv, deu]\narms: [none]\n")
    return path


def test_rows_are_kept_and_the_file_is_not_needed_again(sweep_file: Path, tmp_path: Path) -> None:
    config = load_config(str(sweep_file))
    assert set(config.pool) == {"deu_Latn", "glv_Latn", "qad_Latn"}
    saved = tmp_path / "sweeps" / "cant" / "config.yaml"
    saved.parent.mkdir(parents=True)
    saved.write_text(config_text(config))
    (tmp_path / "mine.csv").unlink()
    OWN.clear()
    OWN_ALIASES.clear()
    assert saved_config(saved) == config and language_info("qad_Latn").name == "Harbour Cant"
    OWN.clear()
    sweep_to_read(tmp_path, "cant")
    assert language_info("qad_Latn").resource == "<=2" and language_info("glv_Latn").resource == "<=2"


def test_an_option_takes_the_place_of_the_key(sweep_file: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(TABLE.replace("Harbour Cant", "Harbor Cant"))
    sweep_file.write_text(sweep_file.read_text().replace("Harbour Cant", "qad"))
    load_config(str(sweep_file), languages=str(tmp_path / "other.csv"))
    assert language_info("qad_Latn").name == "Harbor Cant"


def test_a_worker_knows_the_same_languages(sweep_file: Path) -> None:
    rows = list(load_config(str(sweep_file)).languages)
    code = (
        "from search_spaces.own_languages import use_languages; from search_spaces.inventory import language_info; "
        f"use_languages({rows!r}); print(language_info('qad_Latn').name)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert ran.stdout == "Harbour Cant\n"


@pytest.mark.parametrize(
    ("value", "message"),
    [("gone.csv", "`languages`: .*gone.csv"), ("[{iso: Manx}]", "`languages`: .*'Manx'"), ("3", "`languages` must be")],
)
def test_tables_that_are_refused(sweep_file: Path, value: str, message: str) -> None:
    sweep_file.write_text(f"languages: {value}\narms: [none]\n")
    with pytest.raises(ConfigError, match=message):
        load_config(str(sweep_file))


def test_a_home_of_nobody_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cant.yaml"
    path.write_text("languages: ~nobody-of-this-name/x.csv\n")
    with pytest.raises(ConfigError, match="must name a user of this machine, but is '~nobody-of-this-name/x.csv'"):
        load_config(str(path))


def test_an_empty_cell_is_none_of_the_row(tmp_path: Path) -> None:
    path = tmp_path / "cant.yaml"
    path.write_text("languages: [{iso: glv, name: null}]\n")
    load_config(str(path))
    assert language_info("glv_Latn").name == "Manx"


def test_a_table_that_is_only_beside_the_sweep_file(
    sweep_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep_file.write_text("languages: mine.csv\npool: [Harbour Cant, glv, deu]\narms: [none]\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with pytest.raises(ConfigError) as refused:
        load_config(str(sweep_file))
    (problem,) = refused.value.problems
    assert "cant.yaml, line 1: `languages` is meant from" in problem and f"({elsewhere})" in problem
    assert f"Write '{tmp_path / 'mine.csv'}', or give the command in {tmp_path}." in problem
    monkeypatch.chdir(tmp_path)
    assert "qad_Latn" in load_config(str(sweep_file)).pool


def test_a_config_that_is_no_text_or_leads_nowhere_is_named(folder: SweepFolder) -> None:
    folder.records.mkdir(parents=True)
    folder.config.write_bytes(b"arms: [a]\n# caf\xe9\n")
    with pytest.raises(ValueError, match=re.escape(f"{folder.config} must be UTF-8, but line 2 is not")):
        sweep_to_read(folder.mlruns, folder.name)
    folder.config.unlink()
    folder.config.symlink_to("nowhere")
    with pytest.raises(ValueError, match=re.escape(f"{folder.config} must be a file, but is a link that points")):
        sweep_to_read(folder.mlruns, folder.name)
