"""Every key of a sweep file with its type, range, default and meaning, as the dataclasses and their docstrings say it.

The page `docs/config.md` and the JSON schema are made of this, so that neither can lack a key.
"""

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from search_spaces.ranges import parts_of
from sweep.config.sections import SweepConfig
from trainables.mapping import to_mapping, type_name

ENTRY = re.compile(r"(?P<names>[a-z_]+(?:, [a-z_]+)*): (?P<text>.*)")


@dataclass(frozen=True)
class Key:
    """One key.

    path: dotted, from the top of the file; "arms[]" = of each arm, "space.KEY" = of each searched key.
    kind: type and range, in words.
    default: plain data; None where there is none, see `is_required`.
    meaning: from the docstring of its section.
    is_section: whether it holds further keys, which are listed as well.
    is_execution: whether it may differ when a sweep goes on.
    """

    path: str
    kind: str
    default: Any
    is_required: bool
    meaning: str
    is_section: bool
    is_execution: bool


def all_keys(section: type = SweepConfig, path: str = "") -> Iterator[Key]:
    """The keys of a section and of all sections in it, in the order of the dataclasses."""
    hints = typing.get_type_hints(section, include_extras=True)
    meanings = meanings_of(section)
    for field in dataclasses.fields(section):
        dotted = f"{path}.{field.name}" if path else field.name
        inner, inner_path = section_in(hints[field.name], dotted)
        is_required = dataclasses.MISSING is field.default is field.default_factory
        yield Key(
            path=dotted,
            kind=kind_of(hints[field.name]),
            default=None if is_required else default_of(field),
            is_required=is_required,
            meaning=meanings.get(field.name, ""),
            is_section=inner is not None,
            is_execution=not field.metadata.get("identity", True),
        )
        if inner is not None:
            yield from all_keys(inner, inner_path)


def kind_of(hint: Any) -> str:
    """What an annotation allows, in words, with what is in its lists and pairs."""
    bare, rules = parts_of(hint)
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    if rules:
        return type_name(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(kind_of, arguments))
    if origin is tuple:
        n = "" if arguments[1:] == (...,) else f" of {len(arguments)}"
        return f"a list{n}" if arguments[0] is Any else f"a list{n}, each {kind_of(arguments[0])}"
    if origin is dict:
        of_what = "" if arguments[1] is Any else f" (each value {kind_of(arguments[1])})"
        return f"`key: value` pairs{of_what}"
    return type_name(hint)


def section_in(hint: Any, path: str) -> tuple[type | None, str]:
    """The dataclass that a field holds, or holds several of, and the path below which its keys stand."""
    bare, _ = parts_of(hint)
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    if dataclasses.is_dataclass(bare):
        return typing.cast(type, bare), path
    if origin is tuple and dataclasses.is_dataclass(arguments[0]):
        return typing.cast(type, arguments[0]), f"{path}[]"
    if origin is dict and dataclasses.is_dataclass(arguments[1]):
        return typing.cast(type, arguments[1]), f"{path}.KEY"
    if origin in (typing.Union, types.UnionType):
        sections = [argument for argument in arguments if dataclasses.is_dataclass(argument)]
        return (typing.cast(type, sections[0]), path) if sections else (None, path)
    return None, path


def default_of(field: "dataclasses.Field[Any]") -> Any:
    """A field's default in plain data."""
    made = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    return to_mapping(made)


def meanings_of(section: type) -> dict[str, str]:
    """Field -> its text, from entries "name: text" or "name, other: text" of the class's docstring."""
    fields = {field.name for field in dataclasses.fields(section)}
    meanings: dict[str, list[str]] = {}
    names: list[str] = []
    for line in (inspect.getdoc(section) or "").splitlines():
        match = ENTRY.fullmatch(line)
        if match and fields.issuperset(match["names"].split(", ")):
            names = match["names"].split(", ")
            meanings |= {name: [match["text"]] for name in names}
        elif not line.strip():
            names = []
        else:
            for name in names:
                meanings[name].append(line.strip())
    return {name: " ".join(lines) for name, lines in meanings.items()}


def summary_of(section: type) -> str:
    """The first paragraph of a section's docstring, on one line."""
    return " ".join((inspect.getdoc(section) or "").partition("\n\n")[0].split())
