"""Evaluation of a fixed model: scores recounted from the predictions it writes, order, sources, and going on."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from seqeval.metrics import f1_score, precision_score, recall_score
from torch import nn
from transformers import BatchEncoding

from search_spaces.languages import parse_language
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import TaggedSentence
from trainables.encoders.base import Encoder
from trainables.evaluation.evaluate import evaluate, evenly_spread, predict
from trainables.evaluation.evaluated import evaluated_languages, evaluated_sets
from trainables.evaluation.scores import ScoreRow
from trainables.run_checks import check_names
from trainables.run_config import EvaluateConfig, RunConfig
from trainables.tasks import TASKS
from trainables.tasks.base import Task
from trainables.tasks.pos import POS

CONFIG = EvaluateConfig(batch_size=3, max_length=16)
PACK = Path(__file__).parents[3] / "../shared/data"


def read_predictions(path: Path) -> list[dict[str, Any]]:
    """The lines of one file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """Two Kinyarwanda NER sets, one Swahili one, and NLI and PoS sets of a test file only."""
    root = tmp_path / "data"
    write(root / "bitext/swh.tsv.gz", "a\tb\tc\n")
    for code, source in (("kin", ""), ("kin", ".panx"), ("swh", "")):
        for split in ("dev", "test"):
            words = [f"{code[0]} dog {letter} {split[0] * 2} {source[1:]}".split() for letter in "abcdefg"]
            tags = [("B-PER", "I-PER", "O", "B-LOC", "I-LOC")[: len(sentence)] for sentence in words]
            lines = [
                "\n".join(map("\t".join, zip(w, t, strict=True))) + "\n\n" for w, t in zip(words, tags, strict=True)
            ]
            write(root / f"ner/{code}/{split}{source}.tsv.gz", "".join(lines))
    rows = [f"{premise}\t{premise} {letter}\t{label}\n" for premise in ("dog", "cat", "fox") for letter, label in zip(
        "xyz", ("entailment", "neutral", "contradiction"), strict=True)]  # fmt: skip
    write(root / "nli/swh/test.tsv.gz", "".join(rows))
    words = [f"1\t{word}\t_\t{tag}" + "\t_" * 6 + "\n\n" for word, tag in (("dog", "NOUN"), ("a", "X"), ("b", "VERB"))]
    write(root / "pos/swh/test.conllu.gz", "".join(words))
    return DataFolder(root)


def rows_of(
    task: Task, data: DataFolder, encoder: Encoder, folder: Path | None = None, config: EvaluateConfig = CONFIG
) -> list[ScoreRow]:
    torch.manual_seed(0)
    model = task.new_model(encoder.model, len(task.labels))
    nn.init.normal_(model.classifier.weight)  # type: ignore[arg-type]  # so that it says many different things
    rows: list[ScoreRow] = []
    list(evaluate(model, encoder.tokenizer, task, data, config, rows, folder))
    return rows


def recount(task: str, file: Path) -> dict[str, float]:
    """The scores of a file of predictions, by seqeval and by comparing one by one."""
    lines = read_predictions(file)
    gold, predicted = [line["gold"] for line in lines], [line["predicted"] for line in lines]
    if task != "ner":
        pairs = [pair for g, p in zip(gold, predicted, strict=True) for pair in zip(g, p, strict=True)]
        return {"accuracy": sum(a == b for a, b in pairs) / len(pairs)}
    by_seqeval = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
    return {metric: score(gold, predicted, zero_division=0) for metric, score in by_seqeval.items()}


