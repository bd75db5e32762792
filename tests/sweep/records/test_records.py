"""Records: complete, atomic, never downgraded."""

import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.folders import write_atomically
from sweep.plan import Plan
from sweep.records.records import RecordStore, TrialRecord, make_record
from tests.sweep.records.finished_trial import ENVIRONMENT, RESULT


def test_a_record_comes_back_as_written(tmp_path: Path, plan_of: Callable[..., Plan]) -> None:
    config = plan_of().trials[2].config()
    record = make_record(config, RESULT, "", 10.0, ENVIRONMENT)
    store = RecordStore(tmp_path / "records")
    path = store.write(record)
    assert store.get(config["name"]) == record and store.all() == [record]
    written = json.loads(path.read_text())
    assert written["curves"] == RESULT["curves"] and written["data"] == RESULT["data"]
    assert written["data_revisions"] == RESULT["data_revisions"]
    assert written["config"] == config["run"] and written["languages"] == config["subset"]["languages"]
    assert (written["status"], written["seed"], written["subset_seed"], written["git_commit"]) == (
        "finished",
        0,
        5,
        "abc",
    )


def test_a_failed_trial_keeps_its_error_and_no_scores(plan_of: Callable[..., Plan]) -> None:
    config = plan_of().trials[0].config()
    assert make_record(config, RESULT, "ValueError: broken", 0.0, ENVIRONMENT).status == "failed"
    silent = make_record(config, {"stage": "realign"}, "", 0.0, ENVIRONMENT)
    assert (silent.status, silent.error, silent.scores) == ("failed", "The trial ended without scores.", ())


def test_a_finished_record_is_not_replaced_by_a_failed_one(
    tmp_path: Path, record_of: Callable[..., TrialRecord]
) -> None:
    store = RecordStore(tmp_path)
    store.write(record_of("none", 0))
    store.write(record_of("none", 0, status="failed", error="boom", score=None, scores=()))
    assert store.finished_names() == {"none-seed0"}
    store.write(record_of("none", 0, score=0.9))
    again = store.get("none-seed0")
    assert again is not None and again.score == 0.9


def test_a_record_of_an_earlier_version_has_no_curves(tmp_path: Path, record_of: Callable[..., TrialRecord]) -> None:
    path = RecordStore(tmp_path).write(record_of("none", 0))
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in fields.items() if k not in ("curves", "data")}))
    assert RecordStore(tmp_path).all() == [record_of("none", 0)]


@pytest.mark.parametrize("text", ["", "{", '{"trial": "x"}', "[]"])
def test_a_damaged_record_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "none-seed0.json").write_text(text)
    with pytest.raises(ValueError, match="none-seed0.json must be a trial's record"):
        RecordStore(tmp_path).all()


def _write_for_ever(path: str, letter: str) -> None:
    while True:
        write_atomically(Path(path), letter * 200_000)


def test_a_reader_never_sees_half_a_file_even_when_the_writer_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_atomically(path, "a" * 200_000)
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_for_ever, args=(str(path), letter), daemon=True) for letter in "ab"]
    for writer in writers:
        writer.start()
    try:
        for _ in range(200):
            text = path.read_text()
            assert len(text) == 200_000 and len(set(text)) == 1
    finally:
        for writer in writers:
            writer.kill()
            writer.join()
    assert len(set(path.read_text())) == 1
    assert RecordStore(tmp_path / "none").all() == []


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_atomically(tmp_path / "folder", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_names_are_read_once_and_kept_while_records_are_written(
    tmp_path: Path, record_of: Callable[..., TrialRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RecordStore(tmp_path)
    store.write(record_of("none", 0))
    assert store.finished_names() == {"none-seed0"}
    monkeypatch.setattr(store, "all", lambda: pytest.fail("all records are read again"))
    store.write(record_of("full", 0))
    store.write(record_of("full", 1, status="failed", error="boom", score=None, scores=()))
    assert store.finished_names() == {"none-seed0", "full-seed0"}


@pytest.mark.parametrize("text", ["", "{", "[" * 9000, '{"trial": "x"}', "[]", "null"])
def test_a_damaged_record_is_set_aside_and_its_trial_is_not_over(
    tmp_path: Path, record_of: Callable[..., TrialRecord], text: str
) -> None:
    store = RecordStore(tmp_path)
    for seed in (0, 1):
        store.write(record_of("none", seed))
    (tmp_path / "none-seed1.json").write_text(text)
    assert store.set_aside_damaged() == [tmp_path / "none-seed1.json.damaged"]
    assert store.finished_names() == {"none-seed0"} and [record.seed for record in store.all()] == [0]
    assert (tmp_path / "none-seed1.json.damaged").read_text() == text
    store.write(record_of("none", 1))
    (tmp_path / "none-seed0.json").write_text((tmp_path / "none-seed1.json").read_text())  # of another trial
    assert store.set_aside_damaged() == [tmp_path / "none-seed0.json.damaged"]


@pytest.mark.parametrize("scores", [[], None])
def test_a_finished_record_that_has_lost_its_scores_is_damaged(
    tmp_path: Path, record_of: Callable[..., TrialRecord], scores: list[object] | None
) -> None:
    """It says that its trial is over, and no table can be made of it."""
    store = RecordStore(tmp_path)
    path = store.write(record_of("none", 0))
    fields = {**json.loads(path.read_text()), "scores": scores}
    path.write_text(json.dumps({key: value for key, value in fields.items() if value is not None}))
    with pytest.raises(ValueError, match="none-seed0.json must be a trial's record.* finished .* no `scores`"):
        store.all()
    assert store.set_aside_damaged() == [tmp_path / "none-seed0.json.damaged"] and not store.finished_names()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("score", 1e308),
        ("score", None),
        ("score", -0.1),
        ("seed", 10**400),
        ("seed", -1),
        ("score", 10**400),
        ("started_s", 1e308),
    ],
    ids=lambda value: str(value)[:9],
)
def test_a_record_with_a_number_that_no_trial_has_is_damaged(
    tmp_path: Path, record_of: Callable[..., TrialRecord], name: str, value: float | None
) -> None:
    store = RecordStore(tmp_path)
    path = store.write(record_of("none", 0))
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    with pytest.raises(ValueError, match=f"none-seed0.json must be a trial's record.*`{name}`"):
        store.all()
    assert store.set_aside_damaged() == [tmp_path / "none-seed0.json.damaged"]


def test_a_record_of_another_version_is_not_set_aside(tmp_path: Path, record_of: Callable[..., TrialRecord]) -> None:
    store = RecordStore(tmp_path)
    path = store.write(record_of("none", 0))
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 99'))
    with pytest.raises(ValueError, match="Use the version that wrote it"):
        store.set_aside_damaged()
    assert path.exists()


def test_records_that_are_no_folder_are_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("x")
    (tmp_path / "away").symlink_to(tmp_path / "nowhere")
    for name, what in (("records", "file"), ("away", "link that points nowhere")):
        with pytest.raises(ValueError, match=f"must be in a folder, but .*{name} is a {what}. Move it away"):
            RecordStore(tmp_path / name).finished_names()
