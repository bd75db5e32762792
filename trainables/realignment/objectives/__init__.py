"""Realignment objectives, one file each: (English vectors, other vectors) -> loss. The table is the only list."""

from search_spaces.registry import Registry
from trainables.realignment.objectives.contrastive import ContrastiveObjective

OBJECTIVES: Registry[type[ContrastiveObjective]] = Registry(
    "realignment objective", {"contrastive": ContrastiveObjective}
)
