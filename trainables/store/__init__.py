"""Results of stages by fingerprint: locks, remote stores, fingerprints."""
