"""What `paper/*` really sets, defaults included, against the figures in the description of the reference code.

Each constant is read out of that text by an expression, so that a value typed twice cannot agree with itself.
"""

import re
from pathlib import Path

import pytest
import torch

from search_spaces.languages import ENGLISH
from sweep.config.load import load_config
from sweep.trials.needed import with_needed_languages
from trainables.data.words import REFERENCE_WORD
from trainables.data_sets import DATA_SETS
from trainables.data_sets.base import languages
from trainables.parallel_data.announced import AnnouncedData
from trainables.realignment.objectives.base import INIT_STD, projection
from trainables.run_config import RunConfig

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "experiments.md"
MODELS = [("xlmr", "xlm-roberta-base"), ("mbert", "bert-base-multilingual-cased")]
PRESETS = [(f"paper/{model}{ours}", name) for model, name in MODELS for ours in ("", "-ours")]
# data set -> what stands before its languages in the table of section 1.3
LISTED = {
    "xtremer": r"`izhx/xtreme-r-udpos`/en train \| same hub set, test: ([a-z ]+) \(37\)",
    "masakhaner2": r"`masakhane/masakhaner2` test, 20 languages ([a-z ]+) \(",
    "masakhapos": r"`masakhane/masakhaner2` test, 20 languages ([a-z ]+) \(",  # "the same 20 Masakhane languages"
    "xnli": r"`xnli` test 5,010 each: ([a-z ]+);",
    "afrixnli": r"`masakhane/afrixnli` test 600 each: ([a-z ]+);",
    "americasnli": r"`nala-cub/americas_nli` test 750 each \([^)]*\): ([a-z ]+);",
}


@pytest.fixture(scope="module")
def text() -> str:
    if not REFERENCE.exists():
        pytest.skip("needs ../shared/reference/experiments.md, which is not here")
    return REFERENCE.read_text(encoding="utf-8")


def figures(text: str, pattern: str) -> list[float]:
    """The groups of the first match, as numbers."""
    match = re.search(pattern, text)
    assert match, f"the reference's description has no line like {pattern}"
    return [float(group.replace(",", "")) for group in match.groups()]


@pytest.mark.parametrize(("preset", "name"), PRESETS)
def test_constants_of_the_training(preset: str, name: str, text: str) -> None:
    config = load_config(preset)
    run, realign = config.run, config.run.realign.explicit()
    assert re.search(rf"\| models \|.*`{name}`", text) and run.encoder.name == name
    assert (run.encoder.n_layers, run.encoder.trim_vocabulary, run.encoder.freeze_embeddings) == (None, False, False)
    assert sorted(figures(text, r"seeds reported \| (\d+), (\d+), (\d+), (\d+) ")) == list(config.seeds)
    roberta, other = figures(text, r'fine-tune LR \| ([\d.e-]+) if the model name contains "roberta", else ([\d.e-]+)')
    assert run.finetune.learning_rate == realign.learning_rate == (roberta if "roberta" in name else other)
    assert [run.finetune.batch_size] == figures(text, r"fine-tune batch \| (\d+) ")
    assert [run.finetune.max_length] == figures(text, r"train max length \| (\d+) for every task")
    assert [100 * run.finetune.warmup_frac] == figures(text, r"fine-tune schedule \| linear decay, warm-up (\d+) %")
    nli, pos, ner = figures(text, r"xnli ([\d,]+) total .*; udpos ([\d,]+) \(.*\); wikiann .* = ([\d,]+) ")
    steps = {task: run.finetune.for_task(task).n_steps for task in run.tasks}
    assert steps == {"nli": nli, "pos": pos, "ner": ner}
    rest = {(c.batch_size, c.max_length, c.learning_rate, c.warmup_frac) for c in map(run.finetune.for_task, run.tasks)}
    assert len(rest) == 1  # by_task changes nothing else
    assert re.search(r"\| precision \| fp32; no autocast", text) and run.precision == "fp32"
    assert [realign.batch_size] == figures(text, r"realignment batch \| (\d+) sentence pairs")
    assert [realign.n_steps] == figures(text, r"realignment steps \| ([\d,]+) ")
    assert [realign.n_steps * realign.batch_size] == figures(text, r"([\d,]+) pairs in total whatever the number")
    assert [realign.max_length] == figures(text, r"realignment max length \| (\d+) sub-words a side")
    assert [realign.temperature] == figures(text, r"/tau, tau = ([\d.]+);")
    assert (realign.objective, realign.protocol, realign.budget, realign.mixing) == (
        "contrastive", "before", "total", "uniform",
    )  # fmt: skip
    assert (realign.freeze, realign.freeze_embeddings) == ("none", False)
    assert [RunConfig().realign.loss_weight] == figures(text, r'1\.0 in "before" .*; ([\d.]+) in "during"')


@pytest.mark.parametrize(("model", "name"), MODELS)
def test_constants_of_the_reference_s_quirks(model: str, name: str, text: str) -> None:
    del name
    realign = load_config(f"paper/{model}").run.realign.explicit()
    index, n_states = figures(text, r"index `num_layers-1 = (\d+)` .* `hidden_states`, which has (\d+) entries")
    assert realign.layer % n_states == index
    (expression,) = re.findall(r"Word tokenisation: regex `(.+?)` for all languages except Thai", text)
    assert REFERENCE_WORD.pattern == expression and realign.words == "reference"
    assert (realign.pooling, realign.mask_duplicates) == ("prefix", False)
    hidden, middle, _, out, std = figures(
        text, r"Linear\((\d+)->(\d+), no bias\) - ReLU - Linear\((\d+)->(\d+), no bias\), .*N\(0, ([\d.]+)\)"
    )
    shapes = [tuple(weight.shape) for weight in projection(int(hidden), realign.projection_size).parameters()]
    assert shapes == [(middle, hidden), (out, middle)] and std == INIT_STD
    torch.manual_seed(0)
    drawn = next(projection(int(hidden), realign.projection_size).parameters())
    assert drawn.std().item() == pytest.approx(std, rel=0.01)


@pytest.mark.parametrize(("preset", "name"), PRESETS)
def test_constants_of_the_evaluation(preset: str, name: str, text: str) -> None:
    del name
    run = load_config(preset).run
    nli, words = figures(text, r"eval max length \| XNLI (\d+), POS/NER (\d+),")
    lengths = {task: run.evaluate.for_task(task).max_length for task in run.tasks}
    assert lengths == {"nli": nli, "pos": words, "ner": words}
    assert all(run.evaluate.for_task(task).n_sentences is None for task in run.tasks) and not run.evaluate.halve
    assert (run.evaluate.languages, run.data.max_sentences, run.data.filters) == ((), None, ())


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_test_set_has_the_languages_of_the_reference(name: str, text: str) -> None:
    """The data sets know all of them; the presets leave out those that the statistics count in another set."""
    match = re.search(LISTED[name], text)
    assert match
    listed = set(languages(match.group(1)).values()) - {ENGLISH}
    assert listed == set(DATA_SETS[name].languages.values()) - {ENGLISH}
    data = AnnouncedData(with_needed_languages(load_config("paper/xlmr")).run.data)
    fetched = {language for one, language in data.tasks if one.name == name} - {ENGLISH}
    twice = {"xtremer": "wo yo", "xnli": "fr sw"}.get(name, "")
    assert fetched == listed - set(languages(twice).values())
