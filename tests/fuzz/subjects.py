"""What is fuzzed: each reader with a small valid file of its own, and a second, independent reading of plain files.

`read` gives a plain value of what a file holds. `again` reads the same text by a few lines of its own (the standard
library's csv, json and ElementTree where they fit) and gives the same value, or None where the text is not in the plain
form of its layout: then the reader may refuse it, or recognise something and say so in the notes.
"""

import csv
import io
import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

from search_spaces.columns import read_columns
from search_spaces.distances.tables import read_distances, read_features
from search_spaces.languages import Language, parse_language
from search_spaces.reading import DataError
from search_spaces.replay.recorded import RecordedTrial, read_trials, write_table
from search_spaces.rules import read_costs
from search_spaces.structured import read_csv
from sweep.records.records import RecordStore, TrialRecord
from sweep.scores.frame import score_frame
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import INFERENCES, UPOS, Notes, read_conllu, read_entities, read_inferences
from trainables.data.pair_files import read_pairs
from trainables.data.words import SPLITTERS
from trainables.evaluation.scores import ScoreRow
from trainables.parallel_data.corpus import CorpusEntry, corpus_report
from trainables.parallel_data.tmx import read_tmx
from trainables.realignment.alignments.base import one_to_one
from trainables.realignment.alignments.dictionary import read_dictionary
from trainables.realignment.alignments.pharaoh import parse_links
from trainables.store.stage_store import find_damage

GERMAN, SWAHILI = parse_language("deu"), parse_language("swh")
WORDS = ["Ano", "floh", "schläft", "人々", "мир", "ng'ombe", "#", "a|b", "Zürich", "x", "(", "2", "हिन्दी", "it's"]
LATIN = [word for word in WORDS if word.isascii() and word.isalpha()]
THREE = ("deu_Latn", "eus_Latn", "fra_Latn")


@dataclass(frozen=True)
class Subject:
    """One reader. file: the name that its file has; is_lined: line ends and marks of its text mean nothing."""

    name: str
    file: str
    make: Callable[[Random], str]
    read: Callable[[Path, Notes], Any]
    again: Callable[[str], Any]
    is_lined: bool = True
    may_be_missing: bool = False


def _sentence(random: Random, n: int = 6) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.randint(2, n)))


def _lines(text: str) -> list[str] | None:
    """The lines of plain text, which end in LF or CR LF; None where it is not plain. Files that were joined have a
    byte-order mark where each begins.
    """
    text = re.sub(r"\r+(\n|\Z)", r"\1", text) if "\n" in text else text
    text = re.sub("^\ufeff", "", text, flags=re.MULTILINE)
    if not text or "\r" in text or "\0" in text or re.search("^\ufeff", text, re.MULTILINE):
        return None
    return text.removesuffix("\n").split("\n")


def _blocks(text: str, is_comment: Callable[[str], bool]) -> list[list[str]] | None:
    lines = _lines(text)
    if lines is None:
        return None
    blocks: list[list[str]] = [[]]
    for line in lines:
        if not line.strip():
            blocks.append([])
        elif not is_comment(line):
            blocks[-1].append(line)
    return [block for block in blocks if block]


# --- labelled files


def _make_conllu(random: Random) -> str:
    blocks = []
    for _ in range(4):
        words = [random.choice(WORDS) for _ in range(random.randint(1, 5))]
        lines = ["\t".join([str(i), w, "_", random.choice(UPOS), *["_"] * 6]) for i, w in enumerate(words, 1)]
        blocks.append("\n".join(["# text = " + " ".join(words), *lines]) + "\n\n")
    return "".join(blocks)


def _conllu(text: str) -> Any:
    found = []
    for block in _blocks(text, lambda line: line.startswith("#")) or []:
        words, tags = [], []
        for line in block:
            fields = line.split("\t")
            if len(fields) == 10 and re.fullmatch(r"\d{1,6}[-.]\d{1,6}", fields[0]):
                continue
            if len(fields) != 10 or not fields[1].strip() or fields[3] not in UPOS:
                return None
            if fields[0] != str(len(words) + 1):
                return None
            words.append(fields[1])
            tags.append(fields[3])
        if set(words) <= {"_"}:
            return None
        found.append((tuple(words), tuple(tags)))
    return found or None


def _make_entities(random: Random) -> str:
    tags = ["O", "O", "B-PER", "B-ORG", "B-LOC", "B-DATE"]
    return "".join(
        "".join(f"{random.choice(WORDS)}\t{random.choice(tags)}\n" for _ in range(random.randint(2, 6))) + "\n"
        for _ in range(4)
    )


