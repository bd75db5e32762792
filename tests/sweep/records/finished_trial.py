"""What a trial that has finished reports, and where it ran."""

from typing import Any

ENVIRONMENT = {"sweep": "tiny", "versions": {"python": "3.11"}, "git_commit": "abc"}

RESULT = {
    "score": 0.4, "scores": [{"task": "pos", "metric": "accuracy", "language": "deu_Latn", "split": "test",
                              "n_correct": 4, "n_total": 10, "value": 0.4}],
    "costs": {"realign_s": 1.5}, "encoder_fingerprint": "f", "seen_languages": ["deu_Latn"],
    "curves": {"realign": {"step": [1, 2], "time_s": [1.5, 2.0], "loss": [0.5, None]}}, "data": {"realign": "d" * 20},
    "data_revisions": {"ud": "c" * 40},
}  # fmt: skip

N_WORDS = 10**12


def result_with(score: float) -> dict[str, Any]:
    """The least that a finished trial of any tasks reports: one row a task, from which `score` is told."""
    counts = {"n_correct": round(score * N_WORDS), "n_total": N_WORDS}
    metrics = {"pos": "accuracy", "ner": "f1", "nli": "accuracy"}
    rows = [
        {"task": task, "metric": metric, "language": "deu_Latn", "split": "dev", **counts}
        for task, metric in metrics.items()
    ]
    return {"score": score, "scores": rows}
