"""Fine-tuning of an encoder on one English task."""
