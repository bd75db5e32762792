"""The sections of a sweep file: frozen dataclasses with their defaults. The checks are in `checks.py`."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from search_spaces.ranges import OneOf, Range, Seed, SetSize
from sweep.config.arms import Arm
from sweep.config.dimensions import SET_SEARCHES, Dimension
from sweep.config.subset import SubsetConfig
from trainables.run_config import RunConfig

SEARCH_PREFIX = "search-"


def execution(default: Any) -> Any:
    """A field that says how to run a sweep, not what it computes: it may differ when a sweep is continued."""
    return dataclasses.field(default=default, metadata={"identity": False})


@dataclass(frozen=True, kw_only=True)
class RepeatConfig:
    """A second look at the best sets when all others are over: the `top` ones by posterior mean are trained again.

    top: how many sets.
    seeds: training seeds, the same for each of these sets and for all arms, so that they are compared in pairs, and on
        seeds that no set was chosen for; none = no second look.
    """

    top: Annotated[int, Range(least=1, most=10_000)] = 5
    seeds: tuple[Seed, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """What is searched for after all arms: points of `space`, or sets of languages, and how.

    kind: of points: "grid" (every combination, in order), "random" or "optuna" (TPE: Bergstra et al. 2011); the set is
        then chosen by the point's criterion. Of sets: "random-sets" or another searcher of
        `search_spaces.searchers` ("subset-gp", "evolution" ...); the sets keep `subset.rules`.
    n_samples: number of trials; needed for all but "grid", not allowed for it.
    seed: of the search.
    size: of the sets: languages, or [least, most]; may be left out with a budget in `subset.rules`.
    distances: of a set search: the ways in which languages may be close, see `SubsetConfig.distance`.
    riding: how the ordinary hyper-parameters of `space` that ride along with a set are drawn.
    training_seeds: of a set search: "in-turn" (a trial takes the next of `seeds`, then of the smallest other ones up to
        eight; the model knows which, so that the luck of a seed is not taken for the merit of a set) or "first" (every
        trial takes the first of `seeds`). Searches of points take the first.
    screen: of "subset-gp": "singles" = the first trials each realign on one language alone, which tells what to expect
        of sets; they are no answers. Pays where a set is about as good as its languages are on average.
    n_screen: how many of the `n_samples` trials these are; None = one for each language of the pool.
    repeats: of a set search: further seeds for the best sets.
    objective: what trials are chosen by, searched ones and arms alike: "tasks" (the mean development score of
        `run.tasks`) or "retrieval" (P@1 of parallel sentences after realignment, on sentences that no report uses; it
        needs no labels in the languages).
    languages: whose dev scores a search is told: "all", "seen", "unseen" (in pre-training) or a list.
    hold_out_frac: share of these that is put aside, for `confirm` to judge what the search never saw.
    hold_out_seed: of the draw of these languages.
    warm_start: of "subset-gp": what it knows before its first trial, as a hint: names of sweeps beside this one,
        "published-pos", "published-nli" (the paper's), or "gradients": whether a step on a language's sentence pairs
        would help the languages that the search is told of, measured once. Other tasks and encoders are welcome.
    """

    kind: Annotated[str, OneOf("sweep.config.dimensions:SEARCH_KINDS")] = "grid"
    n_samples: Annotated[int, Range(least=1, most=1_000_000)] | None = None
    seed: Seed = 0
    size: SetSize | tuple[SetSize, SetSize] | None = None
    distances: tuple[str, ...] = ("featural", "genetic", "geographic")
    riding: Literal["random", "optuna"] = "random"
    training_seeds: Literal["in-turn", "first"] = "in-turn"
    screen: Literal["none", "singles"] = "none"
    n_screen: Annotated[int, Range(least=8, most=10_000)] | None = None
    repeats: RepeatConfig = RepeatConfig()
    objective: Literal["tasks", "retrieval"] = "tasks"
    languages: Annotated[str, OneOf(("all", "seen", "unseen"))] | tuple[str, ...] = "all"
    hold_out_frac: Annotated[float, Range(least=0, below=1)] = 0.0
    hold_out_seed: Seed = 0
    warm_start: tuple[str, ...] = ()

    @property
    def of_sets(self) -> bool:
        """Whether sets of languages are searched, not points."""
        return self.kind in SET_SEARCHES

    def is_empty(self, space: Mapping[str, Dimension]) -> bool:
        """Whether nothing is searched."""
        return not (space or self.of_sets)


@dataclass(frozen=True, kw_only=True)
class SchedulerConfig:
    """Whether a searched trial may be stopped early; arms never are, as everything is compared with them.

    kind: "none", "asha" (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"), "hyperband" (section
        3.3 there: asynchronous; trials take turns in whether the first rungs may stop them) or "median" (Golovin et al.
        2017, "Google Vizier", section 3.2).
    metric: what is compared (see `rungs.py`): "retrieval_so_far" after the parts of realignment that
        `run.evaluate.probe_at` names and after all of it, or "score_so_far" after each task but the last.
    grace: no trial is stopped earlier: a share of the realignment, or a number of tasks.
    reduction_factor: one of so many trials goes on at a rung; of "median" without meaning.
    min_samples: of "median": so many other trials must have reached the rung.
    """

    kind: Literal["none", "asha", "hyperband", "median"] = "none"
    metric: Literal["retrieval_so_far", "score_so_far"] = "retrieval_so_far"
    grace: Annotated[float, Range(least=0, most=1_000)] = 0.0
    reduction_factor: Annotated[int, Range(least=2, most=1_000_000)] = 3
    min_samples: Annotated[int, Range(least=1, most=1_000_000)] = 3


@dataclass(frozen=True, kw_only=True)
class TrialResources:
    """What Ray reserves for one trial.

    auto: choose the others, and `concurrency`, by what a miniature of a trial takes on this machine, before the sweep
        starts; `resources: auto` is short for it. What was chosen stands in the sweep's own config from then on.
    cpu: CPU cores.
    gpu: a share of one GPU (0.25 puts four trials on it, each with a quarter of its memory), 1, or 0 = the CPU; None =
        1 where the sweep's Ray has GPUs that torch can use, else 0.
    max_failures: how often a trial is tried again, from its checkpoint, after an error of its own. Tries that end with
        the loss of their node do not count.
    """

    auto: bool = False
    cpu: Annotated[float, Range(above=0, most=4_096)] = 1.0
    gpu: Annotated[float, Range(least=0, most=1)] | None = None
    max_failures: Annotated[int, Range(least=0, most=1_000)] = 1


@dataclass(frozen=True, kw_only=True)
class ClusterConfig:
    """The Ray that a sweep runs on: a local one that is started, or with `--address` one that is joined.

    cpus: CPU cores of the local one; None = those that this process may use.
    gpus: GPUs of the local one; None = those that this process may use.
    autoscaling: the joined one starts nodes when trials wait for them. So a trial that fits on none of its nodes yet is
        not refused, and `concurrency` trials are asked for at once.
    """

    cpus: Annotated[int, Range(least=1, most=4_096)] | None = None
    gpus: Annotated[int, Range(least=0, most=4_096)] | None = None
    autoscaling: bool = False


@dataclass(frozen=True, kw_only=True)
class SweepConfig:
    """One sweep.

    name: of its folder and its parent run; without one, that of the file or preset.
    study: the MLflow experiment, shared by sweeps that belong together.
    description: for people, in reports and in MLflow.
    trackers: where people look at the sweep: "mlflow", "wandb" (Weights & Biases), "tensorboard"; none = in its reports
        alone. A search is an Optuna study as well, whatever stands here.
    run: what all trials have in common.
    arms: the ways to choose languages that are compared; each is trained with every seed.
    seeds: of the training. Arms take `search.repeats.seeds` as well; of searched trials see `search.training_seeds`.
    space: dotted hyper-parameter -> what to draw from; "subset.criterion", "subset.size", "subset.seed" or a field of
        `run` ("realign.temperature"); beside a search of sets, fields of `run` only.
    search: what is searched for after all arms, and how.
    scheduler: which searched trials are stopped early.
    subset: what every choice of languages rests on.
    pool: languages to choose from; empty = the realignment languages that the data has sentence pairs for; "all" =
        every language that it has some for.
    resources: what one trial gets.
    cluster: the local Ray.
    concurrency: trials at a time at most; None = as many as the resources hold.
    languages: a table of the user's own (CSV: iso, script, name, family, branch, area, latitude, longitude, class, seen
        by, uriel; see `search_spaces.own_languages`), or its rows; empty = what is known of every language of ISO
        639-3. A sweep keeps the rows, not the file's name.
    plugins: modules of the user's own (names, or paths ending in ".py") that bring criteria, searchers, objectives,
        encoder providers, tasks, data sources or data sets; see `search_spaces.plugins`. Installed plug-ins need no
        mention. Their paths are no part of a result's identity, their source is.
    scales: name -> dotted key -> value: what `--scale NAME` sets as `--set` would, before the command line's own, for a
        reduced sweep called after both. A sweep that was scaled keeps the settings alone.
    """

    name: str
    study: str = execution("realign-sweep")
    description: str = execution("")
    trackers: tuple[Annotated[str, OneOf(("mlflow", "wandb", "tensorboard"))], ...] = execution(("mlflow",))
    run: RunConfig = RunConfig()
    arms: tuple[Arm, ...] = (Arm(criterion="none"), Arm(criterion="full"))
    seeds: tuple[Seed, ...] = (0, 1)
    space: dict[str, Dimension] = dataclasses.field(default_factory=dict)
    search: SearchConfig = SearchConfig()
    scheduler: SchedulerConfig = SchedulerConfig()
    subset: SubsetConfig = SubsetConfig()
    pool: Annotated[str, OneOf(("all",))] | tuple[str, ...] = ()
    resources: TrialResources = execution(TrialResources())
    cluster: ClusterConfig = execution(ClusterConfig())
    concurrency: Annotated[int, Range(least=1, most=1_000_000)] | None = execution(None)
    languages: str | tuple[dict[str, str], ...] = execution(())
    plugins: tuple[str, ...] = execution(())
    scales: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict, metadata={"identity": False})
