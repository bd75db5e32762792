"""The paper's named subsets and its scores."""
