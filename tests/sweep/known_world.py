"""Trials whose true scores are known, for tests of what a search and its confirming find."""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np

from sweep.config.search_languages import SearchLanguages
from sweep.records.records import TrialRecord
from sweep.search.languages import search_languages
from sweep.search.tried_sets import best_sets
from trainables.evaluation.scores import ScoreRow

POOL = ("amh_Ethi", "deu_Latn", "fra_Latn", "hau_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn", "yor_Latn")
SCORED = (*POOL, "ell_Grek", "kat_Geor", "wol_Latn")
HALF = SearchLanguages(languages=SCORED[::2])
Record = Callable[..., TrialRecord]


class World:
    """Trials whose true scores are known: 0.6 and what `gains` says of a set; noise of each trial and of each score."""

    def __init__(
        self, record_of: Record, seed: int, trial_sd: float, gains: Mapping[tuple[str, ...], float] | None = None
    ) -> None:
        self.record_of, self.rng, self.trial_sd, self.gains = (
            record_of,
            np.random.default_rng(seed),
            trial_sd,
            gains or {},
        )

    def trial(
        self, arm: str, seed: int, languages: tuple[str, ...], number: int | None = None, **fields: Any
    ) -> TrialRecord:
        mean = 0.6 + self.gains.get(languages, 0.0) + self.rng.normal(0, self.trial_sd)
        rows = [
            ScoreRow(
                task="pos", metric="accuracy", language=language, split=split, n_total=10**9,
                n_correct=round(10**9 * (mean + 0.02 * (i % 5) + self.rng.normal(0, 0.005))),
            )
            for i, language in enumerate((*SCORED, "eng_Latn"))
            for split in ("dev", "test")
        ]  # fmt: skip
        return self.record_of(arm, seed, languages, number=number, scores=tuple(rows), **fields)

    def search(self, n: int) -> list[TrialRecord]:
        sets = list(combinations(POOL, 3))
        chosen = sorted(self.rng.permutation(len(sets))[: n - len(self.gains)].tolist())
        tried = [*self.gains, *(sets[i] for i in chosen if sets[i] not in self.gains)]
        return [self.trial(f"search-{i:04d}", 0, languages, i) for i, languages in enumerate(tried)]

    def confirmed(self, records: list[TrialRecord], n_sets: int = 3, n_seeds: int = 4) -> list[TrialRecord]:
        best = best_sets(records, search_languages(records, HALF), n_sets)
        controls = [languages for languages in combinations(POOL, 3) if languages not in {b.languages for b in best}]
        arms: dict[str, tuple[str, ...]] = {"none": (), "full": POOL}
        arms |= {f"best-{i}": found.languages for i, found in enumerate(best, start=1)}
        arms |= {f"random-3-s{i}": controls[7 * i] for i in range(3)}
        return [self.trial(arm, seed, languages) for seed in range(1, n_seeds + 1) for arm, languages in arms.items()]
