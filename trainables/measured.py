"""What trials of one kind cost on this machine: measured on miniatures, run by the very code that runs a trial.

A miniature has the trial's encoder, data, languages and batches, but few steps, few test sets and few sentences.
Its stages are timed step by step, so that what a stage takes once is told from what grows with its length. Nothing
that a miniature trains is kept: it works in a store of its own, which has the real one's data and encoder.
"""

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from search_spaces.languages import ENGLISH, Language
from search_spaces.structured import read_json
from trainables.data.folder import DataFolder
from trainables.evaluation.evaluate import evenly_spread
from trainables.evaluation.evaluated import TestSet, evaluated_sets
from trainables.evaluation.retrieval import probe, probed_languages
from trainables.evaluation.scores import RETRIEVAL
from trainables.lengths import N_SENTENCES, Lengths
from trainables.parallel_data import SOURCES
from trainables.pretraining import KIND as PRETRAINED
from trainables.pretraining import identity as pretrained_identity
from trainables.pretraining import pretrain
from trainables.run import Run, release
from trainables.run_config import PretrainConfig, RunConfig
from trainables.shared_stages import open_store
from trainables.signal_probes import signal_languages
from trainables.staged import Stage
from trainables.stepping.devices import peak_memory_bytes, resolve_device
from trainables.stepping.seeding import StageSeeds
from trainables.tasks import TASKS
from trainables.trial_costs import Rate, TrialCosts

OF_DATA = ("parsed", "leaks", "synthetic-world", "corpus", "corpus-part", "hub-revision")
OF_ENCODER = (PRETRAINED, "packaged", "trimmed", "checks")
"""Kinds of stages that a miniature shares with the real store: what it builds of these, trials find there."""
N_LOOKED_AT = 6
"""Test sets of a task, and languages of the probe, that are timed."""
STEPS = 4, 40
"""Least and most steps of the second miniature's stages."""
STAGE_S = 8.0
"""About so long each of its stages may take."""
PRETRAINING_STEPS = 12


class MeasuredRun(Run):
    """A run that notes when its stages' steps ended, in seconds that the stage itself has taken by then."""

    def __init__(self, config: RunConfig) -> None:
        self.steps: dict[str, list[tuple[int, float, float]]] = {}
        """Stage -> (step, seconds of the clock, of the processor), the last one at the stage's end."""
        super().__init__(config)

    def begin(self, stage: str, seeds: StageSeeds) -> Stage:
        """The run's own stage, timed."""
        return self._timed(stage, super().begin(stage, seeds))

    def _timed(self, stage: str, work: Stage) -> Stage:
        clock_s = cpu_s = 0.0
        notes = self.steps.setdefault(stage, [])
        step, over = 0, False
        while not over:
            before = time.perf_counter(), time.process_time()
            progress = next(work, None)
            if progress is not None and progress.step in (1, progress.n_steps) and self.device.type == "cuda":
                torch.cuda.synchronize(self.device)  # else the launches are timed
            clock_s, cpu_s = clock_s + time.perf_counter() - before[0], cpu_s + time.process_time() - before[1]
            over = progress is None
            if progress is not None:
                step = progress.step
            if over or not notes or step > notes[-1][0]:
                notes.append((step, clock_s, cpu_s))
            if progress is not None:
                yield progress

    def rate_of(self, stage: str, units_a_step: float) -> Rate:
        """The slope between the first step and the last one; the rest is what the stage takes once."""
        steps = {step: (clock_s, cpu_s) for step, clock_s, cpu_s in self.steps[stage][:-1] if step}
        n, clock_s, cpu_s = self.steps[stage][-1]
        slope = [(last - first) / (n - 1) for first, last in zip(steps[1], steps[n], strict=True)]
        return Rate(
            fixed_s=max(0.0, clock_s - n * slope[0]), unit_s=slope[0] / units_a_step,
            fixed_cpu_s=max(0.0, cpu_s - n * slope[1]), unit_cpu_s=slope[1] / units_a_step,
        )  # fmt: skip


def measure_pretraining(config: RunConfig, short_store: str) -> Rate:
    """Pre-trains the encoder of `config` for a few steps, in this process, as a sweep does before its first trial.

    Returns:
        Seconds of a step, from the second one on, and of what is no step.

    Args:
        config: of a trial; `store` is the real one.
        short_store: an empty folder, where the encoder of few steps is left for `measure_trial`.
    """
    short = _short(config)
    store = open_store(replace(config, store=_store_in(config, Path(short_store), OF_DATA), store_cache=""))
    data = SOURCES[config.data.source](config.data, store)
    before, cpu_before = time.perf_counter(), time.process_time()
    stage = pretrain(short, data, store, _pretraining_device(config))
    clock_s, cpu_s = time.perf_counter() - before, time.process_time() - cpu_before
    summary = read_json(stage / "training.json")
    first_s, steps_s = float(summary["first_step_seconds"]), float(summary["seconds"])
    unit_s = (steps_s - first_s) / (PRETRAINING_STEPS - 1)
    fixed_s = max(0.0, clock_s - PRETRAINING_STEPS * unit_s)
    unit_cpu_s = unit_s * short.n_threads
    fixed_cpu_s = max(0.0, cpu_s - PRETRAINING_STEPS * unit_cpu_s)
    return Rate(fixed_s=fixed_s, unit_s=unit_s, fixed_cpu_s=fixed_cpu_s, unit_cpu_s=unit_cpu_s)