def _entities(text: str) -> Any:
    found = []
    for block in _blocks(text, lambda line: False) or []:
        words: list[str] = []
        tags: list[str] = []
        for line in block:
            fields = line.split("\t")
            if len(fields) != 2 or not fields[0].strip() or line.startswith(("-DOCSTART-", "# ")):
                return None
            match = re.fullmatch(r"O|([BI])-(PER|ORG|LOC|DATE|OTH|MISC)", fields[1])
            if match is None:  # other schemes have tests of their own
                return None
            words.append(fields[0])
            tag = fields[1] if match[2] in ("PER", "ORG", "LOC") else "O"
            goes_on = tags and tags[-1][2:] == match[2]
            tags.append(f"B-{match[2]}" if tag.startswith("I") and not goes_on else tag)
        found.append((tuple(words), tuple(tags)))
    return found or None


def _make_inferences(random: Random) -> str:
    return "".join(f"{_sentence(random)}\t{_sentence(random)}\t{random.choice(INFERENCES)}\n" for _ in range(6))


def _rows(n_fields: int, fits: Callable[[list[str]], bool]) -> Callable[[str], Any]:
    def again(text: str) -> Any:
        found = [line.split("\t") for line in _lines(text) or []]
        return [tuple(row) for row in found] if found and all(len(r) == n_fields and fits(r) for r in found) else None

    return again


def _tagged(read: Callable[..., Any]) -> Callable[[Path, Notes], Any]:
    return lambda path, notes: [(s.words, s.tags) for s in read(path, GERMAN, notes)]


# --- pairs


def _english(random: Random) -> str:
    """Mostly in Latin letters, as English must be."""
    return " ".join([_sentence(random), *random.choices(LATIN, k=8)])


def _make_pairs(random: Random) -> str:
    return "".join(f"ntrex.{i}\t{_english(random)} .\t{_sentence(random)} !\n" for i in range(6))


def _pairs(text: str) -> Any:
    rows = [line.split("\t") for line in _lines(text) or []]
    if not rows or len({len(row) for row in rows}) != 1:
        return None
    if len(rows[0]) == 3 and all(re.fullmatch(r"\S+", row[0].strip()) for row in rows):
        return [(row[0].strip(), *row[1:]) for row in rows]
    has_ids = all(re.fullmatch(r"\S*\d\S*", row[0]) for row in rows)
    if len(rows[0]) == 2 and not has_ids and not all(re.match(r"[\d.]+$", row[1]) for row in rows):
        return [("", *row) for row in rows]
    return None


def _make_scored(random: Random) -> str:
    return "".join(f"{_english(random)} .\t{_sentence(random)}\t{random.uniform(0.5, 1.5):.3f}\n" for _ in range(6))


def _flores(path: Path, notes: Notes) -> Any:
    del notes
    folder = path.parent.parent
    (folder / "bitext").mkdir(exist_ok=True)
    data = DataFolder(folder)
    return [sorted(data.flores(GERMAN, split).items()) for split in ("train", "dev")]


def _flores_again(text: str) -> Any:
    rows = _rows(4, lambda row: row[1] in ("train", "dev"))(text)
    if rows is None or len({row[0] for row in rows}) < len(rows):
        return None
    return [sorted((row[0], row[3]) for row in rows if row[1] == split) for split in ("train", "dev")]


def _make_tmx(random: Random) -> str:
    def cell(language: str) -> str:
        text = _sentence(random).replace("&", "&amp;").replace("<", "&lt;")
        return f'<tuv xml:lang="{language}"><seg>{text}</seg></tuv>'

    units = "".join(f"<tu>{cell('en')}{cell('sw')}</tu>\n" for _ in range(5))
    return f'<?xml version="1.0"?>\n<tmx version="1.4"><header/><body>\n{units}</body></tmx>\n'


def _tmx(text: str) -> Any:
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        return None
    found = []
    for unit in root.iter("tu"):
        sides = {}
        for segment in unit:
            code = segment.get("{http://www.w3.org/XML/1998/namespace}lang", "").lower()  # RFC 5646, section 2.1.1
            if segment.tag != "tuv" or code not in ("en", "sw") or len(segment) != 1 or segment[0].tag != "seg":
                return None
            sides.setdefault(code, segment[0].text or "")
        if len(sides) == 2:
            found.append((sides["en"], sides["sw"]))
    return found or None


