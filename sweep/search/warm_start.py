"""Warm start: the scores of earlier sweeps, or of the paper, or gradients, that a search of sets begins with.

What is used is frozen in the sweep's folder when it starts: a resumed search must know what it knew.
"""

import json
from collections.abc import Collection, Mapping

from search_spaces.languages import Language
from search_spaces.published.scores import published_blackbox
from search_spaces.structured import read_json
from sweep.config.load import saved_config
from sweep.config.search_languages import rule_of, told_tasks
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore
from sweep.scores.objective import objective
from sweep.search.gradients import GRADIENTS
from sweep.search.languages import search_languages

PUBLISHED_SCORES = ("published-pos", "published-nli")
Scores = dict[str, list[tuple[tuple[Language, ...], float]]]


def read_warm_start(config: SweepConfig, folder: SweepFolder) -> Scores:
    """Source -> sets and scores; what was frozen, if the sweep has begun. Gradients are measured only then.

    Args:
        config: as planned: of the languages that its search may not look at, earlier scores count as little.

    Raises:
        ValueError: a source that is neither in `PUBLISHED_SCORES` nor another sweep beside this one, or one that has
            scores of hidden languages only.
    """
    frozen = folder.warm_start
    if frozen.exists():
        try:
            return _parsed(read_json(frozen))
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{frozen} must hold the scores that the search began with, but does not ({error}). Put it back, or "
                "delete it: they are then read again, from sweeps that may have changed since."
            ) from None
    hidden = config.run.evaluate.no_signal_of
    return {name: _scores_of(name, folder, hidden) for name in config.search.warm_start if name != GRADIENTS}


def freeze_warm_start(scores: Scores, folder: SweepFolder) -> None:
    """Writes what a sweep begins with, once."""
    if scores and not folder.warm_start.exists():
        write_atomically(folder.warm_start, json.dumps(scores, indent=1) + "\n")


def published_for(name: str, hidden: Collection[str] = ()) -> list[tuple[tuple[Language, ...], float]]:
    """The paper's mean accuracies of a task over all but the hidden languages, one a training."""
    task = name.removeprefix("published-")
    scores = sorted(published_blackbox(without=frozenset(hidden)).items())
    return [(languages, mean) for (languages, scored, _), mean in scores if scored == task]


def _scores_of(name: str, folder: SweepFolder, hidden: Collection[str]) -> list[tuple[tuple[Language, ...], float]]:
    if name in PUBLISHED_SCORES:
        return published_for(name, hidden)
    earlier = SweepFolder(folder.mlruns, name)
    if name == folder.name or not earlier.has_config:
        raise ValueError(
            f"`search.warm_start` must name {', '.join((GRADIENTS, *PUBLISHED_SCORES))} or another sweep in "
            f"{folder.mlruns}, but names {name!r}. Sweeps there: "
            f"{', '.join(n for n in folder.names() if n != folder.name) or 'none'}."
        )
    config, records = saved_config(earlier.config), RecordStore(earlier.records).all()
    if not any(record.finished and record.languages for record in records):
        return []
    languages = set(search_languages(records, rule_of(config.search))) - set(hidden)
    return [
        (tuple(sorted(map(Language, record.languages))), objective(record.scores, told_tasks(config), languages))
        for record in records
        if record.finished and record.languages
    ]


def _parsed(stored: Mapping[str, list[tuple[list[str], float]]]) -> Scores:
    return {
        name: [(tuple(map(Language, languages)), float(score)) for languages, score in rows]
        for name, rows in stored.items()
    }
