"""Solvers: the best set of an objective under the rules of a subset space, and how good it is known to be."""