# --- alignments


def _pharaoh(path: Path, notes: Notes) -> Any:
    del notes
    from search_spaces.reading import read_lines

    return [one_to_one(parse_links(line, (9, 9), f"{path}, line {n}")) for n, line in read_lines(path)]


def _pharaoh_again(text: str) -> Any:
    found = []
    for line in _lines(text) or []:
        links = [item.split("-") for item in line.split()]
        if any(len(link) != 2 or not re.fullmatch("[0-9]{1,6},[0-9]{1,6}", ",".join(link)) for link in links):
            return None
        pairs = sorted({(int(a), int(b)) for a, b in links})
        if any(max(pair) > 8 for pair in pairs):
            return None
        found.append([p for p in pairs if sum(q[0] == p[0] for q in pairs) == sum(q[1] == p[1] for q in pairs) == 1])
    return found or None


def _dictionary_again(text: str) -> Any:
    rows = [[field.strip() for field in line.split("\t")] for line in _lines(text) or []]
    if not rows or any(len(row) != 2 or not all(row) for row in rows):
        return None
    single = [
        tuple(field.lower() for field in row)
        for row in rows
        if all(field.isalnum() or not re.search(r"[^\W_]|\s", field) for field in row)  # a word, or a run of signs
    ]
    return single or None


# --- tables


def _table(text: str) -> list[list[str]] | None:
    """Stripped rows that are not empty. One byte-order mark at the start is no part of the text."""
    text = text.removeprefix("\ufeff")
    if "\0" in text or text.startswith("\ufeff"):
        return None
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        return None
    return [row for row in rows if any(row)]


def _named_rows(text: str) -> tuple[list[str], dict[Language, dict[str, str]]] | None:
    """Columns, and cells by column of each language."""
    rows = _table(text)
    if not rows or "language" not in rows[0] or "" in rows[0] or len(set(rows[0])) < len(rows[0]):
        return None
    if any(len(row) != len(rows[0]) for row in rows):
        return None
    try:
        found = {
            parse_language(row[rows[0].index("language")]): dict(zip(rows[0], row, strict=True)) for row in rows[1:]
        }
    except ValueError:
        return None
    return (rows[0], found) if len(found) == len(rows) - 1 else None


def _costs_again(text: str) -> Any:
    named = _named_rows(text)
    if named is None or "cost" not in named[0]:
        return None
    try:
        costs = {name: float(cells["cost"]) for name, cells in named[1].items()}
    except ValueError:
        return None
    return costs if all(math.isfinite(cost) and cost >= 0 for cost in costs.values()) else None


def _facts_again(text: str) -> Any:
    named = _named_rows(text)
    if named is None or len(named[0]) < 2:
        return None
    columns = [column for column in named[0] if column != "language"]
    return {column: {n: cells[column] for n, cells in named[1].items() if cells[column]} for column in columns}


def _distances_again(text: str) -> Any:
    rows = _table(text)
    if not rows or len({len(row) for row in rows}) != 1 or len(rows) != 4:
        return None
    try:
        columns, names = [parse_language(n) for n in rows[0][1:]], [parse_language(row[0]) for row in rows[1:]]
        values = {(a, b): float(v) for a, row in zip(names, rows[1:], strict=True)
                  for b, v in zip(columns, row[1:], strict=True)}  # fmt: skip
    except ValueError:
        return None
    if sorted(columns) != sorted(THREE) or sorted(names) != sorted(THREE) or rows[0][0]:
        return None
    if any(not 0 <= v <= 1 or v != values[b, a] or (a == b and v) for (a, b), v in values.items()):
        return None
    return [[values[a, b] for b in sorted(THREE)] for a in sorted(THREE)]  # type: ignore[index]


def _make_distances(random: Random) -> str:
    a, b, c = (round(random.random(), 3) for _ in range(3))
    return f",de,Basque,fra\nde,0,{a},{b}\nBasque,{a},0,{c}\nfra,{b},{c},0\n"


def _features(path: Path, notes: Notes) -> Any:
    table = read_features(path, [Language(tag) for tag in THREE])
    notes["rows left out"] += len(table.unread)  # the report of a distance says so
    return table.matrix.features, [[None if math.isnan(v) else v for v in row] for row in table.matrix.values.tolist()]


