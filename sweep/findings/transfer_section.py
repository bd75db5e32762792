"""Who gains from whom: `transfers` as a section of a report."""

from collections.abc import Sequence

from sweep.findings.transfer import ITSELF, RELATIONS, RELATIVE, Transfer, family_gains, transfers
from sweep.records.records import TrialRecord
from sweep.reports.document import Section, Table
from sweep.scores.titles import TITLES
from sweep.statistics.confidence import Confidence
from sweep.statistics.p_values import p_text

TITLE = "Who gains from whom"


def transfer_section(records: Sequence[TrialRecord]) -> Section | None:
    """None where too few languages were realigned on alone."""
    found = transfers(records)
    if not found:
        return None
    return Section(
        title=TITLE,
        lead=_lead(found),
        paragraphs=[
            "Trials that realigned on one language alone, by what that language is to the tested one; relatives share "
            "the top-level family. Test scores, in points."
        ],
        tables=[
            Table(
                title="Gain of a tested language, by the language that was realigned on",
                header=["score", "tested languages", "realigned on", "n", "families", "gain, 95 % interval", "p"],
                rows=[_row(one) for one in found],
                note="One language of another family counts over no realignment (of the same seeds; over seeds "
                "and families of tested languages), the others over one of another family, in a model where the worth "
                "of the realigned language (with the luck of its trial) and the level of the tested one add up. "
                "Intervals are over other languages like these, with families as units. n: tested languages that have "
                "such a language among those realigned on. p is not corrected for the number of rows.",
                n_text=3,
            ),
            *_by_family(records),
        ],
    )  # fmt: skip


def _by_family(records: Sequence[TrialRecord]) -> list[Table]:
    rows = [
        [
            TITLES[one.task].column, one.family, str(one.n_sources), str(one.n_tested), _shown(one.confidence),
            p_text(one.confidence.p_value),
        ]
        for one in family_gains(records)
    ]  # fmt: skip
    if not rows:
        return []
    note = (
        "Over a language of another family, by the same model; the language itself does not count. Intervals are over "
        "other members to realign on, on these tested ones. p is not corrected."
    )
    header = ["score", "family", "realigned", "tested", "gain from a relative, 95 % interval", "p"]
    return [Table(title="Gain from a relative, by family", header=header, rows=rows, note=note, n_text=2)]


def _row(one: Transfer) -> list[str]:
    return [
        TITLES[one.task].column, one.group, RELATIONS[one.relation], str(one.n_languages), str(one.n_families),
        _shown(one.confidence), p_text(one.confidence.p_value),
    ]  # fmt: skip


def _shown(confidence: Confidence) -> str:
    low, high = confidence.interval()
    return f"{100 * confidence.mean:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}]"


def _lead(found: Sequence[Transfer]) -> str:
    """Of all tested languages, one sentence a score."""
    said = []
    for task in dict.fromkeys(one.task for one in found):
        by_relation = {one.relation: one for one in found if (one.task, one.group) == (task, "all")}
        parts = [
            f"{_shown(by_relation[relation].confidence)} from {what}"
            for relation, what in (
                (ITSELF, "being realigned itself"),
                (RELATIVE, "a relative"),
            )
            if relation in by_relation
        ]  # fmt: skip
        if parts:
            said.append(f"{TITLES[task].column}: {', '.join(parts)}")
    return f"More than from a language of another family, in points. {'; '.join(said)}." if said else ""
