"""Builds frozen dataclasses from nested mappings (YAML), and flattens them back.

Owns what a configuration file gets wrong: an unknown key (refused with its dotted path and the nearest name), a value
of the wrong type, and one out of its range (stated in the type, see `search_spaces.ranges`). Problems are collected, so
that a user sees all of them in one go.
"""

import dataclasses
import functools
import reprlib
import sys
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union

from search_spaces.ranges import Rule, parts_of
from search_spaces.registry import nearest_names
from trainables.store.secrets import redacted

T = TypeVar("T")
MAX_SHOWN = 120
"""Characters of a value that a sentence quotes."""


SCALARS: dict[Any, str] = {
    int: "an integer", float: "a number", str: "a text", bool: "true or false", type(None): "null"
}  # fmt: skip


class ConfigError(ValueError):
    """What is wrong with a configuration: `problems` holds one sentence each, the text all of them.

    Passwords in what they quote are hidden, and a line feed in it (a path, a name) begins no line of its own.
    """

    def __init__(self, problems: list[str], where: str = "The configuration") -> None:
        self.problems = list(map(_quoted, problems))
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"{_quoted(where)} has {count}:", *(f"  - {p}" for p in self.problems)]))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild_error, (self.problems, str(self)))


def _quoted(text: str) -> str:
    return redacted(text).replace("\n", "\\n")


def _rebuild_error(problems: list[str], text: str) -> ConfigError:
    error = ConfigError(problems)
    error.args = (text,)
    return error


def from_mapping(cls: type[T], mapping: object, path: str = "", problems: list[str] | None = None) -> T:
    """An instance of dataclass `cls` with the fields of `mapping`; absent fields keep their defaults.

    Args:
        cls: a dataclass; its fields are int, float, str, bool, Literal, Optional, tuple[X, ...], dict[str, X] or such
            dataclasses, or these with a range.
        mapping: field name to plain value; integers pass for floats, lists for tuples.
        path: dotted name of `mapping` in the whole configuration, for messages.
        problems: where to collect sentences; None = raise at the end.

    Raises:
        ConfigError: `problems` is None and something is wrong. With a list, the broken fields hold their defaults.
    """
    found: list[str] = [] if problems is None else problems
    values: dict[str, Any] = {}
    fields, hints, required = _fields(cls)  # type: ignore[arg-type]  # a class is hashable
    if not isinstance(mapping, Mapping):
        found.append(f"`{path or 'The file'}` must hold `key: value` pairs, but is {shown(mapping)}.")
        mapping = {}
    for key, value in mapping.items():
        dotted = _join(path, str(key))
        if key not in fields:
            found.append(f"`{dotted}` is not a known key. Nearest: {nearest_names(str(key), list(fields))}.")
            continue
        n_before = len(found)
        converted = convert(value, hints[key], dotted, found)
        found[n_before:] = [_with_default(problem, dotted, fields[key]) for problem in found[n_before:]]
        if len(found) == n_before or _holds_sections(converted):
            values[key] = converted
    for name in required:
        if name not in values:
            if name not in mapping:
                found.append(f"`{_join(path, name)}` must be given, but is missing.")
            values[name] = None
    if problems is None and found:
        raise ConfigError(found)
    return cls(**values)


@functools.cache
def _fields(cls: type) -> tuple[dict[str, "dataclasses.Field[Any]"], dict[str, Any], list[str]]:
    """Of a dataclass by name: its fields, their annotations, and the names of those without a default."""
    fields = {f.name: f for f in dataclasses.fields(cls)}
    missing = dataclasses.MISSING
    required = [name for name, f in fields.items() if f.default is missing and f.default_factory is missing]
    return fields, typing.get_type_hints(cls, include_extras=True), required


