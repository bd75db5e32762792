"""What every objective gets: vectors of the batch's units (sentences or words) and which of them translate each other.

The projection head and the similarity of contrastive objectives are here, as both of them use them.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import nn
from torch.nn import functional

INIT_STD = 0.02  # of the projection's weights, as in BERT


@dataclass(frozen=True)
class Units:
    """The units of one batch.

    Attributes:
        vectors_NH: one vector a unit, of both sides. Shape: (N, H).
        links_K2: rows (English unit, its translation), indices into the vectors; no unit occurs twice. Shape: (K, 2).
        doubles_NN: symmetric; True where two units say the same, so that neither is a negative of the other; None =
            every unit is a negative of every other. A unit's translation stays its positive either way. Shape: (N, N).
        targets_KH: what the encoder as it was loaded made of the English unit of each link, for objectives that need
            it. Shape: (K, H).

    Raises:
        ValueError: a shape does not fit.
    """

    vectors_NH: torch.Tensor
    links_K2: torch.Tensor
    doubles_NN: torch.Tensor | None = None
    targets_KH: torch.Tensor | None = None

    def __post_init__(self) -> None:
        if self.vectors_NH.dim() != 2 or self.links_K2.dim() != 2 or self.links_K2.shape[1] != 2:
            raise ValueError(
                "Units must have vectors (N, H) and links (K, 2), but have "
                f"{tuple(self.vectors_NH.shape)} and {tuple(self.links_K2.shape)}."
            )
        n_units = len(self.vectors_NH)
        if self.doubles_NN is not None and self.doubles_NN.shape != (n_units, n_units):
            raise ValueError(
                f"Doubles must be (N, N) for N = {n_units} vectors, but are {tuple(self.doubles_NN.shape)}."
            )
        wanted = (len(self.links_K2), self.vectors_NH.shape[1])
        if self.targets_KH is not None and self.targets_KH.shape != wanted:
            raise ValueError(f"Targets must be (K, H) = {wanted}, but are {tuple(self.targets_KH.shape)}.")


class Objective(nn.Module):
    """Units -> loss, smaller = better aligned. Its parameters are trained with the encoder and thrown away afterwards.

    Every member is built as `(hidden_size, projection_size, temperature)` and says what its units are, and whether it
    compares them with targets (of sentences only).
    """

    unit: ClassVar[Literal["sentence", "word"]] = "sentence"
    needs_targets: ClassVar[bool] = False

    def __init__(self, hidden_size: int, projection_size: int, temperature: float) -> None:
        super().__init__()

    def forward(self, units: Units) -> torch.Tensor:
        """A scalar; 0 (with a gradient of 0) for units without a link."""
        raise NotImplementedError


def projection(hidden_size: int, projection_size: int) -> nn.Module:
    """Linear(H, H) - ReLU - Linear(H, P), both without bias; P = 0 leaves the vectors as they are."""
    if not projection_size:
        return nn.Identity()
    first = nn.Linear(hidden_size, hidden_size, bias=False)
    second = nn.Linear(hidden_size, projection_size, bias=False)
    for linear in (first, second):
        nn.init.normal_(linear.weight, std=INIT_STD)
    return nn.Sequential(first, nn.ReLU(), second)


def nt_xent(vectors_NP: torch.Tensor, units: Units, temperature: float) -> torch.Tensor:
    """Mean over both ends `a` of every link of  -log( exp s(a, pos(a)) / sum_{b in C(a)} exp s(a, b) ).

    s(a, b) = cos(a, b) / temperature; C(a) = all units but `a` itself and its doubles, and always pos(a) (Chen et al.
    2020, eq. 1, with anchors that are a part of the candidates). Computed in fp32 under autocast too.
    """
    anchor_A = torch.cat([units.links_K2[:, 0], units.links_K2[:, 1]])
    positive_A = torch.cat([units.links_K2[:, 1], units.links_K2[:, 0]])
    if not len(anchor_A):
        return vectors_NP.float().sum() * 0.0
    with torch.autocast(vectors_NP.device.type, enabled=False):
        unit_NP = functional.normalize(vectors_NP.float(), dim=-1)
        similarity_AN = unit_NP[anchor_A] @ unit_NP.T / temperature
    left_out_AN = torch.zeros_like(similarity_AN, dtype=torch.bool)
    if units.doubles_NN is not None:
        left_out_AN |= units.doubles_NN[anchor_A]
    left_out_AN.scatter_(1, anchor_A[:, None], True)  # an assignment by index would wait for the GPU
    left_out_AN.scatter_(1, positive_A[:, None], False)
    return functional.cross_entropy(similarity_AN.masked_fill(left_out_AN, float("-inf")), positive_A)
