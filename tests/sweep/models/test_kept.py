"""Which trial is the best one, and where its weights are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.folders import SweepFolder
from sweep.models.kept import best_record, realigned_encoder, run_config_of
from sweep.records.records import TrialRecord

Make = Callable[..., TrialRecord]


def test_the_best_is_the_highest_dev_score(record_of: Callable[..., TrialRecord]) -> None:
    records = [record_of("a", 0, score=0.4), record_of("b", 0, score=0.6), record_of("c", 0, score=None)]
    assert best_record(records, "tiny").arm == "b"
    with pytest.raises(ValueError, match="needs a finished trial"):
        best_record([], "tiny")


def test_the_store_is_looked_for_where_the_sweep_is_now(record_of: Make, folder: SweepFolder, tmp_path: Path) -> None:
    record = record_of("a", 0, config={"store": str(tmp_path / "gone")})
    assert run_config_of(record, folder).store == str(tmp_path / "gone")
    folder.store.mkdir(parents=True)
    assert run_config_of(record, folder).store == str(folder.store)
    (tmp_path / "gone").mkdir()
    assert run_config_of(record, folder).store == str(tmp_path / "gone")
    url = record_of("a", 0, config={"store": "s3://bucket/stages"})
    assert run_config_of(url, folder).store == "s3://bucket/stages"


@pytest.mark.parametrize(("languages", "reason"), [((), "realigned nothing"), (("wol_Latn",), "while it was fine")])
def test_a_trial_without_a_realigned_encoder_says_so(
    record_of: Make, folder: SweepFolder, languages: tuple[str, ...], reason: str
) -> None:
    config = {"languages": list(languages), "realign": {"protocol": "during"}}
    with pytest.raises(ValueError, match=reason):
        realigned_encoder(record_of("a", 0, languages, config=config), folder)