def measure_trial(
    config: RunConfig, languages: Sequence[str], started_s: float, short_store: str = "", work: str | None = None
) -> TrialCosts:
    """Runs the miniatures of `config`, in this process.

    Args:
        config: of a trial, with the largest of the sweep's sets; `store` is the real one.
        languages: all whose sentence pairs the sweep may read.
        started_s: when the process was asked for (`time.time()`), so that its imports are counted.
        short_store: where `measure_pretraining` left an encoder of few steps to take; "" = the encoder is there.
        work: a folder for what is computed meanwhile, which somebody else takes away if this process is ended.

    Raises:
        ValueError: whatever a trial would refuse.
    """
    with tempfile.TemporaryDirectory(prefix="realign-sweep-measure-", dir=work) as temporary:
        import_s = time.time() - started_s
        device = str(resolve_device(config.device))
        config = replace(config.on_device(device), store_limit_gb=None)
        store = _store_in(config, Path(temporary) / "store", OF_DATA + (() if short_store else OF_ENCODER))
        if short_store:
            (Path(store) / PRETRAINED).symlink_to(Path(short_store) / PRETRAINED, target_is_directory=True)
            config = replace(config, encoder=replace(config.encoder, pretrain=_short(config)))
        config = replace(config, store=store, store_cache="")
        data = SOURCES[config.data.source](config.data, open_store(config))
        sets = {task: _some(evaluated_sets(TASKS[task], data, config.evaluate.for_task(task))) for task in config.tasks}
        before = time.perf_counter()
        first = MeasuredRun(miniature(config, 2, sets, 2))
        first_setup_s = time.perf_counter() - before
        checkpoint_bytes = _drive(first, Path(temporary) / "checkpoint")
        slowest_s = max(_step_s(first, stage) for stage in first.steps if not stage.startswith("evaluate"))
        n_steps = min(STEPS[1], max(STEPS[0], int(STAGE_S / max(slowest_s, 1e-6))))
        release(first)
        before, cpu_before = time.perf_counter(), time.process_time()
        second = MeasuredRun(miniature(config, n_steps, sets, N_SENTENCES))
        setup = Rate(fixed_s=time.perf_counter() - before, fixed_cpu_s=time.process_time() - cpu_before)
        _drive(second)
        lengths = Lengths(second.encoder.tokenizer, data, config.realign)
        stages = {"setup": setup}
        pairs = lengths.of_pairs(languages)
        for name in second.steps:
            kind, _, task = name.partition("/")
            if kind == "realign":
                mean = sum(pairs[language] for language in config.languages) / len(config.languages)
                stages[name] = second.rate_of(name, config.realign.batch_size * mean)
            elif kind == "finetune":
                stages[name] = second.rate_of(name, config.finetune.for_task(task).batch_size)
            else:
                _, clock_s, cpu_s = second.steps[name][-1]
                n = lengths.of_sets(task, sets[task], second.config.evaluate)
                stages[name] = Rate(unit_s=clock_s / n, unit_cpu_s=cpu_s / n)
        units = {f"evaluate/{task}": lengths.of_sets(task, None, config.evaluate) for task in config.tasks}
        if probed := probed_languages(data, config.tasks) if config.evaluate.n_retrieval else []:
            stages["probe_before"] = stages["probe_after"] = _probe(second, lengths, _some(probed), config)
            whole = lengths.of_probe(probed, config.evaluate)
            halves = 2 if config.told == (RETRIEVAL,) else 1  # what steers is then looked at in all languages
            units |= {"probe_before": whole, "probe_after": halves * whole}
            units["signal"] = lengths.of_probe(signal_languages(data, config), config.evaluate)
        memory = peak_memory_bytes(second.device)
        busy_frac = _busy(second, config, n_steps, sets)
        return TrialCosts(
            stages=stages, first_setup_s=import_s + first_setup_s,
            pair_subwords=pairs, units=units, memory_bytes=float(memory["peak_rss_bytes"]),
            gpu_bytes=float(memory.get("peak_gpu_bytes", 0)), busy_frac=busy_frac,
            realigned_bytes=_stage_bytes(Path(store), "realigned"), finetuned_bytes=_stage_bytes(
                Path(store), "finetuned") * len(config.tasks),
            checkpoint_bytes=checkpoint_bytes,
        )  # fmt: skip


