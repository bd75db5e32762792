"""`realign-sweep replay`: searchers side by side on functions that cost nothing, many seeds, in parallel, resumable.

Every finished run is appended to OUT/replay.csv at once and never made again; tables and figures are made of all rows
that belong to the runs asked for.
"""

import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, fields
from itertools import product
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from search_spaces.reading import DataError, read_text
from search_spaces.replay.functions import FUNCTIONS
from search_spaces.replay.recorded import RecordedTable, write_table
from search_spaces.solvers.sampling import random_sets
from search_spaces.structured import parse_table
from sweep.config.load import saved_config
from sweep.config.search_languages import rule_of
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore
from sweep.replay.curves import lines
from sweep.replay.job import TABLE, Job, black_box, digest_of, make_searcher, run_job
from sweep.replay.plots import plot_lines, plot_times
from sweep.replay.report import replay_report
from sweep.replay.tables import recorded_trials

ROWS = "replay.csv"


def run_replay(
    functions: Sequence[str],
    *,
    searchers: Sequence[str],
    seeds: int,
    first_seed: int,
    trials: int,
    workers: Sequence[int],
    early_stopping: int,
    tasks: Sequence[str],
    pick: str,
    lead: str | None,
    jobs: int | None,
    out: Path,
    mlruns: str | Path,
    say: Callable[[str], None],
) -> str:
    """Runs what is lacking and returns the report; it and the figures are written to `out`.

    Args: see `sweep.api.replay`.

    Raises:
        ValueError: an unknown function, searcher or option.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"`--out` must be a folder, but {out} is a file. Name another one.")
    if not functions or not searchers:
        raise ValueError("A replay needs a function and a searcher, but one of them is not named. Give both.")
    searchers = ["".join(text.split()) for text in searchers]
    lead = lead or next((s for s in searchers if s.startswith("subset-gp")), searchers[0])
    if lead not in searchers:
        raise ValueError(f"`--lead` must be one of {', '.join(searchers)}, but is {lead}. Add it there.")
    functions = [_named(function, tasks, mlruns, out) for function in functions]
    if jobs is not None and not 1 <= jobs <= MAX_JOBS:
        raise ValueError(
            f"`jobs` must be from 1 to {MAX_JOBS:,} runs at a time, but is {jobs}. Leave it out for one a CPU."
        )
    wanted_jobs = jobs_of(
        functions, searchers, seeds=seeds, first_seed=first_seed, trials=trials, workers=workers,
        early_stopping=early_stopping,
    )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    done = done_jobs(out / ROWS)
    run_jobs([job for job in wanted_jobs if job not in done], out / ROWS, jobs or os.cpu_count() or 1)
    wanted = pd.DataFrame([asdict(job) for job in wanted_jobs])
    rows = wanted.merge(
        pd.read_csv(out / ROWS, dtype={"table": str}), on=list(wanted.columns)
    )  # in the order asked for
    text = replay_report(rows, lead, {name: _about(name) for name in functions}, pick)
    write_atomically(out / "replay.md", text)
    plot_names = ["replay.png", "replay.svg"]
    for name in plot_names:
        plot_lines(lines(rows, pick), out / name)
    if max(workers) > 1 or early_stopping:
        plot_times(rows, out / "replay-time.png", pick)
        plot_names.append("replay-time.png")
    for name in ("replay.md", *plot_names):
        say(f"written: {out / name}")
    return text


def _named(function: str, tasks: Sequence[str], mlruns: str | Path, out: Path) -> str:
    """The name of a function, or the path of a table; a sweep below `mlruns` becomes one."""
    is_sweep = function not in FUNCTIONS and not function.endswith(TABLE)
    if not is_sweep or not SweepFolder.below(mlruns, function).has_config:
        if tasks:
            raise ValueError(
                f"`--tasks` selects tasks of a sweep, but {function} is not a sweep. Delete it, or name a sweep."
            )
        return function
    return table_of(SweepFolder.below(mlruns, function), tasks, out)


def jobs_of(
    functions: Sequence[str],
    searchers: Sequence[str],
    *,
    seeds: int,
    first_seed: int,
    trials: int,
    workers: Sequence[int],
    early_stopping: int,
) -> list[Job]:
    """All runs that were asked for, seed by seed, so that an interrupted comparison is a fair one of fewer seeds."""
    given = {
        "--seeds": (seeds, 1), "--first-seed": (first_seed, 0), "--trials": (trials, 2),
        "--early-stopping": (early_stopping, 0),
    }  # fmt: skip
    wrong = [f"{option} {n}" for option, (n, least) in given.items() if not least <= n <= MOST]
    wrong += [f"--workers {n}" for n in workers if not 1 <= n <= MOST]
    wrong += ["--early-stopping 1"] if early_stopping == 1 else []
    if wrong:
        raise ValueError(
            "`replay` needs one seed or more from 0 on, two trials or more, one worker or more, and an early stopping "
            f"of 2 or more (0 = none), none above {MOST:,}, but got {', '.join(wrong)}. Correct it."
        )
    for function in functions:
        box = black_box(function, 0)
        for text in searchers:
            make_searcher(text, box, 0)
        first = random_sets(box.space, 1, np.random.default_rng(0))[0].tolist()
        if early_stopping and not box.trial(first, 0).signals:
            raise ValueError(
                f"`--early-stopping` needs trials with intermediate signals, but those of {function} have none. "
                "Leave it out there."
            )
    stopping = sorted({0, early_stopping})
    return [
        Job(function, searcher, trials, n_workers, factor, seed, digest_of(function))
        for seed in range(first_seed, first_seed + seeds)
        for function, searcher, n_workers, factor in product(functions, searchers, workers, stopping)
    ]


def done_jobs(path: Path) -> set[Job]:
    """The runs whose last row is in the file. What a crash left of others is taken out of it: they are made again.

    Raises:
        ValueError: a file that another version wrote.
    """
    if not path.exists():
        return set()
    text = read_text(path)
    whole = text[: text.rfind("\n") + 1]
    header, lines = parse_table(whole, path, [], "Rows of a replay")
    if missing := {*(field.name for field in fields(Job)), "is_last"} - set(header):
        raise ValueError(
            f"{path} must have the columns of this version, but lacks {', '.join(sorted(missing))}. Delete it, or name "
            "another `--out`."
        )
    jobs = [_job_of(line.cells, f"{path}, line {line.line}") for line in lines]
    done = {job for job, line in zip(jobs, lines, strict=True) if line.cells["is_last"] == "1"}
    kept = [line.cells for job, line in zip(jobs, lines, strict=True) if job in done]
    if len(kept) < len(lines) or whole != text:
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, fieldnames=header)
        writer.writeheader()
        writer.writerows(kept)
        write_atomically(path, file.getvalue())
    return done


def _job_of(row: dict[str, str], where: str) -> Job:
    try:
        return Job(
            row["function"], row["searcher"], int(row["n_trials"]), int(row["n_workers"]), int(row["early_stopping"]),
            int(row["seed"]), row["table"],
        )  # fmt: skip
    except ValueError as error:
        raise DataError(
            f"A row of a replay must say which run it is of, but {where} does not ({error}). Delete the file, or name "
            "another `--out`."
        ) from None


MAX_JOBS = 4_096
MOST = 1_000_000
NO_MAIN = (
    "A process ended before its time: a script must call this below `if __name__ == '__main__':`, as each process "
    "reads the script again; else the memory may be full."
)


def run_jobs(jobs: Sequence[Job], path: Path, n_processes: int) -> None:
    """Runs them in processes of one thread each; a run's rows reach the file together, when it is over.

    Raises:
        ValueError: a run failed; those that were under way are finished and kept, the others are not begun.
    """
    if not jobs:
        return
    columns = (
        TextColumn("replay"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left:"),
        TimeRemainingColumn(),
    )  # fmt: skip
    failure = ""
    with (
        _one_thread(),
        ProcessPoolExecutor(n_processes, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        bar = progress.add_task("", total=len(jobs))
        job_of = {pool.submit(run_job, job): job for job in jobs}
        for future in as_completed(job_of):
            if future.cancelled():
                continue
            if error := future.exception():
                job = job_of[future]
                reason = f"{type(error).__name__}: {error}"
                if isinstance(error, BrokenProcessPool):
                    reason = f"{NO_MAIN} {reason}"
                failure = (
                    failure or f"{job.searcher} on {job.function}, seed {job.seed}, must run, but failed ({reason})."
                )
                for other in job_of:
                    other.cancel()
                continue
            append(path, future.result())
            progress.advance(bar)
    if failure:
        raise ValueError(f"{failure} Correct its options; finished runs are kept.")


def append(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Adds a run's rows; a run cut off by a crash lacks its last row and is made again."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        if new:
            writer.writeheader()
        writer.writerows(rows)


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
