"""How well early signals rank trials as their final scores do: whether stopping trials early is worth it in a study.

From the records of finished searched trials: rank correlations with bootstrap intervals over trials, and what keeping
only the best by the signal would have lost. Stopped trials have no final score; where some were stopped the others are
a choice by the very signal, and the correlation among them is an underestimate.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sweep.config.space import is_screening
from sweep.records.records import TrialRecord
from sweep.reports.document import Section, Table
from sweep.scores.objective import told_by
from sweep.statistics.paired import Floats
from sweep.statistics.rank_correlation import N_BOOTSTRAP, Interval, spearman
from trainables.evaluation.scores import RETRIEVAL
from trainables.signals import TIME_OF

BLOCK = 1_000
"""Bootstrap samples at a time: bounds the memory."""

MIN_TRIALS = 12
"""With fewer trials no interval of a rank correlation is narrow enough to act upon."""

MIN_RANK = 0.3
"""Early stopping is recommended where the rank correlation is larger than this beyond doubt."""

MAX_SHARE = 0.5
"""... and where keeping by the signal lost at most this share of what keeping at random would have."""


@dataclass(frozen=True, kw_only=True)
class EarlySignal:
    """One signal at one rung, over `n` finished trials.

    spearman, kendall: rank correlation with the final score (Kendall's tau-b).
    n_kept: trials that would have gone on, the best by the signal (1 of `factor`, rounded up).
    regret: best final score of all less the best of these; random_regret: the same, expected of as many at random.
    """

    name: str
    at: float
    n: int
    spearman: Interval
    kendall: Interval
    n_kept: int
    regret: float
    random_regret: float

    @property
    def supported(self) -> bool:
        """Whether the data speak for stopping trials by this signal."""
        if self.n < MIN_TRIALS or not self.spearman.low > MIN_RANK:
            return False
        return self.regret <= MAX_SHARE * self.random_regret

    @property
    def title(self) -> str:
        """`retrieval_so_far at realigned_frac = 0.25`."""
        return f"{self.name} at {TIME_OF[self.name]} = {self.at:g}"

    @property
    def sentence(self) -> str:
        """The advice, with its grounds."""
        rho = f"rank correlation {_shown(self.spearman)}"
        if self.n < MIN_TRIALS:
            return f"{self.title}: no advice; {self.n} finished trials are too few (at least {MIN_TRIALS})."
        if math.isnan(self.spearman.low):
            return f"{self.title}: no advice; the signal or the score hardly differs between trials."
        kept = (
            f"keeping {self.n_kept} of {self.n} trials would have lost {100 * self.regret:.2f} points of the best "
            f"score (at random {100 * self.random_regret:.2f})"
        )
        if self.supported:
            return f"{self.title}: early stopping is supported; {rho}, {kept}."
        return f"{self.title}: early stopping is not recommended; {rho}, {kept}."


def early_signals(records: Sequence[TrialRecord], factor: int = 3, seed: int = 0) -> list[EarlySignal]:
    """Every signal of the finished searched trials that came before the end, by name and time.

    A set that was trained with several seeds counts once, with the first.

    Args:
        factor: one of so many trials is kept (`scheduler.reduction_factor`).
        seed: of the bootstrap.
    """
    firsts: dict[str, TrialRecord] = {}
    searched = [record for record in records if record.number is not None and not is_screening(record.point)]
    for record in sorted(searched, key=lambda r: (r.number or 0, r.trial)):
        if record.finished and record.score is not None:
            firsts.setdefault(record.arm, record)
    pairs: dict[tuple[str, float], list[tuple[float, float]]] = {}
    for record in firsts.values():
        for signal in _before_the_end(record):
            pairs.setdefault((signal["name"], signal["at"]), []).append((signal["value"], record.score or 0.0))
    return [_measured(name, at, np.array(values), factor, seed) for (name, at), values in sorted(pairs.items())]


def early_signal_section(records: Sequence[TrialRecord], factor: int = 3) -> Section | None:
    """A table and a sentence a signal; None where no finished searched trial has any."""
    found = early_signals(records, factor)
    if not found:
        return None
    rows = [
        [
            one.title, str(one.n), _shown(one.spearman), _shown(one.kendall),
            f"{100 * one.regret:.2f} ({one.n_kept} of {one.n})", f"{100 * one.random_regret:.2f}",
        ]
        for one in found
    ]  # fmt: skip
    n_stopped = sum(record.status == "stopped" for record in records)
    note = (
        f"{n_stopped} trials were stopped early and have no final score. The others were chosen by the signal, so "
        "these correlations are too low rather than too high."
    )
    header = ["signal", "trials", "Spearman", "Kendall", "points lost by keeping", "at random"]
    return Section(
        title="Early signals", points=[one.sentence for one in found],
        tables=[Table(title="How early signals rank trials", header=header, rows=rows, note=note if n_stopped else "")],
    )  # fmt: skip


def keeping_regret(signal: Floats, final: Floats, n_kept: int) -> float:
    """Best of `final` [n] less the best among the `n_kept` with the largest `signal` [n]; ties go to the earlier."""
    kept = np.argsort(-signal, kind="stable")[:n_kept]
    return float(final.max() - final[kept].max())


def random_keeping_regret(final: Floats, n_kept: int) -> float:
    """The same, expected over all choices of `n_kept` of the n trials, exactly.

    The best kept one is the one of rank r (from 0) when it is kept and the r better ones are not:
    C(n - 1 - r, n_kept - 1) of C(n, n_kept) choices.
    """
    ordered, n = np.sort(final)[::-1], len(final)
    shares = np.array([math.comb(n - 1 - r, n_kept - 1) for r in range(n)], dtype=np.float64) / math.comb(n, n_kept)
    return float(ordered[0] - shares @ ordered)


def _measured(name: str, at: float, values: Floats, factor: int, seed: int) -> EarlySignal:
    signal, final = values[:, 0], values[:, 1]
    n = len(values)
    n_kept = -(-n // factor)
    drawn = np.random.default_rng(seed).integers(n, size=(N_BOOTSTRAP, n))
    samples: list[tuple[Floats, Floats]] = []
    for rows in np.split(drawn, range(BLOCK, N_BOOTSTRAP, BLOCK)):
        places = rows + n * np.arange(len(rows))[:, None]
        counts = np.bincount(places.ravel(), minlength=rows.size).reshape(len(rows), n).astype(np.float64)
        samples.append((spearman(signal[rows], final[rows]), _kendall(signal, final, counts)))
    rho, tau = (np.concatenate(parts) for parts in zip(*samples, strict=True))
    return EarlySignal(
        name=name,
        at=at,
        n=n,
        spearman=Interval.of(float(spearman(signal[None], final[None])[0]), rho),
        kendall=Interval.of(float(_kendall(signal, final, np.ones((1, n)))[0]), tau),
        n_kept=n_kept,
        regret=keeping_regret(signal, final, n_kept),
        random_regret=random_keeping_regret(final, n_kept),
    )


def _before_the_end(record: TrialRecord) -> list[dict[str, Any]]:
    """A trial's signals without what is the score itself: the last mean of all tasks, or the retrieval after all of
    realignment where that is what is told.
    """
    last = {"score_so_far": len(record.config.get("tasks", ()))}
    if told_by([record]) == (RETRIEVAL,):
        last = {"score_so_far": 0, "retrieval_so_far": 1}
    return [signal for signal in record.signals if not signal["at"] >= last.get(signal["name"], np.inf)]


def _kendall(x: Floats, y: Floats, counts: Floats) -> Floats:
    """Tau-b of samples in which trial i occurs counts[:, i] times; counts [B, n]. NaN where a sample does not vary.

    Every pair of trials is compared once; a sample weighs the pairs by how often it holds them.
    """
    signs = [np.sign(values[:, None] - values[None, :]) for values in (x, y)]
    agreement, *untied = (
        np.einsum("bi,ij,bj->b", counts, pairs, counts, optimize=True)
        for pairs in (signs[0] * signs[1], np.abs(signs[0]), np.abs(signs[1]))
    )
    norm = np.sqrt(untied[0] * untied[1])
    tau: Floats = np.divide(agreement, norm, out=np.full(len(norm), np.nan), where=norm > 0)
    return tau


def _shown(interval: Interval) -> str:
    value, low, high = (f"{number:.1f}".replace("-0.0", "0.0") for number in interval)
    return f"{value} [{low}, {high}]"
