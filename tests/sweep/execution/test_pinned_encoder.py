"""A sweep reads one commit of its encoder, whatever its branch does meanwhile."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_stand_in import HubStandIn

from sweep.config.load import parse_config
from sweep.config.sections import SweepConfig
from sweep.execution.pinned_encoder import remember_encoder, with_pinned_encoder
from sweep.folders import SweepFolder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    stand_in = HubStandIn()
    stand_in.point_here(monkeypatch, tmp_path / "hf")
    yield stand_in
    stand_in.stop()


def config_of(**encoder: str) -> SweepConfig:
    return parse_config({"name": "s", "arms": ["none"], "run": {"encoder": {"provider": "hub", **encoder}}}, "s")


def test_the_first_commit_stays(hub: HubStandIn, tmp_path: Path) -> None:
    first = hub.add("a/b", {"config.json": "1"})
    folder, config = SweepFolder(tmp_path, "s"), config_of(name="a/b")
    pinned = with_pinned_encoder(config, folder)
    assert pinned.run.encoder.revision == first and config.run.encoder.revision is None
    remember_encoder(config, pinned, folder)
    second = hub.add("a/b", {"config.json": "2"})
    assert with_pinned_encoder(config, folder).run.encoder.revision == first
    assert with_pinned_encoder(config, SweepFolder(tmp_path, "other")).run.encoder.revision == second
    hub.stop()
    assert with_pinned_encoder(config, folder).run.encoder.revision == first  # resumed without the hub


def test_a_damaged_note_is_not_passed_over(hub: HubStandIn, tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path, "s")
    for text in ("", "[]", '{"asked": {}}'):
        folder.root.mkdir(parents=True, exist_ok=True)
        folder.encoder.write_text(text)
        with pytest.raises(ValueError, match="must hold the commit .* but is damaged"):
            with_pinned_encoder(config_of(name="a/b"), folder)


def test_other_encoders_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    folder = SweepFolder(tmp_path, "s")
    (tmp_path / "local").mkdir()
    own = config_of(name=str(tmp_path / "local"))
    assert with_pinned_encoder(own, folder) == own
    packaged = dataclasses.replace(
        own, run=dataclasses.replace(own.run, encoder=config_of(provider="packaged").run.encoder)
    )
    assert with_pinned_encoder(packaged, folder) == packaged
