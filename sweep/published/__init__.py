"""Studies that are published: the paper's scores as records and their section, and sweeps as folders to give away."""
