"""`realign-sweep export`: a trial's models as ordinary Hugging Face folders, one a task, with model cards."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from search_spaces.registry import nearest_names
from sweep.folders import SweepFolder, problem_of_writing, write_atomically
from sweep.models.card import encoder_card, model_card
from sweep.models.kept import Kept, best_record, kept_models, realigned_encoder, train_again
from sweep.records.records import RecordStore, TrialRecord
from trainables.quiet_transformers import quiet_transformers
from trainables.tasks import TASKS

ENCODER = "encoder"
CARD = "README.md"
Say = Callable[[str], None]


def export(
    folder: SweepFolder,
    trial: str | None,
    to: Path,
    *,
    encoder: bool = False,
    tasks: Sequence[str] = (),
    train: bool = False,
    licence: str = "",
    say: Say,
) -> list[Path]:
    """Writes TO/TASK for each task of a trial, or TO/encoder.

    Args:
        trial: its name, or that of an arm, whose best trial is meant; None = of the sweep's answer (`answer_of`).
        to: a folder; those below it that are there already are refused.
        encoder: the realigned encoder, before fine-tuning, instead of the tasks' models.
        tasks: not all of them.
        train: train what the store has not kept.
        licence: for the card, an identifier of the hub.

    Raises:
        ValueError: no such trial or task, weights that are not there, or a folder that is.
    """
    records = RecordStore(folder.records).all()
    record = chosen_record(records, trial, folder.name)
    if problem := problem_of_writing(to, "Give another one with `--to`."):
        raise ValueError(problem)
    names = [ENCODER] if encoder else list(tasks or record.config.get("tasks", ()))
    if taken := [to / name for name in names if (to / name).exists()]:
        raise ValueError(
            f"An exported model must get a new folder, but {taken[0]} is there. Remove it, or change --to."
        )
    if train and not train_again(record, folder, say):
        say(f"{record.trial}: trained again, but not to the recorded scores (another device, library or data)")
    if encoder:
        found = {ENCODER: (realigned_encoder(record, folder), encoder_card(record, records, licence))}
    else:
        models = kept_models(record, folder, tasks)
        found = {
            name: (model, model_card(record, TASKS[name], records, licence, model.tokenizer))
            for name, model in models.items()
        }
    return [save(model, card, to / name) for name, (model, card) in found.items()]


def save(kept: Kept, card: str, folder: Path) -> Path:
    """Weights as safetensors, configuration, tokenizer and card; the folder appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        with quiet_transformers():
            kept.model.save_pretrained(unfinished)
            kept.tokenizer.save_pretrained(unfinished)
        write_atomically(unfinished / CARD, card)
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def chosen_record(records: Sequence[TrialRecord], trial: str | None, sweep: str) -> TrialRecord:
    """The finished trial of this name, the best one of the arm of this name, or of the sweep's answer.

    Raises:
        ValueError: there is none.
    """
    finished = [record for record in records if record.finished]
    if trial is None or not finished:
        return best_record(records, sweep)
    found = [record for record in finished if record.trial == trial]
    found = found or [record for record in finished if trial in (record.arm, record.label)]
    if not found:
        names = sorted({name for record in finished for name in (record.trial, record.arm)})
        raise ValueError(
            f"A trial to export must be a finished one of {sweep}, or an arm, but is {trial!r}. "
            f"Nearest: {nearest_names(trial, names)}."
        )
    return max(found, key=lambda record: (record.score or 0.0, record.trial))
