"""Round trip of random valid configurations: what is accepted, written and read back must be equal.

    python tests/fuzz/configs.py 20000 [SEED]      # prints how many were accepted; fails at the first difference

Values are drawn from the types and ranges of the dataclasses themselves, so that a new field is drawn without a change
here. Most draws contradict themselves somewhere and are refused; they must be refused by a ConfigError.
"""

import dataclasses
import random
import string
import sys
import time
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.published.subsets import PUBLISHED
from search_spaces.ranges import Matches, OneOf, Range, parts_of
from sweep.config.arms import Arm
from sweep.config.dimensions import SUBSET_KEYS, Dimension
from sweep.config.load import as_mapping, parse_config
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import parse_yaml, write_yaml
from trainables.mapping import ConfigError, field_type
from trainables.run_config import RunConfig

CRITERIA = ("max-sum", "random", "random-family", "gist(weight=0.5)", "least-facility-location", "dpp(scale=0.1)")
DISTANCES = ("featural", "0.5*featural + 0.5*geographic", "file:far.csv", "features:lab.csv(measure=share)", "script")
SEARCHED = ("realign.temperature", "realign.n_steps", "finetune.learning_rate", "realign.mask_duplicates", "precision")
DEVICES = ("auto", "cpu", "cuda", "cuda:1")
AWKWARD = ("no", "017", "1:30", "2026-11-27", "1e-4", "~", "", "a: b", "- x", "#c", "\x85", "é", "'", '"', "\n x", "=")
BY_NAME: dict[str, Any] = {"criterion": CRITERIA, "distance": DISTANCES, "features": ("syntactic", "file:lab.csv")}
LANGUAGE_LISTS = ("languages", "pool", "targets", "require", "forbid", "seen", "no_signal_of", "bitext_languages")
UNDRAWN = (
    "plugins",
    "costs",
    "facts",
    "warm_start",
    "by_task",
    "files",
    "filters",
    "codes",
    "revisions",
    "languages_of",
)
"""Names of modules, files and sweeps that would have to be there, and what is checked elsewhere."""


