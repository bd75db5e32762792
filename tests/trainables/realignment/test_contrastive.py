"""The contrastive objectives against hand-computed values and NumPy computations written from their formulas."""

import math

import numpy
import pytest
import torch
from numpy.typing import NDArray

from trainables.realignment.objectives import OBJECTIVES
from trainables.realignment.objectives.base import Units
from trainables.realignment.objectives.contrastive import ContrastiveObjective
from trainables.realignment.objectives.word_contrastive import WordContrastiveObjective
from trainables.testing import ObjectiveContract
from trainables.testing.objectives import drawn, pairs_of

Array = NDArray[numpy.float64]


def sentence_formula(english: Array, other: Array, temperature: float) -> float:
    """Section 1.2: the mean over 2B anchors of -log( exp s(a, pos(a)) / sum over all b but a of exp s(a, b) )."""
    z = numpy.concatenate([english, other])
    z = z / numpy.linalg.norm(z, axis=1, keepdims=True)
    n = len(english)
    total = 0.0
    for a in range(2 * n):
        positive = a + n if a < n else a - n
        terms = [math.exp(z[a] @ z[b] / temperature) for b in range(2 * n) if b != a]
        total -= math.log(math.exp(z[a] @ z[positive] / temperature) / sum(terms))
    return total / (2 * n)


def word_formula(
    vectors: Array, links: list[tuple[int, int]], temperature: float, doubles: set[tuple[int, int]]
) -> float:
    """Anchors = both words of each link; candidates = all words but the anchor and its doubles, and the positive."""
    z = vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
    terms = []
    for a, positive in [*links, *((o, e) for e, o in links)]:
        candidates = [b for b in range(len(z)) if b != a and (b == positive or (a, b) not in doubles)]
        scores = numpy.array([z[a] @ z[b] / temperature for b in candidates])
        terms.append(numpy.log(numpy.exp(scores).sum()) - z[a] @ z[positive] / temperature)
    return float(numpy.mean(terms))


def test_two_pairs_by_hand() -> None:
    # e1 = f1 = x, e2 = f2 = y: each anchor has cosine 1 with its positive and 0 with two negatives, so at temperature 1
    # every term is -log(e / (e + 1 + 1)) = log(1 + 2 / e) = 0.551444...
    vectors = torch.eye(2)
    loss = ContrastiveObjective(hidden_size=2, projection_size=0, temperature=1.0)(pairs_of(vectors, vectors))
    assert loss.item() == pytest.approx(math.log(1 + 2 / math.e), abs=1e-6)


@pytest.mark.parametrize("n_pairs", [1, 2, 7])
@pytest.mark.parametrize("temperature", [0.1, 0.7])
def test_sentences_against_the_formula(n_pairs: int, temperature: float) -> None:
    english, other = drawn(n_pairs, 2, n_pairs, 5)
    objective = ContrastiveObjective(hidden_size=5, projection_size=0, temperature=temperature)
    expected = sentence_formula(english.double().numpy(), other.double().numpy(), temperature)
    assert objective(pairs_of(english, other)).item() == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.1, 0.7])
@pytest.mark.parametrize("doubles", [set(), {(0, 1), (1, 0), (0, 5), (5, 0), (2, 3), (3, 2)}])
def test_words_against_the_formula(temperature: float, doubles: set[tuple[int, int]]) -> None:
    vectors, links = drawn(3, 9, 5), [(0, 5), (1, 8), (3, 6)]  # units 2, 4 and 7 are candidates only
    mask = torch.zeros(9, 9, dtype=torch.bool)
    for a, b in doubles:
        mask[a, b] = True
    units = Units(vectors, torch.tensor(links), mask if doubles else None)
    loss = WordContrastiveObjective(hidden_size=5, projection_size=0, temperature=temperature)(units)
    assert loss.item() == pytest.approx(word_formula(vectors.double().numpy(), links, temperature, doubles), rel=1e-5)


