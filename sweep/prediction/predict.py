"""From what one trial takes to what a whole sweep takes: counting, sharing and dividing, no measuring.

A stage that trials share is counted for the first of them. Trials go to whichever place is free first, in their order,
as Ray takes them. What a scheduler may stop early is counted whole, so that a sweep with one takes less.
"""

import heapq
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sweep.config.sections import SweepConfig
from sweep.config.space import apply_point, n_searched, sizes_of
from sweep.plan import Plan, n_realign_steps
from sweep.trials.gpus import n_usable_gpus, resolved
from sweep.trials.slots import local_cpus, slots_on
from trainables.run_config import RunConfig
from trainables.store.fingerprint import fingerprint
from trainables.trial_costs import Rate, TrialCosts

START_S, END_S = 40.0, 10.0
"""Ray, MLflow's store and their first imports; the last page and tables. See docs/training-cost.md."""
TRIAL_S = 0.6
"""Of Ray and the driver between two trials: results, record, MLflow."""
DRIVER_BYTES = 1.6e9
"""Of the driver and Ray's own processes."""
RECORD_BYTES = 0.6e6
"""Of a trial's record and its part of MLflow's store."""
Seconds = dict[str, tuple[float, float]]
"""Stage -> seconds of the clock, of the processor."""


@dataclass(frozen=True, kw_only=True)
class StageSum:
    """A stage over a sweep: how often it is computed, and seconds of the clock and of the processor in all."""

    n: int = 0
    clock_s: float = 0.0
    cpu_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a sweep takes.

    source: where the numbers come from, for people.
    wall_s: from the command to its last line. start_s: of it before the first trial; pretraining_s is in it.
    pretraining_cpu_s: of the processor.
    stages: stage -> its sum. trial_s: trial -> seconds of the clock; "" = a searched one.
    n_at_a_time: trials. gpu: of each.
    is_bound: whether it may take less, as a scheduler stops trials early or a search ends before.
    disk_bytes: stages that are kept, records and MLflow; checkpoint_bytes: in use meanwhile. None = not known.
    memory_bytes: of a trial. gpu_bytes: of a trial on its card. driver_bytes: of the driver and of Ray itself.
    """

    source: str
    wall_s: float
    start_s: float
    pretraining_s: float
    stages: Mapping[str, StageSum]
    trial_s: Mapping[str, float]
    n_at_a_time: int
    gpu: float
    is_bound: bool
    disk_bytes: float | None
    checkpoint_bytes: float
    memory_bytes: float
    gpu_bytes: float = 0.0
    driver_bytes: float = DRIVER_BYTES
    pretraining_cpu_s: float = 0.0

    @property
    def trials_s(self) -> float:
        """Of all trials, one after another."""
        return sum(stage.clock_s for stage in self.stages.values())

    @property
    def cpu_s(self) -> float:
        """Of the processor, trials alone."""
        return sum(stage.cpu_s for stage in self.stages.values())

    @property
    def gpu_s(self) -> float:
        """Of whole cards."""
        return self.gpu * self.trials_s


def predict(plan: Plan, costs: TrialCosts, source: str, plan_s: float = 0.0, over: Collection[str] = ()) -> Prediction:
    """What is left of a sweep takes.

    Args:
        costs: of a trial of its kind. source: where they come from.
        plan_s: what it takes to make the plan. over: names of trials that are over.
    """
    config = plan.config
    runs: list[tuple[str, RunConfig, float]] = []
    by_run = {fingerprint(run): key for key, run in plan.realignments.items()}
    done: set[str] = set()
    pool_subwords = _mean_subwords(costs, tuple(map(str, plan.chooser.pool)))
    for trial in plan.trials:
        if trial.name in over:
            done |= {fingerprint(trial.run), by_run.get(fingerprint(trial.run), "")}
        else:
            runs.append((trial.name, trial.run, _mean_subwords(costs, trial.run.languages)))
    n_searched_over = sum(1 for name in over if name.startswith("search-"))
    searched = _searched_run(plan) if n_searched(config) else None
    if searched is not None:
        runs += [("", searched, pool_subwords)] * (plan.n_searched - n_searched_over)

    n_at_a_time, gpu = places(config, len(runs))
    sums: dict[str, StageSum] = {}
    trial_s: dict[str, float] = {}
    durations = []
    for i, (name, run, subwords) in enumerate(runs):
        if over or i >= n_at_a_time:
            done.add("probe_before")  # the first ones begin it at the same time
        stages = {"setup": _both(costs.stages.get("setup"), 0), "between": (TRIAL_S, TRIAL_S / 2)}
        same = fingerprint(run) if name else ""
        if not same or same not in done:
            stages |= _stages(run, costs, subwords, done, by_run.get(same, ""))
        done.add(same)
        for stage, (clock_s, cpu_s) in stages.items():
            old = sums.get(stage, StageSum())
            sums[stage] = StageSum(n=old.n + 1, clock_s=old.clock_s + clock_s, cpu_s=old.cpu_s + cpu_s)
        durations.append(sum(clock_s for clock_s, _ in stages.values()))
        trial_s[name] = durations[-1] if name else max(trial_s.get("", 0.0), durations[-1])
    pretraining = costs.pretraining
    pretraining_s, pretraining_cpu_s = _both(pretraining, config.run.encoder.pretrain.n_steps)
    start_s = plan_s + (START_S + costs.first_setup_s + pretraining_s if runs else 0.0)
    makespan_s = makespan(durations, n_at_a_time, costs.first_setup_s)
    n_kept = sum(stage.n for name, stage in sums.items() if name == "realign")
    disk_bytes = n_kept * costs.realigned_bytes + len(runs) * (costs.finetuned_bytes + RECORD_BYTES)
    return Prediction(
        source=source, wall_s=start_s + makespan_s + END_S, start_s=start_s, pretraining_s=pretraining_s, stages=sums,
        trial_s=trial_s, n_at_a_time=n_at_a_time, gpu=gpu,
        is_bound=config.scheduler.kind != "none" or config.search.of_sets,
        disk_bytes=disk_bytes if costs.realigned_bytes or not n_kept else None,
        checkpoint_bytes=n_at_a_time * costs.checkpoint_bytes, memory_bytes=costs.memory_bytes,
        gpu_bytes=costs.gpu_bytes, pretraining_cpu_s=pretraining_cpu_s,
    )  # fmt: skip


def places(config: SweepConfig, n_trials: int) -> tuple[int, float]:
    """(trials at a time on this machine, GPUs of each): as `resources`, `cluster` and `concurrency` say."""
    node = {"CPU": float(local_cpus(config)), "GPU": float(config.cluster.gpus or n_usable_gpus())}
    resources, _ = resolved(config, [node])
    n = slots_on(node, resources.cpu, resources.gpu or 0)
    return max(1, min(n, config.concurrency or n, n_trials)), resources.gpu or 0.0


def makespan(durations: list[float], n_places: int, first_s: float) -> float:
    """Seconds until the last trial ends, where each goes to the place that is free first.

    Args:
        first_s: what a place needs before its first trial.
    """
    free = [first_s] * min(n_places, len(durations))
    for duration in durations:
        heapq.heapreplace(free, free[0] + duration)
    return max(free, default=0.0)


def _stages(run: RunConfig, costs: TrialCosts, subwords: float, done: set[str], key: str) -> Seconds:
    """The stages of one trial but its set-up; `done` gets what later trials need not compute."""
    found: Seconds = {}
    realigns = bool(run.languages) and run.realign.protocol == "before"
    if "probe_before" in costs.stages and "probe_before" not in done:
        found["probe_before"] = _both(costs.stages["probe_before"], costs.units.get("probe_before", 0))
    if realigns and "realign" in costs.stages and (not key or key not in done):
        clock_s, cpu_s = _both(costs.stages["realign"], n_realign_steps(run) * run.realign.batch_size * subwords)
        n_looks = len(run.evaluate.probe_at)
        if n_looks and "probe_after" in costs.stages:
            look = costs.stages["probe_after"]
            units = n_looks * costs.units.get("signal", 0)
            clock_s, cpu_s = clock_s + look.unit_s * units, cpu_s + look.unit_cpu_s * units
        found["realign"] = clock_s, cpu_s
        done.add(key)
    if realigns and "probe_after" in costs.stages:
        units = costs.units.get("probe_after", 0) + costs.units.get("signal", 0)
        found["probe_after"] = _both(costs.stages["probe_after"], units)
    for task in run.tasks:
        settings = run.finetune.for_task(task)
        found[f"finetune/{task}"] = _both(costs.stages.get(f"finetune/{task}"), settings.n_steps * settings.batch_size)
        found[f"evaluate/{task}"] = _both(costs.stages.get(f"evaluate/{task}"), costs.units.get(f"evaluate/{task}", 0))
    return found


def _both(rate: Rate | None, n_units: float) -> tuple[float, float]:
    return (rate.seconds(n_units), rate.cpu_seconds(n_units)) if rate else (0.0, 0.0)


def _mean_subwords(costs: TrialCosts, languages: Collection[str]) -> float:
    known = [costs.pair_subwords[language] for language in languages if language in costs.pair_subwords]
    return sum(known) / len(known) if known else 0.0


def _searched_run(plan: Plan) -> RunConfig:
    """A searched trial at its largest: as many languages as it may have, and of each number in `space` the larger end
    where more of it takes longer.
    """
    config = plan.config
    _, size = sizes_of(config.search.size)
    if "subset.size" in config.space:
        size = int(max(config.space["subset.size"].bounds))
    languages = tuple(map(str, plan.chooser.pool))[: size or None]
    longer = ("n_steps", "n_pairs_per_language", "batch_size", "max_length")
    point = {key: max(dimension.bounds) for key, dimension in config.space.items() if key.rpartition(".")[2] in longer}
    run = apply_point(config.run, point)
    return replace(run, languages=languages)


def largest_run(plan: Plan) -> RunConfig:
    """The trial with the most languages, planned or searched: what a miniature is made of."""
    runs = [trial.run for trial in plan.trials] + ([_searched_run(plan)] if plan.n_searched else [])
    return max(runs, key=lambda run: len(run.languages))
