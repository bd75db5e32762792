"""The plan: which trials a sweep runs, with their languages resolved, and everything checked before any training.

Choosing happens here, on the driver; a trial is told its languages and never chooses.
"""

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from search_spaces.languages import ENGLISH, Language
from sweep.config.scales import settings_text
from sweep.config.search_languages import rule_of
from sweep.config.sections import SweepConfig
from sweep.config.space import n_searched, planned_seeds
from sweep.folders import SweepFolder, problem_of_writing
from sweep.search.gradients import GRADIENTS, gradient_targets
from sweep.search.sets import make_set_search
from sweep.search.warm_start import Scores, read_warm_start
from sweep.trials.chooser import Chooser, make_chooser
from sweep.trials.gpus import describe_share
from sweep.trials.needed import with_needed_languages
from sweep.trials.planned_trial import PlannedTrial
from sweep.trials.slots import local_misfit
from trainables.data.folder import DataFolder
from trainables.data.part import Part
from trainables.data.segmenters import check_installed
from trainables.encoders.load import seen_languages
from trainables.evaluation.evaluated import evaluated_languages, evaluated_sets
from trainables.evaluation.leaks import LeakReport, check_leaks
from trainables.evaluation.retrieval import HELD_OUT, half_of, probed_languages
from trainables.evaluation.scores import RETRIEVAL
from trainables.mapping import ConfigError
from trainables.parallel_data import SOURCES
from trainables.parallel_data.announced import AnnouncedData
from trainables.run_checks import N_PROBED
from trainables.run_config import RunConfig
from trainables.shared_stages import open_store, realignment_key
from trainables.signal_probes import signal_languages
from trainables.tasks import TASKS


@dataclass(frozen=True)
class Plan:
    """All trials that are known before the search asks, and how to make the others.

    realignments: the distinct ones of these trials, by the key in the stage store; trials and tasks share them.
    earlier: scores that the search begins with.
    leaks: evaluation sentences in training text; None where the text is not here yet.
    """

    config: SweepConfig
    chooser: Chooser
    trials: tuple[PlannedTrial, ...]
    realignments: Mapping[str, RunConfig]
    earlier: Scores = dataclasses.field(default_factory=dict)
    leaks: LeakReport | None = None

    @property
    def n_searched(self) -> int:
        """Trials that the search will ask for."""
        return n_searched(self.config)

    @property
    def n_trials(self) -> int:
        """All of them."""
        return len(self.trials) + self.n_searched

    @property
    def n_steps(self) -> dict[str, int]:
        """Optimiser steps of the planned trials by stage when nothing is stored yet: the cost, whatever the machine."""
        tuned = [trial.run.finetune.for_task(task).n_steps for trial in self.trials for task in trial.run.tasks]
        return {"realign": sum(map(n_realign_steps, self.realignments.values())), "finetune": sum(tuned)}


def make_plan(config: SweepConfig, folder: SweepFolder, fetch: bool = True) -> Plan:
    """Opens the data, chooses the languages of every arm and checks everything that could make a trial fail.

    Args:
        fetch: False = plan with what the hub's data sets announce, without fetching or checking them.

    Raises:
        ConfigError: all problems at once: folders, sizes, languages without data, damaged files.
    """
    config = with_store(config, folder)
    if problem := problem_of_writing(folder.root, "Give another one with `--mlruns`."):
        raise ConfigError([problem])
    try:
        data: DataFolder | AnnouncedData
        if config.run.data.source == "hub" and not fetch:
            data = AnnouncedData(config.run.data)
        else:
            data = SOURCES[config.run.data.source](config.run.data, open_store(config.run))
        if isinstance(data, DataFolder):
            config = with_hidden_languages(config, data)
        chooser = make_chooser(config, data)
        _check_sizes(config, chooser)
        trials = tuple(chooser.trial(arm, seed) for seed in planned_seeds(config) for arm in config.arms)
        plan = Plan(config, chooser, trials, _realignments(trials, data), read_warm_start(config, folder))
        if config.search.of_sets:
            make_set_search(config, chooser, earlier=plan.earlier)  # refuses rules that cannot be met
        if GRADIENTS in config.search.warm_start and isinstance(data, DataFolder):
            gradient_targets(data, config.run, chooser.pool)  # refuses what would be refused after the encoder was made
        if config.scheduler.kind != "none" and config.scheduler.metric == "retrieval_so_far":
            _check_probe(data, config.run)
        if isinstance(data, DataFolder):
            labelled: dict[Part, tuple[Language, ...]] = {}
            for name in config.run.tasks:
                labelled[TASKS[name]] = evaluated_languages(TASKS[name], data, config.run.evaluate.for_task(name))
                _check_dev(TASKS[name], data, config.run)
            probed = probed_languages(data, config.run.tasks) if config.run.evaluate.n_retrieval else []
            if config.run.realign.explicit().words == "reference":
                check_installed({*_languages_to_read(plan), *probed})
            data.check(_languages_to_read(plan), labelled, probed)
            plan = dataclasses.replace(plan, leaks=check_leaks(config.run, data, open_store(config.run)))
    except ConfigError:
        raise
    except ValueError as error:  # damaged data, rules that cannot be met, distances that lack a language
        raise ConfigError([str(error)]) from None
    return plan


