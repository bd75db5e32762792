"""What a trial refuses before it trains: unknown names, no tasks, texts longer than the encoder can read."""

from typing import TYPE_CHECKING

from trainables.realignment.check import check_settings
from trainables.realignment.objectives import OBJECTIVES
from trainables.run_config import RunConfig
from trainables.tasks import TASKS

if TYPE_CHECKING:
    from trainables.encoders.base import Encoder


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
        TASKS.check(task)
        config.finetune.for_task(task)
        config.evaluate.for_task(task)
    OBJECTIVES.check(config.realign.objective)


def check_fit(config: RunConfig, encoder: "Encoder") -> None:
    """Compares the settings, every `max_length` above all, with the encoder.

    Raises:
        ValueError: the encoder cannot read so long a text, or realignment settings do not fit it.
    """
    check_settings(config.realign, encoder.model)
    positions = encoder.model.config.max_position_embeddings
    if encoder.model.config.model_type in ("roberta", "xlm-roberta"):
        positions -= encoder.model.config.pad_token_id + 1  # these count positions from behind the padding's id
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
