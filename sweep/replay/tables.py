"""From a sweep's records to a table that searches can be replayed on."""

from collections.abc import Sequence

from search_spaces.languages import Language
from search_spaces.replay.recorded import RecordedTrial
from sweep.config.search_languages import SearchLanguages
from sweep.config.space import is_screening
from sweep.records.records import TrialRecord
from sweep.scores.objective import objective, scored_languages, tasks_of, told_by
from sweep.search.languages import search_languages

SIGNAL = "retrieval_so_far"


def recorded_trials(
    records: Sequence[TrialRecord], rule: SearchLanguages, tasks: Sequence[str] = ()
) -> list[RecordedTrial]:
    """The finished trials of searched sets.

    Scores are means over tasks, in the sweep's search languages; the duration is the sum of the stages that were not
    taken from the store.

    Args:
        rule: which languages count.
        tasks: whose mean is the score; none = what the search was told.

    Raises:
        ValueError: no such trial, or a task that the sweep does not have.
    """
    searched = [record for record in records if record.number is not None and not is_screening(record.point)]
    finished = [record for record in searched if record.finished and record.languages]
    told = told_by(records)
    known = tuple(dict.fromkeys((*told, *tasks_of(records))))
    if unknown := sorted(set(tasks) - set(known)):
        raise ValueError(f"The tasks must be among {', '.join(known)}, but {', '.join(unknown)} is given. Choose.")
    if not finished:
        raise ValueError("A replay needs the finished trials of a search, but this sweep has none. Run it first.")
    languages, wanted = search_languages(records, rule), tuple(tasks) or told
    return [
        RecordedTrial(
            languages=tuple(sorted(map(Language, record.languages))), seed=record.seed,
            told=_by_language(record, wanted, languages, "dev"),
            judged=_by_language(record, wanted, languages, "test"),
            duration=sum(value for name, value in record.costs.items() if name.endswith("_s")),
            signals=_signals(record),
        )
        for record in finished
    ]  # fmt: skip


def _by_language(
    record: TrialRecord, tasks: Sequence[str], languages: Sequence[str], split: str
) -> dict[Language, float]:
    """Means over the tasks that have a score of the language."""
    found, scored = {}, scored_languages(record.scores, tasks, split)
    for language in languages:
        if has := [task for task in tasks if language in scored[task]]:
            found[Language(language)] = objective(record.scores, has, [language], split)
    return found


def _signals(record: TrialRecord) -> tuple[tuple[float, float], ...]:
    """As (share of the duration, value): those on the way, not the one when realignment is over."""
    realign_s = record.costs.get("realign_s", 0.0)
    total_s = sum(value for name, value in record.costs.items() if name.endswith("_s"))
    before_s = record.costs.get("probe_before_s", 0.0)
    return tuple(
        ((before_s + signal["at"] * realign_s) / total_s, signal["value"])
        for signal in record.signals
        if signal["name"] == SIGNAL and signal["at"] < 1.0 and total_s
    )
