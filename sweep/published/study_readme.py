"""The README of an exported study: what was run, with what and when, and how the sweep is made of it again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePath

from search_spaces.languages import ENGLISH
from sweep.config.load import saved_config
from sweep.folders import SweepFolder
from sweep.published.portable import system_of
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.setup import encoder_of
from sweep.search.length import n_trials_of

N_DIGITS = 16
"""Of a digest of data that is shown; records have all."""


def study_readme(folder: SweepFolder, confirm: SweepFolder | None, digests: Mapping[str, str]) -> str:
    """Markdown. The same records give the same text.

    Args:
        confirm: the sweep that confirms it, where it is exported too.
        digests: file of the study -> SHA-256.
    """
    records = RecordStore(folder.records).all()
    config = saved_config(folder.config)
    lines = [f"# {folder.name}", ""]
    lines += [config.description, ""] if config.description else []
    lines += [
        "A sweep of realign-sweep, published with every record. Nothing has to be trained again to read it:",
        "",
        "    realign-sweep import-study THIS_FOLDER",
        f"    realign-sweep report {folder.name}",
        "",
        "`learned`, `trials`, `compare` and `list` know it too. With the same data in `DATA`,",
        f"`realign-sweep resume {folder.name} --data DATA` runs the trials that are not there yet, and",
        "`realign-sweep run THIS_FOLDER/sweep.yaml --data DATA` all of them again.",
        "",
        *_described(folder, records),
    ]
    if confirm:
        lines += ["", f"## {confirm.name}", "", *_described(confirm, RecordStore(confirm.records).all())]
    lines += ["", "## Files", "", "| file | SHA-256 |", "|---|---|"]
    lines += [f"| `{name}` | `{digest}` |" for name, digest in digests.items()]
    return "\n".join(lines) + "\n"


def _described(folder: SweepFolder, records: Sequence[TrialRecord]) -> list[str]:
    """A table of what the records say."""
    n_trials = max(len(records), n_trials_of(saved_config(folder.config), folder.search))
    realigned = {language for record in records for language in record.languages}
    sizes = sorted({len(record.languages) for record in records if record.languages})
    searched = sum(record.number is not None for record in records)
    arms = sorted({record.arm for record in records if record.number is None})
    rows = {
        "trials": f"{len(records)} of {n_trials} over: {_counted(record.status for record in records)}",
        "arms": f"{', '.join(arms) or 'none'}" + (f"; {searched} trials of the search" if searched else ""),
        "training seeds": _listed({record.seed for record in records}),
        "encoder": _listed(_without_place(encoder_of(record)) for record in records),
        "languages realigned on": f"{len(realigned)}" + (f", in sets of {sizes[0]} to {sizes[-1]}" if sizes else ""),
        **{f"tested: {task}": text for task, text in _tested(records).items()},
        "run": _dates(records),
        **{name: _listed(_version(record, name) for record in records) for name in _packages(records)},
        "git commit": _listed(record.git_commit for record in records),
        "device": _listed(record.machine.get("device") for record in records),
        **{f"data: {use}": text for use, text in _data(records).items()},
    }
    return ["| | |", "|---|---|", *(f"| {name} | {text.replace('|', '/')} |" for name, text in rows.items() if text)]


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{n} {word}" for word, n in sorted(Counter(words).items()))


def _tested(records: Iterable[TrialRecord]) -> dict[str, str]:
    """Task -> how many languages beside English are scored."""
    found: dict[str, set[str]] = {}
    for record in records:
        for row in record.scores:
            if row.split == "test" and row.language != ENGLISH:
                found.setdefault(row.task, set()).add(row.language)
    return {task: f"{len(languages)} languages beside English" for task, languages in sorted(found.items())}


def _packages(records: Iterable[TrialRecord]) -> list[str]:
    return sorted({name for record in records for name in record.versions})


def _without_place(encoder: str) -> str:
    """A local folder by its name: where it lay is this machine's."""
    name, comma, rest = encoder.partition(", ")
    return f"{PurePath(name).name if PurePath(name).is_absolute() else name}{comma}{rest}"


def _version(record: TrialRecord, name: str) -> str | None:
    version = record.versions.get(name)
    return system_of(version) if name == "platform" and version else version


def _data(records: Iterable[TrialRecord]) -> dict[str, str]:
    """Use -> its digest, or how many there are: each set of languages reads other sentence pairs."""
    found: dict[str, set[str]] = {}
    for record in records:
        for use, digest in record.data.items():
            found.setdefault(use, set()).add(digest)
    return {
        use: f"`{min(digests)[:N_DIGITS]}`" if len(digests) == 1 else f"{len(digests)} digests, in the records"
        for use, digests in sorted(found.items())
    }


def _dates(records: Iterable[TrialRecord]) -> str:
    times = [time_s for record in records for time_s in (record.started_s, record.ended_s) if time_s > 0]
    days = [datetime.fromtimestamp(time_s, UTC).date().isoformat() for time_s in sorted(times)]
    return " to ".join(sorted({days[0], days[-1]})) if days else ""


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, sorted({value for value in values if value is not None and value != ""}, key=str)))
