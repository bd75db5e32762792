"""Where unfinished trials stand."""

from pathlib import Path

from sweep.execution.checkpoints import Checkpoints


def test_checkpoints_of_trials_that_are_over_are_cleared_away(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    assert not checkpoints.any()
    assert checkpoints.begin("a", 5.0) == 5.0 and checkpoints.begin("b", 6.0) == 6.0
    (checkpoints.of("a") / "run.pt").write_text("x")
    (checkpoints.of("b") / "run.pt.part").write_text("x")
    assert checkpoints.any() and Checkpoints(checkpoints.folder).begin("a", 9.0) == 5.0  # when it first began
    checkpoints.tidy({"a"})
    assert [path.name for path in checkpoints.folder.rglob("*")] == ["b", "started_s"]
    checkpoints.tidy({"a", "b"})
    assert not checkpoints.folder.exists()
