"""Where the paper's named subsets stand under each criterion: the table of `realign-sweep standing`."""

from collections.abc import Sequence

from search_spaces.criteria import CRITERIA
from search_spaces.criteria.base import Criterion
from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.sources import load_distances, load_features
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH
from search_spaces.problem import SelectionProblem
from search_spaces.published.subsets import PUBLISHED
from search_spaces.standing import N_RANDOM, NamedSet, published_sets, standing
from search_spaces.subset_space import SubsetSpace

NEEDS_ANCHOR = ("anchor-distance", "least-anchor-distance")


def standing_table(
    names: Sequence[str] = (),
    criteria: Sequence[str] = (),
    distance: str = "featural",
    features: str = "syntactic",
    n_random: int = N_RANDOM,
) -> str:
    """Markdown: a row a set, a column a criterion, the percentile among random sets of its size from its pool.

    Args:
        names: of published subsets; all fixed lists when empty.
        criteria: texts of criteria that judge; all that need no parameter when empty.

    Raises:
        ValueError: an unknown name or criterion, a draw, or missing distances.
    """
    asked = published_sets(subsets=[PUBLISHED[name] for name in names] if names else None)
    sets = [named for named in asked if len(named.languages) < len(named.pool)]  # a whole pool stands nowhere
    everyone = sorted({*REALIGNMENT_LANGUAGES, ENGLISH})
    problem = SelectionProblem(
        space=SubsetSpace(pool=REALIGNMENT_LANGUAGES),
        distances=load_distances(distance, everyone).matrix,
        features=load_features(features, everyone).matrix,
    )
    columns = list(criteria) or [name for name, member in CRITERIA.items() if _judges_without_parameters(member)]
    cells: dict[tuple[str, str], str] = {}
    for column in columns:
        criterion = parse_criterion(column)
        if not isinstance(criterion, Criterion):
            raise ValueError(
                f"A percentile needs a criterion that judges a set, but {column!r} draws one. Choose another one."
            )
        judged = [s for s in sets if s.anchor] if column in NEEDS_ANCHOR else sets
        for row in standing(judged, {column: criterion}, problem, n_random=n_random):
            cells[row.name, column] = _shown(row.percentile)
    lines = ["| set | k | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    lines += [_row(named, columns, cells) for named in sets]
    return "\n".join(lines) + "\n"


def _judges_without_parameters(member: type) -> bool:
    if not issubclass(member, Criterion) or member.measured:
        return False
    try:
        member()
    except TypeError:
        return False
    return True


def _row(named: NamedSet, columns: Sequence[str], cells: dict[tuple[str, str], str]) -> str:
    values = " | ".join(cells.get((named.name, column), "-") for column in columns)
    return f"| {named.name} | {len(named.languages)} | {values} |"


def _shown(percentile: float) -> str:
    return f"{percentile:.1f}" if 0.05 < percentile < 99.95 else f"{percentile:.0f}"
