"""Sentence-averaging contrastive objective: pull a sentence's vector to its translation's, push it from the rest of
the batch.

NT-Xent (Chen et al. 2020, eq. 1) over the 2B sentence vectors of B pairs, as Nguyen et al. (IJCNLP-AACL 2025) use it
for realignment without a word aligner ("strong alignment": sentences of the same side are negatives too).
"""

from typing import ClassVar, Literal

import torch

from trainables.realignment.objectives.base import Objective, Units, nt_xent, projection


class ContrastiveObjective(Objective):
    """L = -(1/2B) sum_a log( exp s(a, pos(a)) / sum_{b != a} exp s(a, b) ),  s(a, b) = cos(g(a), g(b)) / temperature.

    g is Linear(H, H) - ReLU - Linear(H, P), both without bias, trained with the encoder and thrown away afterwards
    (P = `projection_size`; 0 leaves g out). Ours leaves doubles of an anchor out of the sum; the reference does not.
    """

    unit: ClassVar[Literal["sentence", "word"]] = "sentence"

    def __init__(self, hidden_size: int, projection_size: int, temperature: float) -> None:
        super().__init__(hidden_size, projection_size, temperature)
        self.temperature = temperature
        self.projection = projection(hidden_size, projection_size)

    def forward(self, units: Units) -> torch.Tensor:
        """Mean loss over both ends of all links. Shape: see `Units`; returns a scalar."""
        return nt_xent(self.projection(units.vectors_NH), units, self.temperature)
