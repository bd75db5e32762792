"""`realign-sweep export-study`: a sweep as a folder to publish, from which `import-study` makes the same sweep again.

FOLDER/README.md                what it is, and how to import it
FOLDER/study.json               what belongs to it, with digests
FOLDER/sweep.yaml               the complete config, without places of one machine
FOLDER/records.jsonl.gz         one record a line, sorted by trial
FOLDER/search.json, warm_start.json, encoder.json     of a search and of a pinned encoder
FOLDER/confirm/                 sweep.yaml, records.jsonl.gz ... of NAME-confirm

The same records give the same bytes.
"""

import gzip
import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from search_spaces.reading import DataError, local_path, read_text
from search_spaces.structured import parse_json, read_json
from sweep.config.load import as_mapping, saved_config
from sweep.config.yaml_reader import write_yaml
from sweep.folders import CONFIRM_SUFFIX, SweepFolder, write_atomically
from sweep.published.portable import Places, portable_config, portable_record
from sweep.published.study_readme import study_readme
from sweep.records.records import RecordStore
from sweep.records.session import exclusive

FORMAT = 1
MANIFEST, README, CONFIG, RECORDS, CONFIRM = "study.json", "README.md", "sweep.yaml", "records.jsonl.gz", "confirm"
BESIDE = ("search.json", "warm_start.json", "encoder.json")
"""Files of a sweep's folder that its next trials depend on, copied with words for folders."""
FILES = frozenset(f"{folder}{name}" for folder in ("", f"{CONFIRM}/") for name in (CONFIG, RECORDS, *BESIDE))


def export_study(folder: SweepFolder, to: Path, say: Callable[[str], None]) -> Path:
    """Writes a sweep, and the one that confirms it, into the folder `to`; all of it or nothing.

    Args:
        to: a new folder, or one that an earlier export of the same sweep has made: it is replaced.

    Raises:
        ValueError: no trial is over, the sweep is running, a record is damaged, or `to` holds something else.
        ConfigError: the sweep rests on files that only this machine has.
    """
    to = local_path(to).absolute()
    _check_target(to, folder.name)
    confirm = SweepFolder(folder.mlruns, folder.name + CONFIRM_SUFFIX)
    files = _files_of(folder, "")
    if confirm.has_config and RecordStore(confirm.records).any():
        files |= _files_of(confirm, f"{CONFIRM}/")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    readme = study_readme(folder, confirm if f"{CONFIRM}/{CONFIG}" in files else None, digests)
    manifest = {"format": FORMAT, "name": folder.name, "files": digests}
    files |= {README: readme.encode(), MANIFEST: (json.dumps(manifest, indent=1) + "\n").encode()}
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{to.name[:40]}.", dir=to.parent) as temporary:
        made = Path(temporary) / "study"
        for name, content in files.items():
            write_atomically(made / name, content)
        if to.exists():
            to.rename(Path(temporary) / "before")
        made.rename(to)
    say(f"{to}: {folder.name} with {len(files)} files, {sum(map(len, files.values())):,} bytes")
    return to


def manifest_of(study: Path) -> dict[str, Any]:
    """What `study.json` in an exported folder says: "name", and "files" with their SHA-256.

    Raises:
        ValueError: it is missing, damaged, of something else or of another version.
    """
    path = study / MANIFEST
    if not path.is_file():
        raise ValueError(
            f"A study must be a folder that `realign-sweep export-study` wrote, but {study} has no {MANIFEST}. Name "
            "the folder that has it."
        )
    try:
        manifest = parse_json(read_text(path), str(path))
        files = manifest["files"]
        if not (isinstance(manifest["name"], str) and {CONFIG, RECORDS} <= set(files) <= FILES):
            raise DataError("it names other files than a study has")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} must say what a study consists of, but does not ({error}). Fetch it again.") from None
    if manifest["format"] != FORMAT:
        raise ValueError(
            f"{path} must be of format {FORMAT}, but is of {manifest['format']!r}. Use the version that wrote it."
        )
    return dict(manifest)


def content_of(path: Path) -> bytes:
    """The bytes of a file of a study, as digests are of.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"{path} belongs to the study, but cannot be read ({error.strerror}). Fetch it again."
        ) from None


def _files_of(folder: SweepFolder, prefix: str) -> dict[str, bytes]:
    """Name in the study -> content, of one sweep."""
    with exclusive(folder, to_read=True):
        RecordStore(folder.records).all()  # a damaged record is said
        config = as_mapping(saved_config(folder.config))
        records = [read_json(path) for path in sorted(folder.records.glob("*.json")) if path.name[0] != "."]
        beside = {name: read_text(folder.root / name) for name in BESIDE if (folder.root / name).is_file()}
    if not records:
        raise ValueError(f"A sweep that is exported must have a trial that is over, but {folder.name!r} has none.")
    places = Places.of([config["run"], *(record.get("config", {}) for record in records)], folder.mlruns)
    lines = [_line(portable_record(record, places)) for record in sorted(records, key=lambda one: one["trial"])]
    files = {
        CONFIG: write_yaml(portable_config(config, places)).encode(),
        RECORDS: _packed("".join(lines).encode()),
        **{name: _hidden(text, places, name).encode() for name, text in beside.items()},
    }
    return {prefix + name: content for name, content in files.items()}


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def _hidden(text: str, places: Places, name: str) -> str:
    """A JSON text as it is, or made anew where it names a folder."""
    value = parse_json(text, name)
    hidden = places.hidden(value)
    return text if hidden == value else json.dumps(hidden)


def _packed(content: bytes) -> bytes:
    """gzip without a name and a time."""
    stream = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as file:
        file.write(content)
    return stream.getvalue()


def _check_target(to: Path, name: str) -> None:
    """Raises ValueError where something else would be replaced."""
    if not to.exists() or (to.is_dir() and not any(to.iterdir())):
        return
    found = {path.relative_to(to).as_posix() for path in to.rglob("*") if not path.is_dir()} if to.is_dir() else set()
    if MANIFEST not in found or found - FILES - {MANIFEST, README} or manifest_of(to)["name"] != name:
        raise ValueError(
            f"`--to` must be a new folder, or an earlier export of {name!r}, but {to} holds something else. Name "
            "another one."
        )
