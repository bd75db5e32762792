"""What ranks sets of languages before, or without, training on them: cheap signals beside the truth, on real languages.

    realign-sweep run studies/real.yaml --scale small --data DATA        # or the sweep whose name is given
    python tests/benchmarks/fidelities.py real-small --mlruns mlruns --data DATA

Truth: test retrieval, and each task, of every planned set of one size, the mean over its training seeds. Signals see
development sentences only. A signal is worth its rank correlation with the truth (95 % bootstrap over sets), beside
what it takes: processor seconds for a set, and before the first one. The store must still hold the sweep's realigned
encoders.
"""

import argparse
import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from search_spaces.distances.sources import load_distances
from search_spaces.languages import ENGLISH, Language
from search_spaces.replay.recorded import RecordedTrial, write_table
from sweep.config.space import is_screening
from sweep.findings.singles import single_languages
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.scores.objective import objective
from sweep.statistics.rank_correlation import retest, spearman_interval
from trainables.evaluation.evaluate import evaluate
from trainables.evaluation.retrieval import probe
from trainables.evaluation.scores import RETRIEVAL, ScoreRow
from trainables.finetuning.loop import finetune
from trainables.mapping import from_mapping
from trainables.realignment.batches import batches
from trainables.realignment.gradients import gradient_cosines
from trainables.realignment.loop import realign
from trainables.realignment.loss import make_loss
from trainables.run import Run
from trainables.run_config import RunConfig
from trainables.shared_stages import REALIGNED, WEIGHTS, open_store, realigned_identity
from trainables.stepping.seeding import seed_stage
from trainables.tasks import TASKS

SHORT_FRAC, FRESH_SEED = 0.25, 101
Set = tuple[Language, ...]


@dataclass
class Signal:
    """values: by set. set_s, ahead_s: processor seconds for each set, and once before the first one."""

    values: dict[Set, float]
    set_s: float = 0.0
    ahead_s: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep")
    parser.add_argument("--mlruns", default="mlruns")
    parser.add_argument("--data", required=True)
    parser.add_argument("--size", type=int, default=10, help="of the sets")
    parser.add_argument("--sets", type=int, help="only so many of them, to try it")
    parser.add_argument(
        "--gradients", type=Path, help="write them as a table that replay's subset-gp(earlier=TABLE.csv.gz) begins with"
    )
    parser.add_argument("--tuned", action="store_true", help="also fine-tune the merged encoders on PoS")
    options = parser.parse_args()
    torch.set_num_threads(1)
    records = [
        one for one in RecordStore(SweepFolder.below(options.mlruns, options.sweep).records).all() if one.finished
    ]
    planned = [one for one in records if one.number is None and len(one.languages) == options.size]
    singles = [one for one in records if len(one.languages) == 1 and is_screening(one.point)]
    sets: dict[Set, dict[int, TrialRecord]] = {}
    for one in planned:
        sets.setdefault(tuple(sorted(map(Language, one.languages))), {})[one.seed] = one
    sets = dict(list(sets.items())[: options.sets])
    config = from_mapping(RunConfig, planned[0].config)
    config = replace(config, data=replace(config.data, root=options.data), store=str(Path(options.mlruns) / "store"))
    bench = Bench(config, sets, singles)
    if options.gradients:
        write_table(as_trials(bench.gradients()), options.gradients)
        return
    signals = bench.of_records() | bench.of_the_encoder() | bench.merged(options.tuned) | bench.short()
    bench.show(signals)


