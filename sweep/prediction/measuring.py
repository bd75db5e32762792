"""Measures what a trial takes: as many miniatures side by side as trials will run, each in a process of its own.

Side by side, because trials that share a machine slow each other down. What was measured is kept in the stage store by
what it depends on, the machine included, so that `plan` and `run` find it again.
"""

import dataclasses
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from search_spaces.own_languages import use_languages
from search_spaces.plugins import load_plugins
from sweep.folders import write_atomically
from sweep.plan import Plan
from sweep.prediction.predict import largest_run, places
from sweep.records.provenance import versions
from trainables.mapping import from_mapping, to_mapping
from trainables.measured import is_there, measure_pretraining, measure_trial
from trainables.parallel_data import SOURCES
from trainables.run_config import RunConfig
from trainables.shared_stages import open_store
from trainables.stepping.devices import reserved_device
from trainables.store.fingerprint import canonical
from trainables.trial_costs import Rate, TrialCosts

KIND, FILE = "measured", "costs.json"
MEASURING = 2
"""Raise it when a change of the code makes trials, or miniatures, take another time."""
MOST_SIDE_BY_SIDE = 4
CPU_INFO = Path("/proc/cpuinfo")
SAID = "measured on this machine by miniatures of a trial"


def measured(plan: Plan) -> TrialCosts | None:
    """What was measured before for trials of this kind on this machine; None where nothing was."""
    if "://" not in (root := plan.config.run.store) and not Path(root).is_dir():
        return None
    run = largest_run(plan)
    store = open_store(run)
    try:
        stage = store.find(KIND, identity(plan))
        if stage is None:
            return None
        costs = _read(stage)
        if costs.pretraining and is_there(run, SOURCES[run.data.source](run.data, store)):
            return dataclasses.replace(costs, pretraining=None)  # it was done since
        return costs
    finally:
        store.close()


def measure(plan: Plan, say: Callable[[str], None]) -> TrialCosts:
    """Measures now, a minute or so, and keeps it.

    Raises:
        ValueError: whatever a trial would refuse, or a miniature's process ended without a word.
    """
    n, gpu = places(plan.config, plan.n_trials)
    n = min(n, MOST_SIDE_BY_SIDE)
    run = largest_run(plan)
    run = dataclasses.replace(run, device=reserved_device(run.device, gpu))
    side_by_side = "one at a time" if n == 1 else f"{n} side by side"
    say(f"{plan.config.name}: running miniatures of a trial ({side_by_side}), which takes a minute or so")
    languages = sorted({language for trial in plan.trials for language in trial.run.languages}.union(plan.chooser.pool))
    shared = to_mapping(run), tuple(plan.config.plugins), tuple(plan.config.languages)
    store = open_store(run)
    try:
        with TemporaryDirectory(prefix="realign-sweep-measure-") as folder:
            pretraining, short_store = None, ""
            if not is_there(run, SOURCES[run.data.source](run.data, store)):
                short_store = folder  # alone, as a sweep pre-trains before its first trial
                (rate,) = _side_by_side(1, run.n_threads, _pretrain_here, (*shared, short_store))
                pretraining = from_mapping(Rate, rate)
            given = *shared, list(map(str, languages)), time.time(), short_store, folder
            found = _side_by_side(n, run.n_threads, _measure_here, given)
        costs = mean_of([from_mapping(TrialCosts, one) for one in found])
        costs = dataclasses.replace(costs, pretraining=pretraining)
        store.get_or_build(KIND, identity(plan), lambda folder: _write(folder / FILE, costs))
    finally:
        store.close()
    return costs


