"""THE STORY of one trial: load -> probe -> realign -> probe -> for each task: fine-tune -> evaluate -> scores.

Stages are generators, so whoever drives a run (Ray, a notebook, a test) takes it in small bites. Each stage starts
from its own seed, so taking a stage from the store, or another task before it, changes no later digit. Between two
bites a run can be saved, and continued elsewhere to the scores it would have had.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.encoders.checks import checked_encoder
from trainables.encoders.fit import check_fit
from trainables.encoders.load import load_encoder
from trainables.evaluation.evaluate import evaluate
from trainables.evaluation.leaks import check_leaks
from trainables.evaluation.retrieval import probe, stored_probe
from trainables.evaluation.scores import P_AT_1, RETRIEVAL, ScoreRow, told_score
from trainables.finetuning.loop import RealignmentDuring, finetune
from trainables.inputs import digests_of, inputs_fingerprint, way_of_reading
from trainables.parallel_data import SOURCES
from trainables.parallel_data.corpus import corpus_revisions
from trainables.realignment.batches import batches
from trainables.realignment.loop import realign
from trainables.realignment.loss import make_loss
from trainables.run_checks import check_names
from trainables.run_config import RunConfig
from trainables.shared_stages import SharedStages, open_store
from trainables.signal_probes import SignalProbes
from trainables.signals import Signal
from trainables.staged import Stage, Staged
from trainables.stepping.devices import precision_warnings, prepare_gpu, resolve_device, use_threads
from trainables.stepping.finite import check_weights
from trainables.stepping.progress import Progress
from trainables.stepping.seeding import StageSeeds
from trainables.stepping.training import CheckpointTimer, StateError, read_state, write_state
from trainables.store.fingerprint import fingerprint
from trainables.tasks import TASKS
from trainables.tasks.base import Task

CHECKPOINT = "run.pt"
FORMAT = 2  # of a saved state: raise it when a later version cannot go on from an earlier one's


class Run(Staged):
    """One trial, advanced in bites. `scores` and `costs` are complete when it is `done`."""

    def __init__(self, config: RunConfig) -> None:
        check_names(config)
        device = resolve_device(config.device)
        self.config = config = config.on_device(str(device))
        self.languages = tuple(Language(language) for language in config.languages)
        prepare_gpu(device, config.precision, config.deterministic)
        use_threads(config.n_threads)
        self.store = open_store(config)
        self.data = SOURCES[config.data.source](config.data, self.store)
        leaks = check_leaks(config, self.data, self.store)
        self.encoder = load_encoder(config.encoder, self.data, self.store)
        check_fit(config, self.encoder)
        self.checks = {
            **checked_encoder(config, self.encoder, self.data, self.store), "leaks": leaks.as_dict(config.languages)
        }  # fmt: skip
        self.checks["warnings"] = [*self.checks["warnings"], *precision_warnings(config.precision, device)]
        self.encoder.model.to(device)
        self.shared = SharedStages(config, self.encoder, self.data, self.store)
        self.probes = SignalProbes(config, self.encoder, self.data, self.store)
        self.model: nn.Module | None = None  # of the current task: head and encoder
        self.before_tasks: dict[str, torch.Tensor] = {}  # weights of the encoder that every task starts from
        self.scores: list[ScoreRow] = []
        timer = CheckpointTimer(config.checkpoint_s, config.checkpoint_steps)
        super().__init__(planned_stages(config, self.data), config.seed, device, timer)

    @property
    def score(self) -> float:
        """What whoever chooses may look at, see `told_score`: held-out languages (`no_signal_of`) are not in it."""
        return self._told(self.config.told)

    def _told(self, names: Sequence[str]) -> float:
        metrics = {name: P_AT_1 if name == RETRIEVAL else TASKS[name].metric for name in names}
        return told_score(self.scores, metrics, self.config.evaluate.no_signal_of)

    @property
    def so_far(self) -> dict[str, Any]:
        """What a record needs of a run beside its scores: costs, signals, curves, its data and its encoder."""
        return {
            "costs": dict(self.costs), "signals": [signal.as_dict() for signal in self.signals],
            "curves": self.curves.all, "data": digests_of(self.config, self.data),
            "data_revisions": corpus_revisions(self.data.root), "encoder": dict(self.encoder.origin),
            "encoder_fingerprint": self.encoder.fingerprint, "checks": self.checks,
            "way_of_reading": way_of_reading(),
        }  # fmt: skip

    def _inputs(self) -> str:
        return inputs_fingerprint(self.config, self.data, self.encoder.origin)

    def _signal(self, signal: Signal) -> None:
        """Notes a signal; what a restarted stage repeats counts once."""
        self.signals = [s for s in self.signals if (s.name, s.at) != (signal.name, signal.at)] + [signal]

    def begin(self, stage: str, seeds: StageSeeds) -> Stage:
        """The method of the stage's name."""
        kind, _, task = stage.partition("/")
        work: Stage = getattr(self, f"_{kind}")(*([TASKS[task], seeds] if task else []))
        return work

    def _probe_before(self) -> Stage:
        rows: list[ScoreRow] = []
        config = self.config
        yield from stored_probe(
            self.encoder, self.data, config.realign, config.evaluate, self.store, rows, config.tasks
        )  # fmt: skip
        if "realign" not in self.stages:  # nothing changes before fine-tuning: before is after
            rows += [replace(row, task=RETRIEVAL) for row in rows]
            yield from self._steering(rows)
        self.scores += rows

    def _realign(self) -> Stage:
        trained = yield from self.shared.realigned(self._train_encoder)
        if not trained:
            check_weights("realign", self.encoder.model)
            self.costs["realign_reused"] = 1.0
            for signal in self.probes.stored():
                self._signal(signal)
                yield Progress(1, 1)  # each is reported by itself

    def _train_encoder(self) -> Stage:
        config = self.config.realign
        loss_of = make_loss(self.encoder, self.data, self.languages, config, self.config.length_groups)
        pairs = batches(self.data, self.languages, config, self.config.seed)
        work = realign(
            self.encoder, loss_of, pairs, config, self.config.precision, self.training, self.config.cuda_graphs
        )  # fmt: skip
        yield from self.probes.during(work, self._signal)
        check_weights("realign", self.encoder.model)

    def _probe_after(self) -> Stage:
        rows: list[ScoreRow] = []
        config = self.config
        yield from probe(self.encoder, self.data, config.realign, config.evaluate, RETRIEVAL, rows, config.tasks)
        yield from self._steering(rows)
        self.scores += rows
        if self.probes.languages:
            self._signal(self.probes.take(1.0))

    def _steering(self, rows: list[ScoreRow]) -> Stage:
        """Appends the development scores of retrieval, where these are what is told."""
        config = self.config
        if config.told == (RETRIEVAL,):
            yield from probe(
                self.encoder, self.data, config.realign, config.evaluate, RETRIEVAL, rows, config.tasks, half="steering"
            )

    def _finetune(self, task: Task, seeds: StageSeeds) -> Stage:
        self.scores = [row for row in self.scores if row.task != task.name]  # of an evaluation that was cut off
        rows = self.shared.take_scores(task)
        if rows is not None:  # then nothing is left to do for this task
            self.scores += rows
            self.finished.append(f"evaluate/{task.name}")
            self.costs[f"finetune/{task.name}_reused"] = self.costs[f"evaluate/{task.name}_reused"] = 1.0
            self._signal_of_tasks()
            return
        self._remember_encoder()
        self.model = self._new_model(task)
        if self.shared.take_model(task, self.model):
            self.costs[f"finetune/{task.name}_reused"] = 1.0
            return
        config = self.config.finetune.for_task(task.name)
        yield from finetune(
            self.model, self.encoder.tokenizer, task, task.read_split(self.data, ENGLISH, "train"), config,
            self.config.precision, seeds.numpy, self.training, self._realignment_during(config.n_steps),
            self.config.cuda_graphs, self.config.length_groups,
        )  # fmt: skip
        check_weights(f"finetune/{task.name}", self.model)
        if self.config.keep_models:
            self.shared.keep_model(task, self.model)

    def _evaluate(self, task: Task, _: StageSeeds) -> Stage:
        assert self.model is not None
        config = self.config.evaluate.for_task(task.name)
        yield from evaluate(self.model, self.encoder.tokenizer, task, self.data, config, self.scores)
        self.shared.keep_scores(task, [row for row in self.scores if row.task == task.name])
        self.model = None
        self._signal_of_tasks()

    def _signal_of_tasks(self) -> None:
        """The mean of the tasks that are over. They go in the order of the configuration: trials have the same ones."""
        scored = {row.task for row in self.scores}
        over = [task for task in self.config.tasks if task in scored]
        self._signal(Signal(name="score_so_far", at=float(len(over)), value=self._told(over)))

    def _realignment_during(self, n_steps: int) -> RealignmentDuring | None:
        config = self.config.realign
        if not self.languages or config.protocol != "during":
            return None
        loss_of = make_loss(self.encoder, self.data, self.languages, config, self.config.length_groups)
        pairs = batches(self.data, self.languages, config, self.config.seed, n_steps)
        return RealignmentDuring(self.encoder.model, loss_of, pairs, config.loss_weight, config.micro_batch)

    def _remember_encoder(self) -> None:
        """Notes the encoder's weights before the first of several tasks, puts them back before each later one."""
        if self.before_tasks:
            self.encoder.model.load_state_dict(self.before_tasks)
        elif len(self.config.tasks) > 1:
            weights = self.encoder.model.state_dict()
            self.before_tasks = {name: weight.to("cpu", copy=True) for name, weight in weights.items()}

    def _new_model(self, task: Task) -> nn.Module:
        return task.new_model(self.encoder.model, len(task.labels)).to(self.device)

    def save(self, folder: Path) -> None:
        """Writes what it takes to go on, between any two bites, as one file that appears at once.

        A realigned encoder is in the store and not repeated.
        """
        started_s = time.perf_counter()
        state = self.progress_state() | {
            "of": fingerprint(self.config), "format": FORMAT, "inputs": self._inputs(), "model": None,
            "scores": [row.as_dict() for row in self.scores],
        }  # fmt: skip
        if self.model is not None and str(self.stage).startswith("evaluate/"):
            state["model"] = self.model.state_dict()
        write_state(state, folder / CHECKPOINT)
        self.timer.saved(time.perf_counter() - started_s)

    def load(self, folder: Path) -> None:
        """Continues from what `save` wrote.

        Where the store has lost the realigned encoder meanwhile, the encoder is realigned again, to the same digits.

        Raises:
            StateError: the file is damaged, or of a run with another configuration, data or encoder.
            FileNotFoundError: nothing was saved.
        """
        state = read_state(folder / CHECKPOINT)
        if state.get("of") != fingerprint(self.config):
            raise StateError(f"A saved state must be of this run, but {folder / CHECKPOINT} is of another.")
        if state.get("format") != FORMAT:
            raise StateError(
                f"A saved state must be as this version writes it, but {folder / CHECKPOINT} is another version's."
            )
        if state.get("inputs", self._inputs()) != self._inputs():  # states of earlier versions do not say
            raise StateError(
                f"A saved state must be of the same data and encoder, but they changed since {folder / CHECKPOINT}."
            )
        self.take_progress(state)
        self.scores = [ScoreRow.from_dict(row) for row in state["scores"]]
        kind, _, task = str(self.stage).partition("/")
        if not self.done and "realign" in self.finished and not self.shared.take_realigned():
            self.drop_stage()
            self.finished = [stage for stage in self.finished if stage not in ("realign", f"finetune/{task}")]
        elif kind == "evaluate":
            self._remember_encoder()
            self.model = self._new_model(TASKS[task])
            self.model.load_state_dict(state["model"])


def planned_stages(config: RunConfig, data: DataFolder) -> list[str]:
    """The names of a run's stages, in order."""
    probes = bool(config.evaluate.n_retrieval and data.flores_languages)
    realigns = bool(config.languages) and config.realign.protocol == "before"
    wanted = {"probe_before": probes, "realign": realigns, "probe_after": probes and realigns}
    tasks = [f"{stage}/{task}" for task in config.tasks for stage in ("finetune", "evaluate")]
    return [stage for stage, is_wanted in wanted.items() if is_wanted] + tasks


def release(run: Run) -> None:
    """Lets go of a run's models and stages, so that the next trial in this process starts from the memory floor."""
    run.drop_stage()
    run.model, run.before_tasks = None, {}
    del run.encoder, run.shared, run.probes
    run.store.close()
    if run.device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(run.device)
