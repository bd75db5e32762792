"""Runs one configuration: realign, fine-tune, evaluate. Knows nothing of sweeps, searchers or MLflow."""
