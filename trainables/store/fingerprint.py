"""What a stage *is*, as a hash: canonical JSON of the fields that decide its result, and of nothing else.

Two processes on two machines must get the same fingerprint from the same configuration, so a value without a canonical
form (a set, a path, NaN, an object) is refused instead of being given to `repr`.
"""

import dataclasses
import hashlib
import json
import math
import unicodedata
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

N_HEX = 20  # 80 bits: no collision in any store we will ever see
# Whose releases may compute other digits, cut other pieces or draw another order from the same input.
LIBRARIES = ("numpy", "tokenizers", "torch", "transformers")


def canonical(value: Any, where: str = "identity") -> Any:
    """`value` with dataclasses as sorted dicts and tuples as lists.

    Raises:
        TypeError: for a value that has no canonical form, naming where it sits.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.metadata.get("identity", True)}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"Keys of `{where}` must be strings to be fingerprinted, but are {list(value)}.")
        return {key: canonical(value[key], f"{where}.{key}") for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [canonical(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise TypeError(
        f"`{where}` must be made of dicts, lists, strings, numbers and None to be fingerprinted, but is {value!r} "
        f"({type(value).__name__}). Give it a canonical form first (sort a set, drop a path)."
    )


def fingerprint(value: Any) -> str:
    """The first 20 hex digits of the SHA-256 of `value`'s canonical JSON."""
    text = json.dumps(canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:N_HEX]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def libraries(*names: str) -> dict[str, str]:
    """Major and minor version of each library of `names` (all of LIBRARIES if none), and of Unicode: it decides words.

    A patch release is taken to compute what the one before it did; a build for a GPU is the same release.
    """
    found = {name: ".".join(_version(name).split(".")[:2]) for name in names or LIBRARIES}
    return {**found, "unicode": unicodedata.unidata_version}


@lru_cache
def _version(name: str) -> str:
    return version(name)


def remembered_sha256(path: Path) -> str:
    """`file_sha256`, computed anew only when the file has changed: its size, or when its content or inode was written.

    The time of modification alone can be carried over by a copy (`cp -p`, `rsync -t`).
    """
    status = path.stat()
    return _sha256_of_version(path, (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))


@lru_cache(maxsize=4096)
def _sha256_of_version(path: Path, state: tuple[int, ...]) -> str:
    del state  # part of the cache key only
    return file_sha256(path)
