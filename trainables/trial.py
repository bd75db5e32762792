"""RealignTrial: a run as a Ray Tune trainable. The only file of this package that imports Ray."""

import gc
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.result import SHOULD_CHECKPOINT

from search_spaces.plugins import load_plugins
from trainables.mapping import from_mapping
from trainables.run import Run, release
from trainables.run_config import RunConfig
from trainables.signals import TIME_OF


class RealignTrial(tune.Trainable):
    """`config`: {"run": the fields of a RunConfig, nested; "plugins": modules to load first; the rest is for records}.

    One `step` is a bite of a stage. A checkpoint is asked for whenever a stage has ended and every `run.checkpoint_s`
    seconds within one, so a trial that is killed repeats little and ends with the scores it would have had. The last
    result carries `score` and `scores`.
    """

    def setup(self, config: dict[str, Any]) -> None:
        """Loads the plug-ins and builds the run: data, encoder, tokenizer."""
        load_plugins(config.get("plugins", ()))
        self.run = Run(from_mapping(RunConfig, config["run"]))

    def step(self) -> dict[str, Any]:
        """The next bite, or the final result."""
        report = self.run.advance()
        report[SHOULD_CHECKPOINT] = report.pop("checkpoint")
        if any(signal in report for signal in TIME_OF):  # after it a scheduler may stop the trial
            report |= self.run.so_far
        if self.run.done:
            seen = self.run.encoder.seen
            report |= {
                "score": self.run.score,
                "scores": [row.as_dict() for row in self.run.scores],
                **self.run.so_far,
                "seen_languages": None if seen is None else sorted(seen),
            }
        return report

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Saves the run where it stands."""
        self.run.save(Path(checkpoint_dir))

    def load_checkpoint(self, checkpoint_dir: str) -> None:
        """Continues a saved run."""
        self.run.load(Path(checkpoint_dir))

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Takes the next trial in the same process: Ray keeps the imports, we let go of everything else."""
        self.cleanup()
        self.setup(new_config)
        return True

    def cleanup(self) -> None:
        """Frees the model; memory returns to its floor."""
        if hasattr(self, "run"):
            release(self.run)
            del self.run
        gc.collect()
