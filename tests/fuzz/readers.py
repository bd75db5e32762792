"""Damages valid files of every reader and counts what comes of it. Anyone can run it, for a minute or for an hour:

    python tests/fuzz/readers.py --minutes 1 --seed 0

Each damaged file ends in one of these, of which the last four are faults (exit code 1):

    correct      read, and equal to an independent reading of the same text (or to the undamaged file)
    recognised   read in another way than it stands there, and the notes say so
    refused      one sentence that names the file
    nameless     refused without the file's name, or in several lines
    foreign      another exception than ValueError
    different    read, unlike the independent reading, and nothing said
    hang         not over after HANG_S seconds
"""

import argparse
import gzip
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from subjects import Subject, subjects

from trainables.data.labelled_files import Notes

FINE, FAULTS = ("correct", "recognised", "refused"), ("nameless", "foreign", "different", "hang")
HANG_S = 20.0
N_MUTATIONS = 3  # at most, in one file
PIECES = [
    b"\t", b"\n", b"\n\n", b"\r", b" ", b",", b'"', b"#", b"# x = 1\n", b"\xff", b"\x00", b"\xef\xbb\xbf",
    b"\xe2\x80\xa8", b"nan", b"inf", b"-5", b"1e999", b"NaN", b"{", b"}", b"[", b"]" * 3, b"[" * 3000, b"null",
    b"true", b'"a":', b"=1+1", b"O", b"S-PER", b"I-LOC", b"-DOCSTART- -X- O", b"de:", b"NOUN", b"_", b"1.5", b"<tu>",
    b"</seg>", b"&amp;", b"&x;", b"<!--", b"sr-Latn", b"../x", b"x" * 3000, b"0-0", b"9-9", b"999999999999", b"swh",
    b"\xd9\xa3",
]  # fmt: skip


class Hang(BaseException):
    """A reader took too long."""


def _alarm(number: int, frame: FrameType | None) -> None:
    raise Hang


# --- mutations of content


def _flip(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :]


def _insert(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice(PIECES) + content[at:]


def _replace(content: bytes, random: Random) -> bytes:
    at, n = random.randrange(len(content)), random.randint(1, 6)
    return content[:at] + random.choice(PIECES) + content[at + n :]


def _delete(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + content[at + random.randint(1, 12) :]


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content))]


def _of_lines(change: Callable[[list[bytes], Random], None]) -> Callable[[bytes, Random], bytes]:
    def mutate(content: bytes, random: Random) -> bytes:
        lines = content.split(b"\n")
        change(lines, random)
        return b"\n".join(lines)

    return mutate


def _drop_line(lines: list[bytes], random: Random) -> None:
    del lines[random.randrange(len(lines))]


def _double_line(lines: list[bytes], random: Random) -> None:
    at = random.randrange(len(lines))
    lines.insert(random.randrange(len(lines) + 1), lines[at])


def _swap_lines(lines: list[bytes], random: Random) -> None:
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]


def _columns(lines: list[bytes], random: Random) -> None:
    """One column more or less in every line: what another program's export looks like."""
    separator = b"\t" if any(b"\t" in line for line in lines) else b","
    at, keep = random.randrange(4), random.random() < 0.5
    for i, line in enumerate(lines):
        fields = line.split(separator)
        if line and at < len(fields):
            fields[at : at + 1] = [fields[at], random.choice((b"1.5", b"x", b"O", b"_"))] if keep else []
            lines[i] = separator.join(fields)


MUTATIONS: list[Callable[[bytes, Random], bytes]] = [
    _flip, _insert, _insert, _replace, _delete, _cut, _of_lines(_drop_line), _of_lines(_double_line),
    _of_lines(_swap_lines), _of_lines(_columns),
]  # fmt: skip


# --- forms of the whole file


def _same_form(content: bytes, random: Random) -> bytes:
    """Another form of the same text: a mark in front, other line ends."""
    if random.random() < 0.5:
        content = content.replace(b"\n", random.choice((b"\r\n", b"\r")))
    return random.choice((b"", b"\xef\xbb\xbf")) + content


def _other_encoding(content: bytes, random: Random) -> bytes:
    text = content.decode("utf-8", errors="replace")
    encoding = random.choice(("utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1", "shift_jis"))
    return text.encode(encoding, errors="replace")


def _damaged_pack(packed: bytes, random: Random) -> bytes:
    return random.choice((_flip, _cut, _insert, _delete))(packed, random)


def _instead(path: Path, random: Random) -> None:
    """Something that is no file in the file's place."""
    kind = random.choice(("folder", "pipe", "dangling", "missing", "device"))
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "dangling":
        path.symlink_to(path.parent / "gone")
    elif kind == "device":
        path.symlink_to("/dev/zero")


