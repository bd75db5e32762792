"""`realign-sweep replay`: searchers side by side on functions that cost nothing, many seeds, in parallel, resumable.

Every finished run is appended to OUT/replay.csv at once and never made again; tables and figures are made of all rows
that belong to the runs asked for.
"""

import argparse
import ast
import csv
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from multiprocessing import get_context, parent_process
from pathlib import Path
from statistics import fmean
from threading import Thread
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from search_spaces.distances import DistanceMatrix
from search_spaces.languages import Language
from search_spaces.problem import SelectionProblem
from search_spaces.replay.black_box import BlackBox
from search_spaces.replay.functions import FUNCTIONS
from search_spaces.replay.loop import Stopping, replay
from search_spaces.replay.recorded import RecordedTable, RecordedTrial, function_of, read_table, write_table
from search_spaces.searchers import SEARCHERS
from search_spaces.searchers.base import Searcher
from search_spaces.searchers.set_kernel import typology
from sweep.config import saved_config
from sweep.folders import SweepFolder, write_atomically
from sweep.records import RecordStore
from sweep.replay_curves import lines
from sweep.replay_report import replay_report
from sweep.replay_tables import recorded_trials
from sweep.reports.plots_replay import plot_lines, plot_times
from sweep.search_languages import rule_of
from sweep.warm_start import PUBLISHED_SCORES, published_for

SEARCHER = re.compile(r"(?P<name>[a-z-]+)(?:\((?P<options>[^()]*)\))?")
N_CHECKPOINTS = 20
TABLE = ".csv.gz"
ROWS = "replay.csv"


@dataclass(frozen=True)
class Job:
    """One run: `searcher` as the user wrote it; `function` a name of `FUNCTIONS`, or a table's path."""

    function: str
    searcher: str
    n_trials: int
    n_workers: int
    early_stopping: int
    seed: int


def run_replay(options: argparse.Namespace, say: Callable[[str], None]) -> str:
    """Runs what is lacking and returns the report; it and the figures are written to `options.out`.

    Raises:
        ValueError: an unknown function, searcher or option.
    """
    out = Path(options.out)
    options.searchers = ["".join(text.split()) for text in options.searchers]
    functions = [_named(function, options, out) for function in options.functions]
    jobs = jobs_of(options, functions)
    out.mkdir(parents=True, exist_ok=True)
    done = done_jobs(out / ROWS)
    run_jobs([job for job in jobs if job not in done], out / ROWS, options.jobs or os.cpu_count() or 1)
    wanted = pd.DataFrame([asdict(job) for job in jobs])
    rows = wanted.merge(pd.read_csv(out / ROWS), on=list(wanted.columns))  # in the order asked for
    lead = options.lead or next((s for s in options.searchers if s.startswith("subset-gp")), options.searchers[0])
    text = replay_report(rows, lead, {name: _about(name) for name in functions}, options.pick)
    write_atomically(out / "replay.md", text)
    plot_names = ["replay.png", "replay.svg"]
    for name in plot_names:
        plot_lines(lines(rows, options.pick), out / name)
    if max(options.workers) > 1 or options.early_stopping:
        plot_times(rows, out / "replay-time.png", options.pick)
        plot_names.append("replay-time.png")
    for name in ("replay.md", *plot_names):
        say(f"written: {out / name}")
    return text


def _named(function: str, options: argparse.Namespace, out: Path) -> str:
    """The name of a function, or the path of a table; a sweep below `mlruns` becomes one."""
    folder = SweepFolder.below(options.mlruns, function)
    if function in FUNCTIONS or function.endswith(TABLE) or not folder.config.exists():
        return function
    return table_of(folder, options.tasks, out)


