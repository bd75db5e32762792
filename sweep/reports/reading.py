"""What a sweep's encoder is and could not read: its commit, warnings of the checks, words that `max_length` cut off."""

from collections.abc import Sequence

from sweep.records.records import TrialRecord
from sweep.reports.document import Section
from sweep.reports.results import SweepResults

MAX_LANGUAGES = 12


def reading_section(sweeps: Sequence[SweepResults]) -> list[Section]:
    """One section, or none where the records say nothing of it."""
    points = []
    for results in sweeps:
        prefix = f"{results.name}: " if results.beside_others else ""
        lines = dict.fromkeys(line for record in results.records if record.finished for line in _lines(record))
        points += [prefix + line for line in lines]
    return [Section(title="What the encoder read", points=points)] if points else []


def _lines(record: TrialRecord) -> list[str]:
    lines = []
    if commit := record.encoder.get("commit"):
        lines.append(f"{record.encoder['name']} at commit {commit}")
    if digest := record.encoder.get("digest"):
        lines.append(f"{record.encoder['name']}, local files {digest}")
    lines += record.checks.get("warnings", [])
    for task in record.columns.of.tasks if record.columns.n_cut else ():
        if cut := words_cut(record, task):
            shown = ", ".join(f"{language} {n:,}" for language, n in list(cut.items())[:MAX_LANGUAGES])
            more = f" and {len(cut) - MAX_LANGUAGES} more languages" if len(cut) > MAX_LANGUAGES else ""
            lines.append(f"{task}, test words beyond `max_length` or without a sub-word, not scored: {shown}{more}")
    return lines


def words_cut(record: TrialRecord, task: str) -> dict[str, int]:
    """Language -> words of its test sets that were not scored, the most first; languages without any are left out."""
    counts: dict[tuple[str, str], int] = {}
    for row in record.scores:  # every metric of a test set says the same
        if row.task == task and row.split == "test" and row.n_cut:
            counts[row.language, row.source] = row.n_cut
    total: dict[str, int] = {}
    for (language, _), n in counts.items():
        total[language] = total.get(language, 0) + n
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
