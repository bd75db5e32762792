"""A maker of tidy frames, with the columns that the statistics look at."""

from collections.abc import Callable, Mapping

import pandas as pd
import pytest

Scores = Mapping[tuple[str, int], Mapping[str, float]]


@pytest.fixture
def frame_of() -> Callable[..., pd.DataFrame]:
    """{(arm, seed): {language or language.source: score}} -> frame, task "pos", English marked."""

    def make(scores: Scores, task: str = "pos", split: str = "test") -> pd.DataFrame:
        rows = []
        for (arm, seed), by_language in scores.items():
            for name, value in by_language.items():
                language, _, source = name.partition(".")
                rows.append((arm, seed, task, "accuracy", split, language, source, value, language == "eng_Latn"))
        columns = ["arm", "seed", "task", "metric", "split", "language", "source", "value", "english"]
        return pd.DataFrame(rows, columns=columns)

    return make
