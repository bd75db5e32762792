"""What single languages were worth, by the script and the text that they came with: a table for docs/study.md.

    python studies/text_of_singles.py DATA EFFECTS.csv

EFFECTS.csv: of `realign-sweep learned NAME --csv-singles EFFECTS.csv`, or search_spaces/data/study_effects.csv. A
language counts as one with Bible verses where most of its sentence pairs are such.
"""

import argparse
import csv
import gzip
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from search_spaces.inventory import INVENTORY

BIBLE = "bible."


def has_bible(path: Path) -> bool:
    """Whether most pairs of a file are Bible verses."""
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
    return sum(line.startswith(BIBLE) for line in lines) > len(lines) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("effects", type=Path)
    options = parser.parse_args()
    groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    with options.effects.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tag = row["language"]
            text = (
                "Bible verses" if has_bible(options.data / "bitext" / f"{tag.split('_')[0]}.tsv.gz") else "other text"
            )
            script = "Latin script" if tag.endswith("_Latn") else "another script"
            place = "African" if INVENTORY[tag].area == "Africa" else "elsewhere"
            groups[script, text, place].append(100 * float(row["effect"]))
    print("| script | text | area | languages | points beside the mean language |\n|---|---|---|---:|---:|")
    for key, values in sorted(groups.items(), key=lambda item: -fmean(item[1])):
        spread = f"{fmean(values):+.1f} ({min(values):+.1f} to {max(values):+.1f})"
        print(f"| {' | '.join(key)} | {len(values)} | {spread} |")
    every = [value for values in groups.values() for value in values]
    cells: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (script, text, _), values in groups.items():
        cells[script, text] += values
    left = sum((value - fmean(values)) ** 2 for values in cells.values() for value in values)
    whole = sum((value - fmean(every)) ** 2 for value in every)
    print(f"\nScript and text explain {1 - left / whole:.0%} of the variance.")


if __name__ == "__main__":
    main()
