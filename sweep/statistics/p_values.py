"""How a p value reads, everywhere."""


def p_text(value: float) -> str:
    """ "p = 0.031", "p = 0.42", "p < 0.001"."""
    return "p < 0.001" if value < 0.001 else f"p = {p_number(value)}"


def p_sampled(value: float) -> str:
    """A p value of random permutations: two decimals, below 0.01 one digit ("p = 0.004"); more of it is chance."""
    if value < 0.00095:
        return "p < 0.001"
    return f"p = {value:.2f}" if value >= 0.0095 else f"p = {value:.3f}"


def p_number(value: float) -> str:
    """The number alone: three decimals below 0.1, else two."""
    return f"{value:.{3 if value < 0.1 else 2}f}"
