"""One told score: what held-out languages score changes nothing that is read of a trial for choosing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.config.load import config_text, parse_config
from sweep.config.search_languages import rule_of
from sweep.records.records import RecordStore, TrialRecord
from sweep.search.languages import search_languages

Make = Callable[..., TrialRecord]


def test_a_record_of_an_earlier_version_is_read_with_the_told_score(
    tmp_path: Path, record_of: Make, pos_scores: Callable[..., object]
) -> None:
    """Earlier versions wrote the mean over all languages: (0.50 + 0.20) / 2."""
    store = RecordStore(tmp_path / "records")
    config = {"tasks": ["pos"], "evaluate": {"no_signal_of": ["wol_Latn"]}}
    store.write(record_of("a", 0, score=0.35, config=config, scores=pos_scores(eng_Latn=90, deu_Latn=60, wol_Latn=30)))
    assert [record.score for record in store.all()] == [pytest.approx(0.5)]
    again = store.get("a-seed0")
    assert again is not None and again.score == pytest.approx(0.5)
    assert json.loads((tmp_path / "records" / "a-seed0.json").read_text())["score"] == 0.35  # the file stays


def test_the_rule_of_the_config_stands_in_where_a_record_does_not_say_what_was_put_aside(
    tmp_path: Path, record_of: Make, pos_scores: Callable[..., object]
) -> None:
    config = parse_config(
        {"name": "tiny", "search": {"kind": "random-sets", "size": 2, "n_samples": 4, "hold_out_frac": 0.5}}
    )
    (tmp_path / "config.yaml").write_text(config_text(config))
    store = RecordStore(tmp_path / "records")
    percent = {"deu_Latn": 60, "fra_Latn": 50, "swh_Latn": 40, "wol_Latn": 30}
    store.write(record_of("a", 0, number=0, score=0.35, scores=pos_scores(**percent)))
    (record,) = store.all()
    left = rule_of(config.search).among(percent)
    assert len(left) == 2
    assert record.score == pytest.approx(sum(percent[language] - 10 for language in left) / 200)
    assert search_languages([record], rule_of(config.search)) == left
