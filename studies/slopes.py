"""What goes with the score of a planned set, with one property more: the text that its languages come with.

    python studies/slopes.py SWEEP DATA --mlruns mlruns                # a table for docs/study.md
    python studies/slopes.py newness DATA --mlruns mlruns --read-by mbert    # newness: to another encoder than its own

Test scores in points for one standard deviation, each property beside the others; intervals over seeds and families of
tested languages; "sets": p over other sets like these, where it is below 0.05. `report` has the table without the text.
"""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from text_of_singles import has_bible

from search_spaces.inventory import seen_by
from search_spaces.languages import Language
from sweep.findings.set_slopes import GROUPS, PROPERTIES, Slope, set_slopes
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.statistics.p_values import p_sampled

TEXT = "text: share of its languages that come with other text than Bible verses"
TASKS = ("retrieval", "pos")


def slopes(records: Sequence[TrialRecord], data: Path | None, read_by: str = "") -> list[Slope]:
    """With the text where `data` is given.

    Args:
        read_by: "mbert" or "xlmr": newness, and the groups of seen and unseen languages, are about this encoder.
    """
    if read_by:
        seen = tuple(sorted(seen_by("mbert" if read_by == "mbert" else "xlmr")))
        records = [dataclasses.replace(record, seen_languages=seen) for record in records]
    languages = sorted({Language(tag) for record in records for tag in record.languages})
    more = {}
    if data is not None:
        files = {tag: data / "bitext" / f"{tag.split('_')[0]}.tsv.gz" for tag in languages}
        more[TEXT] = {tag: float(not has_bible(path)) for tag, path in files.items()}
    return set_slopes(records, more=more)


def table(found: Sequence[Slope]) -> list[str]:
    """Markdown, a row a property."""
    by = {(one.property, one.task, one.group): one for one in found}
    columns = [(task, group) for task in TASKS for group in GROUPS]
    heads = [f"{task}, {group}, n={by[found[0].property, task, group].n_languages}" for task, group in columns]
    lines = [f"| property | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for name in dict.fromkeys(one.property for one in found):
        cells = []
        for task, group in columns:
            one = by[name, task, group]
            low, high = one.confidence.interval()
            sets = f", sets {p_sampled(one.p_sets)}" if one.p_sets < 0.05 else ""
            cells.append(f"{100 * one.confidence.mean:+.1f} [{100 * low:.1f}, {100 * high:.1f}]{sets}")
        lines.append(f"| {PROPERTIES.get(name, name).partition(':')[0]} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep")
    parser.add_argument("data", nargs="?", type=Path, help="the data folder; without it, no text")
    parser.add_argument("--mlruns", default="mlruns")
    parser.add_argument("--read-by", choices=("mbert", "xlmr"), default="")
    options = parser.parse_args()
    records = RecordStore(SweepFolder.below(options.mlruns, options.sweep).records).all()
    print("\n".join(table(slopes(records, options.data, options.read_by))))


if __name__ == "__main__":
    main()
