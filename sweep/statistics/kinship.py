"""Which languages are related: the families that claims about languages never seen are made over."""

from collections.abc import Iterable

from search_spaces.inventory import INVENTORY

ISOLATE = "isolate"
"""Not a family: each isolate is one by itself."""


def families_of(languages: Iterable[str]) -> list[str]:
    """The top-level family of each language (Glottolog's, as the inventory has it), in the order given.

    A language that the inventory does not know counts as a family of its own, see `n_unknown`: that takes it to be
    related to none of the others. So does an isolate.
    """
    table: dict[str, str] = {tag: info.family for tag, info in INVENTORY.items()}
    found = ((language, table.get(language, ISOLATE)) for language in languages)
    return [f"{ISOLATE} {language}" if family == ISOLATE else family for language, family in found]


def n_unknown(languages: Iterable[str]) -> int:
    """How many of the languages have no family in the inventory."""
    known: set[str] = set(INVENTORY)
    return len(set(languages) - known)
