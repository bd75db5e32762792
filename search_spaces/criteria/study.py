"""What trainings have shown: the sum of what each language was found to add to a score."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.languages import Language
from search_spaces.objectives.base import Objective
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.problem import SelectionProblem
from search_spaces.reading import local_path
from search_spaces.study_effects import Effect, effects_of, packaged_table, read_effects

MAX_NAMED = 20


@dataclass(frozen=True)
class Study(Criterion):
    """Sum of the members' estimated effects on a score, in points: of one encoder, task and study, as `select` says.

    An estimate is a mean over random sets (a Shapley value: Shapley 1953, "A value for n-person games") or of trainings
    on the language alone, as the table's source says, so the sum leaves out what languages are worth together.

    Args:
        task, encoder: of the table's, where it has several.
        table: a CSV of estimates instead of the packaged one, see `search_spaces.study_effects`.
    """

    measured: ClassVar[bool] = True
    task: str = ""
    encoder: str = ""
    table: str = ""

    def bind(self, problem: SelectionProblem) -> Objective:
        """Raises ValueError without a table, or for a language of the pool without an estimate."""
        effects = self.effects()
        if gaps := [tag for tag in problem.candidates if tag not in effects]:
            named = ", ".join(gaps[:MAX_NAMED])
            raise ValueError(
                f"Every language of the pool needs an estimate for the criterion 'study', but {len(gaps)} have none: "
                f"{named}{' ...' if len(gaps) > MAX_NAMED else ''}. Forbid them (`--forbid`), or choose another pool."
            )
        points = np.array([100 * effects[tag].effect for tag in problem.candidates])
        return PairwiseSum(np.zeros((len(points), len(points))), points)

    def effects(self) -> dict[Language, Effect]:
        """The estimates that are summed.

        Raises:
            ValueError: no table, a damaged one, or `task` and `encoder` that name none or several.
        """
        table = local_path(self.table) if self.table else packaged_table()
        if table is None:
            raise ValueError(
                "The criterion 'study' needs estimates, but this version comes without. Give a table of your own: "
                "study(table=FILE.csv), which `realign-sweep learned NAME --csv FILE.csv` writes."
            )
        return effects_of(read_effects(table), encoder=self.encoder, task=self.task, table=str(table))

    @classmethod
    def note(cls) -> str:
        table = packaged_table()
        if table is None:
            return "None are packaged: give `table`."
        populations = dict.fromkeys(effect.population for effect in read_effects(table))
        return f"Packaged: {' | '.join(map(str, populations))}."

    def basis(self, members: tuple[Language, ...]) -> tuple[str, ...]:
        effects = self.effects()
        population = next(iter(effects.values())).population
        rows = [
            f"{tag} {100 * one.effect:+.2f} [{100 * one.low:+.2f}, {100 * one.high:+.2f}] ({one.n_trials} trials)"
            for tag, one in ((tag, effects[tag]) for tag in members)
        ]
        return (
            f"estimates of {population}",
            "points that a language adds, with 95 % intervals; for other encoders and data nothing is known",
            *rows,
        )
