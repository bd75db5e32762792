"""SweepResults: one sweep's records with what every part of a report asks of them, computed once.

Several sweeps can stand side by side. Each is compared with its own reference, as the same name ("full", "none") is
another thing in a sweep with another encoder; labels then begin with the sweep's name.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from search_spaces.languages import Language
from sweep.records.records import TrialRecord, error_line
from sweep.scores.choosing import choosing_trials
from sweep.scores.frame import language_frame, score_frame
from sweep.scores.groups import GROUPS, Group
from sweep.scores.leaderboard import leaderboard
from sweep.scores.objective import told_by
from sweep.scores.titles import PROBES, TITLES
from sweep.search.answer import Answer, answer_of
from sweep.search.tried_sets import SearchedSet, ranked_sets, repeated_arms
from sweep.statistics.noise import NoiseFloor

N_LISTED = 10
"""Sets of a search that stand in tables, one by one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SweepResults:
    """The records of one sweep, at least one of them finished.

    name: of the sweep. beside_others: its labels carry its name. groups: of languages, see `groups.with_user_groups`.
    costs: language -> cost of its data, in the user's unit; empty = not known.

    Raises:
        ValueError: no trial has finished.
    """

    name: str
    records: Sequence[TrialRecord]
    beside_others: bool = False
    groups: Mapping[str, Group] = field(default_factory=lambda: GROUPS)
    costs: Mapping[Language, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.finished:
            why = f": {error_line(self.records[0].error)}" if self.records else ""
            raise ValueError(
                f"A report needs a finished trial, but {self.name} has none ({len(self.records)} failed{why})."
            )

    @cached_property
    def finished(self) -> list[TrialRecord]:
        """The records with scores."""
        return [record for record in self.records if record.finished]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """See `frame.score_frame`."""
        return score_frame(self.records)

    @cached_property
    def test(self) -> pd.DataFrame:
        """Main metric on test, one row a trial, task and language; without English."""
        return self.by_language[~self.by_language["english"].astype(bool)]

    @cached_property
    def by_language(self) -> pd.DataFrame:
        """See `frame.language_frame`."""
        return language_frame(self.records)

    @cached_property
    def board(self) -> pd.DataFrame:
        """See `leaderboard.leaderboard`."""
        return leaderboard(self.records, self.groups, frame=self.by_language)

    @cached_property
    def listed_test(self) -> pd.DataFrame:
        """`paired_scores` of the listed arms only, without the trials by which a search chose (`choosing_trials`)."""
        frame = self.paired_scores
        return frame[frame["arm"].isin(self.listed) & ~frame["trial"].isin(self.choosing)]

    @cached_property
    def paired_scores(self) -> pd.DataFrame:
        """`by_language` for comparisons, to which a language's test sets are one."""
        return self.by_language.assign(source="")

    @cached_property
    def choosing(self) -> frozenset[str]:
        """See `choosing_trials`."""
        return choosing_trials(self.finished)

    def fairest(self, rows: pd.DataFrame) -> pd.DataFrame:
        """`rows` (with the columns arm and trial) without the choosing trials of arms that have others too."""
        if not self.choosing:
            return rows
        chosen = rows["trial"].isin(self.choosing)
        return rows[~chosen | ~rows["arm"].isin(rows.loc[~chosen, "arm"].unique())]

    @cached_property
    def noise_floors(self) -> dict[tuple[str, str], NoiseFloor | None]:
        """(task, group) -> noise between seeds, as far as `claims` has computed it."""
        return {}

    @cached_property
    def tasks(self) -> list[str]:
        """Tasks with test scores, in the order of tables, without the probe before realignment (no arm differs)."""
        present = set(self.test["task"].unique())
        return [task for task in TITLES if task in present and task != "retrieval_before"]

    @cached_property
    def main_tasks(self) -> list[str]:
        """Those with labels; where there is none, the probe after realignment."""
        told = told_by(self.records)
        return [task for task in self.tasks if task not in PROBES or task in told] or self.tasks

    @cached_property
    def arms(self) -> list[str]:
        """By falling dev score, then by name."""
        return list(dict.fromkeys(map(str, self.board["arm"])))

    @cached_property
    def labels(self) -> dict[str, str]:
        """Arm -> its name for people; arms with the same label are told apart by their names."""
        own = {record.arm: record.label for record in self.finished}
        count = Counter(own.values())
        prefix = f"{self.name}: " if self.beside_others else ""
        return {
            arm: prefix + (label if count[label] == 1 else f"{label} ({arm})") for arm, label in sorted(own.items())
        }

    @cached_property
    def baseline(self) -> str | None:
        """The arm that realigns nothing; "none" where there are several."""
        return self._one_of({record.arm for record in self.finished if not record.languages}, "none")

    @cached_property
    def full(self) -> str | None:
        """The arm that realigns all languages."""
        return self._one_of({record.arm for record in self.finished if record.criterion == "full"}, "full")

    @property
    def reference(self) -> str | None:
        """What arms are compared with: the full set, or fine-tuning only."""
        return self.full or self.baseline

    @cached_property
    def repeated(self) -> list[str]:
        """Arms whose trials realign one and the same set (not a draw of its own for each seed), sorted."""
        sets: dict[str, set[tuple[str, ...]]] = {}
        for record in self.finished:
            sets.setdefault(record.arm, set()).add(record.languages)
        return sorted(arm for arm, found in sets.items() if len(found) == 1)

    @cached_property
    def n_seeds(self) -> dict[str, int]:
        """Arm -> number of training seeds."""
        seeds: dict[str, set[int]] = {}
        for record in self.finished:
            seeds.setdefault(record.arm, set()).add(record.seed)
        return {arm: len(found) for arm, found in sorted(seeds.items())}

    @cached_property
    def paired_arms(self) -> list[str]:
        """Arms with one trial a seed, which can be paired, by falling dev score."""
        count = Counter((record.arm, record.seed) for record in self.finished)
        twice = {arm for (arm, _), n in count.items() if n > 1}
        return [arm for arm in self.arms if arm not in twice]

    @cached_property
    def searched(self) -> list[str]:
        """Arms that a search asked for, its answer first: those that it chose to repeat, in its own order, then by the
        rank of their sets (`ranked_sets`), those of one set by falling dev score; at last those without a set or score.

        So the first is chosen by nothing that its repeats scored, and compared on seeds that it was not chosen for.
        """
        asked = {record.arm for record in self.finished if record.number is not None}
        ranks = {found.languages: rank for rank, found in enumerate(self.ranked)}
        repeats, of_arm = repeated_arms(self.finished), dict[str, float]()
        for record in self.finished:
            rank = ranks.get(tuple(sorted(record.languages)), math.inf)
            of_arm[record.arm] = min(rank, of_arm.get(record.arm, math.inf))
        first = self.answer.arm if self.answer else None
        return sorted(
            (arm for arm in self.arms if arm in asked),
            key=lambda arm: (repeats.get(arm, math.inf), of_arm[arm], arm != first),
        )

    @cached_property
    def ranked(self) -> list[SearchedSet]:
        """See `ranked_sets`."""
        return ranked_sets(self.finished)

    @cached_property
    def believed(self) -> dict[str, float]:
        """Searched arm -> what the search believes of its set (`ranked_sets`); those without a score are absent."""
        of_set = {found.languages: found.believed for found in self.ranked}
        asked = [record for record in self.finished if record.number is not None]
        return {r.arm: of_set[key] for r in asked if (key := tuple(sorted(r.languages))) in of_set}

    @cached_property
    def answer(self) -> Answer | None:
        """See `answer_of`."""
        return answer_of(self.finished)

    @cached_property
    def listed(self) -> list[str]:
        """Arms that tables and claims are about: those that were planned, and the first of `searched`. A search has
        hundreds, which nobody reads, and correcting for all of them would hide every difference.
        """
        left_out = set(self.searched[N_LISTED:])
        return [arm for arm in self.arms if arm not in left_out]

    @cached_property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """Arm -> its languages, where all its trials realign the same."""
        return {record.arm: record.languages for record in self.finished if record.arm in self.repeated}

    @cached_property
    def shown(self) -> list[str]:
        """The realigned arms whose languages are shown one by one: the best by dev score (of a search, the first of
        `searched`), and the full set.

        Without dev scores none is the best, and the first by name is shown only where there is no full set.
        """
        realigned = {record.arm for record in self.finished if record.languages}
        scored = {record.arm for record in self.finished if record.score is not None}
        ranked = [arm for arm in self.arms if arm in realigned and (arm in scored or self.full is None)]
        ranked = [arm for arm in self.searched if arm in ranked] or ranked
        return list(dict.fromkeys([*ranked[:1], *([self.full] if self.full in realigned else [])]))

    def _one_of(self, arms: set[str], name: str) -> str | None:
        return name if name in arms else min(arms, default=None)