@pytest.mark.parametrize("name", sorted(TASKS))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_scores_can_be_recounted_from_the_predictions(
    name: str, data: DataFolder, make_encoder: Callable[..., Encoder], tmp_path: Path
) -> None:
    rows = rows_of(TASKS[name], data, make_encoder(), tmp_path)
    scored: dict[str, dict[str, float]] = {}
    for row in rows:
        file = ".".join(filter(None, (row.language, row.split, row.source))) + ".jsonl.gz"
        scored.setdefault(file, {})[row.metric] = row.value
    assert sorted(scored) == sorted(path.name for path in (tmp_path / name).iterdir())
    for file, scores in scored.items():
        assert scores == pytest.approx(recount(name, tmp_path / name / file))
    if name == "nli":  # all pairs of one premise on one side: 2 premises in dev, 1 in test
        assert [(row.split, row.n_total) for row in rows] == [("dev", 6), ("test", 3)]
    if name == "ner":
        lines = read_predictions(tmp_path / "ner/kin_Latn.test.panx.jsonl.gz")
        assert [line["example"]["words"][2] for line in lines] == list("abcdefg")  # as in the data, not by length
        assert [line["gold"] for line in lines] == [line["example"]["tags"] for line in lines]


def test_every_source_is_scored_on_both_splits(data: DataFolder, make_encoder: Callable[..., Encoder]) -> None:
    rows = rows_of(TASKS["ner"], data, make_encoder())
    assert [(row.language, row.source, row.split) for row in rows if row.metric == "f1"] == [
        (language, source, split)
        for language, source in (("kin_Latn", ""), ("kin_Latn", "panx"), ("swh_Latn", ""))
        for split in ("dev", "test")
    ]
    assert {row.metric for row in rows} == {"f1", "precision", "recall"}


def test_a_stopped_evaluation_goes_on_where_it_stood(data: DataFolder, make_encoder: Callable[..., Encoder]) -> None:
    encoder, task = make_encoder(), TASKS["ner"]
    model = task.new_model(encoder.model, len(task.labels))
    whole: list[ScoreRow] = []
    assert len(list(evaluate(model, encoder.tokenizer, task, data, CONFIG, whole))) == 3
    kept: list[ScoreRow] = []
    next(evaluate(model, encoder.tokenizer, task, data, CONFIG, kept))
    assert kept == whole[:6]
    list(evaluate(model, encoder.tokenizer, task, data, CONFIG, kept))
    assert kept == whole


class AlwaysFirstLabel(nn.Module):
    """Says the first label everywhere."""

    def __init__(self, n_labels: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(1, n_labels)

    def forward(self, batch: BatchEncoding) -> torch.Tensor:
        return torch.eye(self.classifier.out_features)[torch.zeros_like(batch["input_ids"])]


def test_words_that_are_cut_off_are_not_scored_and_batches_change_nothing(make_encoder: Callable[..., Encoder]) -> None:
    first, other = POS.labels[0], POS.labels[1]
    sentences = [TaggedSentence(("dog",) * n, (other, *[first] * (n - 1))) for n in (3, 9, 1, 5)]
    model, tokenizer = AlwaysFirstLabel(len(POS.labels)), make_encoder().tokenizer
    for batch_size in (1, 2, 4):
        config = EvaluateConfig(batch_size=batch_size, max_length=7)  # 5 words between <s> and </s>
        gold, predicted = predict(model, tokenizer, POS, sentences, config)
        assert list(map(len, gold)) == list(map(len, predicted)) == [3, 5, 1, 5]
        assert POS.score(gold, predicted) == {"accuracy": (10, 14)}


def test_evenly_spread() -> None:
    assert evenly_spread(10, 5) == [0, 2, 4, 6, 8]
    assert evenly_spread(3, 5) == evenly_spread(3, None) == [0, 1, 2]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TASKS))
