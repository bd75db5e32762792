"""Rows of a replay, by hand."""

import pandas as pd


def rows(worth: dict[tuple[str, int], list[float]]) -> pd.DataFrame:
    """(searcher, workers) -> worth after 5, 10 and 20 trials, the same in two seeds."""
    return pd.DataFrame(
        {
            "function": "f", "searcher": searcher, "n_workers": workers, "early_stopping": 0, "seed": seed, "n": n,
            "time": float(n), "recommended": value, "observed": value / 2,
        }
        for (searcher, workers), values in worth.items()
        for seed in (0, 1)
        for n, value in zip((5, 10, 20), values, strict=True)
    )  # fmt: skip
