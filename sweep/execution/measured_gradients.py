"""Measures what a search with `search.warm_start: [gradients]` begins with: once, before its first trial."""

import dataclasses
import gc
from collections.abc import Callable, Sequence
from typing import Any

import ray

from search_spaces.languages import Language
from search_spaces.own_languages import use_languages
from search_spaces.plugins import load_plugins
from sweep.plan import Plan
from sweep.search.gradients import GRADIENTS, gradient_targets
from trainables.realignment.gradients import stored_gradients
from trainables.run import Run, release
from trainables.run_config import RunConfig
from trainables.stepping.devices import reserved_device


def with_gradients(plan: Plan, say: Callable[[str], None]) -> Plan:
    """The plan, with gradients among what its search knows, where they are wanted and not known yet.

    Where trials have GPUs they are measured on such a node, within Ray.

    Raises:
        ValueError: they cannot be measured, see `gradient_targets`, `gradient_cosines`.
    """
    config = plan.config
    if GRADIENTS not in config.search.warm_start or GRADIENTS in plan.earlier:
        return plan
    pool, run, gpu = plan.chooser.pool, config.run, config.resources.gpu or 0
    say(f"search: comparing the gradients of {len(pool)} languages (once, then kept in the store)")
    if gpu:
        task: Any = ray.remote(num_cpus=config.resources.cpu, num_gpus=gpu, max_calls=1)(_on_worker)
        found, problem = ray.get(task.remote(run, gpu, pool, tuple(config.plugins), tuple(config.languages)))
        if problem:
            raise ValueError(problem)
    else:
        found = _measured(dataclasses.replace(run, device="cpu"), pool)
    return dataclasses.replace(plan, earlier={**plan.earlier, GRADIENTS: found})


def _on_worker(
    run: RunConfig, gpu: float, pool: Sequence[Language], plugins: Sequence[str], languages: Sequence[Any]
) -> tuple[list[tuple[tuple[Language, ...], float]], str]:
    """What was measured, and the problem or "". Not all of our errors survive pickling."""
    try:
        load_plugins(plugins)
        use_languages(languages)
        return _measured(dataclasses.replace(run, device=reserved_device(run.device, gpu)), pool), ""
    except ValueError as error:
        return [], str(error)


def _measured(run: RunConfig, pool: Sequence[Language]) -> list[tuple[tuple[Language, ...], float]]:
    trial = Run(dataclasses.replace(run, n_threads=0, languages=()))  # the whole machine is ours
    found: dict[Language, float] = {}
    targets = gradient_targets(trial.data, run, pool)
    for _ in stored_gradients(trial.encoder, trial.data, trial.config, pool, targets, trial.store, found):
        pass
    release(trial)
    gc.collect()
    return [((language,), found[language]) for language in sorted(found)]
