"""What a sweep over language subsets costs: as the reference code does it, and with each measure switched on in turn.

    make bill DATA=folder            # a small encoder of our own, pre-trained once; --help names the rest

Three tasks; 8 subsets of ten languages and 2 seeds are what is counted. Really run, for each of `--seeds` seeds, is one
trial with one subset: in the reference style (`reference_style.py`), whose realignments and evaluations beyond the
first are then left out of the sum, and by the code that runs trials, with an empty store, with what earlier trials left
there, in groups of like length, and these in bf16. Seconds are of the processor, of one process and one thread, so that
other work disturbs little.
"""

import argparse
import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import numpy
import reference_style
import torch

from search_spaces.languages import ENGLISH, Language, parse_language
from trainables.encoders.base import Encoder
from trainables.encoders.load import load_encoder
from trainables.evaluation.evaluate import SPLITS, evenly_spread
from trainables.evaluation.evaluated import evaluated_sets
from trainables.evaluation.scores import ScoreRow
from trainables.finetuning.loop import reading_order
from trainables.mapping import from_mapping
from trainables.parallel_data import SOURCES
from trainables.realignment.batches import batches
from trainables.run import Run
from trainables.run_config import RunConfig
from trainables.shared_stages import open_store
from trainables.tasks import TASKS

N_SUBSETS, N_SEEDS, N_EVALUATIONS = 8, 2, 6
RUN: dict[str, Any] = {
    "tasks": ["pos", "ner", "nli"],
    "data": {"source": "folder"},
    "encoder": {
        "provider": "pretrained",
        "pretrain": {
            "seen": "mbert", "vocabulary_size": 16000, "n_layers": 4, "hidden_size": 128, "n_heads": 4, "n_steps": 3000,
            "n_tokens_per_batch": 3072, "learning_rate": 2e-3, "n_threads": 2,
        },
    },
    "realign": {"n_steps": 80, "learning_rate": 5e-4, "max_length": 48},
    "finetune": {"n_steps": 100, "batch_size": 16, "learning_rate": 5e-4, "max_length": 64},
    "evaluate": {"n_sentences": 20, "n_retrieval": 0, "max_length": 64},
}  # fmt: skip


@dataclass
class Bill:
    """Seconds of the processor by kind of work, and the mean test score of each task outside English."""

    seconds: dict[str, float] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, kind: str) -> Iterator[None]:
        """Adds what the block takes."""
        began = time.process_time()
        yield
        self.seconds[kind] = self.seconds.get(kind, 0.0) + time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="a data folder")
    parser.add_argument("--store", required=True, help="where encoders are kept; pre-trained there first, if need be")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--languages", default="bam,deu,eus,gaz,kat,kor,mya,tel,vie,yor", help="of the subset")
    parser.add_argument("--steps", type=int, help="of realignment and of each fine-tuning, instead of 80 and 100")
    options = parser.parse_args()
    languages = [parse_language(text) for text in options.languages.split(",")]
    config = from_mapping(RunConfig, RUN | {"store": options.store, "languages": languages})
    config = replace(config, data=replace(config.data, root=str(Path(options.data).absolute())))
    if options.steps:
        config = replace(
            config, realign=replace(config.realign, n_steps=options.steps),
            finetune=replace(config.finetune, n_steps=options.steps),
        )  # fmt: skip
    torch.set_num_threads(1)
    data = SOURCES[config.data.source](config.data, open_store(config))
    load_encoder(config.encoder, data, open_store(config))  # pre-trained, if need be, before anything is measured
    as_later_trial(shortest(config))  # so that what trials have in common is in the store
    found: dict[str, list[Bill]] = {name: [] for name in VARIANTS}
    for seed in range(options.seeds):
        for name, run in VARIANTS.items():
            found[name].append(run(replace(config, seed=seed)))
            print(f"seed {seed}, {name}: {sum(found[name][-1].seconds.values()):.1f} s", flush=True)
    print(table(found))


