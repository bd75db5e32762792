"""The formats of labelled text: what is read, and that what is malformed is refused by file and line."""

import gzip
from pathlib import Path

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from trainables.data.labelled_files import (
    DataError,
    InferencePair,
    TaggedSentence,
    read_conllu,
    read_entities,
    read_inferences,
)


def write(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def entity_file(folder: Path, text: str) -> Path:
    """`a O|b B-PER||c O` -> lines, with a blank one for each ||."""
    return write(folder / "ner.tsv.gz", text.replace(" ", "\t").replace("|", "\n") + "\n")


def test_entities_are_read_in_sentences(tmp_path: Path) -> None:
    path = entity_file(tmp_path, "Ada B-PER|Lovelace I-PER|came O||London B-LOC")
    assert read_entities(path) == [
        TaggedSentence(("Ada", "Lovelace", "came"), ("B-PER", "I-PER", "O")),
        TaggedSentence(("London",), ("B-LOC",)),
    ]


def test_dates_and_other_names_are_read_as_o(tmp_path: Path) -> None:
    (sentence,) = read_entities(entity_file(tmp_path, "a B-DATE|b I-DATE|c B-OTH|d B-ORG|e I-DATE|f I-ORG"))
    assert sentence.tags == ("O", "O", "O", "B-ORG", "O", "B-ORG")


def test_a_lone_inside_tag_begins_an_entity_and_no_entity_changes(tmp_path: Path) -> None:
    raw = "I-PER I-PER O I-LOC I-ORG B-ORG I-ORG".split()
    (sentence,) = read_entities(entity_file(tmp_path, "|".join(f"w {tag}" for tag in raw)))
    assert sentence.tags == ("B-PER", "I-PER", "O", "B-LOC", "B-ORG", "B-ORG", "I-ORG")
    assert get_entities(list(sentence.tags)) == get_entities(raw)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a O|b", r"a token and a tag separated by a tab, but .*ner.tsv.gz, line 2 is 'b'"),
        ("a O|| B-PER", r"line 3 is '\\tB-PER'"),
        ("a O|b B-GOD", r"but is 'B-GOD' in .*ner.tsv.gz, line 2. Map other types"),
        ("a 1", "but is '1' in .*line 1.*write numbers as names"),
        ("B-PER Ada|O came", "first column holds tags"),
        ("|", "at least one sentence"),
    ],
)
def test_malformed_entities_are_refused_by_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_entities(entity_file(tmp_path, content))


def test_inferences_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "nli.tsv.gz", "A dog.\tA cat.\tcontradiction\n")
    assert read_inferences(path) == [InferencePair("A dog.", "A cat.", "contradiction")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\tneutral\na\tb\n", r"3 tab-separated fields, but .*nli.tsv.gz, line 2 has 2"),
        ("a\tb\t0\n", r"entailment, neutral, contradiction, but is '0' in .*nli.tsv.gz, line 1"),
        ("a\tb\t-\n", "but is '-' in .*line 1"),
        ("a\t \tneutral\n", "one is empty in .*line 1"),
    ],
)
def test_malformed_inferences_are_refused_by_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_inferences(write(tmp_path / "nli.tsv.gz", content))


def test_files_that_are_not_gzipped_are_read_too(tmp_path: Path) -> None:
    line = "\t".join(["1", "dog", "_", "NOUN", *["_"] * 6])
    assert read_conllu(write(tmp_path / "a.conllu", line + "\r\n\r\n")) == [TaggedSentence(("dog",), ("NOUN",))]


@pytest.mark.parametrize("names", ["hypothesis\tpremise", "Sentence2\tSentence1", "hypothesis\ttext", "text\tpremise"])
def test_a_header_with_the_hypothesis_first_is_not_read_swapped(names: str, tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text(f"{names}\tlabel\nA dog is out.\tTwo dogs are out.\tentailment\n")
    with pytest.raises(DataError, match=r"The premise must come first, .* says \['.*'label'\]. Swap the columns"):
        read_inferences(path)
    path.write_text("premise\thypothesis\tlabel\nTwo dogs are out.\tA dog is out.\tentailment\n")
    assert [pair.premise for pair in read_inferences(path)] == ["Two dogs are out."]
