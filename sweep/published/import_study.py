"""`realign-sweep import-study`: the sweep of a published study, as if its folder had been copied here.

A sweep's folder appears whole or not at all. Where the same study is there already nothing changes, also where more of
its trials have been run since.
"""

import hashlib
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.reading import local_path, read_lines
from search_spaces.structured import parse_json, read_json
from sweep.config.load import config_text, parse_config, saved_config
from sweep.config.paths import absolute
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import read_yaml
from sweep.folders import CONFIRM_SUFFIX, SweepFolder
from sweep.published.export_study import BESIDE, CONFIG, CONFIRM, RECORDS, content_of, manifest_of
from sweep.published.portable import Places, portable_record, with_places
from sweep.records.records import SCHEMA, parse_record, record_text
from sweep.records.session import identity
from trainables.store.fingerprint import canonical


@dataclass(frozen=True, kw_only=True)
class _Sweep:
    """One sweep of a study, checked: `records` as exported, by trial; `beside`: name -> text of other files."""

    folder: SweepFolder
    config: SweepConfig
    records: Mapping[str, Mapping[str, Any]]
    beside: Mapping[str, str]


def import_study(
    study: str | Path,
    mlruns: str | Path,
    say: Callable[[str], None],
    *,
    name: str | None = None,
    data: str | None = None,
) -> list[SweepFolder]:
    """Makes the sweeps of a study below `mlruns`: that of its name, and NAME-confirm where the study has one.

    Args:
        study: a folder that `export_study` wrote.
        name: instead of the study's.
        data: the data folder here, which `resume` would need otherwise; it need not be there yet.

    Returns:
        their folders, the main one first.

    Raises:
        ValueError: a file is missing, was cut or edited, or is none of a study, or a sweep of this name holds something
            else. Nothing is written then.
    """
    root = local_path(study)
    manifest = manifest_of(root)
    for file, digest in manifest["files"].items():
        if hashlib.sha256(content_of(root / file)).hexdigest() != digest:
            raise ValueError(f"{root / file} must be as it was exported, but was cut or edited since. Fetch it again.")
    place = None if data is None else absolute(data)
    folder = SweepFolder.below(mlruns, manifest["name"] if name is None else name)
    sweeps = [_read(root, manifest["files"], folder, place)]
    if f"{CONFIRM}/{CONFIG}" in manifest["files"]:
        confirm = SweepFolder.below(mlruns, folder.name + CONFIRM_SUFFIX)
        sweeps.append(_read(root / CONFIRM, _inner(manifest["files"]), confirm, place))
    new = [sweep for sweep in sweeps if not _is_there(sweep)]
    for sweep in reversed(new):  # a search is never there without what confirms it
        _write(sweep)
    for sweep in sweeps:
        what = "written to" if sweep in new else "there already, in"
        say(f"{sweep.folder.name}: {len(sweep.records)} trials {what} {sweep.folder.root}")
    return [sweep.folder for sweep in sweeps]


def _inner(files: Mapping[str, str]) -> list[str]:
    return [name.removeprefix(f"{CONFIRM}/") for name in files if name.startswith(f"{CONFIRM}/")]


def _read(root: Path, files: Mapping[str, str] | list[str], folder: SweepFolder, data: str | None) -> _Sweep:
    """A sweep of a study, checked as if its folder had been found here.

    Raises:
        ValueError: a file is not what its name says.
    """
    mapping = read_yaml(root / CONFIG)
    if not isinstance(mapping, dict) or not isinstance(mapping.get("run"), dict):
        raise ValueError(f"{root / CONFIG} must be a sweep's complete config, but is none. Fetch it again.")
    mapping = {**mapping, "name": folder.name, "run": with_places(mapping["run"], data, "")}
    config = parse_config(mapping, str(root / CONFIG), is_saved=True)
    store = str(folder.store)
    records = {}
    for line, record in _records(root / RECORDS):
        trial = record["trial"]
        if trial in records or Path(trial).name != trial or trial.startswith("."):
            raise ValueError(
                f"{root / RECORDS}, line {line}: each trial must be there once and be the name of a file, but "
                f"{trial!r} is not. Fetch it again."
            )
        run = record.get("config")
        records[trial] = {
            **record, "sweep": folder.name, **({"config": with_places(run, data, store)} if run else {})
        }  # fmt: skip
    beside = {name: (root / name).read_text(encoding="utf-8") for name in BESIDE if name in files}
    return _Sweep(folder=folder, config=config, records=records, beside=beside)


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Numbered records, checked."""
    for number, text in read_lines(path):
        where = f"{path}, line {number}"
        mapping = parse_json(text, where)
        try:
            record = parse_record(mapping)
        except ValueError as error:
            raise ValueError(f"{where} must be a trial's record, but is not ({error}). Fetch it again.") from None
        if record.schema != SCHEMA:
            raise ValueError(
                f"{where} must have schema {SCHEMA}, but has {record.schema}. Use the version that wrote it."
            )
        yield number, mapping


def _is_there(sweep: _Sweep) -> bool:
    """Whether the folder holds this study already.

    Raises:
        ValueError: it holds something else.
    """
    folder = sweep.folder
    if not os.path.lexists(folder.root):
        return False
    before = {path.stem: read_json(path) for path in folder.records.glob("*.json") if path.name[0] != "."}
    same = folder.has_config and _identity(saved_config(folder.config)) == _identity(sweep.config)
    # A trial that had failed may have been run again since.
    kept = {trial: record for trial, record in sweep.records.items() if record["status"] != "failed"}
    if same and all(_portable(before.get(trial), folder) == _portable(kept[trial], folder) for trial in kept):
        return True
    raise ValueError(
        f"A study must be imported under a name that is free, but {folder.root} holds something else. Give another "
        f"`--name`, or take that away: `realign-sweep rm {folder.name} --mlruns "
        f"{shlex.quote(str(folder.mlruns))}`."
    )


def _portable(record: Mapping[str, Any] | None, folder: SweepFolder) -> Mapping[str, Any] | None:
    return record and portable_record(record, Places.of([record.get("config", {})], folder.mlruns))


def _identity(config: SweepConfig) -> Any:
    return canonical({**identity(config), "name": ""})


def _write(sweep: _Sweep) -> None:
    """Makes the folder beside its place, and moves it there."""
    folder = sweep.folder
    folder.root.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}.", dir=folder.root.parent))
    try:
        made.chmod(0o777 & ~_umask())  # mkdtemp makes a private folder
        (made / folder.records.name).mkdir()
        for name, text in sweep.beside.items():
            _put(made / name, text)
        for trial, record in sweep.records.items():
            _put(made / folder.records.name / f"{trial}.json", record_text(record))
        _put(made / folder.config.name, config_text(sweep.config))
        os.sync()  # once: waiting for the disk after each of hundreds of files takes minutes
        made.rename(folder.root)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _put(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        error.filename = error.filename or str(path)  # writing to a full disk names no file
        raise


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