class Draw:
    """Random plain values for a dataclass."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def sweep(self) -> dict[str, Any]:
        """A sweep file; about a third are accepted."""
        mapping: dict[str, Any] = self.section(SweepConfig, 0.3) | {"name": self.name()}
        run = mapping.get("run", {})
        for decided in ("languages", "seed"):
            run.pop(decided, None)
        if run.get("data"):
            run["data"] = self.section(type(RunConfig().data), 0.2) | {"source": "folder", "root": "data"}
        if run.get("encoder"):
            run["encoder"] = run["encoder"] | {"provider": "hub", "name": self.text() or "x"}
        if "search" in mapping and mapping["search"].get("kind") not in ("grid", None):
            mapping["search"]["n_samples"] = self.random.randint(1, 99)
        if "space" in mapping:
            mapping["space"] |= {"subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [2, 3]}}
        return mapping

    def section(self, cls: type, share: float) -> dict[str, Any]:
        """Some of its fields."""
        hints = typing.get_type_hints(cls, include_extras=True)
        names = [f.name for f in dataclasses.fields(cls) if f.name not in UNDRAWN and self.random.random() < share]
        return {name: self.field(name, hints[name]) for name in names}

    def field(self, name: str, hint: Any) -> Any:
        """A value for one field: what its name asks for, else what its type allows."""
        if name == "arms":
            return [self.arm() for _ in range(self.random.randint(1, 4))]
        if name == "space":
            return {key: self.dimension(key) for key in self.random.sample(SEARCHED, self.random.randint(0, 2))}
        if name == "scales":
            return {self.name(): {"seeds": [self.random.randrange(99)], "run.realign.temperature": 0.5}}
        if name == "study":
            return self.name()
        if name in BY_NAME:
            return self.random.choice(BY_NAME[name])
        if name == "distances":
            return self.random.sample(DISTANCES, 2)
        if name in LANGUAGE_LISTS and parts_of(hint)[0] == tuple[str, ...]:
            return self.languages()
        return self.value(hint)

    def arm(self) -> Any:
        """An arm in one of its forms, sometimes with a name and settings of its own."""
        kind = self.random.randrange(5)
        if kind < 2:
            return self.random.choice(["none", "full", None, self.random.choice(list(PUBLISHED))])
        arm: dict[str, Any] = {"languages": self.languages() or ["swh"]}
        if kind == 3:
            arm = {"published": self.random.choice([n for n, p in PUBLISHED.items() if p.languages is None])}
            arm |= {"seed": self.random.randrange(2**32)} if self.random.random() < 0.5 else {}
        elif kind == 4:
            arm = self.section(Arm, 0.15) | {"criterion": self.random.choice(CRITERIA), "languages": []}
            arm |= {"size": self.random.randint(1, 65), "published": ""}
        return arm | ({"name": self.name()} if self.random.random() < 0.7 else {})

    def dimension(self, key: str) -> dict[str, Any]:
        """What one hyper-parameter may be, as a choice or a range."""
        hint = SUBSET_KEYS.get(key) or field_type(RunConfig, key)
        if hint is float and self.random.random() < 0.5:
            low = self.random.uniform(1e-6, 0.4)
            return {self.random.choice(["uniform", "loguniform"]): [low, low + self.random.uniform(1e-3, 0.5)]}
        values = [True, False] if hint is bool else ["fp32", "bf16"] if key == "precision" else [1, 2, 3]
        return {"choice": values if hint is not float else [0.1, 0.25]}

    def value(self, hint: Any) -> Any:
        """A value that the annotation allows."""
        bare, rules = parts_of(hint)
        origin, arguments = typing.get_origin(bare), typing.get_args(bare)
        for rule in rules:
            if isinstance(rule, OneOf):
                return self.random.choice(rule.names)
            if isinstance(rule, Matches):
                return self.random.choice(DEVICES)
            if isinstance(rule, Range):
                return self.number(bare, rule)
        if dataclasses.is_dataclass(bare):
            return {} if bare is Dimension else self.section(typing.cast(type, bare), 0.2)
        if origin is Literal:
            return self.random.choice(arguments)
        if origin in (typing.Union, types.UnionType):
            return self.value(self.random.choice(arguments))
        if origin is tuple:
            n = self.random.randint(0, 3) if arguments[1:] == (...,) else len(arguments)
            return [self.value(arguments[0]) for _ in range(n)]
        if origin is dict:
            return {f"family={self.name()}": self.value(arguments[1]) for _ in range(self.random.randint(0, 2))}
        return {bool: self.random.random() < 0.5, str: self.text(), type(None): None}[bare]

    def number(self, kind: type, rule: Range) -> int | float:
        """Within the bounds: often a bound itself, small, or of any size."""
        low = rule.least if rule.least is not None else (rule.above or 0)
        high = (
            rule.most
            if rule.most is not None
            else rule.below
            if rule.below is not None
            else 10.0 ** self.random.randint(1, 12)
        )
        if kind is int:
            return self.random.choice(
                [int(low), int(high), self.random.randint(int(low), min(int(high), int(low) + 200))]
            )
        if rule.least is not None and self.random.random() < 0.2:
            return low
        return low + (high - low) * (1 - self.random.random()) * 10.0 ** -self.random.randint(1, 8)

    def languages(self) -> list[str]:
        """A few languages in several spellings."""
        tags = self.random.sample([*REALIGNMENT_LANGUAGES], self.random.randint(0, 4))
        return [self.random.choice([tag, tag[:3]]) for tag in tags]

    def text(self) -> str:
        """A text that YAML may misread, or of any characters."""
        if self.random.random() < 0.6:
            return self.random.choice(AWKWARD)
        return "".join(chr(self.random.choice([*range(9, 11), *range(32, 0x250), 0x1F600])) for _ in range(12))

    def name(self) -> str:
        """What may be a file's name; some look like numbers and dates."""
        letters = string.ascii_letters + string.digits
        return self.random.choice(
            ["2026-11-27", "1e5", "017", "no", *("".join(self.random.choices(letters, k=6)) for _ in range(8))]
        )


def accepted(seed: int) -> Iterator[tuple[int, SweepConfig]]:
    """Endless: (draws so far, a configuration that was accepted)."""
    draw, n_drawn = Draw(seed), 0
    while True:
        n_drawn += 1
        try:
            yield n_drawn, parse_config(draw.sweep())
        except ConfigError:
            continue


def check(config: SweepConfig) -> None:
    """Writes it, reads it back and compares.

    Raises:
        AssertionError: it is not the same.
    """
    again = parse_config(parse_yaml(write_yaml(as_mapping(config)), "written"))
    assert again == config and repr(again) == repr(config), f"{config}\n\nbecame\n\n{again}"


def main(n: int, seed: int) -> None:
    """Compares `n` accepted configurations."""
    started_s = time.perf_counter()
    for n_compared, (n_drawn, config) in enumerate(accepted(seed), start=1):
        check(config)
        if n_compared % 1_000 == 0 or n_compared == n:
            print(
                f"{n_drawn} drawn, {n_compared} accepted and equal, {time.perf_counter() - started_s:.0f} s", flush=True
            )
        if n_compared == n:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
