"""PlannedTrial: one trial with everything resolved, as it is shipped to Tune and compared in reports."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces.subsets import LanguageSubset
from trainables.mapping import to_mapping
from trainables.run_config import RunConfig
from trainables.store.fingerprint import fingerprint


@dataclass(frozen=True, kw_only=True)
class PlannedTrial:
    """One trial, complete.

    name: unique, fit for file names (`max-sum-10-seed0`).
    arm, label: what it is compared as, for machines and for people.
    number, point: of a searched trial: the search's count and its hyper-parameters.
    """

    name: str
    arm: str
    label: str
    subset: LanguageSubset
    run: RunConfig
    number: int | None = None
    point: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def config(self) -> dict[str, Any]:
        """What Tune ships to the trial: plain data only."""
        subset = {
            "languages": list(self.subset.languages),
            "criterion": self.subset.criterion,
            "size": len(self.subset),
            "seed": self.subset.seed,
        }
        return {
            "name": self.name, "arm": self.arm, "label": self.label, "subset": subset, "seed": self.run.seed,
            "number": self.number, "point": dict(self.point),
            "run": to_mapping(self.run), "fingerprint": fingerprint(self.run),
        }  # fmt: skip
