"""Scores: zero-shot evaluation and the retrieval probe."""
