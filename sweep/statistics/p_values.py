"""How a p value reads, everywhere."""


def p_text(value: float, decimals: int | None = None) -> str:
    """ "p = 0.031", "p = 0.42", "p < 0.001"; with `decimals` so many, whatever the size."""
    return "p < 0.001" if value < 0.001 else f"p = {p_number(value, decimals)}"


def p_number(value: float, decimals: int | None = None) -> str:
    """The number alone: three decimals below 0.1, else two."""
    return f"{value:.{decimals or (3 if value < 0.1 else 2)}f}"
