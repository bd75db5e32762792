"""Whether something is refused in a sentence: `pytest.raises` for code that has no pytest."""

from collections.abc import Callable


def refused(call: Callable[[], object], *words: str) -> None:
    """Asserts that `call` raises a ValueError whose text has all of `words`."""
    try:
        returned = call()
    except ValueError as error:
        missing = [word for word in words if word not in str(error)]
        assert not missing, f"The error must say {missing}, but says: {error}"
    else:
        raise AssertionError(f"A ValueError must be raised, but {returned!r} was returned.")
