"""The contract of a realignment objective: where its gradients go, and that following them lowers it."""

import torch

from trainables.realignment.objectives import OBJECTIVES
from trainables.realignment.objectives.base import Objective, Units

HIDDEN = 4


def drawn(seed: int, *shape: int) -> torch.Tensor:
    """Standard normal numbers of this shape."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def pairs_of(english_KH: torch.Tensor, other_KH: torch.Tensor, doubles_NN: torch.Tensor | None = None) -> Units:
    """K pairs, English first, with random targets."""
    n_pairs = len(english_KH)
    links_K2 = torch.stack([torch.arange(n_pairs), torch.arange(n_pairs) + n_pairs], dim=1)
    return Units(torch.cat([english_KH, other_KH]), links_K2, doubles_NN, drawn(99, n_pairs, english_KH.shape[1]))


class ObjectiveContract:
    """name: in the table of objectives."""

    name: str

    def make(self) -> Objective:
        """A fresh one for vectors of four numbers."""
        torch.manual_seed(0)
        return OBJECTIVES[self.name](hidden_size=HIDDEN, projection_size=2, temperature=0.1)

    def test_it_says_what_its_units_are(self) -> None:
        objective = self.make()
        assert objective.unit in ("sentence", "word"), f"`unit` must be sentence or word, but is {objective.unit!r}."
        assert not (objective.needs_targets and objective.unit == "word"), "Targets are of sentences only."

    def test_the_loss_is_a_finite_scalar(self) -> None:
        loss = self.make()(pairs_of(drawn(1, 3, HIDDEN), drawn(2, 3, HIDDEN)))
        assert loss.shape == () and bool(torch.isfinite(loss)), f"The loss must be a finite scalar, but is {loss}."

    def test_gradients_reach_both_sides(self) -> None:
        english, other = drawn(1, 3, HIDDEN).requires_grad_(), drawn(2, 3, HIDDEN).requires_grad_()
        self.make()(pairs_of(english, other)).backward()
        for name, side in (("English", english), ("other", other)):
            assert side.grad is not None and side.grad.abs().sum() > 0, f"No gradient reaches the {name} side."

    def test_the_order_of_pairs_does_not_matter(self) -> None:
        units = pairs_of(*drawn(1, 2, 6, HIDDEN))
        order, both = torch.tensor([3, 1, 5, 0, 2, 4]), torch.tensor([3, 1, 5, 0, 2, 4, 9, 7, 11, 6, 8, 10])
        assert units.targets_KH is not None
        shuffled = Units(units.vectors_NH[both], units.links_K2, None, units.targets_KH[order])
        objective = self.make()
        one, other = objective(units).item(), objective(shuffled).item()
        assert abs(one - other) <= 1e-5 * abs(one), f"The order of pairs must not matter, but gives {one} and {other}."

    def test_following_the_gradient_lowers_it(self) -> None:
        vectors = drawn(1, 8, HIDDEN).requires_grad_()
        objective = self.make()
        optimiser = torch.optim.Adam([vectors, *objective.parameters()], lr=0.02)
        losses = []
        for _ in range(60):
            loss = objective(pairs_of(vectors[:4], vectors[4:]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        assert losses[-1] < 0.5 * losses[0], f"60 steps must halve {losses[0]}, but give {losses[-1]}."

    def test_without_links_it_is_zero_and_moves_nothing(self) -> None:
        vectors = drawn(1, 3, HIDDEN).requires_grad_()
        units = Units(vectors, torch.zeros(0, 2, dtype=torch.long), None, torch.zeros(0, HIDDEN))
        loss = self.make()(units)
        loss.backward()
        assert loss.item() == 0, f"Units without a link must have a loss of 0, but have {loss.item()}."
        assert vectors.grad is not None and not vectors.grad.any(), "Units without a link must have a gradient of 0."
