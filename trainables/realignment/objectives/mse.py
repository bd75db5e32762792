"""Mean squared error of sentence vectors, as Reimers & Gurevych 2020 ("Making Monolingual Sentence Embeddings
Multilingual using Knowledge Distillation", eq. 1) extend an encoder to new languages.

Both sentences of a pair are drawn to the vector that a teacher gives the English one. Their teacher is another, English
encoder; ours is a frozen copy of the encoder itself. Without a teacher (the two sides drawn to each other, Cao et al.
2020 without their regulariser) a constant encoder would be a perfect one, and training finds it within some 30 steps.
"""

from typing import ClassVar

import torch
from torch.nn import functional

from trainables.realignment.objectives.base import Objective, Units


class MseObjective(Objective):
    """L = (1/BH) sum_i ( || e_i - t_i ||^2 + || f_i - t_i ||^2 ) over B pairs; t_i = teacher(English), H = width.

    No projection, as the teacher has none; `projection_size` and `temperature` are not used. Dividing by H too is ours.
    """

    needs_targets: ClassVar[bool] = True

    def forward(self, units: Units) -> torch.Tensor:
        """Shape: see `Units`; returns a scalar.

        Raises:
            ValueError: the units have no targets.
        """
        if units.targets_KH is None:
            raise ValueError("The objective 'mse' needs the teacher's vectors, but the units have none. Give targets.")
        if not len(units.links_K2):
            return units.vectors_NH.float().sum() * 0.0
        english_KH, other_KH = (units.vectors_NH[units.links_K2[:, side]].float() for side in (0, 1))
        target_KH = units.targets_KH.float()
        return functional.mse_loss(english_KH, target_KH) + functional.mse_loss(other_KH, target_KH)
