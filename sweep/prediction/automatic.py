"""`resources: auto`: CPUs, share of a GPU and trials at a time, chosen from what a miniature of a trial has taken.

Choosing is arithmetic on numbers that are handed in; the GPU's part has been tested with numbers, not on a card.
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from sweep.config.load import saved_config
from sweep.config.sections import SweepConfig, TrialResources
from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.prediction.measuring import measure, measured
from sweep.prediction.predict import DRIVER_BYTES
from sweep.prediction.text import size
from sweep.trials.gpus import n_usable_gpus
from sweep.trials.slots import local_cpus
from trainables.stepping.devices import CONTEXT_BYTES
from trainables.trial_costs import TrialCosts

MARGIN = 1.25
"""Of memory, as a miniature has met few of the longest sentences."""
MOST_CPUS_OF_GPU_TRIAL = 4
MEMORY_INFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
AUTO_ON_A_CLUSTER = (
    "`resources: auto` must be chosen on the machine that the trials run on, but they run on a cluster. Give "
    "`resources.cpu` and `resources.gpu`."
)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What there is: CPU cores; bytes of memory that are free; GPUs and the bytes of each."""

    n_cpus: int
    memory_bytes: float
    n_gpus: int = 0
    gpu_bytes: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What `auto` stands for, and why, in a sentence."""

    resources: TrialResources
    concurrency: int
    why: str


def choose(costs: TrialCosts, machine: Machine, n_trials: int, given: TrialResources) -> Choice:
    """The resources of a trial on this machine.

    On a CPU one core a trial and as many trials as cores, fewer where memory or the number of trials says so; cores
    that would stay idle are shared out. On GPUs as many trials on a card as its memory holds, and no more than it
    takes to keep it busy.

    Args:
        given: what else `resources` says.
    """
    by_memory = math.floor((machine.memory_bytes - DRIVER_BYTES) / (MARGIN * max(costs.memory_bytes, 1.0)))
    of_memory = f"a trial takes {size(costs.memory_bytes)} of {size(machine.memory_bytes)}"
    if machine.n_gpus:
        return _on_gpus(costs, machine, n_trials, given, by_memory)
    n = max(1, min(machine.n_cpus, by_memory, n_trials))
    cpu = max(1, machine.n_cpus // n)
    limit = "memory" if by_memory < min(machine.n_cpus, n_trials) else "cores" if n == machine.n_cpus else "trials"
    why = f"{n} at a time with {cpu} of {machine.n_cpus} cores each, as many as there are {limit} for ({of_memory})"
    if limit == "memory":
        why = f"{n} at a time with {cpu} of {machine.n_cpus} cores each, as memory holds no more ({of_memory})"
    return Choice(resources=replace(given, auto=False, cpu=float(cpu), gpu=0.0), concurrency=n, why=why)


def _on_gpus(costs: TrialCosts, machine: Machine, n_trials: int, given: TrialResources, by_memory: int) -> Choice:
    needed_bytes = MARGIN * costs.gpu_bytes + CONTEXT_BYTES
    n_hold = max(1, math.floor(machine.gpu_bytes / needed_bytes))
    n_busy = max(1, math.ceil(1 / max(costs.busy_frac, 0.01)))
    n_cores = max(1, machine.n_cpus // machine.n_gpus)
    n_wanted = max(1, math.ceil(n_trials / machine.n_gpus))
    n_memory = max(1, by_memory // machine.n_gpus)
    limits = {"its memory": n_hold, "its time": n_busy, "CPU cores": n_cores, "trials": n_wanted, "memory": n_memory}
    limit, n = min(limits.items(), key=lambda item: item[1])
    gpu = 1.0 if n == 1 else math.floor(1e4 / n) / 1e4  # never more than a card in all
    cpu = max(1, min(MOST_CPUS_OF_GPU_TRIAL, n_cores // n))
    why = (
        f"{n} on each GPU, as {limit} allows no more (a trial takes {size(costs.gpu_bytes)} of "
        f"{size(machine.gpu_bytes)} and keeps it busy {costs.busy_frac:.0%} of the time)"
    ).replace("%", " %")
    return Choice(
        resources=replace(given, auto=False, cpu=float(cpu), gpu=gpu), concurrency=n * machine.n_gpus, why=why
    )  # fmt: skip


def this_machine(config: SweepConfig) -> Machine:
    """What trials of this sweep may use here; no GPU where `run.device` is cpu."""
    n_gpus = 0 if config.run.device == "cpu" else n_usable_gpus()
    if config.cluster.gpus is not None:
        n_gpus = min(n_gpus, config.cluster.gpus)
    gpu_bytes = float(torch.cuda.get_device_properties(0).total_memory) if n_gpus else 0.0
    return Machine(n_cpus=local_cpus(config), memory_bytes=free_memory_bytes(), n_gpus=n_gpus, gpu_bytes=gpu_bytes)


def free_memory_bytes(memory_info: Path = MEMORY_INFO, cgroup: Path = CGROUP) -> float:
    """Memory that can be had without swapping: what the system says, and no more than a container's limit leaves."""
    try:
        fields = dict(line.split(":", 1) for line in memory_info.read_text().splitlines() if ":" in line)
        free = float(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):  # macOS
        free = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    try:
        limit, used = ((cgroup / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return free if limit == "max" else min(free, max(0.0, float(limit) - float(used)))
    except (OSError, ValueError):
        return free


def with_chosen_resources(
    plan: Plan, config: SweepConfig, folder: SweepFolder, say: Callable[[str], None]
) -> SweepConfig:
    """`config` with what `resources: auto` stands for; as the sweep's folder says, where it has begun.

    Raises:
        ValueError: whatever a trial would refuse.
    """
    if folder.has_config and not (before := saved_config(folder.config)).resources.auto:
        return replace(config, resources=before.resources, concurrency=before.concurrency)
    choice = choice_of(plan, say)
    return replace(config, resources=choice.resources, concurrency=choice.concurrency)


def choice_of(plan: Plan, say: Callable[[str], None]) -> Choice:
    """What `auto` stands for here, said in one line; measured now unless it was before.

    Raises:
        ValueError: whatever a trial would refuse.
    """
    costs = measured(plan) or measure(plan, say)
    choice = choose(costs, this_machine(plan.config), plan.n_trials, plan.config.resources)
    if plan.config.concurrency is not None:
        choice = replace(choice, concurrency=min(plan.config.concurrency, choice.concurrency))
    say(f"{plan.config.name}: resources: auto: {choice.why}")
    return choice