def to_mapping(value: Any) -> Any:
    """Plain dicts, lists and scalars of a dataclass, complete, so that `from_mapping` gives an equal one back."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_mapping(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_mapping(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        kinds = set(map(type, value))  # a curve has thousands of numbers
        return list(value) if kinds <= SCALARS.keys() else [to_mapping(item) for item in value]
    return value


def flatten(mapping: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """`{"a": {"b": 1}}` as `{"a.b": 1}`; lists and empty mappings stay whole."""
    flat: dict[str, Any] = {}
    for key, value in mapping.items():
        dotted = _join(path, key)
        flat.update(flatten(value, dotted) if isinstance(value, Mapping) and value else {dotted: value})
    return flat


def assign(mapping: dict[str, Any], dotted: str, value: object) -> None:
    """Sets `mapping["a"]["b"]` for `dotted` = "a.b", in place, making the levels between.

    Raises:
        ConfigError: a level between holds a value instead of keys.
    """
    *parents, last = dotted.split(".")
    level = mapping
    for i, parent in enumerate(parents):
        level = level.setdefault(parent, {})
        if not isinstance(level, dict):
            raise ConfigError([f"`{'.'.join(parents[: i + 1])}` must hold keys to set `{dotted}`, but is {level!r}."])
    level[last] = value


def field_type(cls: type, dotted: str) -> Any:
    """The declared type of the field at `dotted` below dataclass `cls`.

    Raises:
        KeyError: there is none; its argument is a sentence fragment naming the nearest fields.
    """
    current: Any = cls
    walked = ""
    for part in dotted.split("."):
        hints = typing.get_type_hints(current) if dataclasses.is_dataclass(current) else {}
        walked = _join(walked, part)
        if part not in hints:
            raise KeyError(f"Nearest: {nearest_names(part, sorted(hints))}." if hints else "It has no keys below it.")
        current = hints[part]
    return current


def _holds_sections(value: Any) -> bool:
    """Whether a value with problems inside is whole enough to look for more: its bad fields hold their defaults."""
    sections = value if isinstance(value, tuple) and value else (value,)
    return all(dataclasses.is_dataclass(section) for section in sections)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _with_default(problem: str, path: str, field: "dataclasses.Field[Any]") -> str:
    """A problem of the field itself ends with what it is without being set."""
    default = field.default
    if not problem.startswith(f"`{path}` must") or not isinstance(default, int | float | str) or default == "":
        return problem
    return f"{problem} The default is {str(default).lower() if isinstance(default, bool) else default}."


def convert(value: Any, hint: Any, path: str, problems: list[str]) -> Any:
    """`value` as the annotation `hint` asks for it; a mismatch is appended to `problems`, with `path` as its name."""
    if hint is Any or hint is type(value) is str:
        return value
    bare, rules, origin, arguments = _parts(hint)
    if rules:
        return _convert_within(value, hint, path, problems)
    if dataclasses.is_dataclass(bare):
        return from_mapping(typing.cast(type, bare), value, path, problems)
    if origin is Literal:
        if not any(value == argument and type(value) is type(argument) for argument in arguments):
            problems.append(f"`{path}` must be {type_name(bare)}, but is {shown(value)}.")
        return value
    if origin in (Union, types.UnionType):
        return _convert_union(value, arguments, path, problems)
    if origin is tuple:
        return _convert_tuple(value, arguments, path, problems)
    if origin is dict:
        if not isinstance(value, Mapping):
            problems.append(f"`{path}` must hold `key: value` pairs, but is {shown(value)}.")
            return {}
        keys = {str(key): convert(str(key), arguments[0], _join(path, str(key)), problems) for key in value}
        return {keys[str(k)]: convert(v, arguments[1], _join(path, str(k)), problems) for k, v in value.items()}
    return _convert_scalar(value, bare, path, problems)


@functools.cache
def _parts(hint: Any) -> tuple[Any, tuple[Rule, ...], Any, tuple[Any, ...]]:
    """The type of an annotation, its rules, and what the type is made of."""
    bare, rules = parts_of(hint)
    return bare, rules, typing.get_origin(bare), typing.get_args(bare)


def _convert_within(value: Any, hint: Any, path: str, problems: list[str]) -> Any:
    """One that must also keep the rules of its annotation."""
    bare, rules = parts_of(hint)
    attempt: list[str] = []
    converted = convert(value, bare, path, attempt)
    broken = [rule for rule in rules if not attempt and not rule.accepts(converted)]
    if attempt or broken:
        remedies = [remedy for rule in broken if (remedy := rule.remedy(converted))]
        problems.append(" ".join([f"`{path}` must be {type_name(hint)}, but is {shown(value)}.", *remedies]))
    return converted


def _convert_tuple(value: Any, arguments: tuple[Any, ...], path: str, problems: list[str]) -> Any:
    if not isinstance(value, list | tuple):
        problems.append(f"`{path}` must be a list, but is {shown(value)}.")
        return ()
    if arguments == (str, ...) and all(type(item) is str for item in value):
        return tuple(value)  # the most there are
    items = arguments[:1] * len(value) if arguments[1:] == (...,) else arguments
    if len(items) != len(value):
        problems.append(f"`{path}` must be a list of {len(items)}, but has {len(value)} items.")
        return ()
    pairs = enumerate(zip(value, items, strict=True))
    return tuple(convert(item, item_hint, f"{path}[{i}]", problems) for i, (item, item_hint) in pairs)


def _convert_union(value: Any, members: tuple[Any, ...], path: str, problems: list[str]) -> Any:
    if value is None and type(None) in members:
        return None
    attempts: list[list[str]] = []
    for member in members:
        attempt: list[str] = []
        converted = convert(value, member, path, attempt)
        if not attempt:
            return converted
        attempts.append(attempt)
    # What is wrong within a list or section says more than that it is none of several types.
    inner = [attempt for attempt in attempts if not any(problem.startswith(f"`{path}` ") for problem in attempt)]
    if inner:
        problems += inner[0]
        return value
    names = " or ".join(type_name(m) for m in members)
    remedies = {a[0].partition("Nearest: ")[2] for a in attempts} - {""}
    problems.append(
        " ".join([f"`{path}` must be {names}, but is {shown(value)}.", *(f"Nearest: {r}" for r in sorted(remedies))])
    )
    return value


def _convert_scalar(value: Any, hint: Any, path: str, problems: list[str]) -> Any:
    # bool is a subclass of int: `n_steps: true` must not pass.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint is float and is_number and abs(value) <= sys.float_info.max:
        return float(value)
    if hint is int and isinstance(value, int) and is_number:
        return value
    if hint in (str, bool) and isinstance(value, hint):
        return value
    remedy = f" Put it in quotes: {str(value)!r}." if hint is str and is_number else ""
    problems.append(f"`{path}` must be {type_name(hint)}, but is {shown(value)}.{remedy}")
    return value


def type_name(hint: Any) -> str:
    """What an annotation allows, in words: "an integer of at least 1 or null"."""
    bare, rules = parts_of(hint)
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    name = SCALARS.get(bare, "")
    if origin is Literal:
        name = f"one of {', '.join(map(repr, arguments))}"
    elif origin in (Union, types.UnionType):
        name = " or ".join(map(type_name, arguments))
    elif not name:
        name = {tuple: "a list", dict: "`key: value` pairs"}.get(origin, "a section" if origin is None else str(bare))
    for rule in rules:
        name = rule.named(name)
    return name


def shown(value: Any) -> str:
    """`value` as a sentence quotes it: never longer than a line, and without the passwords of URLs."""
    text = _Short().repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


class _Short(reprlib.Repr):
    """repr of the first items and levels only: a value may be a whole file."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxlist, self.maxtuple, self.maxdict = 3, 8, 8, 8
        self.maxstring = self.maxother = self.maxlong = MAX_SHOWN

    def repr_str(self, text: str, level: int) -> str:
        """Hidden before it is cut: half of a URL is no longer known as one."""
        return super().repr_str(redacted(text), level)
