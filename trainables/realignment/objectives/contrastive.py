"""Sentence-averaging contrastive objective: pull a sentence's vector to its translation's, push it from the rest of
the batch.

NT-Xent (Chen et al. 2020, eq. 1) over the 2B sentence vectors of B pairs, as Nguyen et al. (IJCNLP-AACL 2025) use it
for realignment without a word aligner ("strong alignment": sentences of the same side are negatives too).
"""

import torch
from torch import nn
from torch.nn import functional

INIT_STD = 0.02  # of the projection's weights, as in BERT


class ContrastiveObjective(nn.Module):
    """L = -(1/2B) sum_a log( exp s(a, pos(a)) / sum_{b != a} exp s(a, b) ),  s(a, b) = cos(g(a), g(b)) / temperature.

    g is Linear(H, H) - ReLU - Linear(H, P), both without bias, trained with the encoder and thrown away afterwards
    (P = `projection_size`; 0 leaves g out).
    """

    def __init__(self, hidden_size: int, projection_size: int, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature
        self.projection: nn.Module = nn.Identity()
        if projection_size:
            first = nn.Linear(hidden_size, hidden_size, bias=False)
            second = nn.Linear(hidden_size, projection_size, bias=False)
            for linear in (first, second):
                nn.init.normal_(linear.weight, std=INIT_STD)
            self.projection = nn.Sequential(first, nn.ReLU(), second)

    def forward(self, english_BH: torch.Tensor, other_BH: torch.Tensor) -> torch.Tensor:
        """Mean loss over the 2B anchors.

        Shape: both inputs (B, H), row i of one translates row i of the other. Returns a scalar.

        Raises:
            ValueError: the two shapes differ.
        """
        if english_BH.shape != other_BH.shape or english_BH.dim() != 2:
            raise ValueError(
                f"Both sides must have one shape (B, H), but are {tuple(english_BH.shape)} and {tuple(other_BH.shape)}."
            )
        n_pairs = len(english_BH)
        vectors_NP = functional.normalize(self.projection(torch.cat([english_BH, other_BH])).float(), dim=-1)
        similarity_NN = vectors_NP @ vectors_NP.T / self.temperature
        itself_NN = torch.eye(2 * n_pairs, dtype=torch.bool, device=similarity_NN.device)
        positive_N = torch.arange(2 * n_pairs, device=similarity_NN.device).roll(n_pairs)
        return functional.cross_entropy(similarity_NN.masked_fill(itself_NN, float("-inf")), positive_N)
