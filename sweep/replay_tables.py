"""From a sweep's records to a table that searches can be replayed on."""

from collections.abc import Sequence

from search_spaces.languages import Language
from search_spaces.replay.recorded import RecordedTrial
from sweep.records import TrialRecord
from sweep.search_languages import SearchLanguages, objective, search_languages, tasks_of

SIGNAL = "retrieval_so_far"


def recorded_trials(
    records: Sequence[TrialRecord], rule: SearchLanguages, tasks: Sequence[str] = ()
) -> list[RecordedTrial]:
    """The finished trials of searched sets.

    Told is the mean development score over the sweep's search languages, judged the mean test score over the same; the
    duration is the sum of all stages, those taken from the store at what the others took being left out.

    Args:
        rule: which languages count.
        tasks: whose mean is the score; none = all of the sweep.

    Raises:
        ValueError: no such trial, or a task that the sweep does not have.
    """
    finished = [record for record in records if record.finished and record.number is not None and record.languages]
    known = tasks_of(records)
    if unknown := sorted(set(tasks) - set(known)):
        raise ValueError(f"The tasks must be among {', '.join(known)}, but {', '.join(unknown)} is given. Choose.")
    if not finished:
        raise ValueError("A replay needs the finished trials of a search, but this sweep has none. Run it first.")
    languages, wanted = search_languages(records, rule), tuple(tasks) or known
    return [
        RecordedTrial(
            languages=tuple(sorted(map(Language, record.languages))), seed=record.seed,
            told=objective(record.scores, wanted, languages),
            judged=objective(record.scores, wanted, languages, "test"),
            duration=sum(value for name, value in record.costs.items() if name.endswith("_s")),
            signals=_signals(record),
        )
        for record in finished
    ]  # fmt: skip


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
