"""What a notebook calls, as `sweep.run_sweep` and so on. The commands of `realign-sweep` call the same functions.

Sweeps have names; everything that belongs to them is below the folder `mlruns`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sweep.folders import SweepFolder
from sweep.output import say_on_stderr

if TYPE_CHECKING:
    import pandas as pd

    from search_spaces.choose import Choice
    from search_spaces.selection import Solver
    from sweep.catalogue.listing import SweepEntry
    from sweep.catalogue.removal import Removal
    from sweep.config.sections import SweepConfig
    from sweep.launch import SweepOutcome

__all__ = [
    "compare", "confirm", "export", "list_sweeps", "load_config", "records", "remove", "replay", "report", "resume",
    "run_sweep", "select", "trials_with",
]  # fmt: skip

Say = Callable[[str], None]


def checked_address(address: str | None) -> str | None:
    """The address of a cluster, as it was given.

    Raises:
        ValueError: it holds a user or a password.
    """
    if address is not None and "@" in address:
        raise ValueError(
            "A cluster's address must be HOST:PORT or auto, without a user or password, but is "
            f"'***@{address.rpartition('@')[2]}'. Leave them out: Ray asks for a token, RAY_AUTH_TOKEN."
        )
    return address


def load_config(
    source: str,
    *,
    name: str | None = None,
    data: str | None = None,
    languages: str | None = None,
    scale: str | None = None,
    overrides: Iterable[str] = (),
) -> "SweepConfig":
    """The checked config of a sweep.

    Args:
        source: a preset's name ("quickstart") or the path of a YAML file.
        name: instead of the file's `name`.
        data: a data folder, instead of `run.data`.
        languages: a CSV file of languages of your own, see `search_spaces.own_languages`.
        scale: a name in the file's `scales`: a reduction, with a name of its own.
        overrides: "dotted.key=value" with the value in YAML.

    Raises:
        ValueError: the file is missing or is not YAML, or (`ConfigError`) all its problems at once.
    """
    from sweep.config.presets import find_preset

    find_preset(source)  # a name that is wrong needs nothing more to say so
    from sweep.config import load

    return load.load_config(source, name=name, data=data, languages=languages, scale=scale, overrides=overrides)


def run_sweep(
    config: "SweepConfig",
    *,
    mlruns: str | Path = "mlruns",
    address: str | None = None,
    tracking_uri: str | None = None,
    say: Say = say_on_stderr,
) -> "SweepOutcome":
    """Runs a sweep, or what is left of it, and writes its report.

    Args:
        config: see `load_config`.
        mlruns: folder of records, stores and MLflow.
        address: of a Ray cluster; None = a local Ray.
        tracking_uri: of an MLflow server or another store; None = the one in `mlruns`.
        say: shows one line of progress.

    Returns:
        the state of the sweep: `records` of the trials that are over, `n_trials`, `n_failed`, `n_open`.

    Raises:
        ValueError: anything that can be known before training starts.
    """
    address = checked_address(address)
    from sweep import launch

    folder = SweepFolder.below(mlruns, config.name)
    return launch.run_sweep(config, folder, address=address, tracking_uri=tracking_uri, say=say)


def resume(
    name: str,
    *,
    mlruns: str | Path = "mlruns",
    data: str | None = None,
    encoder: str | None = None,
    address: str | None = None,
    tracking_uri: str | None = None,
    say: Say = say_on_stderr,
) -> "SweepOutcome":
    """Continues an interrupted sweep; trials that failed run again. See `run_sweep`.

    Args:
        data, encoder: where its data folder, and its encoder's, lie now, if they were moved.

    Raises:
        ValueError: no such sweep, or see `run_sweep`.
    """
    folder, address = SweepFolder.existing(mlruns, name), checked_address(address)
    from sweep.config.load import saved_config

    config = saved_config(folder.config)  # before what takes seconds to import
    from sweep.config.paths import with_data_folder, with_encoder_folder

    config = with_encoder_folder(with_data_folder(config, data), encoder)
    from sweep import launch

    return launch.run_sweep(config, folder, address=address, tracking_uri=tracking_uri, say=say)


def records(name: str, *, mlruns: str | Path = "mlruns") -> "pd.DataFrame":
    """All scores of a sweep's finished trials, one row per score.

    Returns:
        trial, arm, label, seed, n_languages (realigned), task, metric, split ("dev" for choosing, "test" for
        reporting), language, source (which of several test sets; "" is the main one), value (a fraction in [0, 1];
        larger is better), n_correct, n_total, english, seen (in pre-training; None = not known), realigned.

    Raises:
        ValueError: no such sweep, or a file that is not a record.
    """
    from sweep.config.own_languages import sweep_to_read

    folder = sweep_to_read(mlruns, name)
    from sweep.records.records import RecordStore
    from sweep.scores.frame import score_frame

    return score_frame(RecordStore(folder.records).all())


def report(
    names: str | Sequence[str],
    *,
    mlruns: str | Path = "mlruns",
    form: Literal["text", "markdown", "csv", "latex", "html"] = "markdown",
    facts: str | Path | None = None,
    costs: str | Path | None = None,
    distance: str = "featural",
    figures: bool = True,
    say: Say = say_on_stderr,
) -> str:
    """The tables of one sweep, or of several side by side, as text; also written as files, with figures and a page.

    Args:
        form: "text": the lines that matter, for a terminal; "html": the path of the page.
        facts: CSV `language,column,...`; each value of a column is a group of languages.
        costs: CSV `language,cost`; shown against the scores.
        distance: the one to the nearest realigned language, as in `select`.
        figures: False leaves out the figures of papers, which take seconds; the page has its own.

    Raises:
        ValueError: a sweep that does not exist or has no finished trial, or a malformed table.
    """
    from sweep.config.own_languages import sweep_to_read

    folders = [sweep_to_read(mlruns, name) for name in ([names] if isinstance(names, str) else names)]
    from sweep.commands.report import run_report

    return run_report(folders, form=form, facts=facts, costs=costs, distance=distance, figures=figures, say=say)


def select(
    size: int | None = None,
    criterion: str = "max-sum",
    *,
    pool: str = "realignment",
    distance: str = "featural",
    features: str = "syntactic",
    anchor: str | None = "eng_Latn",
    targets: str | None = None,
    require: Sequence[str] = (),
    forbid: Sequence[str] = (),
    at_least: Mapping[str, int] | None = None,
    at_most: Mapping[str, int] | None = None,
    min_size: int | None = None,
    budget: float | None = None,
    costs: str | Path | None = None,
    facts: str | Path | None = None,
    seed: int | None = None,
    tolerance: float | None = None,
    solver: "Solver" = "auto",
    time_limit_s: float = 30.0,
    figures: str | Path | None = None,
    say: Say = say_on_stderr,
) -> "Choice":
    """Languages by a criterion, without any training: `.selection.subset.languages`, and how good they are.

    Args:
        size: how many languages; at most, with `budget` or `min_size`.
        criterion: "max-sum", "gist(weight=0.5)" ...; larger = more of it, `least-NAME` is the opposite.
        pool, targets: languages to choose from, and to serve: "realignment" (the paper's 65), "all", a published
            subset, "sw,yo,am" or "resource=3 & seen_by_xlmr=seen".
        distance, features: what "diverse" is measured on.
        anchor: a language that is in every set but not counted; None = no anchor.
        require, forbid, at_least, at_most, budget, costs: rules, groups as "family" or "area=Africa".
        facts: CSV of further columns.
        seed: of a draw; with `tolerance`, of a draw among near-optimal sets, which lose at most this share.
        time_limit_s: limit of the exact solver, seconds.
        figures: folder for a map and a tree of the distances (PNG).

    Raises:
        ValueError: anything unknown, lacking or contradictory.
    """
    from search_spaces.choose import choose
    from search_spaces.rules import SubsetRules
    from sweep.select.command import draw

    rules = SubsetRules(
        require=tuple(require), forbid=tuple(forbid), at_least=dict(at_least or {}), at_most=dict(at_most or {}),
        budget=budget,
    )  # fmt: skip
    choice = choose(
        size, criterion, pool=pool, distance=distance, features=features, anchor=anchor, targets=targets, rules=rules,
        costs=costs, facts=facts, min_size=min_size, seed=seed, tolerance=tolerance, solver=solver,
        time_limit_s=time_limit_s,
    )  # fmt: skip
    if figures:
        draw(choice, Path(figures), say)
    return choice


def replay(
    functions: Sequence[str],
    *,
    searchers: Sequence[str] = ("random", "optuna-tpe", "subset-gp"),
    seeds: int = 30,
    first_seed: int = 0,
    trials: int = 100,
    workers: Sequence[int] = (1,),
    early_stopping: int = 0,
    tasks: Sequence[str] = (),
    pick: Literal["recommended", "observed"] = "recommended",
    lead: str | None = None,
    jobs: int | None = None,
    out: str | Path = "replay",
    mlruns: str | Path = "mlruns",
    say: Say = say_on_stderr,
) -> str:
    """Searchers side by side on functions that need no training; the report as text, also written with figures.

    Args:
        functions: names of `search_spaces.replay.functions.FUNCTIONS`, sweeps of sets, or tables (.csv.gz).
        searchers: with options: "subset-gp(acquisition=ucb)".
        seeds, first_seed: runs of each searcher on each function. trials: trials per run.
        workers: trials at a time, under a simulated clock; each number is a comparison of its own.
        early_stopping: 0 = none; N = also successive halving, where one trial in N continues.
        tasks: of a sweep: the tasks whose mean score is searched; none = all.
        pick: the set handed over: largest posterior mean, or best observed score.
        lead: the searcher to compare with each of the others; None = subset-gp.
        jobs: runs at a time; None = number of CPUs.
        out: folder of rows, report and figures; what is there is continued.

    Raises:
        ValueError: an unknown function, searcher or option.
    """
    from sweep.replay.command import run_replay

    return run_replay(
        functions, searchers=searchers, seeds=seeds, first_seed=first_seed, trials=trials, workers=workers,
        early_stopping=early_stopping, tasks=tasks, pick=pick, lead=lead, jobs=jobs, out=Path(out), mlruns=mlruns,
        say=say,
    )  # fmt: skip


def confirm(
    name: str,
    *,
    mlruns: str | Path = "mlruns",
    n_sets: int = 3,
    n_random: int = 3,
    n_seeds: int = 4,
    arms: Sequence[str] | None = None,
    data: str | None = None,
    encoder: str | None = None,
    address: str | None = None,
    tracking_uri: str | None = None,
    say: Say = say_on_stderr,
) -> "SweepOutcome":
    """Runs a search's best sets again with fresh seeds, beside controls, as the sweep NAME-confirm.

    Args:
        name: of the sweep with the search. n_sets: best sets. n_random: random sets of each of their sizes.
        n_seeds: fresh training seeds. arms: the search's own arms to compare with, by name; None = all.
        data, encoder: where its data folder, and its encoder's, lie now, if they were moved.

    Raises:
        ValueError: nothing to confirm, or see `run_sweep`.
    """
    folder, address = SweepFolder.existing(mlruns, name), checked_address(address)
    from sweep.config.load import saved_config

    config = saved_config(folder.config)  # before what takes seconds to import
    from sweep.config.paths import with_data_folder, with_encoder_folder

    config = with_encoder_folder(with_data_folder(config, data), encoder)
    from sweep.config.search_languages import rule_of
    from sweep.confirm import confirm as run_again

    return run_again(
        config, folder, rule_of(config.search), n_sets=n_sets, n_random=n_random, n_seeds=n_seeds,
        compared=arms, data=data, encoder=encoder, address=address, tracking_uri=tracking_uri, say=say,
    )  # fmt: skip


def list_sweeps(*, mlruns: str | Path = "mlruns") -> "list[SweepEntry]":
    """Every sweep below `mlruns`, and how far each has come; `pandas.DataFrame(...)` makes a table of them.

    Returns:
        name, state ("running", "interrupted", "complete", "imported", "unreadable"), n_over, n_trials, n_failed,
        n_stopped, best (its one answer), best_languages, best_score, best_score_is
        ("believed" or "mean"), started, size_bytes, problem.

    Raises:
        ValueError: `mlruns` is no folder's path.
    """
    SweepFolder.below(mlruns, "any")
    from sweep.catalogue import listing

    return listing.list_sweeps(mlruns)


def remove(name: str, *, mlruns: str | Path = "mlruns") -> "Removal":
    """Removes a sweep's folder for good, and marks its runs in MLflow as deleted. Asks nobody.

    Stages, which sweeps share, stay.

    Returns:
        what went and what stays; `print` shows it.

    Raises:
        ValueError: no such sweep, it is running, or MLflow's store does not answer.
    """
    SweepFolder.existing(mlruns, name, to_read=True)
    from sweep.catalogue.removal import remove_sweep

    return remove_sweep(name, mlruns)


def compare(first: str, second: str, *, mlruns: str | Path = "mlruns") -> "pd.DataFrame":
    """What the second of two sweeps scores more than the first, in the arms of both: as of two encoders.

    Returns:
        one row an arm and task: sweep, arm, reference_sweep, reference, difference, low, high, p, p_adjusted, verdict
        ... (the fields of `sweep.statistics.comparisons.Comparison`), and same_set: whether both realigned the same
        languages (None where these change from seed to seed).

    Raises:
        ValueError: a sweep that does not exist or has no finished trial.
    """
    for name in (first, second):
        SweepFolder.existing(mlruns, name, to_read=True)
    from sweep.commands.report import compared

    return compared(first, second, mlruns).table()


def trials_with(
    name: str, having: str | Sequence[str] = (), *, lacking: str | Sequence[str] = (), mlruns: str | Path = "mlruns"
) -> "pd.DataFrame":
    """The trials that realigned on all of some languages and on none of others, best development score first.

    Args:
        having, lacking: tags, ISO codes or names: "jpn,kor" or a list.

    Returns:
        one row a trial: trial, arm, label, status, seed, n_languages, languages, score, and test/TASK for each task.

    Raises:
        ValueError: no such sweep, or something that is no language or both wanted and not.
    """
    from sweep.config.own_languages import sweep_to_read

    folder = sweep_to_read(mlruns, name)
    from sweep.commands.report import languages_of
    from sweep.findings.trials_with import Wanted, trials_table
    from sweep.records.records import RecordStore

    wanted = Wanted(having=languages_of(having), lacking=languages_of(lacking))
    return trials_table(RecordStore(folder.records).all(), wanted)


def export(
    name: str,
    trial: str | None = None,
    *,
    to: str | Path,
    mlruns: str | Path = "mlruns",
    encoder: bool = False,
    tasks: Sequence[str] = (),
    train: bool = False,
    licence: str = "",
    say: Say = say_on_stderr,
) -> list[Path]:
    """A trial's models as Hugging Face folders, one a task below `to`; `AutoModelFor...from_pretrained` reads them.

    Args:
        trial: a trial or an arm (its best trial); None = the sweep's one answer.
        encoder: the realigned encoder before fine-tuning, as `to`/encoder, instead of the tasks' models.
        tasks: not all of them.
        train: train again what the store has not kept (`run.keep_models` was off).
        licence: for the card, an identifier of the hub; "" = "other".

    Returns:
        the folders.

    Raises:
        ValueError: no such sweep, trial or task, weights that were not kept, or a folder that is there already.
    """
    from sweep.config.own_languages import sweep_to_read

    folder = sweep_to_read(mlruns, name, needs_config=True)
    from sweep.models import export as exports

    return exports.export(folder, trial, Path(to), encoder=encoder, tasks=tasks, train=train, licence=licence, say=say)
