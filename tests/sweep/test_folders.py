"""What may be a folder of sweeps, a name, a study; whole files or none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, problem_of_study, write_atomically
from trainables.mapping import ConfigError


@pytest.mark.parametrize(
    ("mlruns", "said"),
    [
        ("sqlite:///x.db", "must be a folder of this machine"),
        ("http://u:geheim@host", "http://u:***@host"),
        ("s3://bucket/x", "must be a folder of this machine"),
        ("file:/x", "must be a folder of this machine"),
        ("m?q", "has '?'"),
        ("50%", "has '%'"),
        ("a\nb", "control characters"),
        ("~nobody-of-this-name/x", "must name a user of this machine"),
    ],
)
def test_what_is_no_folder_is_refused_before_it_becomes_one(
    mlruns: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError) as caught:
        SweepFolder.below(mlruns, "tiny")
    assert said in str(caught.value) and "geheim" not in str(caught.value) and "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mlruns", ["with space", "c#", "ünï", "a;b", "a&b=c", "[x]"])
def test_ordinary_folders_are_taken(mlruns: str, tmp_path: Path) -> None:
    folder = SweepFolder.below(tmp_path / mlruns, "tiny")
    assert folder.root == tmp_path / mlruns / "sweeps" / "tiny"


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", "-x", "x" * 81, "a b"])
def test_names_that_lead_out_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="A sweep's name must be made of"):
        SweepFolder.below(tmp_path, name)


@pytest.mark.parametrize("study", ["../../x", "/x", "", "a/b", ".", "a\nb", "x" * 81])
def test_a_study_that_would_lead_out_is_refused(study: str, config_of: Callable[..., SweepConfig]) -> None:
    with pytest.raises(ConfigError, match="`study` must be"):
        config_of(study=study)


@pytest.mark.parametrize("study", ["realign-sweep", "my study (2)", "Überblick", "a.b_c+d"])
def test_ordinary_studies_are_taken(study: str) -> None:
    assert problem_of_study(study) is None


def test_a_password_in_a_config_is_refused_by_its_key_and_not_shown(config_of: Callable[..., SweepConfig]) -> None:
    with pytest.raises(ConfigError) as caught:
        config_of(run={"store": "sftp://me:geheim@host/x", "store_cache": "/scratch/cache"})
    assert "`run.store` must hold no password" in str(caught.value) and "geheim" not in str(caught.value)


def test_the_command_to_go_on_can_be_pasted(tmp_path: Path) -> None:
    command = SweepFolder.below(tmp_path / "with space", "tiny").resume_command
    assert command == f"realign-sweep resume tiny --mlruns '{tmp_path}/with space'"


def test_a_file_may_have_the_longest_name_and_the_umask_s_rights(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / ("n" * 255), "text")
    finally:
        os.umask(before)
    (path,) = tmp_path.iterdir()
    assert path.read_text() == "text" and path.stat().st_mode & 0o777 == 0o600
