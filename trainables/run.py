"""THE STORY of one trial: load -> probe -> realign -> probe -> fine-tune -> evaluate -> scores.

Stages are generators, so whoever drives a run (Ray, a notebook, a test) takes it in small bites and can stop between
two. Each stage starts from its own seed: after a restart at a stage border every later digit is the same.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_model, save_model

from search_spaces.languages import ENGLISH, Language
from trainables.devices import peak_memory_bytes, resolve_device, use_threads
from trainables.encoders import load_encoder
from trainables.encoders.base import Encoder
from trainables.evaluation.evaluate import evaluate
from trainables.evaluation.retrieval import probe, stored_probe
from trainables.evaluation.scores import ScoreRow, mean_score
from trainables.finetuning.heads import WordTagger
from trainables.finetuning.loop import finetune
from trainables.parallel_data import SOURCES
from trainables.progress import Progress
from trainables.realignment.batches import batches
from trainables.realignment.loop import realign
from trainables.run_config import RunConfig
from trainables.seeding import seed_stage
from trainables.stage_store import StageStore
from trainables.tasks import TASKS

BITE_S = 3.0  # an `advance` returns after about so many seconds, at the latest at the end of a stage


class Run:
    """One trial, advanced in bites. `scores` and `costs` (seconds a stage, peak memory) are complete when `done`."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.device = resolve_device(config.device)
        use_threads(config.n_threads)
        self.store = StageStore(Path(config.store))
        self.data = SOURCES[config.data.source](config.data, self.store)
        self.encoder = load_encoder(config.encoder, self.data, self.store)
        _check_lengths(config, self.encoder)
        self.encoder.model.to(self.device)
        self.task = TASKS[config.finetune.task]
        self.tagger: WordTagger | None = None
        self.stages = self._planned_stages()
        self.n_done = 0
        self.scores: list[ScoreRow] = []
        self.costs: dict[str, float] = {}
        self._work: Iterator[Progress] | None = None

    @property
    def done(self) -> bool:
        """Whether every stage has ended."""
        return self.n_done == len(self.stages)

    @property
    def score(self) -> float:
        """What a search may look at: mean development score of the task over all languages but English."""
        return mean_score(self.scores, self.task.name, "dev", without=frozenset({ENGLISH}))

    def advance(self) -> dict[str, Any]:
        """Works on the current stage for some seconds and says where it stands."""
        if self.done:
            return {"stage": "done", "stage_step": 1, "stage_steps": 1, "stage_done": True, "done": True}
        stage = self.stages[self.n_done]
        if self._work is None:
            seeds = seed_stage(self.config.seed, stage)
            self._work = getattr(self, f"_{stage}")(seeds)
        started = time.perf_counter()
        progress, stage_done, elapsed_s = Progress(0, 1), False, 0.0
        while not stage_done and elapsed_s < BITE_S:
            latest = next(self._work, None)
            progress, stage_done = latest or progress, latest is None
            elapsed_s = time.perf_counter() - started
        self.costs[f"{stage}_s"] = self.costs.get(f"{stage}_s", 0.0) + elapsed_s
        if stage_done:
            self._work = None
            self.n_done += 1
            self.costs.update(peak_memory_bytes(self.device))
        return {
            "stage": stage, "stage_step": progress.step, "stage_steps": progress.n_steps, "stage_done": stage_done,
            "done": self.done, **progress.metrics,
        }  # fmt: skip

    def save(self, folder: Path) -> None:
        """Writes what the remaining stages need. Call it at a stage border only.

        Raises:
            RuntimeError: in the middle of a stage.
        """
        if self._work is not None:
            raise RuntimeError(f"A run is saved at a stage border, but stands inside {self.stages[self.n_done]!r}.")
        if not self.done:
            save_model(self.tagger or self.encoder.model, str(folder / "model.safetensors"))
        scores = [row.as_dict() for row in self.scores]
        (folder / "run.json").write_text(json.dumps({"n_done": self.n_done, "scores": scores, "costs": self.costs}))

    def load(self, folder: Path) -> None:
        """Continues from what `save` wrote."""
        state = json.loads((folder / "run.json").read_text())
        self.n_done, self.costs = state["n_done"], state["costs"]
        self.scores = [ScoreRow.from_dict(row) for row in state["scores"]]
        self._work = None
        if self.done:
            return
        if "finetune" in self.stages[: self.n_done]:
            self.tagger = self._new_tagger()
        load_model(self.tagger or self.encoder.model, str(folder / "model.safetensors"), device=str(self.device))

    def _planned_stages(self) -> list[str]:
        probes = bool(self.config.evaluate.n_retrieval and self.data.flores_languages)
        realigns = bool(self.config.languages)
        wanted = {
            "probe_before": probes,
            "realign": realigns,
            "probe_after": probes and realigns,
            "finetune": True,
            "evaluate": True,
        }
        return [stage for stage, is_wanted in wanted.items() if is_wanted]

    def _probe_before(self, _: Any) -> Iterator[Progress]:
        rows: list[ScoreRow] = []
        yield from stored_probe(self.encoder, self.data, self.config.realign, self.config.evaluate, self.store, rows)
        self.scores += rows
        if not self.config.languages:  # nothing will change: before is after
            self.scores += [replace(row, task="retrieval") for row in rows]

    def _realign(self, _: Any) -> Iterator[Progress]:
        languages = tuple(Language(language) for language in self.config.languages)
        yield from realign(
            self.encoder,
            batches(self.data, languages, self.config.realign, self.config.seed),
            self.config.realign,
            self.config.precision,
        )

    def _probe_after(self, _: Any) -> Iterator[Progress]:
        yield from probe(self.encoder, self.data, self.config.realign, self.config.evaluate, "retrieval", self.scores)

    def _finetune(self, seeds: Any) -> Iterator[Progress]:
        self.tagger = self._new_tagger()
        sentences = self.task.read(self.data, ENGLISH, "train")
        yield from finetune(
            self.tagger, self.encoder.tokenizer, sentences, self.task.labels,
            self.config.finetune, self.config.precision, seeds.numpy,
        )  # fmt: skip

    def _evaluate(self, _: Any) -> Iterator[Progress]:
        assert self.tagger is not None
        yield from evaluate(
            self.tagger, self.encoder.tokenizer, self.task, self.data, self.config.evaluate, self.scores
        )

    def _new_tagger(self) -> WordTagger:
        return WordTagger(self.encoder.model, len(self.task.labels)).to(self.device)


def _check_lengths(config: RunConfig, encoder: Encoder) -> None:
    positions = encoder.model.config.max_position_embeddings
    if encoder.model.config.model_type in ("roberta", "xlm-roberta"):
        positions -= encoder.model.config.pad_token_id + 1  # these count positions from behind the padding's id
    for name in ("realign", "finetune", "evaluate"):
        if getattr(config, name).max_length > positions:
            raise ValueError(
                f"`{name}.max_length` must be at most {positions} (sub-words this encoder can read), but is "
                f"{getattr(config, name).max_length}. Lower it."
            )


def release(run: Run) -> None:
    """Lets go of a run's model, so that the next trial in this process starts from the memory floor."""
    run.tagger = None
    run._work = None
    del run.encoder
    if run.device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(run.device)
