"""Searchers compared without training."""
