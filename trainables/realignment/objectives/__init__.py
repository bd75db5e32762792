"""Realignment objectives, one file each: units of a batch and their links -> loss. The table is the only list."""

from typing import TYPE_CHECKING

from search_spaces.registry import Lazy, Registry

if TYPE_CHECKING:
    from trainables.realignment.objectives.base import Objective

OBJECTIVES: "Registry[type[Objective]]" = Registry(
    "realignment objective",
    {
        "contrastive": Lazy("trainables.realignment.objectives.contrastive:ContrastiveObjective"),
        "word_contrastive": Lazy("trainables.realignment.objectives.word_contrastive:WordContrastiveObjective"),
        "mse": Lazy("trainables.realignment.objectives.mse:MseObjective"),
    },
    group="objectives",
)
