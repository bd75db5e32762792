"""What trials share is what its identity says."""

import dataclasses
from pathlib import Path
from typing import Any

from trainables.run import Run
from trainables.run_config import RunConfig
from trainables.shared_stages import realignment_key


def finish(run: Run) -> list[dict[str, Any]]:
    while not run.done:
        run.advance()
    return [row.as_dict() for row in run.scores]


def test_the_key_names_the_stage_of_the_store(run_config: RunConfig) -> None:
    run = Run(run_config)
    finish(run)
    key = realignment_key(run_config, run.data, run.encoder.fingerprint)
    assert [path.parent.name for path in Path(run_config.store).glob("realigned/*/stage.json")] == [key]
    assert realignment_key(dataclasses.replace(run_config, languages=()), run.data) is None
    during = dataclasses.replace(run_config.realign, protocol="during")
    assert realignment_key(dataclasses.replace(run_config, realign=during), run.data) is None
    execution = dataclasses.replace(run_config, store="elsewhere", n_threads=7, keep_models=True, checkpoint_s=1.0)
    assert realignment_key(execution, run.data) == realignment_key(run_config, run.data)
    tuned = dataclasses.replace(run_config, finetune=dataclasses.replace(run_config.finetune, n_steps=1))
    assert realignment_key(tuned, run.data) == realignment_key(run_config, run.data)
    realigned = dataclasses.replace(run_config, realign=dataclasses.replace(run_config.realign, n_steps=1))
    assert realignment_key(realigned, run.data) != realignment_key(run_config, run.data)