def test_the_real_pack_is_scored_as_seqeval_would(
    name: str, make_encoder: Callable[..., Encoder], tmp_path: Path
) -> None:
    if not PACK.is_dir():
        pytest.skip("no ../shared/data beside this clone")
    pack, code = DataFolder(PACK), {"pos": "yor", "ner": "kin", "nli": "hrv"}[name]
    few: Any = type("Few", (), {})()  # one language of the pack
    few.labelled_languages = lambda part: (parse_language(code),)
    few.sources, few.labelled = pack.sources, pack.labelled
    rows = rows_of(TASKS[name], few, make_encoder(), tmp_path, EvaluateConfig(n_sentences=400, max_length=64))
    assert {row.source for row in rows} == {"pos": {"", "masakhapos"}, "ner": {"", "panx"}, "nli": {""}}[name]
    for row in rows:
        file = ".".join(filter(None, (row.language, row.split, row.source))) + ".jsonl.gz"
        assert row.value == pytest.approx(recount(name, tmp_path / name / file)[row.metric])


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        ((), [("kin_Latn", ""), ("kin_Latn", "panx"), ("swh_Latn", "")]),
        (("sw",), [("swh_Latn", "")]),
        (("kin/panx", "swh"), [("kin_Latn", "panx"), ("swh_Latn", "")]),
        (("kin/",), [("kin_Latn", "")]),
        (("kin/", "kin"), [("kin_Latn", ""), ("kin_Latn", "panx")]),
    ],
)
def test_only_listed_test_sets_are_evaluated(
    data: DataFolder, make_encoder: Callable[..., Encoder], languages: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    config = EvaluateConfig(batch_size=3, max_length=16, languages=languages)
    rows = rows_of(TASKS["ner"], data, make_encoder(), config=config)
    assert sorted({(row.language, row.source) for row in rows}) == expected
    assert evaluated_languages(TASKS["ner"], data, config) == tuple(sorted({language for language, _ in expected}))


@pytest.mark.parametrize(
    ("entry", "said"),
    [("fra", "fra_Latn is none"), ("swh/panx", "swh_Latn/panx is none"), ("kin/other", "kin_Latn/other is none")],
)
def test_a_listed_test_set_that_is_not_there_is_refused(data: DataFolder, entry: str, said: str) -> None:
    sentence = f"`evaluate.languages` must list test sets that `ner` has, but {said} .*`evaluate.by_task`"
    with pytest.raises(ValueError, match=sentence):
        evaluated_sets(TASKS["ner"], data, EvaluateConfig(languages=(entry,)))


def test_an_unknown_language_in_the_list_is_refused_before_any_data() -> None:
    by_task = {"pos": {"languages": ["klingonese"]}}
    with pytest.raises(ValueError, match="klingonese"):
        check_names(RunConfig(evaluate=EvaluateConfig(by_task=by_task)))


def test_a_test_set_that_is_not_halved_is_whole_and_has_no_dev(
    data: DataFolder, make_encoder: Callable[..., Encoder]
) -> None:
    halved = rows_of(POS, data, make_encoder())
    whole = rows_of(POS, data, make_encoder(), config=EvaluateConfig(batch_size=3, max_length=16, halve=False))
    assert {(row.split, row.n_total) for row in halved} == {("dev", 2), ("test", 1)}
    assert {(row.split, row.n_total) for row in whole} == {("test", 3)}
    ner = rows_of(TASKS["ner"], data, make_encoder(), config=EvaluateConfig(max_length=16, halve=False))
    assert {row.split for row in ner} == {"dev", "test"}  # these have a development file


def test_words_beyond_the_longest_input_are_counted(data: DataFolder, make_encoder: Callable[..., Encoder]) -> None:
    """By hand: of 4 sub-words, "k dog a dd (panx)" keeps `▁ k ▁dog ▁`, which are its first three words."""
    short = EvaluateConfig(max_length=6)
    rows = rows_of(TASKS["ner"], data, make_encoder(), config=short)
    found = {(row.language, row.source, row.split): row.n_cut for row in rows}
    assert found["kin_Latn", "", "test"] == 7 * 1 and found["kin_Latn", "panx", "test"] == 7 * 2
    long = EvaluateConfig(max_length=32)
    assert {row.n_cut for row in rows_of(TASKS["ner"], data, make_encoder(), config=long)} == {0}
    assert {row.n_cut for row in rows_of(TASKS["nli"], data, make_encoder(), config=short)} == {0}
