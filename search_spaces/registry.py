"""Registry: a read-only name -> member table whose errors teach.

A family of things (tasks, criteria, encoder providers ...) is one such table, written out by hand in the family's
`__init__.py`. Decorators would register only where their module was imported, and Ray workers import in fresh
processes.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

Member = TypeVar("Member")


def nearest_names(name: str, names: list[str], n: int = 3) -> str:
    """The `n` names closest in spelling, as `'a', 'b'`; all of them (sorted) when nothing is close and they are few."""
    by_folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    close = [by_folded[c] for c in difflib.get_close_matches(name.casefold(), list(by_folded), n=n, cutoff=0.5)]
    return ", ".join(repr(c) for c in close or sorted(names)[:12])


class UnknownNameError(KeyError, ValueError):
    """A name that a registry does not hold. Its text is one sentence (a bare KeyError would print it quoted)."""

    def __str__(self) -> str:
        return str(self.args[0])


class Registry(Mapping[str, Member], Generic[Member]):
    """Read-only mapping from name to member.

    Args:
        kind: what a member is, in one or two words, for error messages ("criterion").
        members: the table.
    """

    def __init__(self, kind: str, members: Mapping[str, Member]) -> None:
        self.kind = kind
        self._members = dict(members)

    def __getitem__(self, name: str) -> Member:
        try:
            return self._members[name]
        except KeyError:
            raise UnknownNameError(
                f"The {self.kind} must be one of the {len(self)} known ones, but is {name!r}. "
                f"Nearest: {nearest_names(str(name), list(self._members))}."
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)