def _features_again(text: str) -> Any:
    rows = _table(text)
    if not rows or len(rows) != 4 or len(set(rows[0][1:])) < len(rows[0]) - 1 or len({len(row) for row in rows}) != 1:
        return None
    try:
        by_name = {parse_language(row[0]): row[1:] for row in rows[1:]}
    except ValueError:
        return None
    if sorted(by_name) != sorted(THREE):
        return None
    columns: list[list[float | None]] = []
    for cells in zip(*(by_name[Language(tag)] for tag in sorted(THREE)), strict=True):
        known = [cell for cell in cells if cell.casefold() not in ("", "?", "na", "nan", "none", "null")]
        try:
            columns.append([float(cell) if cell in known else None for cell in cells])
        except ValueError:
            columns.append([float(sorted(set(known)).index(cell)) if cell in known else None for cell in cells])
    if not all(value is None or math.isfinite(value) for column in columns for value in column):
        return None
    return tuple(rows[0][1:]), [list(row) for row in zip(*columns, strict=True)]


# --- what the project writes itself


def _make_record(random: Random) -> str:
    scores = tuple(
        ScoreRow(task="pos", metric="accuracy", language=tag, split=split, n_correct=n, n_total=40)
        for tag in ("swh_Latn", "deu_Latn") for split in ("dev", "test") for n in [random.randint(0, 40)]
    )  # fmt: skip
    record = TrialRecord(
        sweep="s", trial="none", arm="none", label="none", criterion="none", languages=("swh_Latn",), seed=3,
        status="finished", score=0.5, scores=scores, signals=({"name": "x", "at": 0.5, "value": 0.1},),
        costs={"realign_s": 1.5}, seen_languages=("deu_Latn",),
    )  # fmt: skip
    return json.dumps(record.as_dict(), indent=1, ensure_ascii=False)


def _record(path: Path, notes: Notes) -> Any:
    del notes
    frame = score_frame(RecordStore(path.parent).all())
    return sorted(map(tuple, frame[["task", "metric", "split", "language", "value", "n_correct"]].values.tolist()))


