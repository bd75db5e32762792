"""Registry: a read-only name -> member table whose errors teach.

A family of things (tasks, criteria, encoder providers ...) is one such table, written out by hand in the family's
`__init__.py`. Decorators would register only where their module was imported, and Ray workers import in fresh
processes. Most tables say only where a member is (`Lazy`), so that its names can be read and checked without the
libraries that the members need.
"""

import difflib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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


@dataclass(frozen=True)
class Lazy:
    """Where a member is, for a table that imports it when it is first asked for.

    target: "package.module:NAME", as in an entry point.
    """

    target: str

    def load(self) -> Any:
        """The member; its module is imported now.

        Raises:
            ImportError, AttributeError, ValueError: no such module, no such name in it, or no such form.
        """
        return pkgutil.resolve_name(self.target)


class Registry(Mapping[str, Member], Generic[Member]):
    """Read-only mapping from name to member. Names, order, length and `in` import nothing.

    Args:
        kind: what a member is, in one or two words, for error messages ("criterion").
        members: the table: name -> member, or where it is.
    """

    def __init__(self, kind: str, members: Mapping[str, Member | Lazy]) -> None:
        self.kind = kind
        self._members = dict(members)

    def __getitem__(self, name: str) -> Member:
        self.check(name)
        member = self._members[name]
        if isinstance(member, Lazy):
            member = self._members[name] = member.load()
        return member

    def check(self, name: str) -> None:
        """Whether the table holds `name`, without importing the member.

        Raises:
            UnknownNameError: it does not; the text names the nearest ones.
        """
        if name not in self:
            raise UnknownNameError(
                f"The {self.kind} must be one of the {len(self)} known ones, but is {name!r}. "
                f"Nearest: {nearest_names(str(name), list(self._members))}."
            )

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)
