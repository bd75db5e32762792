"""`realign-sweep plan`: the plan of a sweep and what it will take, as text."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import describe, make_plan, store_to_look_in, with_store
from sweep.prediction.automatic import choice_of
from sweep.prediction.known import known_prediction, measured_prediction
from sweep.prediction.text import HOW_TO, prediction_text


def plan_text(
    config: SweepConfig, folder: SweepFolder, measuring: bool = False, say: Callable[[str], None] = lambda text: None
) -> str:
    """What a sweep would do and take, for people.

    Args:
        measuring: run miniatures of a trial now. What they need of data and encoder, and what was measured, is left in
            the sweep's store; else nothing is left behind, and what was measured or recorded before is used.
        say: shows one line of progress.

    Raises:
        ConfigError: see `make_plan`. ValueError: whatever a trial would refuse.
    """
    if not measuring:
        with store_to_look_in(config, folder) as config:
            started_s = time.perf_counter()
            plan = make_plan(config, folder, fetch=False)
            prediction = known_prediction(plan, folder, time.perf_counter() - started_s)
            return f"{describe(plan)}\n\n{prediction_text(prediction) if prediction else HOW_TO}"
    store = with_store(config, folder).run.store
    is_new = "://" in store or not Path(store).exists()
    plan = make_plan(config, folder)
    chosen = ""
    if config.resources.auto:
        choice = choice_of(plan, say)
        config = replace(config, resources=choice.resources, concurrency=choice.concurrency)
        chosen = f"resources: auto: {choice.why}\n"
    started_s = time.perf_counter()
    if is_new or chosen:
        plan = make_plan(config, folder)  # as `run` will find it: with every file parsed
    plan_s = time.perf_counter() - started_s
    prediction = known_prediction(plan, folder, plan_s) if chosen else None
    prediction = prediction or measured_prediction(plan, say, plan_s)
    return f"{describe(plan)}\n\n{chosen}{prediction_text(prediction)}"
