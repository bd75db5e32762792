"""The JSON schema of a sweep file, for editors: types, ranges, names, meanings and the short forms of arms."""

import dataclasses
import types
import typing
from typing import Any, Literal

from search_spaces.published.subsets import PUBLISHED
from search_spaces.ranges import parts_of
from sweep.config.arms import FIXED, Arm
from sweep.config.keys import default_of, meanings_of, summary_of
from sweep.config.sections import SweepConfig, TrialResources

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCALARS: dict[Any, dict[str, Any]] = {
    int: {"type": "integer"}, float: {"type": "number"}, str: {"type": "string"}, bool: {"type": "boolean"},
    type(None): {"type": "null"}, Any: {},
}  # fmt: skip


def json_schema() -> dict[str, Any]:
    """What a sweep file may hold, in JSON Schema 2020-12. What contradicts itself is found by `realign-sweep plan`."""
    sections: dict[str, Any] = {}
    top = _section(SweepConfig, sections)
    del top["required"]  # a file without `name` has the file's
    return {
        "$schema": DIALECT,
        "title": "A sweep of realign-sweep",
        **top,
        "$defs": dict(sorted(sections.items())),
    }


def _section(section: type, sections: dict[str, Any]) -> dict[str, Any]:
    """An object with the keys of a dataclass and no others; dataclasses in it are added to `sections`."""
    hints = typing.get_type_hints(section, include_extras=True)
    meanings = meanings_of(section)
    properties: dict[str, Any] = {}
    required = []
    for field in dataclasses.fields(section):
        hint = hints[field.name]
        if field.name == "by_task":  # what a task changes are fields of the same section
            hint = dict[typing.get_args(hint)[0], section]  # type: ignore[misc]
        properties[field.name] = _value(hint, sections) | {"description": meanings[field.name]}
        if dataclasses.MISSING is field.default is field.default_factory:
            required.append(field.name)
        elif isinstance(default := default_of(field), str | int | float | None):
            properties[field.name]["default"] = default
    made: dict[str, Any] = {"type": "object", "description": summary_of(section), "additionalProperties": False}
    return made | {"properties": properties, "required": required}


def _value(hint: Any, sections: dict[str, Any]) -> dict[str, Any]:
    bare, rules = parts_of(hint)
    schema = _bare(bare, sections)
    for rule in rules:
        schema = schema | rule.schema()
    return schema


def _bare(hint: Any, sections: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in SCALARS:
        return SCALARS[hint]
    if dataclasses.is_dataclass(hint):
        return _reference(typing.cast(type, hint), sections)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_value(argument, sections) for argument in arguments]}
    if origin is tuple and arguments[1:] == (...,):
        return {"type": "array", "items": _value(arguments[0], sections)}
    if origin is tuple:
        n = len(arguments)
        items = [_value(argument, sections) for argument in arguments]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": n, "maxItems": n}
    if origin is dict:
        names = _value(arguments[0], sections)
        made: dict[str, Any] = {"type": "object", "additionalProperties": _value(arguments[1], sections)}
        return made if names == SCALARS[str] else made | {"propertyNames": names}
    raise TypeError(f"A field must be of a type that has a JSON schema, but is {hint!r}. Add it here.")


def _reference(section: type, sections: dict[str, Any]) -> dict[str, Any]:
    if section.__name__ not in sections:
        sections[section.__name__] = {}  # a section may hold itself
        sections[section.__name__] = _section(section, sections)
    reference = {"$ref": f"#/$defs/{section.__name__}"}
    if section is TrialResources:
        return {"anyOf": [reference, {"const": "auto", "description": "chosen from a measurement"}]}
    if section is not Arm:
        return reference
    short = [name for name in FIXED if name != "given"] + list(PUBLISHED)
    return {"anyOf": [reference, {"enum": [*short, None], "description": "none, full or a published subset"}]}
