"""RealignTrial: a run as a Ray Tune trainable. The only file of this package that imports Ray."""

import gc
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from ray import tune
from ray.tune.result import SHOULD_CHECKPOINT

from search_spaces.own_languages import use_languages
from search_spaces.plugins import load_plugins
from trainables.mapping import from_mapping
from trainables.run import CHECKPOINT, Run, release
from trainables.run_config import RunConfig
from trainables.signals import TIME_OF
from trainables.stepping.devices import (
    cap_gpu_memory,
    describe_machine,
    explaining_gpu_memory,
    reserved_device,
    resolve_device,
)
from trainables.stepping.parts import in_smaller_parts, sizes_of

CHECKPOINT_FOLDER = "checkpoint_folder"


class RealignTrial(tune.Trainable):
    """`config`: {"run": the fields of a RunConfig, nested; "plugins": modules to load first; "languages": rows of the
    user's own (`search_spaces.own_languages`); the rest is for records}.

    One `step` is a bite of a stage. The last result carries `score` and `scores`. With "checkpoint_folder", the trial
    goes on from what lies there and writes there: whenever a stage has ended, every `run.checkpoint_s` seconds within
    one, and when it is stopped half-way. So it repeats little and ends with the scores it would have had, wherever the
    folder has gone meanwhile. Without it, a checkpoint of Tune's is asked for at these times.

    A result's "notice" is a sentence for people: a checkpoint that could not be used or written.
    """

    def setup(self, config: dict[str, Any]) -> None:
        """Loads the plug-ins, builds the run (data, encoder, tokenizer) and goes on from where it stood."""
        load_plugins(config.get("plugins", ()))
        use_languages(config.get("languages", ()))
        run_config = from_mapping(RunConfig, config["run"])
        self.run_config = replace(run_config, device=reserved_device(run_config.device, self.reserved_gpu))
        self.folder = Path(config[CHECKPOINT_FOLDER]) if config.get(CHECKPOINT_FOLDER) else None
        self.notice = ""
        self.is_whole = True  # no bite has failed half-way
        if self.run_config.device == "cuda" and self.reserved_gpu is not None:
            cap_gpu_memory(resolve_device("cuda"), self.reserved_gpu)
        with explaining_gpu_memory("loading"):
            self.run = Run(self.run_config)
        self.machine = describe_machine(self.run.device) | sizes_of(self.run_config)
        self.is_continued = self._load()

    @property
    def reserved_gpu(self) -> float | None:
        """GPUs that Ray has reserved for the trial; None without Tune."""
        resources = self.trial_resources
        return None if resources is None else float(resources.required_resources.get("GPU", 0))

    def step(self) -> dict[str, Any]:
        """The next bite, or the final result."""
        self.is_whole = False
        report = self._advance()
        self.is_whole = True
        is_due = report.pop("checkpoint")
        report["machine"] = self.machine  # in every result: a trial that fails has a record too
        if self.folder is None:
            report[SHOULD_CHECKPOINT] = is_due
        elif is_due and not self.run.done:
            self._save()
        # After a signal a scheduler may stop the trial; after a restart it has to hear the earlier ones.
        if self.is_continued or any(signal in report for signal in TIME_OF):
            report |= self.run.so_far
            self.is_continued = False
        if self.run.done:
            seen = self.run.encoder.seen
            report |= {
                "score": self.run.score,
                "scores": [row.as_dict() for row in self.run.scores],
                **self.run.so_far,
                "seen_languages": None if seen is None else sorted(seen),
            }
        if self.notice:
            report["notice"], self.notice = self.notice, ""
        return report

    def _advance(self) -> dict[str, Any]:
        """The next bite. Where a training step does not fit into the GPU's memory, the trial goes on from its last
        checkpoint with half the micro-batch, until nothing is left to halve.
        """
        while True:
            stage = str(self.run.stage)
            try:
                with explaining_gpu_memory(stage):
                    return self.run.advance()
            except torch.OutOfMemoryError:
                smaller = in_smaller_parts(self.run_config, stage)
                if smaller is None:
                    raise
            # Outside of the handler: what it holds of the failed step's frames would stay in memory.
            self.run_config = smaller
            self.cleanup()
            with explaining_gpu_memory("loading"):
                self.run = Run(self.run_config)
            self.machine = describe_machine(self.run.device) | sizes_of(self.run_config)
            self.is_continued = self._load() or self.is_continued
            size = (smaller.realign if stage == "realign" else smaller.finetune).micro_batch
            self.notice = (
                f"A step of the stage {stage} did not fit into the trial's share of the GPU: it goes on from its last "
                f"checkpoint in micro-batches of {size}. {self.notice}".rstrip()
            )

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Saves the run where it stands, for Tune."""
        self.run.save(Path(checkpoint_dir))

    def load_checkpoint(self, checkpoint_dir: str) -> None:
        """Continues a run that was saved for Tune."""
        self.run.load(Path(checkpoint_dir))

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Takes the next trial in the same process: Ray keeps the imports, we let go of everything else."""
        self.cleanup()
        self.setup(new_config)
        return True

    def stop(self) -> None:
        """Saves what has been done since the last checkpoint, where the sweep is interrupted."""
        if hasattr(self, "run") and self.is_whole and not self.run.done:
            self._save()
        super().stop()

    def cleanup(self) -> None:
        """Frees the model; memory returns to its floor."""
        if hasattr(self, "run"):
            release(self.run)
            del self.run
        gc.collect()

    def _load(self) -> bool:
        """Whether the run goes on from a checkpoint. One that cannot be used is set aside, and said."""
        path = self.folder / CHECKPOINT if self.folder else None
        if self.folder is None or path is None or not path.exists():
            return False
        try:
            self.run.load(self.folder)
        except Exception as error:  # whatever a file of another version, or of a failing disk, may lead to
            aside = path.with_name(f"{CHECKPOINT}.damaged")
            path.replace(aside)
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            self.notice = (
                f"{reason} It is set aside as {aside.name}; the trial starts again, with the stages that the store has."
            )
            release(self.run)  # it may be half loaded
            self.run = Run(self.run_config)
            return False
        return True

    def _save(self) -> None:
        """Writes the checkpoint. A disk that is full costs a restart some time, but not the trial."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.run.save(self.folder)
        except OSError as error:
            self.notice = f"No checkpoint could be written to {self.folder} ({error.strerror}). The trial goes on."
