"""P@1 by hand, and score rows."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from trainables.data.folder import DataFolder
from trainables.encoders.base import Encoder
from trainables.evaluation.retrieval import count_retrieved, probe, probed_languages, stored_probe
from trainables.evaluation.scores import ScoreRow, mean_score
from trainables.run_config import EvaluateConfig, RealignConfig
from trainables.store.stage_store import StageStore


def test_both_directions_are_counted() -> None:
    english = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    # English 0 -> other 0, 1 -> 1; English 2 ties nowhere: its best is other 0. Other 2 is nearest to English 1.
    other = torch.tensor([[5.0, 1.0], [-0.1, 2.0], [-1.0, 1.0]])
    assert count_retrieved(english, other) == (1 + 1 + 0) + (1 + 1 + 0)


def test_length_does_not_matter() -> None:
    vectors = torch.randn(8, 5, generator=torch.Generator().manual_seed(0))
    assert count_retrieved(vectors, vectors * torch.arange(1.0, 9.0).unsqueeze(1)) == 16


def row(language: str, n_correct: int, n_total: int, split: str = "dev") -> ScoreRow:
    return ScoreRow(
        task="pos",
        metric="accuracy",
        language=language,
        split=split,
        n_correct=n_correct,
        n_total=n_total,  # type: ignore[arg-type]
    )


def test_the_mean_is_over_languages_not_words() -> None:
    rows = [row("a", 1, 2), row("b", 90, 100), row("eng_Latn", 1, 1), row("a", 0, 1, "test")]
    assert mean_score(rows, {"pos": "accuracy"}, "dev", without={"eng_Latn"}) == pytest.approx(0.7)
    with pytest.raises(ValueError, match="must have a test score in a language that counts"):
        mean_score(rows, {"ner": "accuracy"}, "test")


def test_the_probe_of_an_untouched_encoder_is_computed_once(
    make_encoder: Callable[..., Encoder], tiny_data: Path, tmp_path: Path
) -> None:
    data, store, encoder = DataFolder(tiny_data), StageStore(tmp_path), make_encoder()
    settings = (RealignConfig(), EvaluateConfig(n_retrieval=8, max_length=32))
    first: list[ScoreRow] = []
    n_bites = len(list(stored_probe(encoder, data, *settings, store, first)))
    assert n_bites == 2 and [row.language for row in first] == ["swh_Latn", "yor_Latn"]
    again: list[ScoreRow] = []
    assert list(stored_probe(encoder, data, *settings, store, again)) == []
    assert again == first
    (file,) = tmp_path.glob("probe/*/scores.json")
    file.write_text("[]")  # damage is noticed, and the probe is done again
    repaired: list[ScoreRow] = []
    list(stored_probe(encoder, data, *settings, store, repaired))
    assert repaired == first


def test_languages_of_all_tasks_of_the_run_are_probed(three_task_data: Path, tmp_path: Path) -> None:
    root = shutil.copytree(three_task_data, tmp_path / "data")
    for tag in ("deu_Latn", "fra_Latn", "wol_Latn"):
        shutil.copy(root / "flores/yor_Latn.tsv.gz", root / f"flores/{tag}.tsv.gz")
    shutil.copytree(root / "ner/yor", root / "ner/deu")
    shutil.copytree(root / "nli/yor", root / "nli/fra")
    data = DataFolder(root)
    bitext = ["swh_Latn", "wol_Latn", "yor_Latn"]
    assert probed_languages(data, ("pos",)) == bitext
    assert probed_languages(data, ("ner",)) == ["deu_Latn", *bitext]
    assert probed_languages(data, ("nli", "pos", "ner")) == ["deu_Latn", "fra_Latn", *bitext]


def test_the_probe_reads_as_the_realignment_does(make_encoder: Callable[..., Encoder], tiny_data: Path) -> None:
    data, encoder, config = DataFolder(tiny_data), make_encoder(), EvaluateConfig(n_retrieval=30, max_length=32)
    for parameter in encoder.model.parameters():  # large, so that every change of reading shows
        torch.nn.init.normal_(parameter, std=0.5)

    def counts(**changes: Any) -> list[int]:
        rows: list[ScoreRow] = []
        list(probe(encoder, data, RealignConfig(**changes), config, "retrieval", rows))
        return [row.n_correct for row in rows]

    reference = counts(fidelity="reference")
    assert reference == counts(pooling="prefix", words="regex", layer=-2) != counts()
