"""A minute's worth of fuzzing in every run, and a small corpus of files that earlier versions got wrong.

`python tests/fuzz/readers.py --minutes 60` goes on where this stops.
"""

import gzip
import math
import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from readers import FAULTS, Hang, rounds
from subjects import Subject, subjects

from search_spaces.reading import DataError
from trainables.data.labelled_files import Notes

N_ROUNDS = 6
MARK = "\ufeff".encode()

RECORD = (
    b'{"sweep": "s", "trial": "none", "arm": "none", "label": "none", "criterion": "none", "languages": [], "seed": 3, '
    b'"status": "finished", "score": 0.475, "scores": [{"task": "pos", "metric": "accuracy", "language": "deu_Latn", '
    b'"split": "dev", "n_correct": 19, "n_total": 40, "value": %b}]}'
)
# (reader, content, what is read; "" = refused): what earlier versions hung at, raised foreign exceptions at or misread
CORPUS = [
    ("pairs", b"ntrex.1\tGo.\nntrex.2\tIt rains.\n", ""),  # the other side is lost: ids are no English
    ("pairs", b"Go home.\t1.07\nIt rains.\t1.21\n", ""),  # and scores are no other language
    ("pairs", MARK + b"Go home.\tGeh heim.\r\n", [("", "Go home.", "Geh heim.")]),
    ("pairs", b"Go.\tGeh.\rRun.\tLauf.\r", [("", "Go.", "Geh."), ("", "Run.", "Lauf.")]),
    ("pairs", b"x.1 \tGo.\tGeh.\nx.2\tRun.\tLauf.\n", [("x.1", "Go.", "Geh."), ("x.2", "Run.", "Lauf.")]),
    ("pairs", b"Go.\tGeh.\r\nRun.\tLauf.\n", [("", "Go.", "Geh."), ("", "Run.", "Lauf.")]),
    ("entities", b"Ano\tB-PER\rfloh\tO\r\rx\tB-LOC\r", [(("Ano", "floh"), ("B-PER", "O")), (("x",), ("B-LOC",))]),
    ("entities", "Zürich\tO\n".encode("latin-1"), ""),
    ("inferences", MARK + b"A b\tC\tneutral\n", [("A b", "C", "neutral")]),
    ("flores", MARK + b"0\ttrain\tt\tEins\n", [[("0", "Eins")], []]),
    ("pharaoh", "٣-0\n".encode(), ""),
    ("pharaoh", b"0-" + b"9" * 5000 + b"\n", ""),
    ("dictionary", MARK + b"go\tgeh\n", [("go", "geh")]),
    ("costs", b"language,cost\nswh,nan\n", ""),
    ("costs", b"language,cost\nswh,-5\n", ""),
    ("facts", b"language,a,a\nswh,x,y\n", ""),
    ("facts", b"language,a\nswh,x,y\n", ""),
    ("features", b"deu,0,1\ndeu,0,1\nBasque,1,1\nfra,0,0\n", ""),  # the header is lost
    ("replay table", b"languages,seed,duration_s,signals,dev deu_Latn\nswh_Latn,0,2.0,,0.5\n", ""),
    ("record", RECORD % b"0.475", [("pos", "accuracy", "dev", "deu_Latn", 0.475, 19)]),
    ("record", b"[" * 100_000, ""),
    ("record", b'{"scores": 3}', ""),
    ("record", RECORD % b"0.455", ""),  # its counts say 0.475
    ("record", (RECORD % b"0.475").replace(b'"score": 0.475, ', b""), ""),
    ("record", (RECORD % b"0.475").replace(b'"score": 0.475', b'"score": 1e308'), ""),
    ("stage.json", b'{"files": []}', ""),
    ("stage.json", b'{"files": {"part0.bin": 3}}', ""),
    ("stage.json", b'{"files": {"../x": {"bytes": 3, "sha256": ""}}}', ""),
    ("stage.json", b"3", ""),
    ("corpus.json", b'[{"part": "pos"}]', ""),
    ("corpus.json", b"{}", ""),
]  # fmt: skip


def test_nothing_is_misread_and_everything_refused_names_its_file() -> None:
    counts: Counter[str] = Counter()
    for name, came, why, content in rounds(0, [], math.inf, N_ROUNDS):
        assert came not in FAULTS, f"{name}: {came}: {why}\n{content[:300]!r}"
        counts[came] += 1
    assert counts["correct"] > 20 and counts["refused"] > 40  # the mutations hurt, and not everything


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "name"), [("pos/*/", "conllu.gz"), ("ner/*/", "entities"), ("nli/*/", "inferences"), ("bitext/", "pairs")]
)
def test_real_files_are_read_as_by_a_second_reader(part: str, name: str, by_name: dict[str, Subject]) -> None:
    """Every file of the pack; nothing in it is recognised as something else."""
    pack = Path(__file__).parents[2] / "../shared/data"
    if not pack.is_dir():
        pytest.skip("no ../shared/data beside this clone")
    n_compared = 0
    for path in sorted(pack.glob(f"{part}*.gz")):
        notes = Notes()
        text = gzip.decompress(path.read_bytes()).decode()
        expected = by_name[name].again(text)
        assert expected is None or by_name[name].read(path, notes) == expected, path
        n_compared += expected is not None
        said = [what for what, n in notes.items() if n and re.search("prefix|comment|left out", what)]
        assert not said, (path, notes)
    assert n_compared >= 25


@pytest.fixture(scope="module")
def by_name() -> dict[str, Subject]:
    with tempfile.TemporaryDirectory() as folder:
        return {subject.name: subject for subject in subjects(Path(folder))}


@pytest.mark.parametrize(("name", "content", "value"), CORPUS)
def test_what_was_found_stays_found(
    name: str, content: bytes, value: object, by_name: dict[str, Subject], tmp_path: Path
) -> None:
    subject = by_name[name]
    path = tmp_path / subject.file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    if value != "":
        assert subject.read(path, Notes()) == value
        return
    with pytest.raises(ValueError) as caught:
        subject.read(path, Notes())
    assert str(path.parent) in str(caught.value) and "\n" not in str(caught.value)
    assert not isinstance(caught.value, UnicodeError)


def test_the_driver_tells_faults_from_what_is_fine(tmp_path: Path) -> None:
    """A reader with one fault of each kind is found out."""
    from readers import outcome

    def reader(error: BaseException | None) -> Subject:
        def read(path: Path, notes: Notes) -> object:
            if error is not None:
                raise error
            return "other"

        return Subject("x", "x.tsv", lambda random: "a", read, lambda text: "expected")

    path = tmp_path / "x.tsv"
    for error, came in (
        (DataError(f"{path} must be good."), "refused"),
        (DataError("It must be good."), "nameless"),
        (DataError(f"{path} must\nbe good."), "nameless"),
        (KeyError("a"), "foreign"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, str(path)), "foreign"),
        (Hang(), "hang"),
        (None, "different"),
    ):
        assert outcome(reader(error), path, "a", "original", False)[0] == came
    assert outcome(reader(DataError(f"{path} is other.")), path, "a", "a", True)[0] == "nameless"
