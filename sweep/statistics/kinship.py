"""Which languages are related: the families that claims about languages never seen are made over."""

from collections.abc import Iterable

from search_spaces.inventory import NO_FAMILIES, find_info

ISOLATE = "isolate"
"""Not a family: each isolate is one by itself."""


def families_of(languages: Iterable[str]) -> list[str]:
    """The top-level family of each language (Glottolog's), in the order given.

    A language of which none is known counts as a family of its own, see `n_unknown`: that takes it to be related to
    none of the others. So does an isolate, a sign language or a pidgin.
    """
    found = ((language, _family(language)) for language in languages)
    return [f"{ISOLATE} {language}" if family in NO_FAMILIES else family for language, family in found]


def n_unknown(languages: Iterable[str]) -> int:
    """Of how many of the languages no family is known."""
    return sum(not _family(language) for language in set(languages))


def _family(language: str) -> str:
    info = find_info(language)
    return info.family if info else ""