def identity(plan: Plan) -> dict[str, Any]:
    """What a measurement depends on. The length of a stage is multiplied, so it is no part of it."""
    run = largest_run(plan)
    n, gpu = places(plan.config, plan.n_trials)
    by_task = {task: {k: v for k, v in keys.items() if k != "n_steps"} for task, keys in run.finetune.by_task.items()}
    by_task = {task: keys for task, keys in by_task.items() if keys}
    same = dataclasses.replace(
        run, languages=(), seed=0, realign=dataclasses.replace(run.realign, n_steps=1),
        finetune=dataclasses.replace(run.finetune, n_steps=1, by_task=by_task),
    )  # fmt: skip
    return {
        "measuring": MEASURING, "machine": machine(), "versions": {k: versions()[k] for k in ("torch", "transformers")},
        "run": canonical(same), "n_languages": len(run.languages), "pool": list(map(str, plan.chooser.pool)),
        "n_side_by_side": min(n, MOST_SIDE_BY_SIDE), "gpu": gpu, "n_threads": run.n_threads,
        "cuda_graphs": run.cuda_graphs, "deterministic": run.deterministic,
        "micro_batch": [run.realign.micro_batch, run.finetune.micro_batch], "told": list(run.told),
    }  # fmt: skip


def machine(cpu_info: Path = CPU_INFO) -> str:
    """Name, processor and number of cores of this machine."""
    model = platform.processor()
    try:
        lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{platform.node()}, {model}, {os.cpu_count()} cores"


def mean_of(several: Sequence[TrialCosts]) -> TrialCosts:
    """Of miniatures that ran side by side: means of seconds, the largest of memory and sizes."""
    first = several[0]

    def rates(stage: str) -> Rate:
        of_stage = [costs.stages[stage] for costs in several]
        return Rate(**{f.name: fmean(getattr(rate, f.name) for rate in of_stage) for f in dataclasses.fields(Rate)})

    largest = {
        name: max(getattr(costs, name) for costs in several)
        for name in ("memory_bytes", "gpu_bytes", "realigned_bytes", "finetuned_bytes", "checkpoint_bytes", "busy_frac")
    }
    return dataclasses.replace(
        first, stages={stage: rates(stage) for stage in first.stages},
        first_setup_s=max(costs.first_setup_s for costs in several), **largest,
    )  # fmt: skip


def _side_by_side(
    n: int, n_threads: int, work: Callable[..., dict[str, Any]], given: tuple[Any, ...]
) -> list[dict[str, Any]]:
    """What `work` returns in each of `n` processes."""
    context, before = get_context("spawn"), set(active_children())
    with (
        _environment(OMP_NUM_THREADS=str(max(1, n_threads)), TOKENIZERS_PARALLELISM="false"),
        ProcessPoolExecutor(n, mp_context=context, initializer=_together, initargs=(context.Barrier(n),)) as pool,
    ):
        jobs = [pool.submit(work, *given) for _ in range(n)]
        try:
            return [job.result() for job in jobs]
        except KeyboardInterrupt:
            for child in set(active_children()) - before:
                child.terminate()
            raise
        except BrokenProcessPool:
            raise ValueError(
                "A miniature of a trial must run to its end, but its process was ended from outside, most often for "
                "lack of memory. Free memory, or give `resources.cpu` that lets fewer trials run at a time."
            ) from None


def _together(barrier: Any) -> None:
    """Waits for the other processes, so that each takes one miniature and they run side by side."""
    barrier.wait()


def _pretrain_here(
    run: dict[str, Any], plugins: Sequence[str], own_languages: Sequence[Any], short_store: str
) -> dict[str, Any]:
    """In a process of its own; plain data in and out."""
    load_plugins(plugins)
    use_languages(own_languages)
    rate: dict[str, Any] = to_mapping(measure_pretraining(from_mapping(RunConfig, run), short_store))
    return rate


def _measure_here(
    run: dict[str, Any], plugins: Sequence[str], own_languages: Sequence[Any], languages: list[str], started_s: float,
    short_store: str, work: str,
) -> dict[str, Any]:  # fmt: skip
    """In a process of its own; plain data in and out."""
    load_plugins(plugins)
    use_languages(own_languages)
    costs: dict[str, Any] = to_mapping(
        measure_trial(from_mapping(RunConfig, run), languages, started_s, short_store, work)
    )
    return costs


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """For processes that are started in the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _write(path: Path, costs: TrialCosts) -> None:
    write_atomically(path, json.dumps(to_mapping(costs), indent=1, sort_keys=True) + "\n")


def _read(stage: Path) -> TrialCosts:
    return from_mapping(TrialCosts, json.loads((stage / FILE).read_text(encoding="utf-8")))
