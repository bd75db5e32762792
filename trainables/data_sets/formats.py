"""Formats of published plain files, read line by line as they arrive: token columns, TSV with a header, JSON lines.

Errors name file and line. Only "\\n" ends a line: a Unicode line separator inside a sentence does not.
"""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator

import aiohttp
import fsspec

from trainables.data.labelled_files import DataError
from trainables.data_sets.base import Lines, Row

UNDECODED = re.compile("[\udc80-\udcff]")  # what "surrogateescape" makes of a byte that is not UTF-8
CONNECT_S, SILENCE_S = 10, 60  # how long an address may take to answer, and to send the next bytes


def open_lines(place: str, errors: str = "strict") -> Lines:
    """The numbered lines of a UTF-8 file, plain or `.gz`, on disk or behind an address; read as they are asked for.

    Args:
        errors: of decoding: "strict", or "surrogateescape" for who looks for UNDECODED characters.

    Raises:
        DataError: it is not UTF-8, or not a whole gzip file.
        OSError: it cannot be opened.
    """
    number = 0
    waits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
    options = {"client_kwargs": {"timeout": waits}} if place.startswith(("http:", "https:")) else {}
    try:
        with fsspec.open(place, "rb", compression="infer", **options) as file:
            for number, raw in enumerate(file, start=1):
                text = raw.decode("utf-8", errors)
                yield number, (text.removeprefix("\ufeff") if number == 1 else text).rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{place} must be UTF-8, but line {number} is not ({error.reason}). Convert it.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{place} must be a whole gzip file, but breaks off after line {number} ({error}).") from None


def token_rows(lines: Lines, place: str) -> Iterator[Row]:
    """Sentences of a file with a word and its tag a line (tab or blanks between); blank lines part the sentences."""
    words: list[str] = []
    tags: list[str] = []
    for number, line in lines:
        if not line.strip() or line.startswith("-DOCSTART-"):
            if words:
                yield {"words": words, "tags": tags, "line": number}
            words, tags = [], []
            continue
        fields = line.split("\t") if "\t" in line else line.rsplit(maxsplit=1)
        if len(fields) != 2 or not fields[0].strip():
            raise DataError(f"A line must hold a word and its tag, but {place}, line {number} is {line!r}.")
        words.append(fields[0].strip())
        tags.append(fields[1].strip())
    if words:
        yield {"words": words, "tags": tags, "line": number}


def numbered_token_rows(lines: Lines, place: str) -> Iterator[Row]:
    """Sentences of a file whose lines begin with the word's number, the word and its tag, tab-separated (UNER)."""
    words: list[str] = []
    tags: list[str] = []
    for number, line in lines:
        if not line.strip():
            if words:
                yield {"words": words, "tags": tags, "line": number}
            words, tags = [], []
            continue
        if line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) < 3:
            raise DataError(
                f"A token line must begin with number, word and tag, tab-separated, but {place}, line {number} is "
                f"{line!r}."
            )
        words.append(columns[1])
        tags.append(columns[2])
    if words:
        yield {"words": words, "tags": tags, "line": number}


def headed_rows(lines: Lines, place: str, delimiter: str = "\t") -> Iterator[Row]:
    """Rows of a delimited file whose first line names the columns; fields may be quoted, fields that lack are None.

    Quotes are read as pandas, and so `datasets`, reads them: a quote inside a field, or text behind a closing quote,
    belongs to the field.

    Raises:
        DataError: a line has more fields than the header, or a quote is never closed.
    """
    n_quotes = [0]  # of the lines of this row

    def counted() -> Iterator[str]:
        for _, line in lines:
            n_quotes[0] += line.count('"')
            yield line + "\n"

    reader = csv.DictReader(counted(), delimiter=delimiter)
    last = 1
    for row in reader:
        if reader.line_num > last + 1 and n_quotes[0] % 2:
            raise DataError(
                f"A quote must be closed, but the one in {place}, line {last + 1} is not. Correct the file."
            )
        if None in row:
            raise DataError(
                f"A line must have {len(reader.fieldnames or ())} fields, but {place}, line {reader.line_num} has more."
            )
        last, n_quotes[0] = reader.line_num, 0
        yield row | {"line": reader.line_num}


def json_rows(lines: Lines, place: str) -> Iterator[Row]:
    """One JSON object a line."""
    for number, line in lines:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"A line must be JSON, but {place}, line {number} is not ({error}).") from None
        if not isinstance(row, dict):
            raise DataError(f"A line must be a JSON object, but {place}, line {number} is a {type(row).__name__}.")
        yield row | {"line": number}
