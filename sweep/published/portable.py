"""A sweep's config and records without the places of the machine that they were made on.

What lies where is no part of a sweep's identity. Data root and store are left out, other known folders get a word in
their place, and a config that rests on further files of its machine is refused: nobody else has them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sweep.records.records import error_line
from trainables.mapping import ConfigError

ENCODERS = "/exported"
"""Where an encoder of a local folder is said to lie: a path that says of which folder, but not where it was."""
PLACE = re.compile(r"(?<![\w.:/~-])/(?:[^\s/'\"(),:;=]+/)+([^\s/'\"(),:;=]*)")
"""An absolute path within a text."""
PROCESSORS = ("x86_64", "aarch64", "arm64", "AMD64", "ppc64le")
LEFT = re.compile(rf"(?<![\w.:/~-])(?:~|MLRUNS|DATA|STORE)?(?!{ENCODERS}/)/[^\s/'\"(),:;=]+")
"""What names a file of one machine, also where its folder has got a word."""


@dataclass(frozen=True)
class Places:
    """Folder -> what stands for it in a text that leaves the machine."""

    words: Mapping[str, str]

    @classmethod
    def of(cls, configs: Iterable[Mapping[str, Any]], mlruns: Path) -> "Places":
        """Args:
        configs: of runs, plain data: those of the sweep's config and of its records, which other machines may have
            written.
        """
        words = {str(mlruns): "MLRUNS", str(Path.home()): "~"}
        for run in configs:
            encoder = str(run.get("encoder", {}).get("name") or "")
            if encoder.startswith("/") and not encoder.startswith(f"{ENCODERS}/"):
                words[encoder] = f"{ENCODERS}/{PurePosixPath(encoder).name}"
            for path, word in ((run.get("data", {}).get("root"), "DATA"), (run.get("store"), "STORE")):
                if path and str(path).startswith("/"):
                    words[str(path)] = word
        # The longest first: a store may be in `mlruns`, and that in a home.
        return cls(dict(sorted(words.items(), key=lambda pair: -len(pair[0]))))

    def hidden(self, value: Any) -> Any:
        """`value`, plain data, with words for folders in every text."""
        if isinstance(value, str):
            for path, word in self.words.items():
                if path != "/" and path in value:
                    value = word.join(re.split(rf"{re.escape(path)}(?![\w-])", value))
            return value
        if isinstance(value, Mapping):
            return {key: self.hidden(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.hidden(item) for item in value]
        return value


def portable_config(config: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """A sweep's config, plain data, without places.

    Raises:
        ConfigError: it rests on files that only this machine has.
    """
    made: dict[str, Any] = places.hidden({**config, "run": without_places(config["run"])})
    if left := [f"`{key}` names {text!r}." for key, text in _absolute(made)]:
        left.append("Leave them out of the sweep, or give its whole folder away.")
        raise ConfigError(left, f"{made['name']}, which must rest on data and encoder alone to be exported,")
    return made


def portable_record(record: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """A record, plain data, without places. Of an error the last line stays: the others are a traceback's.

    Raises:
        ConfigError: its configuration names files that only one machine has.
    """
    config = record.get("config", {})
    given = {**record, "config": without_places(config) if config else config}
    if given.get("error"):
        given["error"] = PLACE.sub(r"\1", error_line(places.hidden(given["error"])))
    made: dict[str, Any] = places.hidden(given)
    if platform := made.get("versions", {}).get("platform"):
        made["versions"] = {**made["versions"], "platform": system_of(platform)}
    decides = {key: made[key] for key in ("config", "point", "encoder") if key in made}
    if left := [f"`{key}` names {text!r}." for key, text in _absolute(decides)]:
        raise ConfigError(left, f"The record of {made.get('trial')}, which must name no file of one machine alone,")
    return made


def system_of(platform: str) -> str:
    """System and processor type alone, as "Linux-x86_64": the build of a kernel tells of one machine."""
    processor = next((part for part in platform.split("-") if part in PROCESSORS), "")
    return "-".join(filter(None, [platform.partition("-")[0], processor]))


def without_places(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run's config without data root and stores, and with its encoder where it was first said to be."""
    made = dict(run)
    for key in ("store", "store_cache"):
        if key in made:
            made[key] = ""
    if made.get("data", {}).get("root"):
        made["data"] = {**made["data"], "root": None}
    if made.get("encoder", {}).get("moved_to"):
        made["encoder"] = {**made["encoder"], "moved_to": ""}
    return made


def with_places(run: Mapping[str, Any], data: str | None, store: str) -> dict[str, Any]:
    """The opposite: where data and stages lie here.

    Args:
        data: None = not known.
        store: "" = where a sweep's stages lie anyway.
    """
    made = dict(run)
    if "store" in made:
        made["store"] = store
    if data and made.get("data", {}).get("source") in ("folder", "files"):
        made["data"] = {**made["data"], "root": data}
    return made


def _absolute(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """(dotted key, text) of each text that names a file of one machine; the description is for people."""
    if isinstance(value, str):
        if key != "description" and LEFT.search(value):
            yield key, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _absolute(item, f"{key}.{name}" if key else str(name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for i, item in enumerate(value):
            yield from _absolute(item, f"{key}[{i}]")