@contextlib.contextmanager
def store_to_look_in(config: SweepConfig, folder: SweepFolder) -> Iterator[SweepConfig]:
    """`config` with its store where there is one, else with a temporary one: who only looks leaves nothing behind.

    Raises:
        ConfigError: the store's folder could not be made.
    """
    with tempfile.TemporaryDirectory(prefix="realign-sweep-plan-") as temporary:
        store = with_store(config, folder).run.store
        if "://" not in store and not Path(store).exists():
            if problem := problem_of_writing(Path(store), "Choose another `store`."):
                raise ConfigError([problem])
            config = dataclasses.replace(config, run=dataclasses.replace(config.run, store=temporary))
        yield config


def describe(plan: Plan) -> str:
    """The plan for people: one line a trial, the languages of every subset, the cost."""
    n_pool = len(plan.chooser.pool)
    lines = [
        f"{plan.config.name}: {plan.n_trials} trials ({plan.n_searched} searched for), pool of {n_pool} languages",
        "",
    ]
    width = max((len(trial.name) for trial in plan.trials), default=0)
    lines += [f"  {trial.name:{width}}  {trial.label}, seed {trial.run.seed}" for trial in plan.trials]
    lines += ["", "subsets:"]
    for label, subset in {trial.label: trial.subset for trial in plan.trials if trial.subset.languages}.items():
        lines.append(f"  {label}: {' '.join(subset.languages)}")
    steps = plan.n_steps
    lines += [
        "",
        f"cost of the planned trials: {len(plan.realignments)} distinct realignments in {steps['realign']:,} steps, "
        f"{len(plan.trials) * len(plan.config.run.tasks)} fine-tunings in {steps['finetune']:,} steps",
        "each trial takes what `resources: auto` chooses when the sweep starts, or with --measure"
        if plan.config.resources.auto
        else f"each trial takes {plan.config.resources.cpu:g} CPUs and {describe_share(plan.config)}",
        *(f"--scale {name}: {settings_text(settings)}" for name, settings in plan.config.scales.items()),
    ]
    if GRADIENTS in plan.config.search.warm_start and GRADIENTS not in plan.earlier:
        lines.append("before the first trial the gradients of all languages of the pool are compared, once")
    if not plan.config.resources.auto and (problem := local_misfit(plan.config)):
        lines.append(f"this machine cannot run it: {problem}")
    if plan.leaks is not None:
        lines += ["", *plan.leaks.lines()]
    return "\n".join(lines)


def with_store(config: SweepConfig, folder: SweepFolder) -> SweepConfig:
    """`config` as trials get it: an absolute stage store, the threads that a trial's CPU share allows, and no data that
    none of them could need.
    """
    config = with_needed_languages(config)
    run = config.run
    store = run.store or str(folder.store)
    if "://" not in store:
        store = str(Path(store).expanduser().absolute())
    n_threads = run.n_threads or max(1, int(config.resources.cpu))
    return dataclasses.replace(config, run=dataclasses.replace(run, store=store, n_threads=n_threads))


