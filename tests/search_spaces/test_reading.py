"""The border of all files: one sentence with the file's name for every kind of fault, and the same lines whatever the
line ends, the byte-order mark or the packing."""

import gzip
import itertools
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from search_spaces import reading
from search_spaces.reading import DataError, local_path, open_binary, read_chunks, read_lines, read_text
from search_spaces.structured import read_csv, read_json

TEXT = "Mira sah\n\nKelvo \u2028 schläft\n"
LINES = [(1, "Mira sah"), (2, ""), (3, "Kelvo \u2028 schläft")]


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_are_the_same_whatever_the_form(tmp_path: Path, end: str, mark: str, name: str, last: bool) -> None:
    text = mark + (TEXT if last else TEXT.removesuffix("\n")).replace("\n", end)
    content = text.encode()
    assert list(read_lines(put(tmp_path / name, gzip.compress(content) if name.endswith("gz") else content))) == LINES


@pytest.mark.parametrize("ends", itertools.product(["\n", "\r\n"], repeat=len(LINES)))
def test_lf_and_cr_lf_may_both_occur_and_mean_the_same(tmp_path: Path, ends: tuple[str, ...]) -> None:
    """As in files that two systems have written to: every program counts the same lines."""
    content = "".join(line + end for (_, line), end in zip(LINES, ends, strict=True))
    assert list(read_lines(put(tmp_path / "a.txt", content.encode()))) == LINES


@pytest.mark.parametrize("n_bytes", [1, 2, 3, 7])
def test_pieces_may_end_anywhere(tmp_path: Path, n_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a letter of several bytes, and between CR and LF."""
    monkeypatch.setattr(reading, "CHUNK_BYTES", n_bytes)
    path = put(tmp_path / "a", ("\ufeff" + TEXT).replace("\n", "\r\n").encode())
    assert list(read_lines(path)) == LINES


def test_two_files_put_together_keep_no_mark(tmp_path: Path) -> None:
    path = put(tmp_path / "a", "\ufeffMira\n\ufeffKelvo\n".encode())
    assert [line for _, line in read_lines(path)] == ["Mira", "Kelvo"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", b"", "at least one line, but is empty"),
        ("a.tsv", b"\xef\xbb\xbf", "at least one line, but is empty"),
        ("a.tsv", "a\nschläft\n".encode("latin-1"), r"must be UTF-8, but line 2 is not \(byte 6 .*iconv -f WINDOWS"),
        ("a.tsv", "a\nä".encode()[:-1], "line 2 is not .* breaks off within a character"),
        ("a.tsv", "a\n".encode("utf-16"), "looks like UTF-16: `iconv"),
        ("a.tsv", "a\n".encode("utf-16-le"), "zero byte.*iconv -f UTF-16"),
        ("a.tsv", gzip.compress(b"a\n", mtime=0), "looks like gzip: end its name in .gz"),
        ("a.tsv", b"PK\x03\x04rest", "zip archive"),
        ("a.tsv", b"version https://git-lfs.github.com/spec/v1\noid", "pointer of Git LFS"),
        ("a.tsv", b"a\rb\nc\n", "end in LF or CR LF, or all in CR, but .*a.tsv, line 2"),
        ("a.tsv", b"a\nb\rc\n", "end in LF or CR LF, or all in CR, but .*a.tsv, line 2"),
        ("a.tsv.gz", b"a\tb\n", "must be a gzip file, as its name says, but begins with b'a"),
        ("a.tsv.gz", b"", "at least one line, but is empty"),
        ("a.tsv.gz", gzip.compress(b"abcdef\n", mtime=0)[:-9], "must be a whole gzip file.*[Ff]etch it again"),
        ("a.tsv.gz", gzip.compress(b"abcdef\n", mtime=0)[:-3] + b"xyz", "must be a whole gzip file"),
        ("a.tsv.gz", gzip.compress(b"abcdef\n", mtime=0) + b"more", "must be a whole gzip file"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = put(tmp_path / name, content)
    with pytest.raises(DataError, match=message) as caught:
        list(read_lines(path))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.symlink_to(path.parent / "gone"), "link that points nowhere"),
        (lambda path: path.symlink_to(path.name), "cannot be"),
        (Path.mkdir, "is a folder"),
        (pipe, "is a pipe"),
        (bound, "is a socket"),
        (lambda path: path.symlink_to("/dev/null"), "is a device"),
    ],
    ids=["missing", "dangling", "loop", "folder", "pipe", "socket", "device"],
)
def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path, make: Any, message: str) -> None:
    path = Path(os.path.relpath(tmp_path)) / "x.tsv.gz"  # short: the address of a socket is
    make(path)
    for read in (open_binary, read_text, read_json, read_csv, lambda p: list(read_lines(p))):
        caught: list[BaseException] = []

        def attempt(read: Any = read, caught: list[BaseException] = caught) -> None:
            try:
                read(path)
            except BaseException as error:
                caught.append(error)

        thread = threading.Thread(target=attempt, daemon=True)
        thread.start()
        thread.join(10)
        assert len(caught) == 1 and isinstance(caught[0], DataError) and message in str(caught[0])


def test_a_name_too_long_or_with_a_zero_byte_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be"):
        open_binary(tmp_path / ("x" * 300))
    for name in ("a\0b", "~nobody-of-this-name/x"):
        with pytest.raises(DataError, match="path"):
            local_path(name)


def test_a_bomb_is_stopped_before_it_has_filled_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SMALL_BYTES", 1 << 16)
    monkeypatch.setattr(reading, "CHUNK_BYTES", 1 << 12)
    path = put(tmp_path / "a.tsv.gz", gzip.compress(b"0" * (1 << 22)))
    seen = 0
    with pytest.raises(DataError, match="unpack to more than"):
        for chunk in read_chunks(path):
            seen += len(chunk)
    assert seen <= 1 << 20  # a quarter of it; real text is packed far less
    honest = put(tmp_path / "b.tsv.gz", gzip.compress(os.urandom(1 << 17).hex().encode()))
    assert len(b"".join(read_chunks(honest))) == 1 << 18


def test_a_line_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_LINE", 100)
    monkeypatch.setattr(reading, "CHUNK_BYTES", 64)
    with pytest.raises(DataError, match="at most 100 characters, but .*line 2"):
        list(read_lines(put(tmp_path / "a", b"ab\n" + b"x" * 1000)))
