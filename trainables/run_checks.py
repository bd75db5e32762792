"""What a trial refuses before it trains: unknown names, no tasks, texts longer than the encoder can read, an encoder
that cannot give a meaningful score.
"""

import json
from pathlib import Path
from typing import Any

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import PARTS, DataFolder, InferencePair
from trainables.encoders.architecture import n_positions
from trainables.encoders.base import Encoder
from trainables.encoders.checks import check_encoder
from trainables.evaluation.evaluate import evenly_spread
from trainables.realignment.check import check_settings
from trainables.realignment.objectives import OBJECTIVES
from trainables.run_config import RunConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

STAGE, FILE = "checks", "checks.json"
CHECKING = 1  # raise it when a change of `encoders/checks.py` changes what is found
N_SENTENCES = 50  # of each language, for the shares of unknown words


def check_names(config: RunConfig) -> None:
    """Looks up every name and every task's settings, without data or encoder.

    Raises:
        KeyError: an unknown name.
        ValueError: no tasks, a task twice, settings for a task that is not run, or impossible probes.
    """
    if not config.tasks or len(set(config.tasks)) < len(config.tasks):
        raise ValueError(f"`tasks` must be one or more different tasks, but is {list(config.tasks)}. Name each once.")
    if not all(0 < at < 1 for at in config.evaluate.probe_at):
        raise ValueError(
            "`evaluate.probe_at` must be shares of the realignment above 0 and below 1 (its end is probed anyway), but "
            f"is {list(config.evaluate.probe_at)}. Correct it."
        )
    if config.evaluate.n_probe_languages < 1:
        raise ValueError(
            f"`evaluate.n_probe_languages` must be at least 1, but is {config.evaluate.n_probe_languages}. Raise it."
        )
    for task in (*config.tasks, *config.finetune.by_task, *config.evaluate.by_task):
        _ = TASKS[task]
        config.finetune.for_task(task)
        config.evaluate.for_task(task)
    _ = OBJECTIVES[config.realign.objective]


def check_fit(config: RunConfig, encoder: Encoder) -> None:
    """Compares the settings, every `max_length` above all, with the encoder.

    Raises:
        ValueError: the encoder cannot read so long a text, or realignment settings do not fit it.
    """
    check_settings(config.realign, encoder.model)
    positions = n_positions(encoder.model)
    if positions is None:
        return
    lengths = {"realign": config.realign.max_length}
    for task in config.tasks:
        for section in ("finetune", "evaluate"):
            settings = getattr(config, section)
            name = f"{section}.by_task.{task}" if "max_length" in settings.by_task.get(task, {}) else section
            lengths[name] = settings.for_task(task).max_length
    for name, length in lengths.items():
        if length > positions:
            raise ValueError(
                f"`{name}.max_length` must be at most {positions} (sub-words this encoder can read), but is {length}. "
                "Lower it."
            )


def checked_encoder(config: RunConfig, encoder: Encoder, data: DataFolder, store: StageStore) -> dict[str, Any]:
    """What `check_encoder` finds on this data, computed once for all trials that start from the encoder.

    Raises:
        EncoderError: its scores would mean nothing.
    """
    parts = [part for part in PARTS if part in config.tasks]
    tested = {language for part in parts for language in data.labelled_languages(part)}
    realigned = {Language(language) for language in config.languages}
    held = {part: set(data.labelled_languages(part)) for part in parts}
    known = set(data.flores_languages)
    languages = sorted(language for language in {ENGLISH} | tested | realigned if language in known | tested)
    identity = {
        "encoder": encoder.fingerprint, "data": data.fingerprint("flores", *parts), "languages": languages,
        "n_sentences": N_SENTENCES, "checking": CHECKING,
    }  # fmt: skip

    def build(folder: Path) -> None:
        texts = {}
        for language in languages:
            part = next((part for part in parts if language in held[part]), None)
            texts[language] = _sentences(data, language, None if language in known else part)
        found = check_encoder(encoder, texts)
        (folder / FILE).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")

    checks: dict[str, Any] = json.loads((store.get_or_build(STAGE, identity, build) / FILE).read_text("utf-8"))
    return checks


def _sentences(data: DataFolder, language: Language, part: str | None) -> list[str]:
    """A few held-out sentences: n-way parallel ones, or of the test set of a part."""
    found: list[str]
    if part is None:
        found = list(data.flores(language, "dev").values())
    else:
        examples = data.labelled(part, language, "test")
        found = [one.premise if isinstance(one, InferencePair) else " ".join(one.words) for one in examples]
    return [found[i] for i in evenly_spread(len(found), N_SENTENCES)]
