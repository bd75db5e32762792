"""From a training seed and a name to a seed of its own. Needs no torch: data and searches draw by it, too."""

import hashlib


def derived_seed(seed: int, name: str) -> int:
    """A 63-bit seed for the stream called `name`, a function of `seed` and `name` only."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little") >> 1
