"""Whether a report that lies there is still that of its sweeps: figures are drawn when something has changed.

A report depends on records, configurations, the user's tables and options, this program and the libraries it calculates
and draws with. All of these enter one digest, which lies beside the report with the names of its files.
"""

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from search_spaces.structured import read_json
from sweep.config.load import saved_config
from sweep.folders import CONFIRM_SUFFIX, SweepFolder, write_atomically

NAME = "report.stamp.json"
LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib", "plotly", "lang2vec")
FACTS_OF_A_SWEEP = ("config.yaml", "search.json", "encoder.json")


def report_digest(folders: Sequence[SweepFolder], tables: Iterable[Path], options: Mapping[str, Any]) -> str:
    """Of everything that a report of these sweeps rests on.

    Args:
        tables: files of the user. options: plain data.

    Raises:
        ValueError: a sweep's configuration cannot be read. OSError: a table cannot.
    """
    found = hashlib.sha256(json.dumps([_program(), dict(options)], sort_keys=True).encode())
    for folder in folders:
        for name in (folder.name, folder.name + CONFIRM_SUFFIX, folder.name.removesuffix(CONFIRM_SUFFIX)):
            own = SweepFolder(folder.mlruns, name)
            paths = [path for fact in FACTS_OF_A_SWEEP if (path := own.root / fact).is_file()]
            for path in [*paths, *sorted(own.records.glob("*.json"))]:
                _add(found, f"{name}/{path.name}", path)
            if own.has_config and (costs := saved_config(own.config).subset.costs):
                tables = [*tables, Path(costs)]
    for path in tables:
        if path.is_file():
            _add(found, str(path), path)
    return found.hexdigest()


def report_options(
    facts: object = None, costs: object = None, distance: str = "featural", running: Sequence[bool] = (False,)
) -> dict[str, Any]:
    """What a person may ask of a report, as `report_digest` takes it; running: whether each sweep does."""
    return {"facts": str(facts), "costs": str(costs), "distance": distance, "running": list(running)}


def write_stamp(target: Path, digest: str, *, figures: bool) -> None:
    """Notes that the report in `target` is of this digest. figures: whether it has them."""
    names = sorted(str(path.relative_to(target)) for path in _files_of(target))
    write_atomically(target / NAME, json.dumps({"digest": digest, "figures": figures, "files": names}, indent=1) + "\n")


def is_current(target: Path, digest: str, *, figures: bool) -> bool:
    """Whether the report in `target` is of this digest, has all its files, and figures where they are wanted."""
    try:
        stamp = read_json(target / NAME)
        if stamp["digest"] != digest or (figures and not stamp["figures"]):
            return False
        return bool(stamp["files"]) and all((target / str(name)).is_file() for name in stamp["files"])
    except (ValueError, KeyError, TypeError):
        return False  # none, or one that somebody has changed


def _files_of(target: Path) -> list[Path]:
    names = ("report.*", "comparisons.csv", "what_was_run.csv", "brief.json", "figures/*.png", "figures/*.svg")
    return [path for name in names for path in target.glob(name) if path.name != NAME]


def _add(found: Any, name: str, path: Path) -> None:
    content = path.read_bytes()
    found.update(f"{name} {len(content)}\n".encode())
    found.update(content)


@lru_cache(maxsize=1)
def _program() -> list[str]:
    """What makes a report of records: our source, and the versions of the libraries."""
    source = hashlib.sha256()
    root = Path(__file__).parents[2]
    for package in ("search_spaces", "trainables", "sweep"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".js", ".css", ".csv"):
                _add(source, path.name, path)
    return [source.hexdigest(), *(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)]
