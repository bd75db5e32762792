"""Whether a sweep that goes on still has the data, the languages and the encoder of its trials that are over.

What counts is content: files may lie elsewhere, and a release of a library may be another one, which is said and
recorded. Digests of a version that read files in another way say nothing; a commit does, whoever wrote it down.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.records.records import TrialRecord
from trainables.data.folder import DataFolder
from trainables.encoders.base import EncoderError
from trainables.encoders.load import encoder_origin
from trainables.inputs import digests_of, way_of_reading
from trainables.mapping import ConfigError, from_mapping
from trainables.parallel_data import SOURCES
from trainables.run_config import RunConfig
from trainables.shared_stages import open_store
from trainables.store.fingerprint import LIBRARIES, fingerprint

N_DIGITS = 12  # of a commit or digest that is shown
OF_ENCODER = {
    "commit": "The commit of the encoder", "digest": "The encoder's files",
    "texts": "The texts that the encoder is made from",
}  # fmt: skip
PARTS = ("data", "encoder")
OF_DATA = {
    "realign": "The sentence pairs", "probe": "The n-way parallel sentences (`flores/`)",
    "finetune": "The English training set of", "evaluate": "The development and test sets of",
}  # fmt: skip


def check_inputs(plan: Plan, records: Iterable[TrialRecord], folder: SweepFolder, say: Callable[[str], None]) -> None:
    """Refuses to go on with others: one table would hold scores of two encoders, or of two test sets.

    Args:
        records: of the trials that are over; those that failed have no scores.
        say: told where it cannot be known.

    Raises:
        ConfigError: what has changed since.
    """
    over = [record for record in records if not record.failed]
    now = _Now(plan)
    changed = Counter(what for record in over for what in now.differing(record))
    problems = [
        f"{what} must be as for the {n} trials that are over, but changed since. Bring back what was there, or give "
        "another `--name` to run all with what is there now."
        for what, n in changed.items()
    ]
    if problems:
        raise ConfigError(
            problems, f"The sweep {folder.name!r} was run with other data or another encoder, so going on"
        )
    if n := sum(bool(record.data) and record.way_of_reading != way_of_reading() for record in over):
        say(
            f"{folder.name}: {n} trials that are over are of a version that read files in another way; whether the "
            "files are the same is not known"
        )


def say_libraries(
    records: Iterable[TrialRecord], now: Mapping[str, str], folder: SweepFolder, say: Callable[[str], None]
) -> None:
    """Says which libraries have another release than for the trials that are over. An upgrade locks no sweep: it moves
    late digits, and the records say which trial ran with which.

    Args:
        now: `provenance.versions`.
    """
    others: dict[str, set[str]] = {}
    for record in records:
        for name in LIBRARIES:
            before = record.versions.get(name, "")
            if not record.failed and before and name in now and _release(before) != _release(now[name]):
                others.setdefault(f"{name} {now[name]}", set()).add(before)
    for name, earlier in sorted(others.items()):
        say(f"{folder.name}: goes on with {name}, but trials that are over ran with {', '.join(sorted(earlier))}")


def _release(version: str) -> list[str]:
    return version.split(".")[:2]


class _Now:
    """What the trials that are over would start from if they were run now."""

    def __init__(self, plan: Plan) -> None:
        self.run = plan.config.run
        self.is_searched = {part: any(key.startswith(f"{part}.") for key in plan.config.space) for part in PARTS}
        self.languages = {trial.name: set(trial.run.languages) for trial in plan.trials}
        self._data: dict[str, DataFolder] = {}
        self._found: dict[str, dict[str, str]] = {}

    def differing(self, record: TrialRecord) -> list[str]:
        """What a trial started from that is another one now, in words."""
        different = []
        if record.languages and set(record.languages) != self.languages.get(record.trial, set(record.languages)):
            different.append(f"The languages of the arm `{record.arm}`")
        run = self._run_of(record)
        if run is None or not (record.data or record.encoder):
            return different
        is_comparable = record.way_of_reading == way_of_reading()
        if is_comparable:
            digests = self._digests(run)
            different += [_of_data(use) for use, digest in record.data.items() if digests.get(use) != digest]
        origin = self._origin(run)
        for key, what in OF_ENCODER.items():
            before = record.encoder.get(key)
            if before and key in origin and origin[key] != before and (is_comparable or key == "commit"):
                name = origin.get("name") or run.encoder.provider
                different.append(f"{what} {name} ({before[:N_DIGITS]}, now {origin[key][:N_DIGITS]})")
        return different

    def _run_of(self, record: TrialRecord) -> RunConfig | None:
        """Its configuration where things lie now; None where this version does not know it."""
        try:
            run = from_mapping(RunConfig, record.config)
        except ConfigError:
            return None
        data = dataclasses.replace(run.data, root=self.run.data.root, files=self.run.data.files)
        return dataclasses.replace(
            run, store=self.run.store, data=data if self.is_searched["data"] else self.run.data,
            encoder=run.encoder if self.is_searched["encoder"] else self.run.encoder,
        )  # fmt: skip

    def _digests(self, run: RunConfig) -> dict[str, str]:
        key = fingerprint([run.data, list(run.languages), run.evaluate, list(run.tasks)])
        if key not in self._found:
            try:
                self._found[key] = digests_of(run, self._data_of(run))
            except ValueError:  # a language of it is not there any more
                self._found[key] = {}
        return self._found[key]

    def _origin(self, run: RunConfig) -> dict[str, str]:
        key = fingerprint([run.data, run.encoder])
        if key not in self._found:
            try:
                self._found[key] = encoder_origin(run.encoder, self._data_of(run), open_store(run))
            except EncoderError:  # whoever needs it will say so
                self._found[key] = {}
        return self._found[key]

    def _data_of(self, run: RunConfig) -> DataFolder:
        key = fingerprint(run.data)
        if key not in self._data:
            self._data[key] = SOURCES[run.data.source](run.data, open_store(run))
        return self._data[key]


def _of_data(use: str) -> str:
    kind, _, task = use.partition("/")
    return f"{OF_DATA.get(kind, kind)} `{task}`" if task else OF_DATA.get(kind, kind)
