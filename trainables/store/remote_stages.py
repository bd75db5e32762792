"""RemoteStages: the stages of a store that lies behind a URL (`s3://`, `gs://`, `file://` ...), through fsspec.

Under `<url>/<kind>/` a stage is a folder `<fingerprint>/<token>/`, uploaded under a new token each time and never
changed, and a pointer `<fingerprint>/current.json`, written last: who reads the pointer finds whole files. Two machines
that build the same stage at once publish two folders; the later pointer counts, and both are right.

Whoever may write to the store chooses names in it: they are checked before anything is written here.
"""

import json
import re
import shutil
import uuid
from pathlib import Path

import fsspec

from trainables.store.names import UnsafeNameError, path_below
from trainables.store.secrets import redacted

POINTER = "current.json"
TOKEN = re.compile(r"[0-9a-f]{32}")


def is_url(root: str) -> bool:
    """Whether a store's root is a URL and not a local path."""
    return "://" in root


class RemoteStages:
    """The remote side of a store.

    Args:
        url: a folder in a file system that fsspec knows; credentials are found as that file system does it.

    Raises:
        ValueError: there is no file system for this kind of URL.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        try:
            self.files, self.base = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise ValueError(
                f"The store's URL must be one that fsspec can open, but {self} is not ({redacted(str(error))}). "
                "Install what it names, or choose another `store`."
            ) from None

    def __str__(self) -> str:
        return redacted(self.url)

    def holds(self, kind: str, name: str) -> bool:
        """Whether a stage has been published."""
        return bool(self.files.exists(f"{self._place(kind, name)}/{POINTER}"))

    def fetch(self, kind: str, name: str, folder: Path) -> bool:
        """Downloads a stage into an empty local folder; False where there is none. Its files are not verified.

        Raises:
            UnsafeNameError: a file's name would lead out of `folder`; nothing was written.
        """
        try:
            token = json.loads(self.files.cat_file(f"{self._place(kind, name)}/{POINTER}"))["folder"]
            if not TOKEN.fullmatch(token):
                raise ValueError(f"{token!r} is not a stage's folder")
            source = f"{self._place(kind, name)}/{token}"
            targets = {path: path_below(folder, path.removeprefix(f"{source}/")) for path in self.files.find(source)}
            for path, target in targets.items():
                target.parent.mkdir(parents=True, exist_ok=True)
                with self.files.open(path, "rb") as remote, target.open("wb") as local:
                    shutil.copyfileobj(remote, local)
        except UnsafeNameError:
            raise
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # nothing there, or a pointer that points nowhere
            return False
        return True

    def publish(self, kind: str, name: str, folder: Path) -> None:
        """Uploads a finished local stage; it can be fetched when this returns."""
        token = uuid.uuid4().hex
        target = f"{self._place(kind, name)}/{token}"
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            remote_path = f"{target}/{path.relative_to(folder).as_posix()}"
            self.files.makedirs(remote_path.rpartition("/")[0], exist_ok=True)
            with path.open("rb") as local, self.files.open(remote_path, "wb") as remote:
                shutil.copyfileobj(local, remote)
        self.files.pipe_file(f"{self._place(kind, name)}/{POINTER}", json.dumps({"folder": token}).encode())

    def _place(self, kind: str, name: str) -> str:
        return f"{self.base}/{kind}/{name}"