def shortest(config: RunConfig) -> RunConfig:
    """One step of each training, one sentence of each test set."""
    return replace(
        config, realign=replace(config.realign, n_steps=1), finetune=replace(config.finetune, n_steps=1),
        evaluate=replace(config.evaluate, n_sentences=1),
    )  # fmt: skip


def reference(config: RunConfig) -> Bill:
    """One trial in the reference style: each task realigns for itself and is evaluated six times."""
    bill = Bill()
    for task in config.tasks:
        with bill.of("set-up"):
            data = SOURCES[config.data.source](config.data, open_store(config))
            encoder = load_encoder(config.encoder, data, open_store(config))
            encoder = Encoder(copy.deepcopy(encoder.model), encoder.tokenizer, None, "")
        with bill.of("realignment" if task == config.tasks[0] else "realignment again"):
            pairs = batches(data, tuple(map(Language, config.languages)), config.realign, config.seed)
            rate, length = config.realign.learning_rate, config.realign.max_length
            for _ in reference_style.realign(encoder.model, encoder.tokenizer, pairs, rate, length):
                pass
        bill.scores[task] = tuned(encoder, task, data, config, bill)
    return bill


def tuned(encoder: Encoder, name: str, data: Any, config: RunConfig, bill: Bill) -> float:
    """Fine-tunes in the reference style and evaluates at six points, the last of which is the result."""
    task, settings = TASKS[name], config.finetune.for_task(name)
    with bill.of("fine-tuning"):
        examples = task.read_split(data, ENGLISH, "train")
        n = settings.n_steps * settings.batch_size
        order = reading_order(len(examples), n, numpy.random.default_rng(config.seed)).tolist()
        chosen = [[examples[i] for i in order[k : k + settings.batch_size]] for k in range(0, n, settings.batch_size)]
        torch.manual_seed(config.seed)
        model = task.new_model(encoder.model, len(task.labels))
        steps = reference_style.finetune(
            model, encoder.tokenizer, chosen, task.labels, settings.learning_rate, settings.max_length, 0.1
        )
    stops = [round((i + 1) * settings.n_steps / N_EVALUATIONS) for i in range(N_EVALUATIONS)]
    value = 0.0
    for step in range(1, settings.n_steps + 1):
        with bill.of("fine-tuning"):
            next(steps)
        if step in stops:
            with bill.of("evaluation" if step == stops[-1] else "evaluation again"):
                value = evaluated(model, encoder, name, data, config)
            model.train()
    return value


def evaluated(model: torch.nn.Module, encoder: Encoder, name: str, data: Any, config: RunConfig) -> float:
    """Mean test score over all languages but English; development sets are scored too, as ours are."""
    task, settings = TASKS[name], config.evaluate.for_task(name)
    values: dict[Language, float] = {}
    for language, source in evaluated_sets(task, data, settings):
        for split in SPLITS:
            examples = data.labelled(task, language, split, source, settings.halve)
            chosen = [examples[i] for i in evenly_spread(len(examples), settings.n_sentences)]
            gold, predicted = reference_style.predict(
                model, encoder.tokenizer, chosen, task.labels, settings.batch_size, settings.max_length
            )
            n_correct, n_total = task.score(gold, [task.repair(one) for one in predicted])[task.metric]
            if split == "test" and language != ENGLISH and not source:
                values[language] = n_correct / n_total
    return fmean(values.values())


def ours(config: RunConfig) -> Bill:
    """One trial by the code that runs trials; the encoder is what its store has of other trials."""
    bill = Bill()
    with bill.of("set-up"):
        run = Run(config)
    kinds = {"realign": "realignment", "finetune": "fine-tuning", "evaluate": "evaluation"}
    while not run.done:
        with bill.of(kinds.get(str(run.stage).partition("/")[0], "other")):
            run.advance()
    bill.scores = {task: test_score(run.scores, task) for task in config.tasks}
    return bill


