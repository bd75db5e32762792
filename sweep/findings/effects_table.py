"""What each language added in a search, as the table that the criterion `study` reads."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from search_spaces.study_effects import COLUMNS
from sweep.config.search_languages import rule_of, told_tasks
from sweep.config.sections import SweepConfig
from sweep.findings.learned import Search, language_effects
from sweep.findings.singles import MIN_SINGLES, single_languages
from sweep.records.records import TrialRecord
from sweep.scores.objective import objective, told_words
from sweep.search.languages import search_languages

REACH = 1.96
N_DIGITS = 12
"""Of an encoder's fingerprint or commit."""


def effects_table(config: SweepConfig, records: Sequence[TrialRecord], note: str = "") -> str:
    """CSV: language, encoder, task ("pos+ner" = the mean of both), effect with its 95 % interval (fractions of the
    development score), number of trials with it, and what trials these were. Best first.

    Args:
        note: what else a reader of an estimate must know; it ends the words on its source.

    Raises:
        ValueError: too few trials, or sets that nearly all hold all languages.
    """
    languages = search_languages(records, rule_of(config.search))
    search = Search.of(records, lambda record: objective(record.scores, told_tasks(config), languages))
    if search.refusal:
        raise ValueError(search.refusal)
    effects = language_effects(search)
    if not effects:
        raise ValueError(
            "What single languages add needs sets that leave some out, but nearly all of these hold all. Search "
            "smaller sets."
        )
    low, high = search.surrogate.usual_sizes
    sizes = f"{low}" if low == high else f"{low} to {high}"
    source = (
        f"{config.name}: {len(search.records)} trials of {len(set(search.sets))} sets of {sizes} of "
        f"{len(search.surrogate.space.candidates)} languages; {told_words(records)} in {len(languages)} languages"
    )
    rows = [(one.language, one.mean, one.sd, one.n_with) for one in effects]
    return _written(config, search.records[0], source, note, rows)


def singles_table(config: SweepConfig, records: Sequence[TrialRecord], note: str = "") -> str:
    """The same of trials that realigned on one language alone: what is believed of each, less the mean of all.

    Raises:
        ValueError: too few languages were tried alone.
    """
    languages = search_languages(records, rule_of(config.search))
    singles = single_languages(records, told_tasks(config), languages)
    if not singles:
        raise ValueError(
            f"What languages are worth alone needs {MIN_SINGLES} that were realigned on alone, but there are fewer. "
            "Search with `search.screen: singles`."
        )
    mean = sum(one.value for one in singles) / len(singles)
    source = (
        f"{config.name}: {sum(one.n_trials for one in singles)} trials, each of one of {len(singles)} languages alone; "
        f"{told_words(records)} in {len(languages)} languages, beside the mean language"
    )
    rows = [(one.language, one.value - mean, one.sd, one.n_trials) for one in singles]
    return _written(config, next(record for record in records if record.finished), source, note, rows)


def _written(
    config: SweepConfig, record: TrialRecord, source: str, note: str, rows: Iterable[tuple[str, float, float, int]]
) -> str:
    """CSV of (language, mean, standard deviation, trials). record: of the encoder."""
    task, encoder = "+".join(told_tasks(config)), encoder_word(record)
    source = "; ".join(filter(None, (source, note)))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for language, mean, sd, n_trials in rows:
        numbers = (mean, mean - REACH * sd, mean + REACH * sd)
        writer.writerow([language, encoder, task, *(f"{n:.6f}" for n in numbers), n_trials, source])
    return text.getvalue()


def encoder_word(record: TrialRecord) -> str:
    """An encoder's name and what tells it from others of this name, in one word."""
    config = record.config.get("encoder", {})
    name = record.encoder.get("name") or config.get("name") or config.get("provider") or "encoder"
    which = record.encoder.get("commit") or record.encoder.get("digest") or record.encoder_fingerprint
    word = PurePosixPath(name).name if str(name).startswith("/") else str(name)
    return f"{word}@{which[:N_DIGITS]}" if which else word