def with_hidden_languages(config: SweepConfig, data: DataFolder) -> SweepConfig:
    """`config` with the languages that a search may not look at: no signal may, by which trials are stopped.

    Raises:
        ValueError: a rule that this data and encoder cannot keep; raised here, before every trial would fail.
    """
    search, run = config.search, config.run
    run = dataclasses.replace(run, evaluate=dataclasses.replace(run.evaluate, told=search.objective))
    config = dataclasses.replace(config, run=run)
    if search.objective == "retrieval":
        tested = {RETRIEVAL: _steered_languages(run, data)}
    else:
        tested = {task: evaluated_languages(TASKS[task], data, run.evaluate.for_task(task)) for task in run.tasks}
    if search.is_empty(config.space):
        return config
    labelled = {task: set(languages) - {ENGLISH} for task, languages in tested.items()}
    if search.objective == "tasks" and (whole := [task for task in run.tasks if not run.evaluate.for_task(task).halve]):
        raise ValueError(
            f"A search needs development scores, but `evaluate.halve: false` takes those of {', '.join(whole)} away "
            "where there is no development file. Delete it."
        )
    seen = seen_languages(run.encoder, data, open_store(run)) if search.languages in ("seen", "unseen") else None
    wanted = set(rule_of(search).among(set().union(*labelled.values()), seen))
    if lacking := [task for task in labelled if not wanted & labelled[task]]:
        raise ValueError(
            f"Every task must have a test set in a search language, but {', '.join(lacking)} has none in "
            f"{len(wanted)} languages. Change `search.languages` or `search.hold_out_frac`."
        )
    hidden = tuple(sorted(set().union(*labelled.values()) - wanted))
    evaluate = dataclasses.replace(run.evaluate, no_signal_of=hidden)
    return dataclasses.replace(config, run=dataclasses.replace(run, evaluate=evaluate))


def _steered_languages(run: RunConfig, data: DataFolder) -> Sequence[Language]:
    """The languages of the probe, where there are sentences that steer.

    Raises:
        ValueError: there are too few.
    """
    languages = probed_languages(data, run.tasks)
    steering = half_of(data.flores(ENGLISH, HELD_OUT), "steering") if ENGLISH in data.flores_languages else []
    if not languages or len(steering) < N_PROBED:
        raise ValueError(
            "`search.objective: retrieval` needs n-way parallel sentences (flores/) of English and of other languages, "
            f"but there are {len(languages)} such languages, with {len(steering)} sentences to choose by. Add them, or "
            "use `search.objective: tasks`."
        )
    return languages


def _check_sizes(config: SweepConfig, chooser: Chooser) -> None:
    limit = len(chooser.pool)
    problems = [
        f"`arms[{i}].size` must be at most {limit} (languages in the pool), but is {arm.size}. Lower it."
        for i, arm in enumerate(config.arms)
        if arm.size is not None and arm.size > limit
    ]
    largest = max(config.space["subset.size"].bounds) if "subset.size" in config.space else 0
    if largest > limit:
        problems.append(f"`space.subset.size` must be at most {limit} (languages in the pool), but is up to {largest}.")
    if problems:
        raise ConfigError(problems)


def _check_probe(data: DataFolder | AnnouncedData, run: RunConfig) -> None:
    if isinstance(data, DataFolder) and not signal_languages(data, run):
        raise ValueError(
            "`scheduler.metric: retrieval_so_far` needs four n-way parallel sentences (`flores/`, half of them steer) "
            "of a language that the search may look at, but the data has none. Add them, or use `score_so_far`."
        )


def _check_dev(task: Part, data: DataFolder, run: RunConfig) -> None:
    settings = run.evaluate.for_task(task.name)
    sets = [one for one in evaluated_sets(task, data, settings) if one[0] != ENGLISH]
    if not settings.halve and not any(data.has_dev(task, *one) for one in sets):
        raise ValueError(
            f"`evaluate.halve: false` needs a language with a development file, but `{task.name}` has none beside "
            "English, and arms are ordered by development scores. Delete it."
        )


def _languages_to_read(plan: Plan) -> tuple[Language, ...]:
    used = {language for trial in plan.trials for language in trial.subset.languages}
    return tuple(sorted(used | set(plan.chooser.pool if plan.n_searched else ())))


def _realignments(trials: Sequence[PlannedTrial], data: DataFolder | AnnouncedData) -> dict[str, RunConfig]:
    """One trial's configuration for each distinct realignment before fine-tuning."""
    keyed = ((realignment_key(trial.run, data), trial.run) for trial in trials)
    return {key: run for key, run in keyed if key is not None}


def n_realign_steps(run: RunConfig) -> int:
    """Optimiser steps of a realignment before fine-tuning."""
    if not run.languages:
        return 0
    if run.realign.budget == "total":
        return run.realign.n_steps
    return -(-len(run.languages) * run.realign.n_pairs_per_language // run.realign.batch_size)
