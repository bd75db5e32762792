"""Warm start: the scores of earlier sweeps, or of the paper, that a search of sets begins with.

What is used is frozen in the sweep's folder when it starts: a resumed search must know what it knew.
"""

import json
from collections.abc import Mapping

from search_spaces.languages import Language
from search_spaces.published_scores import published_blackbox
from sweep.config import SweepConfig, saved_config
from sweep.folders import SweepFolder, write_atomically
from sweep.records import RecordStore
from sweep.search_languages import told_score

PUBLISHED_SCORES = ("published-pos", "published-nli")
FILE = "warm_start.json"
Scores = dict[str, list[tuple[tuple[Language, ...], float]]]


def read_warm_start(config: SweepConfig, folder: SweepFolder) -> Scores:
    """Source -> sets and scores; what was frozen, if the sweep has begun.

    Raises:
        ValueError: a source that is neither in `PUBLISHED_SCORES` nor another sweep beside this one.
    """
    frozen = folder.root / FILE
    if frozen.exists():
        return _parsed(json.loads(frozen.read_text(encoding="utf-8")))
    return {name: _scores_of(name, folder) for name in config.search.warm_start}


def freeze_warm_start(scores: Scores, folder: SweepFolder) -> None:
    """Writes what a sweep begins with, once."""
    if scores and not (folder.root / FILE).exists():
        write_atomically(folder.root / FILE, json.dumps(scores, indent=1) + "\n")


def published_for(name: str) -> list[tuple[tuple[Language, ...], float]]:
    """The paper's mean accuracies of a task, one a training."""
    task = name.removeprefix("published-")
    scores = sorted(published_blackbox().items())
    return [(languages, mean) for (languages, scored, _), mean in scores if scored == task]


def _scores_of(name: str, folder: SweepFolder) -> list[tuple[tuple[Language, ...], float]]:
    if name in PUBLISHED_SCORES:
        return published_for(name)
    earlier = SweepFolder(folder.mlruns, name)
    if name == folder.name or not earlier.config.exists():
        raise ValueError(
            f"`search.warm_start` must name {', '.join(PUBLISHED_SCORES)} or another sweep in {folder.mlruns}, but "
            f"names {name!r}. Sweeps there: {', '.join(n for n in folder.names() if n != folder.name) or 'none'}."
        )
    config = saved_config(earlier.config)
    return [
        (tuple(sorted(map(Language, record.languages))), told_score(config, record.scores, record.seen_languages))
        for record in RecordStore(earlier.records).all()
        if record.finished and record.languages
    ]


def _parsed(stored: Mapping[str, list[tuple[list[str], float]]]) -> Scores:
    return {
        name: [(tuple(map(Language, languages)), float(score)) for languages, score in rows]
        for name, rows in stored.items()
    }
