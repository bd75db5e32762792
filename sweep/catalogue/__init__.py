"""All sweeps of a folder: which there are and how far each has come; taking one away."""