def test_a_double_is_no_negative_but_a_translation_stays_the_positive() -> None:
    # Both English sentences are the same one. Masked, each anchor of a pair has only its positive left: loss 0.
    english, other = torch.ones(2, 3), drawn(0, 2, 3)
    objective = ContrastiveObjective(hidden_size=3, projection_size=0, temperature=0.1)
    assert objective(pairs_of(english, other, torch.ones(4, 4, dtype=torch.bool))).item() == pytest.approx(
        0.0, abs=1e-6
    )
    assert objective(pairs_of(english, other)).item() > 0.1


def test_the_head_is_two_linear_maps_without_bias() -> None:
    torch.manual_seed(0)  # of the head's weights
    objective = ContrastiveObjective(hidden_size=6, projection_size=3, temperature=0.1)
    assert [tuple(p.shape) for p in objective.parameters()] == [(6, 6), (3, 6)]
    english, other = drawn(0, 2, 4, 6)
    first, second = (p.detach().double().numpy() for p in objective.parameters())

    def project(x: torch.Tensor) -> Array:
        return numpy.maximum(x.double().numpy() @ first.T, 0) @ second.T

    expected = sentence_formula(project(english), project(other), 0.1)
    assert objective(pairs_of(english, other)).item() == pytest.approx(expected, rel=1e-4)


class TestEveryObjective(ObjectiveContract):
    @pytest.fixture(autouse=True, params=sorted(OBJECTIVES))
    def member(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param


@pytest.mark.parametrize("kind", [ContrastiveObjective, WordContrastiveObjective])
def test_similarities_are_computed_in_fp32_under_autocast(kind: type[ContrastiveObjective]) -> None:
    units = pairs_of(*drawn(4, 2, 5, 8))
    objective = kind(hidden_size=8, projection_size=0, temperature=0.1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = objective(units)
    assert torch.equal(loss, objective(units))


def mse(english: torch.Tensor, other: torch.Tensor, targets: torch.Tensor | None) -> float:
    links = torch.stack([torch.arange(len(english)), torch.arange(len(english)) + len(english)], dim=1)
    objective = OBJECTIVES["mse"](hidden_size=english.shape[1], projection_size=128, temperature=0.1)
    return float(objective(Units(torch.cat([english, other]), links, None, targets)))


def test_mse_by_hand() -> None:
    # English off by (1, 0) and (0, 0), its translations by (0, 2) and (0, 3); over 2 pairs x 2 components: (1 + 13) / 4
    targets = torch.tensor([[0.0, 2.0], [0.0, 5.0]])
    english, other = targets + torch.tensor([[1.0, 0], [0, 0]]), targets + torch.tensor([[0, 2.0], [0, -3.0]])
    assert mse(english, other, targets) == pytest.approx(3.5)


def test_mse_against_numpy() -> None:
    english, other, targets = drawn(6, 3, 5, 3)
    e, o, t = (x.double().numpy() for x in (english, other, targets))
    expected = sum(((e[i] - t[i]) ** 2).sum() + ((o[i] - t[i]) ** 2).sum() for i in range(5)) / (5 * 3)
    assert mse(english, other, targets) == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match="needs the teacher's vectors"):
        mse(english, other, None)


def test_shapes_that_do_not_fit_are_refused() -> None:
    links = torch.tensor([[0, 1]])
    with pytest.raises(ValueError, match=r"vectors \(N, H\) and links \(K, 2\), but have \(3,\) and \(1, 2\)"):
        Units(torch.ones(3), links)
    with pytest.raises(ValueError, match=r"\(N, N\) for N = 2 vectors, but are \(3, 3\)"):
        Units(torch.ones(2, 3), links, torch.ones(3, 3, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"\(K, H\) = \(1, 3\), but are \(2, 3\)"):
        Units(torch.ones(2, 3), links, None, torch.ones(2, 3))
