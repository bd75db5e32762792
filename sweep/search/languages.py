"""Which languages a search may look at: it is told the development scores of these only.

What is held out here is what the confirm phase judges: decided once, by a rule in the config,
the same in every process.
"""

from collections.abc import Sequence

from search_spaces.languages import ENGLISH
from sweep.config.search_languages import SearchLanguages
from sweep.records.records import TrialRecord
from sweep.scores.objective import scored_languages, told_by


def search_languages(records: Sequence[TrialRecord], rule: SearchLanguages) -> tuple[str, ...]:
    """The search languages of a sweep, from what its finished trials have dev scores of.

    Where the trials themselves say which languages were put aside (`evaluate.no_signal_of`), that counts.

    Raises:
        ValueError: see `among`.
    """
    finished, tasks = [record for record in records if record.finished], told_by(records)
    dev = {
        language
        for record in finished
        for languages in scored_languages(record.scores, tasks, "dev").values()
        for language in languages
    }
    if hidden := {language for record in finished for language in record.hidden_languages}:
        return tuple(sorted(dev - hidden - {ENGLISH}))
    seen = next((record.seen_languages for record in finished if record.seen_languages is not None), None)
    return rule.among(dev, seen)
