"""The objective against a hand-computed value and an implementation of the formula in plain Python."""

import math

import pytest
import torch

from trainables.realignment.objectives.contrastive import ContrastiveObjective


def by_the_formula(english: list[list[float]], other: list[list[float]], temperature: float) -> float:
    vectors = english + other
    n_pairs = len(english)

    def sim(a: int, b: int) -> float:
        dot = sum(x * y for x, y in zip(vectors[a], vectors[b], strict=True))
        return dot / (math.hypot(*vectors[a]) * math.hypot(*vectors[b])) / temperature

    total = 0.0
    for a in range(2 * n_pairs):
        positive = a + n_pairs if a < n_pairs else a - n_pairs
        total -= math.log(math.exp(sim(a, positive)) / sum(math.exp(sim(a, b)) for b in range(2 * n_pairs) if b != a))
    return total / (2 * n_pairs)


def test_two_pairs_by_hand() -> None:
    # e1 = f1 = x, e2 = f2 = y: each anchor has cosine 1 with its positive and 0 with two negatives, so at temperature 1
    # every term is -log(e / (e + 1 + 1)) = log(1 + 2 / e) = 0.551444...
    vectors = torch.eye(2)
    loss = ContrastiveObjective(hidden_size=2, projection_size=0, temperature=1.0)(vectors, vectors)
    assert loss.item() == pytest.approx(math.log(1 + 2 / math.e), abs=1e-6)


@pytest.mark.parametrize("n_pairs", [1, 2, 7])
@pytest.mark.parametrize("temperature", [0.1, 0.7])
def test_against_the_formula(n_pairs: int, temperature: float) -> None:
    english, other = torch.randn(2, n_pairs, 5, generator=torch.Generator().manual_seed(n_pairs))
    loss = ContrastiveObjective(hidden_size=5, projection_size=0, temperature=temperature)(english, other)
    assert loss.item() == pytest.approx(
        by_the_formula(english.tolist(), other.tolist(), temperature), rel=1e-5, abs=1e-6
    )


def test_the_head_is_two_linear_maps_without_bias() -> None:
    torch.manual_seed(0)  # of the head's weights
    objective = ContrastiveObjective(hidden_size=6, projection_size=3, temperature=0.1)
    assert [tuple(p.shape) for p in objective.parameters()] == [(6, 6), (3, 6)]
    english, other = torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(0))
    first, second = objective.parameters()

    def project(x: torch.Tensor) -> list[list[float]]:
        return ((x @ first.T).clamp(min=0) @ second.T).tolist()

    expected = by_the_formula(project(english), project(other), 0.1)
    assert objective(english, other).item() == pytest.approx(expected, rel=1e-4)


def test_gradients_reach_both_sides() -> None:
    english, other = (torch.randn(3, 4, requires_grad=True) for _ in range(2))
    ContrastiveObjective(hidden_size=4, projection_size=2, temperature=0.1)(english, other).backward()
    assert english.grad is not None and other.grad is not None
    assert english.grad.abs().sum() > 0 and other.grad.abs().sum() > 0


def test_the_order_of_pairs_does_not_matter() -> None:
    english, other = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(1))
    objective = ContrastiveObjective(hidden_size=4, projection_size=0, temperature=0.1)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    assert objective(english[order], other[order]).item() == pytest.approx(objective(english, other).item(), rel=1e-5)


def test_unequal_sides_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one shape \(B, H\), but are \(2, 3\) and \(3, 3\)"):
        ContrastiveObjective(hidden_size=3, projection_size=0, temperature=0.1)(torch.ones(2, 3), torch.ones(3, 3))
