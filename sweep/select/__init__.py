"""Answers that need no training: a subset, where the published subsets stand, the inventory."""
