"""`realign-sweep data`: what is there, and word aligner input that fits the pairs line by line."""

import gzip
from collections.abc import Callable
from pathlib import Path

from sweep.commands.data import describe_data, open_data, write_aligner_input
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder


def test_it_counts_what_the_folder_holds(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, data: Path
) -> None:
    opened = open_data(config_of(), folder)
    lines = describe_data(opened).splitlines()
    for language in opened.bitext_languages:
        with gzip.open(data / "bitext" / f"{language[:3]}.tsv.gz", "rt") as file:
            n_pairs = len(file.readlines())
        row = next(line for line in lines if line.startswith(f"| {language} "))
        assert f"| {n_pairs:,} |" in row


def test_aligner_input_has_a_line_a_pair(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, tmp_path: Path
) -> None:
    opened = open_data(config_of(), folder)
    paths = write_aligner_input(opened, tmp_path / "aligner", "unicode")
    assert [path.stem for path in paths] == [language[:3] for language in opened.bitext_languages]
    first = opened.bitext_languages[0]
    lines = paths[0].read_text().splitlines()
    assert len(lines) == len(opened.bitext(first)) and all(line.count(" ||| ") == 1 for line in lines)
    english, other = opened.bitext(first)[0]
    assert lines[0] == f"{english} ||| {other}"  # the words of this made-up data are plain
