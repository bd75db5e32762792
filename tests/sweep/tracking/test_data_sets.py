"""The data sets of a trial, as MLflow shows them."""

from collections.abc import Callable
from typing import Any

from sweep.records.records import TrialRecord
from sweep.tracking.data_sets import DataInput, data_inputs


def test_each_use_of_data_is_an_input_with_its_digest(
    record_of: Callable[..., TrialRecord], pos_scores: Callable[..., tuple[dict[str, Any], ...]]
) -> None:
    record = record_of(
        "a", 0, ("deu_Latn", "wol_Latn"), scores=pos_scores(deu_Latn=60, wol_Latn=30, yor_Latn=20),
        data={"realign": "r" * 64, "finetune/pos": "f" * 64, "evaluate/pos": "e" * 64, "probe": "p" * 64},
        data_revisions={"ud": "c" * 40},
        config={"data": {"source": "hub", "root": "/somewhere", "max_pairs": 7, "languages": []}},
    )  # fmt: skip
    source = {"source": "hub", "max_pairs": 7, "commits": {"ud": "c" * 40}}  # where it lies, and defaults, say nothing

    def made(name: str, letter: str, context: str, **profile: Any) -> DataInput:
        return DataInput(
            name=f"{name} (hub)", digest=letter * 36, context=context, source_type="hub", source=source, profile=profile
        )

    assert data_inputs(record) == [
        made("pos-test", "e", "evaluation", n_languages=3),
        made("pos-train-eng", "f", "fine-tuning"),
        made("parallel-sentences", "p", "evaluation"),
        made("bitext", "r", "realignment", n_languages=2, languages="deu_Latn wol_Latn"),
    ]


def test_a_record_without_digests_has_no_inputs(record_of: Callable[..., TrialRecord]) -> None:
    assert data_inputs(record_of("a", 0)) == []
