"""Two sweeps in one table, as of two encoders: the arms that both have, and what the second scores more.

An arm is in both where its name is, and where both have searched or planned one and the same set. Differences are those
of every report (`compare`): paired by seed and language, on test scores, never on the trial by which a search chose a
set, with intervals over seeds and families; all of them are one family of comparisons.
"""

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from sweep.reports.difference_tables import difference, intervals_over
from sweep.reports.document import Document, Rows, Section, Table
from sweep.reports.families import CORRECTION, Findings, compared_arms
from sweep.reports.results import SweepResults
from sweep.reports.setup import setup_section
from sweep.scores.names import language_names
from sweep.scores.titles import PROBES, TITLES
from sweep.statistics.comparisons import Comparison, compare, comparison_table, corrected
from sweep.statistics.noise import NoiseFloor, noise_floor
from sweep.statistics.paired import PairedDifferences, TooFewError, paired_differences
from sweep.statistics.sentences import CORRECTION_TITLES, points

FIRST, SECOND = "first: ", "second: "
MAX_LISTED = 12
UNPAIRED = "; - where there are none, without the seed that chose a set. "


@dataclass(frozen=True, kw_only=True)
class SharedArm:
    """An arm of both sweeps, by its name in each.

    same_set: whether it realigns the same languages in both; None where they change from seed to seed.
    """

    first: str
    second: str
    same_set: bool | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Paired:
    """What two arms differ by where both have scores; comparison: None where the scores are the same, or where there
    is no interval, for the reason that stands in `lacks` ("" otherwise).
    """

    differences: PairedDifferences
    comparison: Comparison | None
    lacks: str

    @property
    def n_languages(self) -> int:
        """That both have."""
        return len(self.differences.languages)

    @property
    def n_seeds(self) -> int:
        """That both have."""
        return len(self.differences.seeds)


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Two sweeps; each difference is second minus first."""

    first: SweepResults
    second: SweepResults

    @cached_property
    def arms(self) -> list[SharedArm]:
        """In the order of the first sweep."""
        by_set: dict[tuple[str, ...], str] = {}
        for arm in reversed(self.second.arms):  # of arms with one set the best one is left
            if arm in self.second.sets:
                by_set[tuple(sorted(self.second.sets[arm]))] = arm
        found = []
        searched = {*self.first.searched, *self.second.searched}  # names that only count
        for arm in self.first.arms:
            own = tuple(sorted(self.first.sets[arm])) if arm in self.first.sets else None
            other = arm if arm in self.second.arms and arm not in searched else by_set.get(own) if own else None
            if other is not None:
                theirs = tuple(sorted(self.second.sets[other])) if other in self.second.sets else None
                same = None if own is None or theirs is None else own == theirs
                found.append(SharedArm(first=arm, second=other, same_set=same))
        return found

    @cached_property
    def pairs(self) -> dict[tuple[str, str], Paired]:
        """(arm of the first sweep, task) -> second minus first; what shares no seed or language is absent.

        Comparisons are corrected as one family. There is none of the very same scores, as where both sweeps took one
        training from the store.
        """
        frame = pd.concat(
            [_renamed(results, prefix) for results, prefix in ((self.first, FIRST), (self.second, SECOND))],
            ignore_index=True,
        )
        frame = frame[frame["split"] == "test"]
        found: dict[tuple[str, str], Paired] = {}
        for task in self.tasks:
            floor = self._noise(frame, task)
            for arm in self.arms:
                if arm.first not in self.first.paired_arms or arm.second not in self.second.paired_arms:
                    continue
                noise = None if arm.same_set is None else floor
                pair = _paired(frame, SECOND + arm.second, FIRST + arm.first, task, noise)
                if pair is not None:
                    found[arm.first, task] = pair
        made = {key: pair.comparison for key, pair in found.items() if pair.comparison is not None}
        for key, comparison in zip(made, corrected(list(made.values()), CORRECTION), strict=True):
            found[key] = dataclasses.replace(found[key], comparison=comparison)
        return found

    @property
    def comparisons(self) -> dict[tuple[str, str], Comparison]:
        """Those `pairs` that have one."""
        return {key: pair.comparison for key, pair in self.pairs.items() if pair.comparison is not None}

    @property
    def tasks(self) -> list[str]:
        """Those of both, without the retrieval probes."""
        return [task for task in self.first.tasks if task in self.second.tasks and task not in PROBES]

    def _noise(self, frame: pd.DataFrame, task: str) -> NoiseFloor | None:
        """Between seeds, of the arms of both; each arm has its own, so that of the other sweep does not decide."""
        arms = [
            prefix + arm
            for results, prefix in ((self.first, FIRST), (self.second, SECOND))
            for arm in results.repeated
            if arm in results.paired_arms and results.n_seeds[arm] > 1
        ]
        selected = [FIRST + arm for arm in self.first.searched] + [SECOND + arm for arm in self.second.searched]
        try:
            return noise_floor(frame, task=task, metric=TITLES[task].metric, arms=arms, selected=selected)
        except ValueError:
            return None

    def table(self) -> pd.DataFrame:
        """One row an arm and task: the fields of `Comparison`, the sweeps and their arms."""
        table = comparison_table(list(self.comparisons.values()))
        arms = {arm.first: arm for arm in self.arms}
        keys = list(self.comparisons)
        table["arm"] = [arms[arm].second for arm, _ in keys]
        table["reference"] = [arm for arm, _ in keys]
        table.insert(0, "sweep", self.second.name)
        table.insert(2, "reference_sweep", self.first.name)
        table["same_set"] = [arms[arm].same_set for arm, _ in keys]
        return table

    def document(self) -> Document:
        """For people."""
        one, other = self.first.name, self.second.name
        if not self.arms:
            said = f"{one} and {other} share no arm: neither a name nor a set of languages."
            return Document(title=f"{other} against {one}", sections=[Section(title="", paragraphs=[said])])
        tables = [self._table(task) for task in self.tasks]
        return Document(
            title=f"{other} against {one}",
            sections=[
                setup_section([self.first, self.second]),
                Section(title="", tables=tables),
                Section(title="Not in both", points=self._left_out()),
            ],
        )

    def _table(self, task: str) -> Table:
        findings = Findings([self.first, self.second])
        gains = {(id(g.results), g.comparison.arm, g.comparison.task): g.comparison for g in findings.changes}
        rows: Rows = []
        lacks: list[str] = []
        for arm in self.arms:
            pair = self.pairs.get((arm.first, task))
            label = self.first.labels[arm.first].removeprefix(f"{self.first.name}: ")
            named = language_names(self.first.sets.get(arm.first, ()), 3)
            note = "" if arm.same_set in (True, None) else " (other languages)"
            means = [_mean(self.first, arm.first, task), _mean(self.second, arm.second, task)]
            row = [label + note, named or "-", *means]
            if pair is None:
                row += ["-", "-", "-"]
            else:
                row += [_shown(pair, same_means=means[0] == means[1]), str(pair.n_languages), str(pair.n_seeds)]
                lacks.append(pair.lacks)
            for results, name in ((self.first, arm.first), (self.second, arm.second)):
                gain = gains.get((id(results), name, task))
                if gain is not None:
                    row.append(difference(gain, gain.n_languages, gain.n_seeds))
                    continue
                bare = _gain_without_interval(results, name, task)
                row.append("-" if bare is None else points(bare.differences.mean))
                lacks += [] if bare is None else [bare.lacks]
            rows.append(row)
        compared = [one for (_, of), one in self.comparisons.items() if of == task]
        first, second = self.first.name, self.second.name
        header = ["arm", "realigned on", first, second, f"{second} more", "languages", "seeds"]
        header += [f"{first}: more than none", f"{second}: more than none"]
        note = (
            f"Points on test, all languages but English; {first} and {second}: means over all languages and seeds of "
            "each. More: paired, on the seeds and languages that both have"
        )
        note += UNPAIRED if any((arm.first, task) not in self.pairs for arm in self.arms) else ". "
        if compared:
            n = len(self.comparisons)
            note += f"{intervals_over(compared)} * = differs after {CORRECTION_TITLES[CORRECTION]} for {n} comparisons"
            note += "; of the gains over fine-tuning only, for those of both sweeps together."
        if reasons := list(dict.fromkeys(filter(None, lacks))):
            note += (
                f"{' ' if compared else ''}Differences without an interval are means of the pairs. {' '.join(reasons)}"
            )
        return Table(title=TITLES[task].column, header=header, rows=rows, note=note, n_text=2)

    def _left_out(self) -> list[str]:
        taken = {arm.first for arm in self.arms}, {arm.second for arm in self.arms}
        points = []
        for results, known in zip((self.first, self.second), taken, strict=True):
            left = [results.labels[arm] for arm in results.arms if arm not in known]
            more = f" and {len(left) - MAX_LISTED} more" if len(left) > MAX_LISTED else ""
            points += [f"{', '.join(left[:MAX_LISTED])}{more}"] if left else []
        return points


def side_by_side(first: SweepResults, second: SweepResults) -> SideBySide:
    """Two sweeps with labels that name them."""
    return SideBySide(*(dataclasses.replace(results, beside_others=True) for results in (first, second)))


def _paired(frame: pd.DataFrame, arm: str, reference: str, task: str, noise: NoiseFloor | None = None) -> Paired | None:
    """Of test scores; None where the two share no seed or language."""
    metric = TITLES[task].metric
    try:
        block = paired_differences(frame, arm, reference, task=task, metric=metric)
    except TooFewError:
        return None
    if not block.values.any():
        return Paired(differences=block, comparison=None, lacks="")
    try:
        made = compare(frame, arm, reference, task=task, metric=metric, noise=noise)
    except TooFewError as error:  # its rule; the remedy is one for callers
        return Paired(differences=block, comparison=None, lacks=str(error).partition(". ")[0] + ".")
    return Paired(differences=block, comparison=made, lacks="")


def _gain_without_interval(results: SweepResults, arm: str, task: str) -> Paired | None:
    """Over fine-tuning only, of one that `Findings.changes` lacks; None where nothing was to be compared."""
    none = results.baseline
    if none is None or none not in results.paired_arms or arm not in compared_arms(results, none):
        return None
    return _paired(results.listed_test, arm, none, task)


def _shown(pair: Paired, *, same_means: bool) -> str:
    """The difference; the same scores may stand beside different means, which are over all that each sweep has."""
    if pair.comparison is not None:
        return difference(pair.comparison, pair.n_languages, pair.n_seeds)
    if pair.differences.values.any():
        return points(pair.differences.mean)
    return "the same scores" if same_means else "the same scores where both have them"


def _renamed(results: SweepResults, prefix: str) -> pd.DataFrame:
    frame = results.frame
    frame = frame[~frame["trial"].isin(results.choosing)]
    return frame.assign(arm=prefix + frame["arm"].astype(str))


def _mean(results: SweepResults, arm: str, task: str) -> str:
    board = results.board
    rows = board[(board["arm"] == arm) & (board["task"] == task) & (board["group"] == "all")]
    return "-" if rows.empty else f"{100 * rows['mean'].iloc[0]:.1f}"
