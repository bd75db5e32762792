"""Objectives: set functions over numbered candidates, each in the mathematical form that a solver can use."""
