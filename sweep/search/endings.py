"""What a search is told of a trial that is over: the same of a live result and of a record."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sweep.config.rungs import reached
from sweep.config.search_languages import rule_of, told_tasks
from sweep.config.sections import SweepConfig
from sweep.records.records import Status
from sweep.scores.objective import scored_languages, told_score_of
from sweep.search.points import Point, Told
from trainables.evaluation.scores import ScoreRow


def told_of_ending(
    config: SweepConfig,
    *,
    trial: str,
    number: int | None,
    point: Point,
    seed: int | None,
    status: Status,
    scores: Sequence[ScoreRow],
    seen: Collection[str] | None,
    signals: Sequence[Mapping[str, Any]],
) -> Told:
    """Of a finished trial the told score (`objective.py`), of a stopped one how far it came, else a failure.

    Args:
        trial, number, point, seed: see `Told`.
        seen: what the encoder was pre-trained on; None = not known.
    """
    if status == "stopped":
        last, stopped_at = reached(config.scheduler, config.run, signals)
        return Told(trial=trial, number=number, point=point, score=last, stopped_at=stopped_at, seed=seed)
    if status == "failed":
        return Told(trial=trial, number=number, point=point, score=None, seed=seed)
    tasks = told_tasks(config)
    hidden: Collection[str] = config.run.evaluate.no_signal_of  # of a plan, which alone knows all languages
    if not hidden:
        dev = set().union(*scored_languages(scores, tasks, "dev").values())
        hidden = dev - set(rule_of(config.search).among(dev, seen))
    score = told_score_of(scores, tasks, hidden)
    return Told(trial=trial, number=number, point=point, score=score, seed=seed)
