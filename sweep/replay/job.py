"""One run of a replay: a function, a searcher as the user wrote it, a seed -> the rows of `replay.csv`."""

import ast
import re
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from typing import Any

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import Language
from search_spaces.problem import SelectionProblem
from search_spaces.reading import DataError, open_binary
from search_spaces.replay.black_box import BlackBox
from search_spaces.replay.functions import FUNCTIONS
from search_spaces.replay.loop import Stopping, replay
from search_spaces.replay.recorded import RecordedTrial, function_of, read_trials
from search_spaces.searchers import SEARCHERS
from search_spaces.searchers.base import Searcher
from search_spaces.searchers.set_kernel import typology
from sweep.search.warm_start import PUBLISHED_SCORES, published_for

SEARCHER = re.compile(r"(?P<name>[a-z-]+)(?:\((?P<options>[^()]*)\))?")
N_CHECKPOINTS = 20
TABLE = ".csv.gz"
NO_TABLE = "-"


@dataclass(frozen=True)
class Job:
    """One run: `searcher` as the user wrote it; `function` a name of `FUNCTIONS`, or a table's path.

    table: digest of the table's bytes, so that a table that has grown is another one; `NO_TABLE` for a name.
    """

    function: str
    searcher: str
    n_trials: int
    n_workers: int
    early_stopping: int
    seed: int
    table: str = NO_TABLE


@cache
def digest_of(function: str) -> str:
    """See `Job.table`."""
    if not function.endswith(TABLE):
        return NO_TABLE
    with open_binary(Path(function)) as file:
        return sha256(file.read()).hexdigest()[:12]


def run_job(job: Job) -> list[dict[str, Any]]:
    """The rows of one run, one a checkpoint."""
    box = black_box(job.function, job.seed)
    searcher = make_searcher(job.searcher, box, job.seed)
    checkpoints = sorted({max(1, round(job.n_trials * i / N_CHECKPOINTS)) for i in range(1, N_CHECKPOINTS + 1)})
    points = replay(
        searcher, box, job.n_trials, seed=job.seed, n_workers=job.n_workers, checkpoints=checkpoints,
        stopping=Stopping(job.early_stopping) if job.early_stopping else None,
    )  # fmt: skip
    return [
        {
            **asdict(job), "n": point.n, "time": f"{point.time:.3f}", "recommended": f"{point.recommended:.5f}",
            "observed": f"{point.observed:.5f}", "is_last": int(point is points[-1]),
        }
        for point in points
    ]  # fmt: skip


def black_box(function: str, seed: int) -> BlackBox:
    """The function of that name, or the table in that file.

    Raises:
        ValueError: neither.
    """
    if function.endswith(TABLE):
        return function_of(_trials(function), seed)
    return FUNCTIONS[function].make(seed)


@cache
def _trials(path: str) -> list[RecordedTrial]:
    if not Path(path).exists():
        raise DataError(f"A table to replay must exist, but {path} does not. Name a sweep instead: it becomes one.")
    try:
        return read_trials(Path(path))
    except DataError as error:
        raise DataError(
            f"A table to replay must be one that `realign-sweep replay` wrote, but {path} is not ({error}). Name the "
            "sweep instead: it becomes one."
        ) from None


def make_searcher(text: str, box: BlackBox, seed: int) -> Searcher:
    """As in a sweep: with typology, unless the options say `typology=False`; `earlier=published-nli`, or a table, is a
    warm start."""
    name, options = parse_searcher(text)
    distances = _typology(box.space.candidates) if options.pop("typology", True) else None
    if "earlier" in options:
        options["earlier"] = {str(options["earlier"]): earlier_scores(str(options["earlier"]))}
    problem = SelectionProblem(space=box.space, distances=distances["featural"] if distances else None, anchor=None)
    try:
        return SEARCHERS[name](problem, seed, distances=distances, **options)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The options of a searcher must be valid, but those of {text!r} are not ({error}). Correct them."
        ) from None


def earlier_scores(name: str) -> list[tuple[tuple[Language, ...], float]]:
    """The paper's scores of a task, or those that a table's trials were told."""
    if name in PUBLISHED_SCORES:
        return published_for(name)
    if not (name.endswith(TABLE) and Path(name).is_file()):
        raise ValueError(
            f"Earlier scores must be {', '.join(PUBLISHED_SCORES)} or a table ({TABLE}), but are {name!r}."
        )
    return [(trial.languages, fmean(trial.told.values())) for trial in _trials(name)]


def parse_searcher(text: str) -> tuple[str, dict[str, Any]]:
    """From "subset-gp(acquisition=ucb, typology=False)" to a name and options.

    Raises:
        ValueError: an unknown searcher or a malformed text.
    """
    match = SEARCHER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"A searcher must look like 'subset-gp' or 'subset-gp(acquisition=ucb)', but is {text!r}.")
    SEARCHERS[match["name"]]
    options = {}
    for part in filter(None, (piece.strip() for piece in (match["options"] or "").split(","))):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise ValueError(f"The options of a searcher must look like key=value, but {part!r} is given. Correct it.")
        try:
            options[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            options[key] = value
    return match["name"], options


@cache
def _typology(languages: tuple[Any, ...]) -> dict[str, DistanceMatrix]:
    return typology(languages)