class Bench:
    """The sets, their truth, and the signals."""

    def __init__(self, config: RunConfig, sets: dict[Set, dict[int, TrialRecord]], singles: list[TrialRecord]) -> None:
        self.config, self.sets, self.singles = config, sets, singles
        self.run = Run(replace(config, languages=()))
        self.start = {name: tensor.clone() for name, tensor in self.run.encoder.model.state_dict().items()}
        scored: dict[str, set[Language]] = {}
        for row in singles[0].scores:
            scored.setdefault(row.task, set()).add(row.language)
        self.scored = {task: scored[task] - {ENGLISH} for task in (RETRIEVAL, *config.tasks)}
        told = {row.task for row in singles[0].scores if row.split == "dev"}
        self.told = [task for task in self.scored if task in told]
        self.seeds = sorted(set.intersection(*(set(of) for of in sets.values())))
        self.truth = {  # task -> [sets, seeds]
            task: np.array([[self.score(of[seed], task, "test") for seed in self.seeds] for of in sets.values()])
            for task in self.scored
        }

    def score(self, record: TrialRecord, task: str, split: Any) -> float:
        return objective(record.scores, [task], self.scored[task], split)

    def show(self, signals: dict[str, Signal]) -> None:
        """A table."""
        print(f"{len(self.sets)} sets of {len(next(iter(self.sets)))}, seeds {self.seeds}")
        for task, values in self.truth.items():
            print(f"retest of {task}, rank correlation between two seeds: {retest(values.T):.2f}")
        tasks = list(self.scored)
        print(f"\n| signal | s a set | s before | {' | '.join(tasks)} |\n|---|---:|---:{'|---:' * len(tasks)}|")
        for name, signal in signals.items():
            predicted = np.array([signal.values[members] for members in self.sets])
            found = [spearman_interval(predicted, values.mean(axis=1)) for values in self.truth.values()]
            shown = " | ".join(map(str, found))
            print(f"| {name} | {signal.set_s:.1f} | {signal.ahead_s:.0f} | {shown} |", flush=True)
        for task in self.told:  # a seed against the mean of the others, each in turn
            values = self.truth[task]
            told = np.array([[self.score(of[s], task, "dev") for s in self.seeds] for of in self.sets.values()])
            each = [
                spearman_interval(told[:, i], np.delete(values, i, axis=1).mean(axis=1)) for i in range(len(self.seeds))
            ]
            cost = fmean(seconds(one) for of in self.sets.values() for one in of.values())
            print(
                f"one training of a set, {cost:.0f} s, {task} told, {task} of other seeds: {'; '.join(map(str, each))}"
            )

    def of_records(self) -> dict[str, Signal]:
        """From single languages that were trained alone."""
        found = {}
        ahead_s = sum(map(seconds, self.singles))
        for task in self.told:
            believed = {one.language: one.value for one in single_languages(self.singles, [task], self.scored[task])}
            values = {members: fmean(believed[tag] for tag in members) for members in self.sets}
            found[f"mean of single languages, {task}"] = Signal(values, 0.0, ahead_s)
        return found

    def of_the_encoder(self) -> dict[str, Signal]:
        """From the encoder before realignment, and from typology."""
        with timed() as before:
            aligned = self.retrieved()
        seen = self.run.encoder.seen or frozenset()
        pool = sorted({tag for members in self.sets for tag in members})
        distances = load_distances("featural", pool).matrix.block(pool)
        at = {tag: i for i, tag in enumerate(pool)}
        spread = {m: float(np.mean([distances[at[a], at[b]] for a in m for b in m if a < b])) for m in self.sets}
        with timed() as gradients_s:
            towards = self.gradients()
        found = {
            "languages new to the encoder": Signal({m: float(len(set(m) - seen)) for m in self.sets}),
            "dispersion": Signal(spread),
            "gradients of its languages along those of all": Signal(
                {m: fmean(towards[tag] for tag in m) for m in self.sets}, 0.0, gradients_s[0]
            ),
        }  # fmt: skip
        if aligned.keys() >= set(pool):
            reversed_ = {m: -fmean(aligned[tag] for tag in m) for m in self.sets}
            found["retrieval of its languages before realignment, reversed"] = Signal(reversed_, 0.0, before[0])
        return found

    def gradients(self) -> dict[Language, float]:
        """Language -> what a search with `warm_start: [gradients]` begins with."""
        found: dict[Language, float] = {}
        pool = sorted({tag for members in self.sets for tag in members})
        targets = sorted(self.scored[RETRIEVAL])
        for _ in gradient_cosines(self.run.encoder, self.run.data, self.config.realign, pool, targets, found):
            pass
        return found

    def merged(self, tuned: bool) -> dict[str, Signal]:
        """The mean of the weights of encoders that were realigned on its languages alone."""
        weights = {}
        store = open_store(self.config)
        for one in self.singles:
            of_one = replace(self.config, languages=tuple(one.languages), seed=one.seed)
            stage = store.find(REALIGNED, realigned_identity(of_one, self.run.encoder.fingerprint, self.run.data))
            if stage is None:
                raise ValueError(f"The store must hold the encoder of {one.trial}, but does not. Run the sweep again.")
            weights[Language(one.languages[0])] = load_file(stage / WEIGHTS)
        ahead_s = sum(one.costs["realign_s"] for one in self.singles)
        values, scores = {}, {}
        with timed() as spent:
            for members in self.sets:
                self.put({name: torch.stack([weights[tag][name] for tag in members]).mean(0) for name in self.start})
                values[members] = fmean(self.retrieved().values())
        found = {"merged single-language encoders, retrieval": Signal(values, spent[0] / len(self.sets), ahead_s)}
        if tuned:
            with timed() as spent:
                for members in self.sets:
                    self.put({name: torch.stack([weights[t][name] for t in members]).mean(0) for name in self.start})
                    scores[members] = self.tuned()
            each_s = spent[0] / len(self.sets)
            found["merged single-language encoders, fine-tuned, PoS"] = Signal(scores, each_s, ahead_s)
        self.put(self.start)
        return found

    def short(self) -> dict[str, Signal]:
        """Fewer steps of realignment, with another seed."""
        values: dict[Set, float] = {}
        whole = self.config.realign.n_steps
        n_steps = round(SHORT_FRAC * whole)
        with timed() as spent:
            for members in self.sets:
                self.put(self.start)
                values[members] = self.realigned(members, n_steps)
        self.put(self.start)
        name = f"{n_steps} of {whole} steps of realignment, retrieval"
        return {name: Signal(values, spent[0] / len(self.sets))}

    def realigned(self, members: Set, n_steps: int) -> float:
        seed_stage(FRESH_SEED, "realign")
        config = replace(self.config.realign, n_steps=n_steps)
        loss_of = make_loss(self.run.encoder, self.run.data, members, config)
        pairs = batches(self.run.data, members, config, FRESH_SEED)
        for _ in realign(self.run.encoder, loss_of, pairs, config, self.config.precision):
            pass
        return fmean(self.retrieved().values())

    def put(self, weights: dict[str, torch.Tensor]) -> None:
        self.run.encoder.model.load_state_dict(weights)

    def retrieved(self) -> dict[Language, float]:
        """Language -> P@1 of the half that steers."""
        rows: list[ScoreRow] = []
        self.run.encoder.model.eval()
        for _ in probe(
            self.run.encoder, self.run.data, self.config.realign, self.config.evaluate, RETRIEVAL, rows, ["pos"],
            half="steering",
        ):  # fmt: skip
            pass
        return {Language(row.language): row.n_correct / row.n_total for row in rows}

    def tuned(self) -> float:
        """Development PoS of the encoder as it is."""
        task = TASKS["pos"]
        seeds = seed_stage(FRESH_SEED, "finetune/pos")
        encoder = copy.deepcopy(self.run.encoder.model)
        model = task.new_model(encoder, len(task.labels))
        examples = task.read_split(self.run.data, Language("eng_Latn"), "train")
        for _ in finetune(
            model, self.run.encoder.tokenizer, task, examples, self.config.finetune.for_task("pos"),
            self.config.precision, seeds.numpy,
        ):  # fmt: skip
            pass
        rows: list[ScoreRow] = []
        config = self.config.evaluate.for_task("pos")
        for _ in evaluate(model, self.run.encoder.tokenizer, task, self.run.data, config, rows):
            pass
        return objective(rows, ["pos"], self.scored["pos"])


def as_trials(gradients: dict[Language, float]) -> list[RecordedTrial]:
    """Of single languages; a cosine may be below 0, where a score may not."""
    return [
        RecordedTrial(
            languages=(tag,), seed=0, told={ENGLISH: 1 + value}, judged={ENGLISH: 1 + value}, duration=0.0, signals=()
        )
        for tag, value in gradients.items()
    ]  # fmt: skip


@contextmanager
def timed() -> Iterator[list[float]]:
    """A list that holds the processor seconds of the block when it is over."""
    spent: list[float] = []
    began = time.process_time()
    yield spent
    spent.append(time.process_time() - began)


def seconds(record: TrialRecord) -> float:
    """Of a trial's stages."""
    return sum(value for name, value in record.costs.items() if name.endswith("_s"))


if __name__ == "__main__":
    main()
