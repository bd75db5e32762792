"""The searched part of a sweep: which hyper-parameters may vary, and over what.

A dimension is one of choice, uniform, loguniform (both ends included) and randint (both ends included). The language
subset is searched through `subset.criterion`, `subset.size`, `subset.seed`, `subset.tolerance` and `subset.distance`,
beside ordinary fields such as `realign.temperature`; or the very set is searched, and only the ordinary fields are
here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from search_spaces.criteria.parse import parse_criterion
from search_spaces.registry import nearest_names
from search_spaces.searchers import SEARCHERS
from trainables.mapping import ConfigError, assign, field_type, from_mapping, to_mapping
from trainables.run_config import RunConfig

if TYPE_CHECKING:
    from sweep.config.load import SweepConfig

POINT_SEARCHES = ("grid", "random", "optuna")
SET_SEARCHES: Mapping[str, str] = {"random-sets" if name == "random" else name: name for name in SEARCHERS}
"""`search.kind` -> searcher of sets; "random" alone means random points."""

WARM = "subset-gp"
"""The search that can begin with earlier scores."""

SUBSET_KEYS: Mapping[str, Any] = {
    "subset.criterion": str,
    "subset.size": int,
    "subset.seed": int,
    "subset.tolerance": float,
    "subset.distance": str,
}


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """What one hyper-parameter may be. Exactly one field is set."""

    choice: tuple[Any, ...] | None = None
    uniform: tuple[float, float] | None = None
    loguniform: tuple[float, float] | None = None
    randint: tuple[int, int] | None = None

    @property
    def kind(self) -> str:
        """The name of the field that is set."""
        return next(kind for kind in ("choice", "uniform", "loguniform", "randint") if getattr(self, kind) is not None)

    @property
    def bounds(self) -> tuple[Any, ...]:
        """The value of the field that is set: the choices, or the two ends."""
        return tuple(getattr(self, self.kind))


def problems_of_space(space: Mapping[str, Dimension], kind: str, n_samples: int | None) -> list[str]:
    """One sentence for each thing that is wrong with a space and the search over it."""
    problems = []
    for key, dimension in space.items():
        found = _problem_of_shape(key, dimension) or _problem_of_key(key)
        problems += [found] if found else _problems_of_values(key, dimension)
        if not found and kind == "grid" and dimension.kind != "choice":
            problems.append(
                f"`space.{key}` must be a choice in a grid, but is {dimension.kind}. Use `search.kind: random`."
            )
    if kind in SET_SEARCHES:
        return problems + [
            f"`space.{key}` has no meaning where sets are searched (`search.kind: {kind}`). Use `search.size` and "
            "`subset.rules`."
            for key in space
            if key in SUBSET_KEYS
        ]
    if space and not {"subset.criterion", "subset.size"} <= space.keys():
        problems.append("`space` must hold `subset.criterion` and `subset.size`, but lacks one. Add `{choice: [...]}`.")
    if space and kind == "grid" and n_samples is not None:
        problems.append(f"`search.n_samples` has no meaning for a grid, but is {n_samples}. Delete it.")
    if space and kind in ("random", "optuna") and (n_samples is None or n_samples < 1):
        problems.append(f"`search.n_samples` must be at least 1 for `search.kind: {kind}`, but is {n_samples}.")
    return problems


def problems_of_search(config: "SweepConfig") -> list[str]:
    """One sentence for each thing that is wrong with `search`, but what `problems_of_space` says."""
    search, repeats, problems = config.search, config.search.repeats, []
    if search.kind not in (*POINT_SEARCHES, *SET_SEARCHES):
        names = [*POINT_SEARCHES, *SET_SEARCHES]
        return [
            f"`search.kind` must be one of {', '.join(map(repr, names))}, but is {search.kind!r}. Nearest: "
            f"{nearest_names(search.kind, names)}."
        ]
    if search.hold_out_seed < 0:
        problems.append(f"`search.hold_out_seed` must be 0 or more, but is {search.hold_out_seed}. Change it.")
    if search.is_empty(config.space) and (search.n_samples is not None or search.kind != "grid"):
        problems.append(
            f"`search` needs a `space` for points (`search.kind: {search.kind}`), but there is none. Add one, or "
            "search for sets: `search.kind: subset-gp`."
        )
    if search.warm_start and search.kind != WARM:
        problems.append(
            f"`search.warm_start` is for `search.kind: {WARM}` only, but that is {search.kind!r}. Delete one."
        )
    if not search.of_sets:
        if search.size is not None:
            problems.append(
                f"`search.size` is of a search of sets, but `search.kind` is {search.kind!r}. Use `space.subset.size`."
            )
        if repeats.seeds:
            problems.append(
                f"`search.repeats` is of a search of sets, but `search.kind` is {search.kind!r}. Delete it, or use "
                "`search.kind: subset-gp`."
            )
        return problems
    if search.n_samples is None or search.n_samples < 1:
        problems.append(
            f"`search.n_samples` must be at least 1 for `search.kind: {search.kind}`, but is {search.n_samples}."
        )
    least, most = sizes_of(search.size)
    if most is None and config.subset.rules.budget is None:
        problems.append("`search.size` must be given, or a `subset.rules.budget`, but both are missing.")
    if most is not None and not 1 <= (least or 1) <= most:
        problems.append(f"`search.size` must be at least 1, and go from few to many, but is {search.size}.")
    if repeats.top < 1 or len({*repeats.seeds}) < len(repeats.seeds):
        problems.append("`search.repeats` must have a `top` of at least 1 and different `seeds`, but has not.")
    if config.seeds and config.seeds[0] in repeats.seeds:
        problems.append(
            f"`search.repeats.seeds` must be further ones, but {config.seeds[0]} is what every searched trial is "
            "trained with (the first of `seeds`). Leave it out."
        )
    return problems


def sizes_of(size: int | tuple[int, int] | None) -> tuple[int | None, int | None]:
    """(least, most) languages of a searched set; (None, None) where only a budget limits it."""
    return (size, size) if size is None or isinstance(size, int) else (size[0], size[1])


def n_repeats(config: "SweepConfig") -> int:
    """Trials that repeat the best sets with further seeds, at most."""
    repeats = config.search.repeats
    return repeats.top * len(repeats.seeds) if config.search.of_sets else 0


def n_searched(config: "SweepConfig") -> int:
    """Trials that the search asks for, repeats included."""
    if config.search.is_empty(config.space):
        return 0
    if config.search.n_samples is not None:
        return config.search.n_samples + n_repeats(config)
    n_points = 1
    for dimension in config.space.values():
        n_points *= len(dimension.bounds)
    return n_points


def apply_point(run: RunConfig, point: Mapping[str, Any]) -> RunConfig:
    """`run` with the fields that `point` names (its `subset.` keys aside).

    Raises:
        ConfigError: a value that its field cannot hold.
    """
    mapping: dict[str, Any] = to_mapping(run)
    for key, value in point.items():
        if key not in SUBSET_KEYS:
            assign(mapping, key, value)
    return from_mapping(RunConfig, mapping, "run")


def _problem_of_shape(key: str, dimension: Dimension) -> str | None:
    given = [kind for kind in ("choice", "uniform", "loguniform", "randint") if getattr(dimension, kind) is not None]
    if len(given) != 1:
        return f"`space.{key}` must be exactly one of choice, uniform, loguniform, randint, but is {given or 'none'}."
    bounds = dimension.bounds
    if dimension.choice is not None:
        if not bounds or len(set(map(repr, bounds))) < len(bounds):
            return f"`space.{key}.choice` must hold different values, but is {list(bounds)}."
        return None
    if not bounds[0] < bounds[1]:
        return f"`space.{key}.{dimension.kind}` must go from a lower to a higher value, but is {list(bounds)}."
    if dimension.loguniform is not None and bounds[0] <= 0:
        return f"`space.{key}.loguniform` must be above 0, but begins at {bounds[0]}."
    return None


def _problem_of_key(key: str) -> str | None:
    if key in SUBSET_KEYS:
        return None
    if key.startswith("subset."):
        return f"`space.{key}` must be one of {', '.join(SUBSET_KEYS)}."
    if key.split(".")[0] in ("seed", "languages", "data"):
        return f"`space.{key}` cannot be searched: it decides what is compared. Use `seeds`, `arms` or another sweep."
    try:
        field_type(RunConfig, key)
    except KeyError as error:
        return f"`space.{key}` must be a field of `run`. {error.args[0]}"
    return None


def _problems_of_values(key: str, dimension: Dimension) -> list[str]:
    """Both ends, or every choice, must be values that the field can hold."""
    problems = []
    for value in dimension.bounds:
        if key in SUBSET_KEYS:
            problems += _problems_of_subset_value(key, value)
            continue
        try:
            apply_point(RunConfig(), {key: value})
        except ConfigError as error:
            problems += [p.replace("`run.", "`space.") for p in error.problems]
    return problems


def _problems_of_subset_value(key: str, value: Any) -> list[str]:
    if type(value) is not SUBSET_KEYS[key]:
        return [f"`space.{key}` must hold {SUBSET_KEYS[key].__name__} values, but holds {value!r}."]
    if key == "subset.criterion":
        try:
            parse_criterion(value)
        except ValueError as error:
            return [f"`space.{key}`: {error}"]
    lowest = {"subset.size": 1, "subset.seed": 0, "subset.tolerance": 0}.get(key)
    if lowest is not None and value < lowest:
        return [f"`space.{key}` must be at least {lowest}, but holds {value}."]
    return []
