"""Names that somebody else has chosen become paths here, and only below the folder that they belong to.

Keys of a remote store, names in a manifest, sources of a user's files: whoever writes them must not be able to choose
where on this machine a file is written or read.
"""

from pathlib import Path, PurePosixPath

MAX_BYTES = 255  # of one part of a path, on every file system that is in use


class UnsafeNameError(ValueError):
    """A name would lead out of its folder, or cannot be a file's name."""


def path_below(folder: Path, name: str) -> Path:
    """The file or folder `name` ("a/b.txt") in `folder`.

    Raises:
        UnsafeNameError: it is absolute, empty, has a part ".." or ".", a character that no file name may have, or a
            part that is too long.
    """
    parts = name.split("/")
    if (
        any(part in ("", ".", "..") or len(part.encode()) > MAX_BYTES for part in parts)
        or any(ord(character) < 32 or character in "\\\x7f" for character in name)
        or PurePosixPath(name).is_absolute()
    ):
        raise UnsafeNameError(
            f"A name must lead to a file below its folder, without '..', '\\' or control characters and with at most "
            f"{MAX_BYTES} bytes a part, but is {name[:MAX_BYTES]!r}. Rename it."
        )
    return folder.joinpath(*parts)
