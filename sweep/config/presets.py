"""The packaged sweep files, by name. Needs nothing that a sweep needs."""

import importlib.resources
from pathlib import Path

from search_spaces.reading import local_path
from search_spaces.registry import nearest_names
from trainables.store.secrets import redacted


def presets() -> dict[str, Path]:
    """Name -> file of the packaged presets, sorted."""
    folder = Path(str(importlib.resources.files("sweep") / "presets"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def find_preset(source: str) -> Path:
    """The file behind a preset's name or a path.

    Raises:
        ValueError: neither exists.
    """
    path = local_path(source)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise ValueError(
                f"The sweep file must exist, but {redacted(str(path))} does not. Presets are: {', '.join(presets())}."
            )
        return path
    if source not in presets():
        near = nearest_names(source, list(presets()))
        raise ValueError(
            f"A sweep must be a preset or a .yaml file, but is {redacted(source)!r}. Nearest presets: {near}."
        )
    return presets()[source]
