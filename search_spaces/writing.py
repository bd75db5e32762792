"""Files are written whole or not at all: a reader, or a crash at any moment, never meets half of one."""

import contextlib
import json
import os
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

PARTIAL = ".partial"
SCALARS = {str, int, float, bool, type(None)}
OLD_S = 3600.0
"""A file in the making that has not changed for so long belongs to a writer that was killed."""

_swept: set[Path] = set()


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes text as UTF-8, or bytes, with the permissions of any other new file; makes the folder if it is missing.

    What killed writers left in the same folder is swept up on the way.

    Raises:
        OSError: it cannot be written; nothing is left then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep_up(path.parent)
    # a long name with more around it would be longer than file systems take
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=PARTIAL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)  # mkstemp makes a private file
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:  # writing to a full disk names no file
            error.filename = str(path)
        raise


def indented_json(value: Any, *, allow_nan: bool = True, level: int = 0) -> str:
    """What `json.dumps(value, indent=1, ensure_ascii=False)` gives for plain data, whose keys are texts.

    That is pure Python and takes tens of milliseconds for a record; here what holds no further level is left to C.
    """
    if not isinstance(value, dict | list | tuple) or not value:
        return _encoder(level, allow_nan).encode(value)
    start, end = "{}" if isinstance(value, dict) else "[]"
    gap = "\n" + " " * (level + 1)
    if set(map(type, value.values() if isinstance(value, dict) else value)) <= SCALARS:
        inside = _encoder(level, allow_nan).encode(value)[1:-1]
    else:
        of = [(json.dumps(k, ensure_ascii=False) + ": ", v) for k, v in value.items()] if isinstance(value, dict) else [
            ("", item) for item in value
        ]  # fmt: skip
        inside = f",{gap}".join(key + indented_json(item, allow_nan=allow_nan, level=level + 1) for key, item in of)
    return f"{start}{gap}{inside}\n{' ' * level}{end}"


@cache
def _encoder(level: int, allow_nan: bool) -> json.JSONEncoder:
    separators = (",\n" + " " * (level + 1), ": ")
    return json.JSONEncoder(ensure_ascii=False, allow_nan=allow_nan, separators=separators)


def sweep_up(folder: Path) -> None:
    """Removes files in the making whose writers were killed; once a process and folder."""
    if folder in _swept:
        return
    _swept.add(folder)
    for path in folder.glob(f".*{PARTIAL}*"):  # a database in the making has a journal
        with contextlib.suppress(OSError):  # somebody else was faster, or may and we may not
            if time.time() - path.stat().st_mtime > OLD_S:
                path.unlink()
