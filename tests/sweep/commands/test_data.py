"""`realign-sweep data`: what is there, and word aligner input that fits the pairs line by line."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.commands.data import describe_data, look_at_files, open_data, write_aligner_input
from sweep.commands.main import main
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from trainables.data.folder import DataFolder


def test_it_counts_what_the_folder_holds(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, data: Path
) -> None:
    opened = open_data(config_of(), folder)
    lines = describe_data(opened, look_at_files(opened)).splitlines()
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


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def test_a_person_sees_what_was_read_and_what_was_refused(tmp_path: Path) -> None:
    put(tmp_path / "bitext/deu.tsv.gz", "Go home.\tGeh heim.\t1.21\nIt rains.\tEs regnet.\t1.07\n")
    put(tmp_path / "flores/deu_Latn.tsv.gz", "0\tdev\tx\tEins\n")
    put(tmp_path / "ner/deu/test.tsv.gz", "de:Mira\tS-PER\nde:ging\tO\n\n")
    put(tmp_path / "nli/deu/test.tsv.gz", "a b\tc\tperhaps\n")
    put(tmp_path / "ner/xxx/test.tsv.gz", "a\tO\n")
    data = DataFolder(tmp_path)
    looks = look_at_files(data)
    assert [(look.part, look.n, look.first, dict(look.notes)) for look in looks] == [
        ("bitext", 2, ("Go home. | Geh heim.", "It rains. | Es regnet."), {"scores in column 3 left out": 2}),
        ("flores", 1, ("0 | dev | x | Eins",), {}),
        (
            "ner", 1, ("Mira/B-PER ging/O",),
            {"words without their prefix 'de:'": 2, "tags of BIOES or BILOU made IOB2": 1},
        ),
        ("nli", 0, (), {}),
    ]  # fmt: skip
    text = describe_data(data, looks)
    assert "REFUSED: A label must be one of entailment, neutral, contradiction, but is 'perhaps' in" in text
    assert "    Mira/B-PER ging/O" in text and "read as: scores in column 3 left out (2)" in text
    assert "1 files cannot be read" in text and str(tmp_path / "ner/xxx") in text
    assert "| deu_Latn | 2 |" in text


def test_one_file_that_is_misnamed_hides_no_other(tmp_path: Path) -> None:
    put(tmp_path / "bitext/deu.tsv.gz", "Go home.\tGeh heim.\nIt rains.\tEs regnet.\n")
    put(tmp_path / "ner/deu/test.tsv.gz", "Mira\tB-PER\n\n")
    put(tmp_path / "ner/deu/validation.tsv.gz", "Mira\tB-PER\n\n")
    put(tmp_path / "ner/deu/more/dev.tsv.gz", "Mira\tB-PER\n\n")
    data = DataFolder(tmp_path)
    looks = look_at_files(data)
    assert [(look.path.name, bool(look.refused)) for look in looks] == [
        ("deu.tsv.gz", False), ("test.tsv.gz", False), ("validation.tsv.gz", True)
    ]  # fmt: skip
    text = describe_data(data, looks)
    assert "| deu_Latn | 2 |  | yes |  |" in text and "REFUSED: A file of `ner/` must be named <split>" in text
    assert f"lie in PART/ or PART/LANGUAGE/ (see the README):\n    {tmp_path}/ner/deu/more/dev.tsv.gz" in text


@pytest.mark.parametrize("source", ["files", "folder"])
def test_every_file_is_shown_where_a_copy_would_stop_at_the_first(
    tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "d/bitext/deu.tsv.gz", "Go home.\tGeh heim.\nIt rains.\tEs regnet.\n")
    put(tmp_path / "d/bitext/fra.tsv.gz", "a\tb\tc\td\te\n")
    put(tmp_path / "d/ner/deu/test.tsv.gz", "Mira\tB-PER\nging\tO\n\n")
    put(tmp_path / "d/nli/deu/test.tsv.gz", "a b\tc\tperhaps\n")
    files = {
        "bitext": {"deu": "bitext/deu.tsv.gz", "fra": "bitext/fra.tsv.gz"},
        "ner": {"deu": "ner/deu/test.tsv.gz"}, "nli": {"deu": "nli/deu/test.tsv.gz"},
    }  # fmt: skip
    more = {"files": files} if source == "files" else {"filters": ["in_evaluation"]}
    run = {"data": {"source": source, "root": str(tmp_path / "d"), **more}, "tasks": ["ner"]}
    path = tmp_path / "s.yaml"
    path.write_text(json.dumps({"name": "s", "arms": ["none"], "run": run}))
    assert main(["data", str(path), "--mlruns", str(tmp_path / "mlruns")]) == 1
    text = capsys.readouterr().out
    assert "Go home. | Geh heim." in text and "Mira/B-PER ging/O" in text and text.count("REFUSED: ") == 2
    assert "2 files cannot be read" in text
