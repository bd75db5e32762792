"""The command as a whole: what it finds in a sweep and its data, its exit code, and that it leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.commands.main import main
from sweep.config.load import config_text
from sweep.config.sections import SweepConfig
from sweep.doctor import services
from sweep.doctor.findings import OK, STOP, Finding


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "look_at_hub", lambda config: [Finding("hub", OK, "answers")])
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN_PATH", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)


def test_a_sweep_that_can_run(
    config_of: Callable[..., SweepConfig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny.yaml").write_text(config_text(config_of()).partition("\n")[2])
    before = {*tmp_path.iterdir()}
    assert main(["doctor", str(tmp_path / "tiny.yaml"), "--mlruns", str(tmp_path / "mlruns")]) == 0
    said = capsys.readouterr().out
    assert "tiny: 6 trials" in said and said.splitlines()[-1].startswith("ready;") and STOP not in said
    assert {*tmp_path.iterdir()} == before


def test_what_is_wrong_with_a_sweep_is_one_finding_among_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--mlruns", str(tmp_path / "mlruns")]
    for sweep in (["no-such-preset"], ["real-cpu", "--data", str(tmp_path / "nowhere")], ["--data", "/nowhere"]):
        assert main(["doctor", *sweep, *arguments]) == 1
        said = capsys.readouterr().out
        assert said.count("STOP") == 1 and "1 thing stops a sweep" in said and "disk" in said
