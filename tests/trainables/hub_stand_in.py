"""HubStandIn: a small Hugging Face hub on a local port, for tests of what is fetched, from which revision, how.

It serves models and data sets to the real client libraries as the hub does: commits behind branches and tags, the API
(`/api/models/...`, `/api/datasets/...`: info, tree, paths-info, refs), `resolve` with ETag and X-Repo-Commit, large
files by a redirect to another origin (a CDN of its own port) that answers ranges, renames by 307, gating by 401 and 403
with X-Error-Code. Layout of requests and headers: `huggingface_hub` (`hf_api.py`, `file_download.py`,
`utils/_http.py`), https://huggingface.co/docs/hub/api and https://huggingface.co/docs/hub/models-gated.

    hub.add("owner/name", {"config.json": b"{}"})                  # -> the commit that `main` points to now
    hub.add("owner/set", folder, kind="dataset", branch="v2.17")

The fixture `hub` (conftest) has the libraries of this process pointed at it; `hub.environment(cache)` does it for
another process.
"""

import contextlib
import hashlib
import json
import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from huggingface_hub import constants, hf_api
from huggingface_hub.utils import _http

Kind = Literal["model", "dataset"]

LARGE = (".safetensors", ".bin", ".parquet", ".gz", ".model", ".zip")  # by suffix, as .gitattributes has it
API = re.compile(r"/api/(models|datasets)/(?P<id>[^/]+(?:/[^/]+)?)$")
API_OF_REVISION = re.compile(
    r"/api/(models|datasets)/(?P<id>.+?)/(?P<verb>revision|tree|paths-info|refs)(?:/(?P<revision>[^/]+)(?P<path>/.*)?)?$"
)
RESOLVE = re.compile(r"/(?P<datasets>datasets/)?(?P<id>.+?)/(?:resolve|raw)/(?P<revision>[^/]+)/(?P<path>.+)$")


@dataclass(frozen=True)
class Request:
    """One request that was answered: method, path without query, the Range and the token it came with."""

    method: str
    path: str
    range: str | None
    token: str | None


