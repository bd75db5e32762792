"""A trial that sleeps, writes checkpoints as a real one does and ends with scores that its config decides.

It notes every step, so that it can be seen where it ran and what it repeated.
"""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import ray
from ray import tune

from tests.faults.short_world import let_the_clock_jump, real_time_s

let_the_clock_jump()
N_STEPS = int(os.environ.get("REALIGN_FAULTS_N_STEPS", "5"))
STEP_S = float(os.environ.get("REALIGN_FAULTS_STEP_S", "1.5"))
LANGUAGES = ("eng_Latn", "deu_Latn", "swh_Latn", "wol_Latn", "tur_Latn")


class SleepingTrial(tune.Trainable):  # type: ignore[misc]
    """`N_STEPS` steps of `STEP_S`, a checkpoint after each."""

    def setup(self, config: dict[str, Any]) -> None:
        """Goes on from the checkpoint."""
        self.name, self.run = config["name"], config["run"]
        self.checkpoint = Path(config["checkpoint_folder"]) / "run.pt"
        self.notes = Path(self.run["store"]).parent / "steps.jsonl"
        try:
            self.n = int(json.loads(self.checkpoint.read_text())["n"])
        except (OSError, ValueError):
            self.n = 0

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """The next trial in the same process."""
        self.setup(new_config)
        return True

    def step(self) -> dict[str, Any]:
        """Sleeps."""
        time.sleep(STEP_S)
        self.n += 1
        self._note()
        if self.n < N_STEPS:
            self._save()
            return {"stage": "finetune/pos", "stage_step": self.n, "stage_steps": N_STEPS, "done": False}
        rows = [row for language in LANGUAGES for row in self._rows(language)]
        told = [row["value"] for row in rows if row["split"] == "dev"]
        return {
            "done": True, "stage": "done", "score": sum(told) / len(told), "scores": rows,
            "costs": {"finetune/pos_s": 1.0}, "seen_languages": ["deu_Latn", "eng_Latn"],
        }  # fmt: skip

    def _rows(self, language: str) -> list[dict[str, Any]]:
        languages, seed = sorted(self.run["languages"]), self.run["seed"]
        digest = hashlib.sha256(f"{languages} {seed} {language}".encode()).digest()
        gain = 20 * (language in languages)
        return [
            {"task": "pos", "metric": "accuracy", "language": language, "split": split, "n_correct": n, "n_total": 100,
             "value": n / 100, "source": ""}
            for split, n in (("dev", 40 + gain + digest[0] % 30), ("test", 40 + gain + digest[1] % 30))
        ]  # fmt: skip

    def _note(self) -> None:
        line = {
            "trial": self.name, "step": self.n, "at_s": real_time_s(), "pid": os.getpid(),
            "node": ray.get_runtime_context().get_node_id(),
        }  # fmt: skip
        text = json.dumps(line) + "\n"
        with open(self.notes, "a", encoding="utf-8") as file:  # one write: trials of several processes note here
            file.write(text)

    def _save(self) -> None:
        try:
            self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
            part = self.checkpoint.with_name("run.pt.part")
            part.write_text(json.dumps({"n": self.n}))
            os.replace(part, self.checkpoint)
        except OSError:  # a full disk costs a restart some time, but not the trial
            pass