def miniature(config: RunConfig, n_steps: int, sets: dict[str, list[TestSet]], n_sentences: int) -> RunConfig:
    """`config` with few steps, on a few test sets of each task, without the probe."""
    by_task = {task: {**config.finetune.by_task.get(task, {}), "n_steps": n_steps} for task in config.tasks}
    evaluate = {
        task: {
            **config.evaluate.by_task.get(task, {}),
            "languages": [f"{language}/{source}" for language, source in sets[task]],
            "n_sentences": min(n_sentences, config.evaluate.for_task(task).n_sentences or n_sentences),
        }
        for task in config.tasks
    }
    return replace(
        config,
        realign=replace(config.realign, budget="total", n_steps=n_steps),
        finetune=replace(config.finetune, n_steps=n_steps, by_task=by_task),
        evaluate=replace(config.evaluate, n_retrieval=0, probe_at=(), no_signal_of=(), told="tasks", by_task=evaluate),
        checkpoint_s=0.0, checkpoint_steps=1 if n_steps == 2 else 0,
    )  # fmt: skip


def is_there(config: RunConfig, data: DataFolder) -> bool:
    """Whether nothing has to be pre-trained before the first trial."""
    encoder = config.encoder
    if encoder.provider != "pretrained":
        return True
    store = open_store(config)
    try:
        return store.holds(PRETRAINED, pretrained_identity(encoder.pretrain, data, _pretraining_device(config)))
    finally:
        store.close()


def _probe(run: Run, lengths: Lengths, languages: list[Language], config: RunConfig) -> Rate:
    """Of a few languages of the probe."""
    evaluate = replace(config.evaluate, n_retrieval=min(N_SENTENCES, config.evaluate.n_retrieval))
    before, cpu_before = time.perf_counter(), time.process_time()
    for _ in probe(run.encoder, run.data, config.realign, evaluate, "retrieval", [], languages=languages):
        pass
    n = lengths.of_probe(languages, evaluate)
    return Rate(unit_s=(time.perf_counter() - before) / n, unit_cpu_s=(time.process_time() - cpu_before) / n)


def _drive(run: Run, checkpoint: Path | None = None) -> float:
    """Runs to the end. Returns the bytes of a checkpoint of the first stage, which holds the most.

    Args:
        checkpoint: where it is written for a moment; None = nowhere.
    """
    n_bytes = 0
    while not run.done:
        report = run.advance()
        if checkpoint is not None and not n_bytes and report["stage_step"] == 1 and not report["stage_done"]:
            checkpoint.mkdir()
            run.save(checkpoint)
            n_bytes = sum(path.stat().st_size for path in checkpoint.iterdir())
            shutil.rmtree(checkpoint)
    return float(n_bytes)


def _busy(run: Run, config: RunConfig, n_steps: int, sets: dict[str, list[TestSet]]) -> float:
    """Share of the time in which the card computes, of one more miniature under torch's profiler; 0 on a CPU."""
    device = run.device
    release(run)
    if device.type != "cuda":
        return 0.0
    again = Run(replace(miniature(config, n_steps, sets, N_SENTENCES), seed=config.seed + 1))  # nothing is stored of it
    torch.cuda.synchronize(device)
    before = time.perf_counter()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        _drive(again)
        torch.cuda.synchronize(device)
    wall_s = time.perf_counter() - before
    release(again)
    return min(1.0, sum(event.self_device_time_total for event in profile.key_averages()) / 1e6 / wall_s)


def _step_s(run: MeasuredRun, stage: str) -> float:
    """Seconds of the second step of two."""
    at = {step: clock_s for step, clock_s, _ in run.steps[stage][:-1]}
    return at[2] - at[1]


def _short(config: RunConfig) -> PretrainConfig:
    return replace(config.encoder.pretrain, n_steps=PRETRAINING_STEPS)


def _pretraining_device(config: RunConfig) -> str:
    return "cuda" if config.encoder.pretrain_on == "cuda" else "cpu"


def _store_in(config: RunConfig, store: Path, shared: Sequence[str]) -> str:
    """`store`, made now, whose stages of some kinds are those of the real one, where that is a local folder."""
    store.mkdir(parents=True, exist_ok=True)
    if "://" not in config.store:
        for kind in shared:
            real = Path(config.store).absolute() / kind
            real.mkdir(parents=True, exist_ok=True)
            (store / kind).symlink_to(real, target_is_directory=True)
    return str(store)


def _stage_bytes(store: Path, kind: str) -> float:
    """Of the largest stage of a kind."""
    sizes = [
        sum(path.stat().st_size for path in stage.iterdir()) for stage in store.glob(f"{kind}/*") if stage.is_dir()
    ]
    return float(max(sizes, default=0))


def _some(things: Sequence[Any]) -> list[Any]:
    """A few, evenly spread; English test sets aside, which no told score has."""
    others = [one for one in things if one != ENGLISH and (not isinstance(one, tuple) or one[0] != ENGLISH)]
    return [others[i] for i in evenly_spread(len(others), N_LOOKED_AT)]
