"""Plug-ins: members of our tables that come from a user's own modules.

There are two ways in. An installed distribution names members in entry points, in a group called after the table
(`realign_sweep.criteria`); they are found wherever it is installed. A module that a sweep file names (`plugins:
[my_module]`, `plugins: [folder/my_module.py]`) has plain dicts under the names of our tables (`CRITERIA = {"mine":
Mine}`); driver and workers load it before they look a name up.
"""

import hashlib
import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

GROUPS = ("criteria", "searchers", "objectives", "encoders", "tasks", "sources", "data_sets")
"""The tables that plug-ins can add to. A module's own table has the name in capitals."""

PREFIX = "realign_sweep."
N_DIGITS = 32  # of a digest that stands in a record


class PluginError(ValueError):
    """A plug-in that cannot be imported, holds nothing, or takes a name that is taken."""


@dataclass(frozen=True)
class Plugged:
    """A member that a plug-in brings.

    Attributes:
        plugin: for people: the entry point's distribution, or the module as the sweep file names it.
        get: imports and returns the member, or says where it is (a `Lazy`).
        module: the module that the member comes from.
    """

    plugin: str
    get: Callable[[], Any]
    module: str


_loaded: dict[str, ModuleType] = {}  # as it was named -> the module


def load_plugins(names: Iterable[str]) -> None:
    """Imports modules, once; what their tables hold is in ours from now on.

    Args:
        names: of modules that Python can import, or paths of single files that end in ".py".

    Raises:
        PluginError: one cannot be imported, or has no table.
    """
    for name in names:
        if name in _loaded:
            continue
        module = _imported(name)
        if not any(isinstance(getattr(module, group.upper(), None), dict) for group in GROUPS):
            raise PluginError(
                f"A plug-in must have a dict named {', '.join(group.upper() for group in GROUPS)}, but {name!r} has "
                'none. Add one, e.g. `CRITERIA = {"mine": Mine}`.'
            )
        source_digest(module.__name__)  # of what was read just now, not of what the files may hold later
        _loaded[name] = module


def loaded_plugins() -> list[str]:
    """What `load_plugins` was given in this process: for another one that needs the same."""
    return list(_loaded)


def plugged(group: str) -> dict[str, Plugged]:
    """Name -> member of all plug-ins, for one table: those of entry points first, sorted.

    Raises:
        PluginError: two plug-ins bring the same name.
    """
    found: dict[str, Plugged] = {}
    for point in _points_of(group):
        plugin = point.dist.name if point.dist else point.module
        _add(found, group, point.name, Plugged(plugin, point.load, point.module))
    for name, module in _loaded.items():
        table = getattr(module, group.upper(), None)
        if isinstance(table, dict):
            for key in table:
                _add(found, group, key, Plugged(name, partial(table.__getitem__, key), module.__name__))
    return found


def plugin_digests() -> dict[str, str]:
    """Top-level module -> digest of its source, for every plug-in that can be seen here: what a record keeps."""
    modules = {point.module for group in GROUPS for point in _points_of(group)}
    modules |= {module.__name__ for module in _loaded.values()}
    return {module.partition(".")[0]: source_digest(module) for module in sorted(modules)}


@cache
def source_digest(module: str) -> str:
    """Digest of the Python files of the top-level package (or the single file) that holds `module`.

    Not a version: that of `pip install -e` stays while the source changes.

    Raises:
        PluginError: its source is not to be found.
    """
    top = module.partition(".")[0]
    loaded = sys.modules.get(top)
    spec = loaded.__spec__ if loaded else importlib.util.find_spec(top)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    files = {Path(spec.origin).name: Path(spec.origin)} if spec and spec.origin and not folders else {}
    for folder in folders:
        files |= {path.relative_to(folder).as_posix(): path for path in Path(folder).rglob("*.py")}
    if not files:
        raise PluginError(f"A plug-in must have source files, as they enter fingerprints, but {top!r} has none.")
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:N_DIGITS]


@cache
def _points_of(group: str) -> tuple[importlib.metadata.EntryPoint, ...]:
    """The entry points of one group, sorted. The environment does not change while a process runs."""
    return tuple(sorted(_entry_points().select(group=PREFIX + group), key=lambda point: point.name))


@cache
def _entry_points() -> Any:
    return importlib.metadata.entry_points()


def _add(found: dict[str, Plugged], group: str, name: str, member: Plugged) -> None:
    if name in found:
        raise PluginError(
            f"One plug-in only may define a name, but {name!r} of {group} comes from {found[name].plugin!r} and from "
            f"{member.plugin!r}. Rename one, or leave one plug-in out."
        )
    found[name] = member


def _imported(name: str) -> ModuleType:
    try:
        return _from_file(Path(name)) if name.endswith(".py") else importlib.import_module(name)
    except Exception as error:  # whatever the user's module does
        beside = Path(*name.split(".")).with_suffix(".py")
        remedy = f"Write `plugins: [{beside}]`." if beside.is_file() else "Install it where every trial runs."
        if not isinstance(error, ModuleNotFoundError | FileNotFoundError):
            remedy = "Repair it."
        raise PluginError(
            f"A plug-in must be a module that can be imported, but {name!r} cannot ({type(error).__name__}: {error}). "
            f"{remedy}"
        ) from error


def _from_file(path: Path) -> ModuleType:
    """The module in one file, under the file's name, as pickles of its members need it."""
    path = path.expanduser().resolve()
    name = path.stem
    known = sys.modules.get(name)
    if known is not None and Path(str(getattr(known, "__file__", ""))).resolve() == path:
        return known
    found = None if known is not None else importlib.util.find_spec(name)
    if found is not None and found.origin is not None and Path(found.origin).resolve() == path:
        return importlib.import_module(name)
    if known is not None or found is not None:
        raise ImportError(f"another module is called {name!r}; rename the file")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
