"""Reads YAML as people mean it: `1e-3` is a number, `no` is a language and not False, a key given twice is refused.

PyYAML follows YAML 1.1, where these three go wrong silently. The only importer of yaml.
"""

import re
from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Safe loader with the scalars of YAML 1.2."""


REPLACED = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:float")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in REPLACED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
FLOAT = (
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+0123456789."),
)
_Loader.add_implicit_resolver(*FLOAT)


class _Dumper(yaml.SafeDumper):
    """Quotes texts that either version of YAML would take for something else."""


_Dumper.add_implicit_resolver(*FLOAT)


def _mapping_without_repeats(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            line = key.start_mark.line + 1
            raise ValueError(f"A key may be given once, but `{key.value}` is given again in line {line}. Delete one.")
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping_without_repeats)


def parse_yaml(text: str, where: str) -> Any:
    """The value that `text` holds; an empty text is an empty mapping.

    Raises:
        ValueError: not YAML, or a key is given twice; the message names `where` and the line.
    """
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(f"{where} must be YAML, but is not: {' '.join(str(error).split())}.") from None
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return {} if value is None else value


def read_yaml(path: Path) -> Any:
    """The value of a YAML file.

    Raises:
        ValueError: the file is missing, unreadable or not YAML.
    """
    try:
        return parse_yaml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be a readable text file, but is not ({error}).") from None


def write_yaml(value: Any) -> str:
    """`value` as YAML that `parse_yaml` reads back, keys in the order given."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))
