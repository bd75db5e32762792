import pytest

from sweep.statistics.p_values import p_number, p_text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0004, "p < 0.001"), (0.001, "p = 0.001"), (0.0314, "p = 0.031"), (0.1, "p = 0.10"), (0.4249, "p = 0.42")],
)
def test_three_decimals_below_a_tenth_then_two(value: float, text: str) -> None:
    assert p_text(value) == text


def test_with_decimals_every_value_has_as_many() -> None:
    assert (p_text(0.4249, 3), p_text(0.0002, 3), p_number(0.5, 3)) == ("p = 0.425", "p < 0.001", "0.500")
