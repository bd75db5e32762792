"""sweep: composes `search_spaces` and `trainables` into sweeps on Ray, their records, MLflow and reports.

Nothing imports this package. `launch.py` tells the story.
"""
