"""sweep: composes `search_spaces` and `trainables` into sweeps on Ray, their records, MLflow and reports.

Nothing imports this package. `launch.py` tells the story.
"""

import os

# Both send usage statistics from the moment they are imported, unless told otherwise before.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