def _json(text: str) -> Any:
    """The value, where each key comes once and each number is finite."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=once)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return value


def _record_again(text: str) -> Any:
    value = _json(text)
    keys = ("task", "metric", "split", "language", "value", "n_correct")
    try:
        rows = [tuple(score[key] for key in keys) for score in value["scores"] if score["n_total"] > 0]
        if value["status"] != "finished":
            return []
        return sorted(rows) if 0 <= value["score"] <= 1 else None
    except (TypeError, KeyError):
        return None


def _make_manifest(random: Random) -> str:
    files = {f"part{i}.bin": {"bytes": 3, "sha256": SHA_ABC} for i in range(2)}
    return json.dumps({"identity": {"seed": random.randint(0, 9)}, "files": files}, indent=1)


SHA_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of "abc", FIPS 180-2 appendix B.1


def _manifest(path: Path, notes: Notes) -> Any:
    del notes
    for i in range(2):
        (path.parent / f"part{i}.bin").write_bytes(b"abc")
    if damage := find_damage(path.parent):
        raise DataError(f"{path.parent} is damaged ({damage}).")  # as the store's log says
    return "whole"


def _manifest_again(text: str) -> Any:
    value = _json(text)
    files = value.get("files") if isinstance(value, dict) else None
    entry = {"bytes": 3, "sha256": SHA_ABC}
    plain = isinstance(files, dict) and set(files) <= {"part0.bin", "part1.bin"}
    return "whole" if plain and all(found == entry for found in files.values()) else None  # type: ignore[union-attr]


def _make_trials(random: Random, folder: Path) -> str:
    import gzip

    trials = [
        RecordedTrial(
            languages=(SWAHILI, tag), seed=i, told={GERMAN: random.random()}, judged={GERMAN: random.random()},
            duration=2.0, signals=((0.5, 0.25),),
        )
        for i, tag in enumerate((GERMAN, parse_language("yor")))
    ]  # fmt: skip
    path = folder / "made.csv.gz"
    write_table(trials, path)
    return gzip.decompress(path.read_bytes()).decode()


def _trials(path: Path, notes: Notes) -> Any:
    del notes
    return [
        (t.languages, t.seed, sorted(t.told.items()), sorted(t.judged.items()), t.duration, t.signals)
        for t in read_trials(path)
    ]


def _trials_again(text: str) -> Any:
    if _lines(text) is None or '"' in text:
        return None
    rows = list(csv.DictReader(io.StringIO("".join(line for line in text.splitlines(True) if line.strip()))))
    try:
        return [
            (
                tuple(map(parse_language, row["languages"].split())), int(row["seed"]),
                [(GERMAN, float(row["dev deu_Latn"]))], [(GERMAN, float(row["test deu_Latn"]))],
                float(row["duration_s"]), tuple(tuple(map(float, s.split(":"))) for s in row["signals"].split()),
            )
            for row in rows
        ] if rows and set(rows[0]) == {"languages", "seed", "duration_s", "signals", "dev deu_Latn", "test deu_Latn"} \
            else None  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _make_corpus(random: Random) -> str:
    entry = CorpusEntry(part="pos", language="swh_Latn", split="test", source="x", revision=None, licence="l",
                        n_available=random.randint(1, 9), n_kept=1, dropped={"empty": 1})  # fmt: skip
    return json.dumps([asdict(entry)], indent=1)


def subjects(folder: Path) -> list[Subject]:
    """All readers; `folder` is for what they need to make their files."""
    costs = "language,cost\n" + "".join(f"{tag},{n}\n" for n, tag in enumerate(("swh", "yor", "Hausa"), 1))
    facts = "language,kind,note\nswh,a,x y\nyor,b,\nhau,a,z\n"
    features = "name,F1,F2,F3\ndeu,0,1,0.5\nBasque,1,1,0\nfra,0,0,1\n"
    return [
        Subject("conllu", "test.conllu", _make_conllu, _tagged(read_conllu), _conllu),
        Subject("conllu.gz", "test.conllu.gz", _make_conllu, _tagged(read_conllu), _conllu),
        Subject("entities", "test.tsv.gz", _make_entities, _tagged(read_entities), _entities),
        Subject("inferences", "test.tsv", _make_inferences,
                lambda path, notes: [(p.premise, p.hypothesis, p.label) for p in read_inferences(path, None, notes)],
                _rows(3, lambda row: all(map(str.strip, row)) and row[2] in INFERENCES)),
        Subject("pairs", "deu.tsv.gz", _make_pairs,
                lambda path, notes: [row[1:] for row in read_pairs(path, GERMAN, notes)], _pairs),
        Subject("scored pairs", "deu.tsv", _make_scored,
                lambda path, notes: [row[1:] for row in read_pairs(path, GERMAN, notes)], _pairs),
        Subject("flores", "flores/deu_Latn.tsv.gz",
                lambda r: "".join(f"{i}\t{r.choice(['train', 'dev'])}\tt\t{_sentence(r)}\n" for i in range(6)),
                _flores, _flores_again),
        Subject("tmx", "m.tmx", _make_tmx, lambda path, notes: list(read_tmx(path, SWAHILI, notes)), _tmx, False),
        Subject("tmx.gz", "m.tmx.gz", _make_tmx, lambda path, notes: list(read_tmx(path, SWAHILI, notes)), _tmx, False),
        Subject("pharaoh", "swh.pharaoh",
                lambda r: "".join(" ".join(f"{r.randint(0, 8)}-{r.randint(0, 8)}" for _ in range(4)) + "\n"
                                  for _ in range(5)), _pharaoh, _pharaoh_again),
        Subject("dictionary", "swh.tsv.gz", lambda r: "".join(f"w{'abc'[i % 3]}\tv{'xyz'[i % 3]}\n" for i in range(6)),
                lambda path, notes: read_dictionary(path, next(iter(SPLITTERS))), _dictionary_again),
        Subject("costs", "costs.csv", lambda r: costs, lambda path, notes: read_costs(path),
                _costs_again),
        Subject("facts", "facts.csv", lambda r: facts, lambda path, notes: read_columns(path), _facts_again),
        Subject("distances", "d.csv", _make_distances,
                lambda path, notes: read_distances(path, [Language(t) for t in THREE]).matrix.values.tolist(),
                _distances_again),
        Subject("features", "f.csv", lambda r: features, _features, _features_again),
        Subject("csv", "any.csv", lambda r: facts, lambda path, notes: [cells for _, cells in read_csv(path)], _table),
        Subject("record", "none.json", _make_record, _record, _record_again, False, True),
        Subject("stage.json", "stage.json", _make_manifest, _manifest, _manifest_again, False),
        Subject("replay table", "t.csv.gz", lambda r: _make_trials(r, folder), _trials, _trials_again),
        Subject("corpus.json", "corpus.json", _make_corpus,
                lambda path, notes: [asdict(entry) for entry in corpus_report(path.parent)], _json, False, True),
    ]  # fmt: skip
