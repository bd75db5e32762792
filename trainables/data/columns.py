"""The one border of column files: a word and its tag a line, in whatever way people write that.

Recognised, and counted in the notes: columns by tabs or by blanks; more columns than two (CoNLL-2002 and 2003), where
one holds tags in every line; words that are numbered within their sentence; `-DOCSTART-` lines; comment lines; words
that carry the language of the file (`de:Haus`, raw PAN-X). A line that does not fit the rest of its file is refused.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from search_spaces.languages import Language, UnknownLanguageError, parse_language
from search_spaces.reading import DataError, read_lines

Notes = Counter[str]
"""What was taken in another way than it stands there -> how often."""

COMMENT = re.compile(r"#\s*\w+\s*=")
PREFIXED = re.compile(r"([a-z]{2,3}(?:[-_][A-Za-z]+)*):(.+)", re.DOTALL)
WIKIPEDIA = re.compile(r"([a-z]{2,10}(?:[-_][A-Za-z]+)*):(?!//).+", re.DOTALL)
"""With what may be a Wikipedia that is called like no language: `simple:`, `be-x-old:`."""
N_OF_WIKIPEDIA = 3
FRAC_OF_WIKIPEDIA = 0.9
"""So many words, and such a share of them, with one beginning are no words of a text."""
ENTITY = re.compile(r"[A-Z]-")
RANGE_ID = re.compile(r"[0-9]{1,6}-[0-9]{1,6}|[0-9]{1,6}\.[0-9]{1,6}")


@dataclass(frozen=True)
class Line:
    """One token line: its number in the file and its fields."""

    number: int
    fields: list[str]


@dataclass(frozen=True)
class Token:
    """A word and its tag as they were written, and where."""

    number: int
    word: str
    tag: str


@dataclass(frozen=True)
class TagSet:
    """is_tag: whether a text is one of the tags, in any of the schemes that are understood. rule: what a tag must be,
    the beginning of a sentence. remedy: its end."""

    is_tag: Callable[[str], bool]
    rule: str
    remedy: str


def fields_of(line: str) -> list[str]:
    """The fields of a line, cut at tabs where it has one, else at blanks (of ASCII only: other spaces are text)."""
    return line.split("\t") if "\t" in line else [field for field in line.split(" ") if field]


def token_blocks(path: Path, is_comment: Callable[[str], bool], notes: Notes) -> list[list[Line]]:
    """The token lines between blank lines and `-DOCSTART-` lines, without comments."""
    blocks: list[list[Line]] = [[]]
    for number, line in read_lines(path):
        if not line.strip():
            blocks.append([])
        elif line.startswith("-DOCSTART-"):
            notes["-DOCSTART- lines left out"] += 1
            blocks.append([])
        elif not is_comment(line):
            blocks[-1].append(Line(number, fields_of(line)))
    return [block for block in blocks if block]


def read_columns(path: Path, tags: TagSet, language: Language | None, notes: Notes) -> list[list[Token]]:
    """The sentences of a file.

    Args:
        language: of the file, where it is known: what a prefix of its words must name.
        notes: what was recognised is counted here.

    Raises:
        DataError: as `read_lines`; a line with another number of fields than the first, an empty word, no column or two
            that hold tags, or words of which some carry a prefix, or all carry that of another
            language or of an unknown one.
    """
    n_fields = _n_fields(path)
    blocks = token_blocks(path, lambda line: _is_comment(line, n_fields, tags, notes), notes)
    for line in (line for block in blocks for line in block):
        if len(line.fields) != n_fields or n_fields < 2:
            raise DataError(
                f"A token line must have a token and a tag separated by a tab, but {path}, line {line.number} is "
                f"{_shown(line)}. Give it {max(n_fields, 2)} fields, as the first one has."
            )
    word_column = int(n_fields > 2 and _is_numbered(blocks))
    if word_column:
        notes["words that are numbered"] += sum(map(len, blocks))
        blocks = [[line for line in block if not RANGE_ID.fullmatch(line.fields[0])] for block in blocks]
    tag_column = _tag_column(path, blocks, range(word_column + 1, n_fields), tags)
    if n_fields > 2:
        notes[f"words with {n_fields} columns: word in {word_column + 1}, tag in {tag_column + 1}"] += sum(
            map(len, blocks)
        )
    sentences = [
        [Token(line.number, line.fields[word_column], line.fields[tag_column].strip()) for line in block]
        for block in blocks
        if block
    ]
    for token in (token for sentence in sentences for token in sentence):
        if not token.word.strip():
            raise DataError(
                f"A token line must have a token and a tag separated by a tab, but the token is empty in {path}, "
                f"line {token.number} is {token.word + chr(9) + token.tag!r}. Correct it."
            )
    return _without_prefix(path, sentences, language, notes)


def _n_fields(path: Path) -> int:
    """Of the first token line; comments, which may look like one, count only where there is nothing else."""
    n_fields = 0
    for _, line in read_lines(path):
        if line.strip() and not line.startswith("-DOCSTART-"):
            n_fields = len(fields_of(line))
            if not line.startswith("#"):
                break
    return n_fields


def _is_comment(line: str, n_fields: int, tags: TagSet, notes: Notes) -> bool:
    """A line that begins with "#" is a comment unless it is a token: "#" is a word too, and so is "#tag"."""
    if not line.startswith("#"):
        return False
    fields = fields_of(line)
    is_token = len(fields) == n_fields and not COMMENT.match(line)
    if is_token and line.startswith("# "):  # "# new document" may have as many blanks as a token line
        is_token = any(tags.is_tag(field) for field in fields[1:])
    notes["comment lines left out"] += not is_token
    return not is_token


def _is_numbered(blocks: Sequence[Sequence[Line]]) -> bool:
    """Whether the first fields count the words of each sentence: 1, 2, 3 ..., with ranges (3-4) between."""
    for block in blocks:
        ids = [line.fields[0] for line in block if not RANGE_ID.fullmatch(line.fields[0])]
        if ids != [str(i) for i in range(1, len(ids) + 1)]:
            return False
    return bool(blocks)


def _tag_column(path: Path, blocks: Sequence[Sequence[Line]], columns: range, tags: TagSet) -> int:
    """The one column that holds tags in every line; the last of several that are equal."""
    lines = [line for block in blocks for line in block]
    holding = [column for column in columns if all(tags.is_tag(line.fields[column].strip()) for line in lines)]
    if not holding:
        wrong = next((line for line in lines if not tags.is_tag(line.fields[columns[-1]].strip())), None)
        if wrong is None:
            raise DataError(f"{path} must hold at least one sentence, but holds none.")
        remedy = tags.remedy
        if all(tags.is_tag(line.fields[0].strip()) for line in lines):
            remedy = "Its first column holds tags: put the words first."
        raise DataError(f"{tags.rule}, but is {wrong.fields[columns[-1]]!r} in {path}, line {wrong.number}. {remedy}")
    _refuse_partly_tagged(path, lines, [column for column in columns if column not in holding], holding[-1], tags)
    for column in holding[:-1]:
        for line in lines:
            if line.fields[column] != line.fields[holding[-1]]:
                raise DataError(
                    f"One column must hold the tags, but {path} has them in columns {column + 1} and "
                    f"{holding[-1] + 1}, which differ in line {line.number}. Leave one of them out (`cut -f`)."
                )
    return holding[-1]


def _refuse_partly_tagged(path: Path, lines: Sequence[Line], others: Sequence[int], chosen: int, tags: TagSet) -> None:
    """Two layers of entities, one with tags of a wider set (GermEval's `B-LOCderiv`): neither may go silently."""
    for column in others:
        values = [line.fields[column].strip() for line in lines]
        if not any(ENTITY.match(value) and tags.is_tag(value) for value in values):
            continue
        at = next(i for i, value in enumerate(values) if not tags.is_tag(value))
        raise DataError(
            f"One column must hold the tags, but {path} has some in column {column + 1}, with others that are none "
            f"({values[at]!r} in line {lines[at].number}), beside those in column {chosen + 1}. Leave one of "
            "them out (`cut -f`), or map the others."
        )


def _without_prefix(
    path: Path, sentences: list[list[Token]], language: Language | None, notes: Notes
) -> list[list[Token]]:
    """The sentences without the language code before every word, where there is one."""
    tokens = [token for sentence in sentences for token in sentence]
    matches = [PREFIXED.fullmatch(token.word) for token in tokens]
    counts = Counter(match[1] for match in matches if match)
    counts = Counter({code: n for code, n in counts.items() if _names(code, None)})
    if not counts or counts.total() * 2 < len(tokens):
        _refuse_wikipedia(path, tokens)
        return sentences  # a text with a colon in it
    code, n_prefixed = counts.most_common(1)[0]
    if not _names(code, language):
        some = "all" if n_prefixed == len(tokens) else f"{n_prefixed} of {len(tokens)}"
        raise DataError(
            f"Words with a language before them must be of the language of their file ({language}), but {some} of "
            f"{path} begin with {code + ':'!r}. Is it the right file? Else take the prefix off."
        )
    for token, match in zip(tokens, matches, strict=True):
        if match is None or match[1] != code:
            raise DataError(
                f"All words of a file must carry its language or none, but {n_prefixed} of {path} begin with "
                f"{code + ':'!r} and {token.word!r} in line {token.number} does not. Take the prefix off."
            )
    notes[f"words without their prefix {code + ':'!r}"] += n_prefixed
    return [
        [Token(token.number, token.word[len(code) + 1 :], token.tag) for token in sentence] for sentence in sentences
    ]


def _refuse_wikipedia(path: Path, tokens: Sequence[Token]) -> None:
    """Refuses words that (nearly) all begin with one short text and a colon: raw PAN-X of a Wikipedia of another name.

    Raises:
        DataError: they do.
    """
    matches = [WIKIPEDIA.fullmatch(token.word) for token in tokens]
    for code, n in Counter(match[1] for match in matches if match).most_common(1):
        if n >= max(N_OF_WIKIPEDIA, FRAC_OF_WIKIPEDIA * len(tokens)):
            raise DataError(
                f"Words must be as they stand in a text, but {n} of the {len(tokens)} of {path} begin with "
                f"{code + ':'!r}, and no language of this name is known. Take that off (`sed 's/^{code}://'`)."
            )


def _names(code: str, language: Language | None) -> bool:
    try:
        named = parse_language(code)
    except UnknownLanguageError:
        return False
    return language is None or named[:3] == language[:3]


def _shown(line: Line) -> str:
    return repr("\t".join(line.fields))[:80]
