"""Languages by their names, for people."""

from collections.abc import Iterable

from search_spaces.inventory import find_info

MAX_NAMED = 12
"""Languages that are named in a sentence."""


def language_name(tag: str) -> str:
    """`Wolof`; a language that nothing is known of by its tag."""
    known = find_info(tag)
    return known.name if known else tag


def language_names(tags: Iterable[str], most: int = MAX_NAMED) -> str:
    """`Wolof, Yoruba and 3 more`, in the order given."""
    names = [language_name(tag) for tag in tags]
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