def in_new_store(config: RunConfig) -> Bill:
    """With the encoder and nothing else of other trials."""
    with TemporaryDirectory() as folder:
        for kind in ("pretrained", "packaged", "trimmed"):
            (Path(config.store) / kind).mkdir(exist_ok=True)
            (Path(folder) / kind).symlink_to(Path(config.store).absolute() / kind, target_is_directory=True)
        return ours(replace(config, store=folder))


def as_later_trial(config: RunConfig) -> Bill:
    """With all that other trials left but what is this very trial's."""
    with TemporaryDirectory() as folder:
        for kind in ("pretrained", "packaged", "trimmed", "parsed", "leaks", "checks"):
            (Path(config.store) / kind).mkdir(exist_ok=True)
            (Path(folder) / kind).symlink_to(Path(config.store).absolute() / kind, target_is_directory=True)
        return ours(replace(config, store=folder))


def with_settings(**settings: Any) -> Callable[[RunConfig], Bill]:
    """As a later trial, with other settings."""
    return lambda config: as_later_trial(replace(config, **settings))


VARIANTS: dict[str, Callable[[RunConfig], Bill]] = {
    "reference style": reference, "our loops": in_new_store, "later trials": as_later_trial,
    "groups": with_settings(length_groups=4), "groups, bf16": with_settings(length_groups=4, precision="bf16"),
}  # fmt: skip


def test_score(rows: list[ScoreRow], task: str) -> float:
    """As `evaluated` has it."""
    metric = TASKS[task].metric
    return fmean(
        row.n_correct / row.n_total
        for row in rows
        if (row.task, row.metric, row.split, row.source) == (task, metric, "test", "") and row.language != ENGLISH
    )


def table(found: dict[str, list[Bill]]) -> str:
    """The bill of the whole sweep, each line with one measure more than the line above it."""
    mean = {name: mean_seconds(bills) for name, bills in found.items()}
    whole = mean["reference style"]
    once = {kind: s for kind, s in whole.items() if kind != "evaluation again"}
    shared = {kind: s for kind, s in once.items() if kind != "realignment again"}
    n = N_SUBSETS * N_SEEDS
    first, later = sum(mean["our loops"].values()), sum(mean["later trials"].values())
    grouped, half = (sum(mean[name].values()) for name in ("groups", "groups, bf16"))
    lines = [
        ("reference style", n * sum(whole.values()), "reference style"),
        ("evaluated once, not six times", n * sum(once.values()), "reference style"),
        ("realigned once for all tasks", n * sum(shared.values()), "reference style"),
        ("our loops: one pass, fused Adam, rows that occur, tokenized once, sorted by length", n * first, "our loops"),
        ("what trials have in common kept in the store", first + (n - 1) * later, "later trials"),
        ("`run.length_groups: 4`", first + (n - 1) * grouped, "groups"),
        ("`run.precision: bf16`, too", first + (n - 1) * half, "groups, bf16"),
    ]
    tasks = list(found["reference style"][0].scores)
    text = ["", row("measure", "core-hours", "times as fast", *tasks), "|---|---:|---:" + "|---:" * len(tasks) + "|"]
    for name, seconds, of in lines:
        scores = (", ".join(f"{bill.scores[task]:.3f}" for bill in found[of]) for task in tasks)
        text.append(row(name, f"{seconds / 3600:.2f}", f"{lines[0][1] / seconds:.2f}", *scores))
    kinds = list(dict.fromkeys(kind for seconds in mean.values() for kind in seconds))
    text += ["", row("s a trial", *kinds), "|---" + "|---:" * len(kinds) + "|"]
    for name, by_kind in mean.items():
        text.append(row(name, *(f"{by_kind[kind]:.1f}" if kind in by_kind else "-" for kind in kinds)))
    return "\n".join(text)


def row(*cells: str) -> str:
    """Of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def mean_seconds(bills: list[Bill]) -> dict[str, float]:
    """Over seeds, by kind of work."""
    return {kind: fmean(bill.seconds[kind] for bill in bills) for kind in bills[0].seconds}


if __name__ == "__main__":
    main()
