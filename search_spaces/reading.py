"""The one border where files come in: what is opened, how it is unpacked, decoded and cut into lines, rows or values.

Every reader of the project goes through here, so that the same faults give the same sentence: no such file, a folder,
a pipe or a device in its place, a gzip file that is none or breaks off or unpacks to far more than text would, an
encoding that is not UTF-8, line ends that programs count differently, CSV and JSON that are malformed or nested
without end. Each sentence names the file, the place in it and what to do. Nothing but the standard library.
"""

import codecs
import errno
import gzip
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

CHUNK_BYTES = 1 << 20
MAX_LINE = 1 << 24
"""Characters. The longest line of real text is far below; a file without any line end is read up to here only."""
SMALL_BYTES = 1 << 26
MAX_RATIO = 200
"""A gzip file may unpack to SMALL_BYTES or to so many times its size. Text is packed to a third or a tenth; gzip can
pack zeros to a thousandth."""

GZIP = b"\x1f\x8b"
OTHER_FORMS = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: take the text out of it", GZIP: "gzip: end its name in .gz",
    b"\xfd7zXZ\x00": "xz: unpack it", b"(\xb5/\xfd": "zstd: unpack it", b"BZh91AY&SY": "bzip2: unpack it",
    b"%PDF-": "a PDF: take the text out of it", b"\xff\xfe": "UTF-16: `iconv -f UTF-16 -t UTF-8`",
    b"\xfe\xff": "UTF-16: `iconv -f UTF-16 -t UTF-8`",
    b"version https://git-lfs": "a pointer of Git LFS: fetch the file itself",
}  # fmt: skip
KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)  # fmt: skip


class DataError(ValueError):
    """A data file or folder is not what its place or name says it is."""


def local_path(text: str | Path) -> Path:
    """A path as a person writes it, `~` expanded.

    Raises:
        DataError: there is no such user, or the text holds a zero byte.
    """
    if "\0" in str(text):
        raise DataError(f"A path must hold no zero byte, but is {str(text)!r}. Correct it.")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise DataError(
            f"A path after `~` must name a user of this machine, but is {str(text)!r}. Correct it."
        ) from None


def open_binary(path: Path) -> BinaryIO:
    """The bytes of a regular file as they lie on disk. A pipe, a device or a folder is refused, never waited for.

    Raises:
        DataError: it is missing, no regular file, or cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise DataError(_unopened(path, error)) from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise DataError(f"{path} must be a file, but is {_kind(mode)}. Name a file.")
    return os.fdopen(descriptor, "rb")


def _kind(mode: int) -> str:
    return next((kind for is_kind, kind in KINDS if is_kind(mode)), "none")


def _unopened(path: Path, error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return f"{str(path)!r} must be the path of a file, but cannot be one ({error}). Correct it."
    if error.errno == errno.ENOENT:
        what = "is a link that points nowhere" if os.path.islink(path) else "does not exist"
        return f"{path} must be a file, but {what}. Correct the path, or fetch the file."
    if error.errno == errno.ENXIO:
        return f"{path} must be a file, but is a socket or a device. Name a file."
    return f"{path} must be a file that can be read, but cannot be ({error.strerror}). Correct the path or permissions."


def read_chunks(path: Path) -> Iterator[bytes]:
    """The content, unpacked where the name ends in `.gz`, a piece at a time.

    Raises:
        DataError: as `open_binary`, no whole gzip file, or one that unpacks to more than MAX_RATIO times its size.
    """
    n_bytes = 0
    with open_binary(path) as raw:
        packed_bytes = os.fstat(raw.fileno()).st_size
        is_packed = path.suffix == ".gz"
        if is_packed and packed_bytes and (start := raw.read(2)) != GZIP:
            raise DataError(
                f"{path} must be a gzip file, as its name says, but begins with {start!r}. Fetch it again, or "
                "rename it if it is plain."
            )
        raw.seek(0)
        file = gzip.GzipFile(fileobj=raw) if is_packed else raw
        try:
            while chunk := file.read(CHUNK_BYTES):
                n_bytes += len(chunk)
                if is_packed and n_bytes > max(SMALL_BYTES, MAX_RATIO * packed_bytes):
                    raise DataError(
                        f"{path} must be packed text, but its {packed_bytes} bytes unpack to more than {n_bytes}. "
                        "Check its content; if that is right, unpack it yourself."
                    )
                yield chunk
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"{path} must be a whole gzip file, but breaks off after {n_bytes} bytes of content ({error}). Fetch "
                "it again."
            ) from None
        except OSError as error:
            raise DataError(f"{path} must be readable, but is not ({error.strerror}). Check the disk.") from None


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines (from 1) without line ends, as they are asked for.

    A line ends in LF or CR LF, which may both occur, or in CR where that is the first line end of the file. A
    byte-order mark is no text.

    Raises:
        DataError: as `read_chunks`, or the file is empty, not UTF-8, holds a zero byte, a CR alone among other line
            ends or a line of more than MAX_LINE characters.
    """
    decode = codecs.getincrementaldecoder("utf-8")()
    number, n_bytes, rest, end = 0, 0, "", ""
    for chunk in _and_end(read_chunks(path)):
        if not n_bytes:
            _refuse_other_forms(chunk, path)
        pending = len(decode.getstate()[0])
        try:
            text = decode.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line = number + 1 + error.object[: error.start].count(b"\n" if end != "\r" else b"\r")
            _refuse_encoding(path, line, n_bytes - pending + error.start, error)
        n_bytes += len(chunk)
        if "\0" in text:
            _refuse_zero(path, number + 1 + text[: text.index("\0")].count("\n"))
        rest += text
        if not end:
            end = _line_end(rest, is_all=not chunk)
        if end:
            *lines, rest = rest.split(end)
            for line_text in lines:
                number += 1
                yield number, _line(line_text, end, path, number)
        if len(rest) > MAX_LINE:
            raise DataError(
                f"A line must have at most {MAX_LINE} characters, but {path}, line {number + 1} has more. Is it text?"
            )
    if rest.removeprefix("\ufeff"):
        number += 1
        yield number, _line(rest, end or "\n", path, number)
    if number == 0:
        raise DataError(f"{path} must hold at least one line, but is empty. Fetch or make it again.")


