import pytest

from sweep.statistics.p_values import p_sampled, p_text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0004, "p < 0.001"), (0.001, "p = 0.001"), (0.0314, "p = 0.031"), (0.1, "p = 0.10"), (0.4249, "p = 0.42")],
)
def test_three_decimals_below_a_tenth_then_two(value: float, text: str) -> None:
    assert p_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0001, "p < 0.001"), (0.0042, "p = 0.004"), (0.0097, "p = 0.01"), (0.0314, "p = 0.03"), (0.4249, "p = 0.42")],
)
def test_permutations_give_no_more_digits_than_they_know(value: float, text: str) -> None:
    assert p_sampled(value) == text
