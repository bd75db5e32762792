"""Reads YAML 1.2 as people mean it, with the line of every key, and writes it. The only importer of ruamel.yaml.

`no` is a language, `017` is seventeen, `1e-3` a number, `1:30` and dates are texts; a key given twice is refused, and
so is a text that would fill the memory (aliases of aliases) or the stack (brackets in brackets).
"""

import io
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.representer import SafeRepresenter

from search_spaces.reading import read_text

MAX_BYTES = 2**20
SCALARS = {str, int, float, bool}
MAX_DEPTH = 50  # brackets in brackets
MAX_VALUES = 50_000  # with every alias counted as often as it stands for something
# What YAML 1.1 takes for a boolean, a number or a date: quoted, so that both versions read a text.
AMBIGUOUS = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|~|<<|=)|[-+.]?[0-9].*|[-+]?\.(?i:inf|nan)")


PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "value", "merge")
}

OTHER_VERSION = re.compile(r"^%YAML[ \t]+(?!1\.2\b)(\S*)", re.MULTILINE)
LINE_BREAKS = re.compile("[\x85\u2028\u2029\ufeff]")  # ruamel.yaml folds the first three where they are not escaped


@dataclass(frozen=True)
class Document:
    """A YAML text that was read.

    value: plain dicts, lists and scalars; an empty text is an empty mapping.
    lines: dotted path of each key and item ("run.data.root", "arms[0].size") -> its line, counted from 1.
    where: the file's name, for messages.
    """

    value: Any
    lines: Mapping[str, int]
    where: str


class _Constructor(SafeConstructor):
    """Safe constructor for which dates are texts: no setting is a date, but a sweep may be called like one."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)
_Constructor.add_constructor("tag:yaml.org,2002:value", SafeConstructor.construct_yaml_str)


class _Representer(SafeRepresenter):
    """Safe representer that quotes what YAML 1.1 would not read as a text, and writes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(representer: SafeRepresenter, text: str) -> ScalarNode:
    style = '"' if AMBIGUOUS.fullmatch(text) or LINE_BREAKS.search(text) else None
    node: ScalarNode = representer.represent_scalar("tag:yaml.org,2002:str", text, style=style)
    return node


_Representer.add_representer(str, _represent_text)


def parse_yaml(text: str, where: str) -> Any:
    """The value that `text` holds; an empty text is an empty mapping.

    Raises:
        ValueError: see `parse_document`.
    """
    return parse_document(text, where).value


def parse_document(text: str, where: str) -> Document:
    """The value that `text` holds, with its lines.

    Raises:
        ValueError: not YAML, a key is given twice, or it is too large or too deep; the message names `where` and the
            line.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"{where} must hold at most {MAX_BYTES:,} characters, but holds {len(text):,}. Shorten it.")
    if directive := OTHER_VERSION.search(text):
        line = text.count("\n", 0, directive.start()) + 1
        raise ValueError(f"{where}, line {line}: YAML must be 1.2, but is {directive[1]}. Delete the %YAML line.")
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _Constructor
    reader.max_depth = MAX_DEPTH
    try:
        node = reader.compose(text)
    except (MaxDepthExceededError, RecursionError):
        raise ValueError(f"{where} must be nested at most {MAX_DEPTH} deep, but is deeper. Flatten it.") from None
    except YAMLError as error:
        raise _no_yaml(error, where) from None
    if node is None:
        return Document({}, {}, where)
    lines = dict(_lines(node, where))
    try:
        return Document(reader.constructor.construct_document(node), lines, where)
    except YAMLError as error:
        raise _no_yaml(error, where) from None
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:  # `!!int x`, numbers of 5,000 digits
        raise ValueError(f"{where} must be YAML of plain values, but is not ({error}). Correct it.") from None


def read_yaml(path: Path) -> Any:
    """The value of a YAML file.

    Raises:
        ValueError: see `read_document`.
    """
    return read_document(path).value


def read_document(path: Path) -> Document:
    """The value of a YAML file, with its lines.

    Raises:
        ValueError: the file is missing, unreadable, too large or not YAML.
    """
    return parse_document(read_yaml_text(path), str(path))


def read_yaml_text(path: Path) -> str:
    """The text of a YAML file, not parsed. Raises as `read_document`."""
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} must hold at most {MAX_BYTES:,} bytes, but holds more. Is it a sweep file?")
    return read_text(path)


def write_yaml(value: Any) -> str:
    """`value` as YAML that `parse_yaml` reads back, keys in the order given."""
    if not isinstance(value, Mapping) or not value:
        return _written(value)
    return "".join(_entry(key, item) for key, item in value.items())


def _entry(key: Any, item: Any) -> str:
    """A key with what is below it. Trials have most of theirs in common, and ruamel.yaml takes long."""
    if isinstance(item, Mapping) and item:
        above = _written({key: None}).removesuffix(" null\n")
        return _written({key: item}) if above.startswith("?") else f"{above}\n{textwrap.indent(write_yaml(item), '  ')}"
    kinds = {type(key), *map(type, item if isinstance(item, list) else [item])}
    plain = isinstance(key, str) and kinds <= SCALARS
    return _known(json.dumps({key: item})) if plain else _written({key: item})


@lru_cache(maxsize=4096)
def _known(entry: str) -> str:
    return _written(json.loads(entry))


def _written(value: Any) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.Representer = _Representer
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = MAX_BYTES  # ruamel.yaml folds long texts beside tabs and escapes wrongly
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # no bool in its annotations
    stream = io.StringIO()
    writer.dump(value, stream)
    return stream.getvalue()


def _lines(root: Node, where: str) -> Iterator[tuple[str, int]]:
    """Each path with its line.

    Raises:
        ValueError: a key is given twice, or there are too many values.
    """
    n_values, open_nodes = 0, [("", root, 0)]
    while open_nodes:
        path, node, depth = open_nodes.pop()
        n_values += 1
        if n_values > MAX_VALUES or depth > MAX_DEPTH:
            raise ValueError(
                f"{where} must hold at most {MAX_VALUES:,} values, nested at most {MAX_DEPTH} deep, with its aliases "
                "written out, but holds more. Use fewer aliases."
            )
        if str(node.tag) not in PLAIN_TAGS:
            line = node.start_mark.line + 1
            raise ValueError(f"{where}, line {line}: a value must be plain, but is of type {node.tag}. Drop the tag.")
        if isinstance(node, MappingNode):
            seen: set[str] = set()
            for key, item in node.value:
                line = key.start_mark.line + 1
                if not isinstance(key, ScalarNode):
                    raise ValueError(f"{where}, line {line}: a key must be a text, but is a list or mapping. Quote it.")
                name = str(key.value)
                if name in seen:
                    raise ValueError(
                        f"{where}, line {line}: a key may be given once, but `{name}` is given again. Delete one."
                    )
                seen.add(name)
                inner = f"{path}.{name}" if path else name
                yield inner, line
                open_nodes.append((inner, item, depth + 1))
        elif isinstance(node, SequenceNode):
            for i, item in enumerate(node.value):
                yield f"{path}[{i}]", item.start_mark.line + 1
                open_nodes.append((f"{path}[{i}]", item, depth + 1))


def _no_yaml(error: YAMLError, where: str) -> ValueError:
    problem = " ".join(str(getattr(error, "problem", None) or error).split())
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = f", line {mark.line + 1}" if mark else ""
    return ValueError(f"{where}{line}: the text must be YAML, but is not ({problem}). Correct it.")
