"""The table of functions to replay searches on. A new one is one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from search_spaces.registry import Registry
from search_spaces.replay.black_box import BlackBox
from search_spaces.replay.parametric import made_up
from search_spaces.replay.recorded import PUBLISHED_NOISE, RecordedTable, packaged, published, study

SYNTHETIC_NOISE = 1.30
"""Of sets of three on the synthetic world: between seeds of one set, over that between sets."""

IN_TURN = tuple(range(8))
"""As many training seeds as a sweep takes in turn."""


@dataclass(frozen=True)
class Function:
    """about: one line. make: from a seed.

    Made-up functions are drawn anew by each seed; of recorded ones it draws the languages whose scores are told.
    """

    about: str
    make: Callable[[int], BlackBox]


def _made_up(about: str, kind: str, size: int, noise: float) -> Function:
    return Function(f"{about}; {size} of 65, noise {noise:g} of the spread", partial(made_up, kind, size, noise))  # type: ignore[arg-type]


def _seeded(kind: str, size: int, noise: float) -> dict[str, Function]:
    """In turn and with one seed."""
    functions = {}
    for ending, seeds in (("", IN_TURN), ("-first", IN_TURN[:1])):
        how = f"{len(seeds)} training seeds in turn" if seeds[1:] else "one training seed"
        make = partial(made_up, kind, size, noise, training_seeds=seeds)  # type: ignore[arg-type]
        functions[f"seeds-{kind}-{size}{ending}"] = Function(f"{kind}, {size} of 65, {how}; worth over all seeds", make)
    return functions


def _published(task: str, size: int) -> Function:
    noise = PUBLISHED_NOISE[task][size]
    about = f"a model of the paper's {task} scores; {size} of 65, noise {noise:g} of the spread"
    return Function(about, lambda seed: published(task, size))


def _study(task: str, size: int) -> dict[str, Function]:
    """In turn and with one seed."""
    about = f"a model of {task} after trainings on real languages (docs/study.md); {size} of 65; worth over all seeds"
    return {
        f"study-{task}-{size}": Function(f"{about}, {len(IN_TURN)} in turn", partial(study, task, size, IN_TURN)),
        f"study-{task}-{size}-first": Function(f"{about}, one told", partial(study, task, size, IN_TURN[:1])),
    }


def _recorded(task: str) -> Function:
    about = f"{task} after every realignment on 3 of 24 languages of the synthetic world"
    return Function(about, lambda seed: RecordedTable(packaged(f"recorded_{task}"), seed))


N_TOLD = 2
"""Training seeds of `recorded-seeds-*` that a search is told; it is judged by the others."""


def _recorded_seeds(task: str) -> dict[str, Function]:
    """In turn and with one seed: the next one of the table's with each seed of a replay."""

    def make(seed: int, n_taken: int) -> RecordedTable:
        trials = packaged(f"recorded_seeds_{task}")
        seeds = sorted({trial.seed for trial in trials})
        first = seed % len(seeds)
        turned = seeds[first:] + seeds[:first]
        return RecordedTable(trials, seed, turned[:n_taken], turned[N_TOLD:])

    about = f"{task} after every realignment on 3 of 11 languages of the synthetic world; worth over four other seeds"
    return {
        f"recorded-seeds-{task}": Function(f"{about}, {N_TOLD} in turn", partial(make, n_taken=N_TOLD)),
        f"recorded-seeds-{task}-first": Function(f"{about}, one told", partial(make, n_taken=1)),
    }


FUNCTIONS: Registry[Function] = Registry(
    "function",
    {
        "recorded-pos": _recorded("pos"),
        "recorded-ner": _recorded("ner"),
        **_recorded_seeds("pos"),
        **_recorded_seeds("ner"),
        "published-pos-5": _published("pos", 5),
        "published-pos-10": _published("pos", 10),
        "published-pos-20": _published("pos", 20),
        "published-nli-10": _published("nli", 10),
        **_study("retrieval", 10),
        "coverage-5": _made_up("coverage, partly typological", "coverage", 5, 0.92),
        "coverage-10": _made_up("coverage, partly typological", "coverage", 10, 0.70),
        "coverage-20": _made_up("coverage, partly typological", "coverage", 20, 0.35),
        "hidden-10": _made_up("coverage, nothing typological", "hidden", 10, 0.70),
        "pairs-10": _made_up("single values and pairs", "pairs", 10, 0.70),
        "mean-3": _made_up("the mean of single values", "mean", 3, 1.10),
        "mean-5": _made_up("the mean of single values", "mean", 5, 0.92),
        "mean-10": _made_up("the mean of single values", "mean", 10, 0.70),
        "mean-pairs-3": _made_up("the mean of single values and pairs", "mean-pairs", 3, 1.10),
        "mean-pairs-5": _made_up("the mean of single values and pairs", "mean-pairs", 5, 0.92),
        "mean-pairs-10": _made_up("the mean of single values and pairs", "mean-pairs", 10, 0.70),
        **_seeded("coverage", 3, SYNTHETIC_NOISE),
        **_seeded("pairs", 3, SYNTHETIC_NOISE),
        **_seeded("coverage", 10, 0.70),
        **_seeded("pairs", 10, 0.70),
    },
)