@dataclass
class Repository:
    """Commits (commit -> path -> content) and refs (name -> commit) of a repository; who may read a gated one."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    gated: bool = False
    tokens: frozenset[str] = frozenset()

    def commit_of(self, revision: str) -> str | None:
        return revision if revision in self.commits else self.refs.get(revision)


class HubStandIn:
    """A hub with the repositories that a test gives it. `requests` are those that were answered, in order."""

    def __init__(self) -> None:
        self.repositories: dict[tuple[Kind, str], Repository] = {}
        self.renamed: dict[tuple[Kind, str], str] = {}
        self.large: dict[str, bytes] = {}  # SHA-256 -> content, what the CDN holds
        self.requests: list[Request] = []
        self.failing = 0  # a status, e.g. 503, that every request gets
        self._connections: set[socket.socket] = set()
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, self)) for handler in (_Hub, _Cdn)]
        self.url, self.cdn_url = (f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers)
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def add(
        self, name: str, files: Mapping[str, bytes | str] | Path, kind: Kind = "model", branch: str = "main"
    ) -> str:
        """Commits the whole tree `files` (path -> content, or a folder) to a branch or tag; returns the commit."""
        if isinstance(files, Path):
            paths = [path for path in sorted(files.rglob("*")) if path.is_file()]
            files = {path.relative_to(files).as_posix(): path.read_bytes() for path in paths}
        tree = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        repository = self.repositories.setdefault((kind, name), Repository())
        seed = [kind, name, len(repository.commits), *((path, sha256(tree[path])) for path in sorted(tree))]
        commit = hashlib.sha1(json.dumps(seed).encode()).hexdigest()
        repository.commits[commit] = tree
        repository.refs[branch] = commit
        self.large |= {sha256(content): content for path, content in tree.items() if path.endswith(LARGE)}
        return commit

    def rename(self, old: str, new: str, kind: Kind = "model") -> None:
        """Moves a repository; its old name redirects, as `xlm-roberta-base` does to `FacebookAI/xlm-roberta-base`."""
        self.repositories[kind, new] = self.repositories.pop((kind, old))
        self.renamed[kind, old] = new

    def gate(self, name: str, kind: Kind = "model", tokens: tuple[str, ...] = ()) -> None:
        """Files only for those `tokens`: 401 without a token, 403 with another. The API stays open, as the hub's."""
        self.repositories[kind, name].gated = True
        self.repositories[kind, name].tokens = frozenset(tokens)

    def stop(self) -> None:
        """From now on connections are refused."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for connection in list(self._connections):  # those that a client keeps for its next request
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._servers = []

    def paths(self, method: str | None = None) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request in self.requests if method in (None, request.method)]

    def environment(self, cache: Path) -> dict[str, str]:
        """Variables that point the libraries of another process here, with a cache of their own."""
        return {
            "HF_ENDPOINT": self.url, "HF_HOME": str(cache), "HF_TOKEN": "", "HF_HUB_OFFLINE": "",
            "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1",
        }  # fmt: skip

    def point_here(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        """Points the libraries of this process here: they have read their variables long ago."""
        for name, value in self.environment(cache).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("HF_TOKEN")
        monkeypatch.setattr(constants, "ENDPOINT", self.url)
        template = self.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache / "hub"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(cache / "token"))
        monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(cache / "stored_tokens"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(hf_api.api, "endpoint", self.url)
        monkeypatch.setattr(_http, "_HUB_ORIGINS", _http._HUB_ORIGINS | {_http._url_origin(self.url)})
        import datasets.config

        monkeypatch.setattr(datasets.config, "HF_ENDPOINT", self.url)
        monkeypatch.setattr(
            datasets.config, "HUB_DATASETS_URL", self.url + "/datasets/{repo_id}/resolve/{revision}/{path}"
        )
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", cache / "datasets")
        monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_oid(content: bytes) -> str:
    """What git, and with it the hub, calls a blob of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, hub: HubStandIn, *args: Any) -> None:
        self.hub = hub
        super().__init__(*args)

    def setup(self) -> None:
        super().setup()
        self.hub._connections.add(self.connection)

    def finish(self) -> None:
        self.hub._connections.discard(self.connection)
        super().finish()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.hub.requests.append(Request(self.command, urlsplit(self.path).path, self.headers.get("Range"), token))
        if self.hub.failing:
            return self.give(self.hub.failing, b"")
        self.answer(urlsplit(self.path).path, parse_qs(urlsplit(self.path).query), body, token)

    do_HEAD = do_POST = do_GET

    def answer(self, path: str, query: dict[str, list[str]], body: bytes, token: str | None) -> None:
        raise NotImplementedError

    def give(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Sends an answer; of content with an ETag a range, where one is asked for."""
        headers = dict(headers or {})
        whole = len(content)
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
        if asked and status == 200 and "ETag" in headers:
            first, last = asked.groups()
            start = int(first) if first else max(0, whole - int(last))
            end = min(int(last) + 1, whole) if first and last else whole
            if start >= whole:
                status, content = 416, b""
                headers["Content-Range"] = f"bytes */{whole}"
            else:
                status, content = 206, content[start:end]
                headers["Content-Range"] = f"bytes {start}-{end - 1}/{whole}"
        self.send_response(status)
        for name, value in {"Accept-Ranges": "bytes", **headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def give_json(self, value: Any) -> None:
        self.give(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def refuse(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.give(status, json.dumps({"error": message}).encode(),
                  {"X-Error-Code": code, "X-Error-Message": message, **(headers or {})})  # fmt: skip


class _Hub(_Answering):
    def answer(self, path: str, query: dict[str, list[str]], body: bytes, token: str | None) -> None:
        found = API_OF_REVISION.fullmatch(path) or API.fullmatch(path) or RESOLVE.fullmatch(path)
        if found is None:
            return self.refuse(404, "NotFound", f"There is no {path}.")
        part = found.groupdict()
        is_api = "datasets" not in part
        kind: Kind = "dataset" if (found[1] == "datasets" if is_api else part["datasets"]) else "model"
        name = unquote(part["id"])
        if new := self.hub.renamed.get((kind, name)):
            return self.give(307, b"", {"Location": self.path.replace(f"/{name}", f"/{new}", 1)})
        repository = self.hub.repositories.get((kind, name))
        if repository is None:  # 401, not 404, unless one is known to the hub: a private name is not given away
            return self.refuse(404 if token else 401, "RepoNotFound", "Repository not found")
        revision = unquote(part.get("revision") or "main")
        commit = repository.commit_of(revision)
        if commit is None:
            return self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        tree = repository.commits[commit]
        inner = unquote(part.get("path") or "").strip("/")
        if is_api:
            return self.of_api(repository, kind, name, part.get("verb"), commit, inner, query, body)
        if repository.gated and token not in repository.tokens:
            return self.refuse(
                403 if token else 401, "GatedRepo", f"Access to {kind} {name} is restricted.", {"X-Repo-Commit": commit}
            )
        if inner not in tree:
            return self.refuse(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": commit})
        content = tree[inner]
        if inner.endswith(LARGE):
            return self.give(302, b"", {
                "Location": f"{self.hub.cdn_url}/{sha256(content)}", "X-Repo-Commit": commit,
                "X-Linked-Etag": f'"{sha256(content)}"', "X-Linked-Size": str(len(content)),
            })  # fmt: skip
        return self.give(200, content, {"ETag": f'"{git_oid(content)}"', "X-Repo-Commit": commit})

    def of_api(
        self, repository: Repository, kind: Kind, name: str, verb: str | None, commit: str, path: str,
        query: dict[str, list[str]], body: bytes,
    ) -> None:  # fmt: skip
        tree = repository.commits[commit]
        if verb in (None, "revision"):
            return self.give_json({
                "_id": git_oid(name.encode())[:24], "id": name, "modelId": name, "sha": commit, "private": False,
                "gated": "manual" if repository.gated else False, "disabled": False, "downloads": 0, "likes": 0,
                "tags": [], "createdAt": "2024-01-01T00:00:00.000Z", "lastModified": "2024-01-01T00:00:00.000Z",
                "siblings": [{"rfilename": file} for file in sorted(tree)],
            })  # fmt: skip
        if verb == "refs":
            named = [
                {"name": ref, "ref": ref if ref.startswith("refs/") else f"refs/heads/{ref}", "targetCommit": target}
                for ref, target in repository.refs.items()
            ]
            requests = [entry for entry in named if entry["name"].startswith("refs/pr/")]
            branches = [entry for entry in named if entry not in requests]
            return self.give_json({"branches": branches, "tags": [], "converts": [], "pullRequests": requests})
        if verb == "paths-info":
            is_json = body.lstrip().startswith(b"{")
            wanted = json.loads(body)["paths"] if is_json else parse_qs(body.decode()).get("paths", [])
            entries = _entries(tree)
            return self.give_json([entries[one.strip("/")] for one in wanted if one.strip("/") in entries])
        below = {one: entry for one, entry in _entries(tree).items() if not path or one.startswith(f"{path}/")}
        if path and not below:
            return self.refuse(404, "EntryNotFound", f"{path} does not exist on this revision")
        if query.get("recursive", ["false"])[0].lower() not in ("true", "1"):
            below = {one: entry for one, entry in below.items() if "/" not in one.removeprefix(f"{path}/")}
        return self.give_json(list(below.values()))


class _Cdn(_Answering):
    """Another origin, which must never be sent a token: answers 400 to one."""

    def answer(self, path: str, query: dict[str, list[str]], body: bytes, token: str | None) -> None:
        content = self.hub.large.get(path.strip("/"))
        if token is not None or content is None:
            return self.give(400 if token else 404, b"")
        return self.give(200, content, {"ETag": f'"{sha256(content)}"'})


def _entries(tree: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Folders and files of a commit as the API names them."""
    entries: dict[str, dict[str, Any]] = {}
    for path, content in sorted(tree.items()):
        for parent in reversed(Path(path).parents[:-1]):
            folder = parent.as_posix()
            entries.setdefault(
                folder, {"type": "directory", "oid": git_oid(folder.encode()), "size": 0, "path": folder}
            )
        entries[path] = {"type": "file", "oid": git_oid(content), "size": len(content), "path": path}
        if path.endswith(LARGE):
            entries[path]["lfs"] = {"oid": sha256(content), "size": len(content), "pointerSize": 134}
    return entries
