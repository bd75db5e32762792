"""A sweep's records, its lock and its provenance. Reading them needs no Ray."""
