"""The trainings of a study as one small table: a set's languages, the training seed, its test scores.

    python studies/set_scores.py real-small real-small-confirm --mlruns mlruns > search_spaces/data/study_scores.csv

The packaged table is what `realign-sweep replay study-retrieval-10` fits its function to. Scores are plain means over
all tested languages but English, as fractions.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from statistics import fmean

from search_spaces.languages import ENGLISH
from search_spaces.replay.recorded import STUDY_COLUMNS
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord

TASKS = STUDY_COLUMNS[2:]


def rows(records: Sequence[TrialRecord]) -> list[list[str]]:
    """Of trials that realigned, sorted; a set and seed that two sweeps trained stands once."""
    found = {}
    for record in records:
        if record.finished and record.languages:
            scores = [
                fmean(row.value for row in record.scores if (row.task, row.split) == (task, "test") and
                      row.language != ENGLISH)
                for task in TASKS
            ]  # fmt: skip
            found[" ".join(sorted(record.languages)), record.seed] = [f"{score:.5f}" for score in scores]
    return [[languages, str(seed), *scores] for (languages, seed), scores in sorted(found.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweeps", nargs="+")
    parser.add_argument("--mlruns", default="mlruns")
    options = parser.parse_args()
    records = [
        one for name in options.sweeps for one in RecordStore(SweepFolder.below(options.mlruns, name).records).all()
    ]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows([list(STUDY_COLUMNS), *rows(records)])


if __name__ == "__main__":
    main()
