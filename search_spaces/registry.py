"""Registry: a read-only name -> member table whose errors teach.

A family of things (tasks, criteria, encoder providers ...) is one such table, written out by hand in the family's
`__init__.py`. Decorators would register only where their module was imported, and Ray workers import in fresh
processes. Most tables say only where a member is (`Lazy`), so that its names can be read and checked without the
libraries that the members need. A table with a group also holds what plug-ins bring (`plugins.py`).
"""

import difflib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from search_spaces.plugins import GROUPS, Plugged, PluginError, plugged, source_digest

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
    """Read-only mapping from name to member. Names, order, length and `in` import no member.

    Args:
        kind: what a member is, in one or two words, for error messages ("criterion").
        members: the table: name -> member, or where it is.
        group: one of `plugins.GROUPS`, if plug-ins may add members; they come after our own. "" = they may not.
    """

    def __init__(self, kind: str, members: Mapping[str, Member | Lazy], group: str = "") -> None:
        assert group in ("", *GROUPS), group
        self.kind = kind
        self.group = group
        self._members = dict(members)

    def __getitem__(self, name: str) -> Member:
        self.check(name)
        if name not in self._members:
            return self._load_plugged(name, self._plugged()[name])
        member = self._members[name]
        if isinstance(member, Lazy):
            member = self._members[name] = member.load()
        return member

    def check(self, name: str) -> None:
        """Whether the table holds `name`, without importing the member.

        Raises:
            UnknownNameError: it does not; the text names the nearest ones.
            PluginError: a plug-in has a built-in name, or two have the same.
        """
        if name not in self:
            raise UnknownNameError(
                f"The {self.kind} must be one of the {len(self)} known ones, but is {name!r}. "
                f"Nearest: {nearest_names(str(name), list(self))}."
            )

    def plugin_identity(self, name: str) -> dict[str, str]:
        """What a member adds to the identity of what it computes: the digest of its plug-in's source.

        Nothing for a member of our own, whose arithmetic is versioned where it is used.
        """
        self.check(name)
        if name in self._members:
            return {}
        return {f"plug-in/{self.group}/{name}": source_digest(self._plugged()[name].module)}

    def __contains__(self, name: object) -> bool:
        return name in self._plugged() or name in self._members  # in this order: a replaced built-in is refused

    def __iter__(self) -> Iterator[str]:
        return iter({**self._members, **self._plugged()})

    def __len__(self) -> int:
        return len(self._members) + len(self._plugged())

    def _plugged(self) -> dict[str, Plugged]:
        found = plugged(self.group) if self.group else {}
        if taken := sorted(found.keys() & self._members.keys()):
            raise PluginError(
                f"A plug-in may not replace a built-in {self.kind}, but {found[taken[0]].plugin!r} has {taken[0]!r}. "
                "Rename its own."
            )
        return found

    def _load_plugged(self, name: str, plugged_member: Plugged) -> Member:
        what = f"the {self.kind} {name!r} of {plugged_member.plugin!r}"
        try:
            member: Any = plugged_member.get()
            member = member.load() if isinstance(member, Lazy) else member
        except Exception as error:  # whatever the user's module does
            raise PluginError(
                f"A plug-in's member must be importable, but {what} is not ({type(error).__name__}: {error}). Repair "
                "the plug-in or uninstall it."
            ) from error
        own_name = getattr(member, "name", name)
        if isinstance(own_name, str) and own_name != name:
            raise PluginError(f"A member must be listed under its own name, but {what} is called {own_name!r}. Rename.")
        return member
