"""What MLflow shows of a sweep. MLflow is a view: everything in it comes from records and planned configs.

`names`, `metrics`, `data_sets` and `results` say what is shown, as plain data; `view` knows runs, statuses and their
order; `store` and `best_model` alone import mlflow; `sync` makes the view anew from records.
"""

import os

# MLflow sends usage statistics from the moment it is imported, unless told otherwise before.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
