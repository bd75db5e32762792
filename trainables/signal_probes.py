"""The alignment probe on a few languages on the way: where the signal `retrieval_so_far` comes from.

It looks at the half of the sentences that steers (`retrieval.half_of`): the other half is reported.

A probe draws no random number and leaves the encoder as it was, so a run with signals computes the digits of one
without.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.encoders.base import Encoder
from trainables.evaluation.evaluate import evenly_spread
from trainables.evaluation.retrieval import HELD_OUT, half_of, probe, probe_identity, probed_languages
from trainables.evaluation.scores import ScoreRow
from trainables.run_checks import N_PROBED
from trainables.run_config import RunConfig
from trainables.shared_stages import realigned_identity
from trainables.signals import Signal
from trainables.stepping.progress import Progress
from trainables.stepping.seeding import RandomState
from trainables.store.stage_store import StageStore

STAGE, FILE = "signal", "rows.json"


def signal_languages(data: DataFolder, config: RunConfig) -> list[Language]:
    """The few languages of the probe, sorted: the same for every trial on this data, whatever it realigns.

    None where `no_signal_of` leaves none, or where fewer than two sentences steer: then there is no signal.
    """
    if ENGLISH not in data.flores_languages or len(half_of(data.flores(ENGLISH, HELD_OUT), "steering")) < N_PROBED:
        return []
    hidden = config.evaluate.no_signal_of
    languages = [language for language in probed_languages(data, config.tasks) if language not in hidden]
    return [languages[i] for i in evenly_spread(len(languages), config.evaluate.n_probe_languages)]


def retrieval_signal(rows: list[ScoreRow], at: float) -> Signal:
    """Plain mean of P@1 over languages."""
    values = [row.value for row in rows]
    return Signal(name="retrieval_so_far", at=at, value=sum(values) / len(values))


class SignalProbes:
    """The probes inside one trial's realignment.

    What they find is kept in the stage store, so that a trial which takes the realigned encoder from there can report
    it too. Where the encoder was realigned without probes, the signals of its parts cannot be had any more.
    """

    def __init__(self, config: RunConfig, encoder: Encoder, data: DataFolder, store: StageStore) -> None:
        self.config, self.encoder, self.data, self.store = config, encoder, data, store
        possible = config.evaluate.n_retrieval and data.flores_languages
        self.languages = signal_languages(data, config) if possible else []
        self.fractions = sorted(config.evaluate.probe_at) if self.languages else []

    def during(self, work: Iterator[Progress], tell: Callable[[Signal], None]) -> Iterator[Progress]:
        """The steps of `work`, with a probe after some of them.

        A probe belongs to its step: nobody can save the run in between.
        """
        for progress in work:
            for at in self.fractions:
                if progress.step == max(1, round(at * progress.n_steps)):
                    tell(self.take(at))
            yield progress

    def stored(self) -> list[Signal]:
        """What an earlier realignment of the same kind found; without the fractions that it did not look at."""
        found = []
        for at in self.fractions:
            stage = self.store.find(STAGE, self._identity(at))
            if stage is not None:
                found.append(self._signal(at, stage))
        return found

    def take(self, at: float) -> Signal:
        """The probe of the encoder as it is, after this share of the realignment."""
        if stage := self.store.find(STAGE, self._identity(at)):  # of an earlier realignment, to the same digits
            return self._signal(at, stage)
        model, random = self.encoder.model, RandomState.now()
        was_training = model.training
        rows: list[ScoreRow] = []
        realign, evaluate = self.config.realign, self.config.evaluate
        for _ in probe(
            self.encoder, self.data, realign, evaluate, "retrieval", rows, languages=self.languages, half="steering"
        ):  # fmt: skip
            pass
        model.train(was_training)
        random.restore()
        text = json.dumps([row.as_dict() for row in rows])

        def build(folder: Path) -> None:
            (folder / FILE).write_text(text, encoding="utf-8")

        return self._signal(at, self.store.get_or_build(STAGE, self._identity(at), build))

    def _signal(self, at: float, stage: Path) -> Signal:
        rows = [ScoreRow.from_dict(row) for row in json.loads((stage / FILE).read_text(encoding="utf-8"))]
        return retrieval_signal(rows, at)

    def _identity(self, at: float) -> dict[str, Any]:
        return {
            "realigned": realigned_identity(self.config, self.encoder.fingerprint, self.data), "at": at,
            "half": "steering",
            **probe_identity(self.data, self.config.realign, self.config.evaluate, self.languages),
        }  # fmt: skip
