"""Realignment objectives, one file each: units of a batch and their links -> loss. The table is the only list."""

from search_spaces.registry import Registry
from trainables.realignment.objectives.base import Objective
from trainables.realignment.objectives.contrastive import ContrastiveObjective
from trainables.realignment.objectives.mse import MseObjective
from trainables.realignment.objectives.word_contrastive import WordContrastiveObjective

OBJECTIVES: Registry[type[Objective]] = Registry(
    "realignment objective",
    {"contrastive": ContrastiveObjective, "word_contrastive": WordContrastiveObjective, "mse": MseObjective},
)
