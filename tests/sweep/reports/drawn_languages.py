"""A pool with a chosen set of ten, and what of them a figure shows."""

from search_spaces.published.subsets import PUBLISHED

POOL = tuple(sorted(PUBLISHED["abla_most_uriel_unseen_xlmr"].pool))
CHOSEN = PUBLISHED["abla_most_uriel_unseen_xlmr"].languages


def drawn(axes):
    """Label -> number of points."""
    return {c.get_label(): len(c.get_offsets()) for c in axes.collections if not c.get_label().startswith("_")}