# --- one try


def outcome(subject: Subject, path: Path, text: str | None, original: Any, is_original: bool) -> tuple[str, str]:
    """(what came of reading, why).

    Args:
        text: of the file, where it is text.
        original: the value of the undamaged file.
        is_original: the file holds the same text in another form, and must be read as the same.
    """
    notes = Notes()
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    try:
        value = subject.read(path, notes)
    except Hang:
        return "hang", "".join(traceback.format_stack(limit=2))
    except ValueError as error:
        if isinstance(error, UnicodeError) or type(error).__module__ == "json.decoder":
            return "foreign", repr(error)
        names = str(path.parent) in str(error) or subject.name == "flores" and str(path.parent.parent) in str(error)
        return ("refused" if names and "\n" not in str(error) and not is_original else "nameless"), str(error)
    except Exception:
        return "foreign", traceback.format_exc(limit=-3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if is_original:
        return ("correct" if value == original else "different"), repr(value)[:300]
    expected = None if text is None else subject.again(text)
    if value == expected or (expected is None and value == original):
        return "correct", ""
    if any(notes.values()):
        return "recognised", str(dict(notes))
    return "different", f"read {value!r:.300}, again {expected!r:.300}"


def one(subject: Subject, folder: Path, random: Random) -> tuple[str, str, bytes]:
    """One damaged file: (what came of it, why, its bytes)."""
    path = folder / subject.file
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = subject.make(random).encode()
    is_packed = path.suffix == ".gz"
    path.write_bytes(gzip.compress(plain, mtime=0) if is_packed else plain)
    original = subject.read(path, Notes())
    draw = random.random()
    content, is_original = plain, False
    if draw < 0.04:
        path.unlink()
        _instead(path, random)
        if subject.may_be_missing and not os.path.lexists(path):
            path.mkdir()
        return *outcome(subject, path, None, original, False), b""
    if draw < 0.12 and subject.is_lined:
        content, is_original = _same_form(plain, random), True
    elif draw < 0.18:
        content = _other_encoding(plain, random)
    elif draw < 0.30 and is_packed:
        packed = _damaged_pack(gzip.compress(plain, mtime=0), random)
        path.write_bytes(packed)
        return *outcome(subject, path, plain.decode(), original, False), packed
    else:
        for _ in range(random.randint(1, N_MUTATIONS)):
            content = random.choice(MUTATIONS)(content, random) if content else content
    path.write_bytes(gzip.compress(content, mtime=0) if is_packed else content)
    try:
        text: str | None = content.decode()
    except UnicodeDecodeError:
        text = None
    return *outcome(subject, path, text, original, is_original), content


def rounds(seed: int, names: list[str], until_s: float, n: int = 0) -> Iterator[tuple[str, str, str, bytes]]:
    """(reader, what came of it, why, bytes), in turn over the readers, until the time is over or after `n` rounds."""
    signal.signal(signal.SIGALRM, _alarm)
    with tempfile.TemporaryDirectory() as made:
        chosen = [subject for subject in subjects(Path(made)) if not names or subject.name in names]
        number = 0
        while time.monotonic() < until_s and (not n or number < n):
            for subject in chosen:
                with tempfile.TemporaryDirectory() as folder:
                    random = Random(f"{seed}/{subject.name}/{number}")
                    yield subject.name, *one(subject, Path(folder), random)
            number += 1


def main() -> int:
    """Runs, prints a table of counts, and the first faults of each reader."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", default=[], metavar="READER")
    parser.add_argument("--keep", type=Path, help="folder for the files that were faults")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    shown: Counter[tuple[str, str]] = Counter()
    for name, came, why, content in rounds(options.seed, options.only, time.monotonic() + 60 * options.minutes):
        counts.setdefault(name, Counter())[came] += 1
        if came in FAULTS:
            shown[name, came] += 1
            if shown[name, came] <= 3:
                print(f"{name}: {came}: {why}\n    {content[:300]!r}", file=sys.stderr)
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{name.replace(' ', '-')}-{came}-{shown[name, came]}").write_bytes(content)
    kinds = [*FINE, *FAULTS]
    print(f"{'reader':14}" + "".join(f"{kind:>12}" for kind in kinds))
    total: Counter[str] = Counter()
    for name, found in counts.items():
        total.update(found)
        print(f"{name:14}" + "".join(f"{found[kind]:12}" for kind in kinds))
    print(f"{'all':14}" + "".join(f"{total[kind]:12}" for kind in kinds))
    return int(any(total[kind] for kind in FAULTS))


if __name__ == "__main__":
    sys.exit(main())
