"""What the same single languages lift retrieval by with two texts, by their script and their text in the first study.

    python studies/lifts.py DATA real-small one-source --mlruns mlruns      # a table for docs/study.md

Test P@1 in points over no realignment, mean over the languages that both studies test; one training a language and
text. The interval (95 %, Student's t) of the difference is over realigned languages like these.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import stats
from text_of_singles import has_bible

from search_spaces.languages import ENGLISH
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord


def tested(record: TrialRecord) -> dict[str, float]:
    """Language -> P@1 on test, in points."""
    return {
        row.language: 100 * row.value
        for row in record.scores
        if (row.task, row.split) == ("retrieval", "test") and row.language != ENGLISH
    }


def lifts(records: Sequence[TrialRecord], languages: set[str]) -> dict[str, float]:
    """Realigned language -> mean over `languages`, less that of no realignment."""
    found: dict[str, list[float]] = {}
    for record in records:
        if record.finished and len(record.languages) < 2:
            scores = tested(record)
            name = record.languages[0] if record.languages else ""
            found.setdefault(name, []).append(float(np.mean([scores[tag] for tag in languages])))
    none = float(np.mean(found.pop("")))
    return {name: float(np.mean(values)) - none for name, values in found.items()}


def table(data: Path, first: Sequence[TrialRecord], second: Sequence[TrialRecord]) -> list[str]:
    """Markdown, a row a class of languages."""
    shared = set.intersection(*(set(tested(next(r for r in of if r.finished))) for of in (first, second)))
    a, b = lifts(first, shared), lifts(second, shared)
    both = sorted(set(a) & set(b))
    bible = {tag: has_bible(data / "bitext" / f"{tag.split('_')[0]}.tsv.gz") for tag in both}
    lines = [
        f"| script | text in the first study | languages | first, n={len(shared)} | second | difference |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for script in ("Latin", "another"):
        for text in ("Bible verses", "other text"):
            rows = [
                (a[tag], b[tag]) for tag in both
                if (tag.endswith("_Latn"), bible[tag]) == (script == "Latin", text == "Bible verses")
            ]  # fmt: skip
            before, after = np.array(rows).T
            change = after - before
            low, high = stats.t.interval(0.95, len(change) - 1, loc=change.mean(), scale=stats.sem(change))
            lines.append(
                f"| {script} | {text} | {len(rows)} | {before.mean():.1f} | {after.mean():.1f} | "
                f"{change.mean():+.1f} [{low:.1f}, {high:.1f}] |"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--mlruns", default="mlruns")
    options = parser.parse_args()
    first, second = (
        RecordStore(SweepFolder.below(options.mlruns, name).records).all() for name in (options.first, options.second)
    )
    print("\n".join(table(options.data, first, second)))


if __name__ == "__main__":
    main()
