"""What each language added in a search, as the table that the criterion `study` reads."""

import csv
import io
from collections.abc import Sequence
from pathlib import PurePosixPath

from search_spaces.study_effects import COLUMNS
from sweep.config.search_languages import rule_of, told_tasks
from sweep.config.sections import SweepConfig
from sweep.findings.learned import Search, language_effects
from sweep.records.records import TrialRecord
from sweep.scores.objective import objective, told_words
from sweep.search.languages import search_languages

REACH = 1.96
N_DIGITS = 12
"""Of an encoder's fingerprint or commit."""


def effects_table(config: SweepConfig, records: Sequence[TrialRecord]) -> str:
    """CSV: language, encoder, task ("pos+ner" = the mean of both), effect with its 95 % interval (fractions of the
    development score), number of trials with it, and what trials these were. Best first.

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
    task, encoder = "+".join(told_tasks(config)), encoder_word(search.records[0])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in effects:
        numbers = (one.mean, one.mean - REACH * one.sd, one.mean + REACH * one.sd)
        writer.writerow([one.language, encoder, task, *(f"{n:.6f}" for n in numbers), one.n_with, source])
    return text.getvalue()


def encoder_word(record: TrialRecord) -> str:
    """An encoder's name and what tells it from others of this name, in one word."""
    config = record.config.get("encoder", {})
    name = record.encoder.get("name") or config.get("name") or config.get("provider") or "encoder"
    which = record.encoder.get("commit") or record.encoder.get("digest") or record.encoder_fingerprint
    word = PurePosixPath(name).name if str(name).startswith("/") else str(name)
    return f"{word}@{which[:N_DIGITS]}" if which else word