def jobs_of(options: argparse.Namespace, functions: Sequence[str]) -> list[Job]:
    """All runs that were asked for, seed by seed, so that an interrupted comparison is a fair one of fewer seeds."""
    least = {"seeds": 1, "first_seed": 0, "trials": 2, "early_stopping": 0}
    given = {name: getattr(options, name) for name in least}
    wrong = [f"--{name.replace('_', '-')} {given[name]}" for name in least if given[name] < least[name]]
    wrong += [f"--workers {n}" for n in options.workers if n < 1]
    wrong += ["--early-stopping 1"] if options.early_stopping == 1 else []
    if wrong:
        raise ValueError(
            "`replay` needs one seed or more from 0 on, two trials or more, one worker or more, and an early stopping "
            f"of 2 or more (0 = none), but got {', '.join(wrong)}. Correct it."
        )
    for text in options.searchers:
        parse_searcher(text)
    for function in functions:
        black_box(function, 0)
    stopping = sorted({0, options.early_stopping})
    return [
        Job(function, searcher, options.trials, workers, factor, seed)
        for seed in range(options.first_seed, options.first_seed + options.seeds)
        for function, searcher, workers, factor in product(functions, options.searchers, options.workers, stopping)
    ]


def done_jobs(path: Path) -> set[Job]:
    """The runs whose last row is in the file."""
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        return {
            Job(
                row["function"], row["searcher"], int(row["n_trials"]), int(row["n_workers"]),
                int(row["early_stopping"]), int(row["seed"]),
            )
            for row in csv.DictReader(file)
            if row.get("is_last") == "1"
        }  # fmt: skip


def run_jobs(jobs: Sequence[Job], path: Path, n_processes: int) -> None:
    """Runs them in processes of one thread each; a run's rows reach the file together, when it is over."""
    if not jobs:
        return
    columns = (
        TextColumn("replay"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left:"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with (
        _one_thread(),
        ProcessPoolExecutor(n_processes, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        bar = progress.add_task("", total=len(jobs))
        for future in as_completed([pool.submit(run_job, job) for job in jobs]):
            append(path, future.result())
            progress.advance(bar)


def append(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Adds a run's rows; a run cut off by a crash lacks its last row and is made again."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        if new:
            writer.writeheader()
        writer.writerows(rows)


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
    if not Path(path).is_file():
        raise ValueError(f"A table to replay must exist, but {path} does not. Name a sweep instead: it becomes one.")
    return read_table(Path(path).read_bytes())


def table_of(folder: SweepFolder, tasks: Sequence[str], out: Path) -> str:
    """Writes the finished trials of a sweep's search to OUT/NAME.csv.gz (OUT/NAME-TASKS.csv.gz) and returns the path.

    Raises:
        ValueError: no such trials or tasks.
    """
    config = saved_config(folder.config)
    trials = recorded_trials(RecordStore(folder.records).all(), rule_of(config.search), tasks)
    path = out / f"{'-'.join((folder.name, *tasks))}{TABLE}"
    out.mkdir(parents=True, exist_ok=True)
    write_table(trials, path)
    return str(path)


def make_searcher(text: str, box: BlackBox, seed: int) -> Searcher:
    """As in a sweep: with typology, unless the options say `typology=False`; `earlier=published-nli`, or a table, is a
    warm start."""
    name, options = parse_searcher(text)
    distances = _typology(box.space.candidates) if options.pop("typology", True) else None
    if "earlier" in options:
        options["earlier"] = {str(options["earlier"]): earlier_scores(str(options["earlier"]))}
    problem = SelectionProblem(space=box.space, distances=distances["featural"] if distances else None, anchor=None)
    return SEARCHERS[name](problem, seed, distances=distances, **options)


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
        raise ValueError(f"A searcher must read like 'subset-gp' or 'subset-gp(acquisition=ucb)', but is {text!r}.")
    SEARCHERS[match["name"]]
    options = {}
    for part in filter(None, (piece.strip() for piece in (match["options"] or "").split(","))):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise ValueError(f"The options of a searcher must read like key=value, but {part!r} is given. Correct it.")
        try:
            options[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            options[key] = value
    return match["name"], options


@cache
def _typology(languages: tuple[Any, ...]) -> dict[str, DistanceMatrix]:
    return typology(languages)


def _about(function: str) -> str:
    if not function.endswith(TABLE):
        return FUNCTIONS[function].about
    box = black_box(function, 0)
    what = "as trained" if isinstance(box, RecordedTable) else "a model fitted to the trainings"
    return f"sets of {box.space.min_size} of {len(box.space.candidates)} languages, {what}"


def _end_with_parent() -> None:
    """Without this a worker whose parent was killed goes on with what was handed to it, and then waits for ever."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes started meanwhile use one thread each for linear algebra."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})
