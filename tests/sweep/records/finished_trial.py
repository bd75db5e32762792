"""What a trial that has finished reports, and where it ran."""

ENVIRONMENT = {"sweep": "tiny", "versions": {"python": "3.11"}, "git_commit": "abc"}

RESULT = {
    "score": 0.4, "scores": [{"task": "pos", "metric": "accuracy", "language": "deu_Latn", "split": "test",
                              "n_correct": 4, "n_total": 10, "value": 0.4}],
    "costs": {"realign_s": 1.5}, "encoder_fingerprint": "f", "seen_languages": ["deu_Latn"],
    "curves": {"realign": {"step": [1, 2], "time_s": [1.5, 2.0], "loss": [0.5, None]}}, "data": {"realign": "d" * 20},
    "data_revisions": {"ud": "c" * 40},
}  # fmt: skip