def _and_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b""


def _line_end(text: str, is_all: bool) -> str:
    """What ends the first line; "" while that is not known."""
    match = re.search(r"\n|\r+", text)
    if match is None or (match.end() == len(text) and match[0] != "\n" and not is_all):
        return ""
    return "\n" if match[0] == "\n" or text[match.end() : match.end() + 1] == "\n" else "\r"


def _line(text: str, end: str, path: Path, number: int) -> str:
    if end == "\n":
        text = text.rstrip("\r")
    if "\r" in text or "\n" in text:
        raise DataError(
            f"All lines of a file must end in LF or CR LF, or all in CR, but {path}, line {number} holds both kinds. "
            "Convert them: `tr -d '\\r'` where every line ends in LF, `tr '\\r' '\\n'` where some end in CR only."
        )
    return text.removeprefix("\ufeff")


def _refuse_other_forms(start: bytes, path: Path) -> None:
    for magic, form in OTHER_FORMS.items():
        if start.startswith(magic):
            raise DataError(f"{path} must be text in UTF-8, but looks like {form}.")


def _refuse_encoding(path: Path, line: int, position: int, error: UnicodeDecodeError) -> NoReturn:
    if error.reason == "unexpected end of data":
        remedy = "It breaks off within a character: fetch it again."
    else:
        remedy = "Convert it, e.g. `iconv -f WINDOWS-1252 -t UTF-8`."
    raise DataError(
        f"{path} must be UTF-8, but line {line} is not (byte {position} of the content: {error.reason}). {remedy}"
    ) from None


def _refuse_zero(path: Path, line: int) -> NoReturn:
    raise DataError(
        f"{path} must be text, but line {line} holds a zero byte. Fetch it again; convert it if it is UTF-16 "
        "(`iconv -f UTF-16 -t UTF-8`)."
    )


def read_text(path: Path) -> str:
    """The whole content, with the line ends it has; a byte-order mark is no text.

    Raises:
        DataError: as `read_chunks`, not UTF-8, or with a zero byte.
    """
    return decoded(b"".join(read_chunks(path)), path)


def decoded(content: bytes, path: Path) -> str:
    """The text of bytes that were read from `path`; see `read_text`."""
    _refuse_other_forms(content[:32], path)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_encoding(path, 1 + content[: error.start].count(b"\n"), error.start, error)
    if "\0" in text:
        _refuse_zero(path, 1 + text[: text.index("\0")].count("\n"))
    return text.removeprefix("\ufeff")
