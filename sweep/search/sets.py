"""SetSearch: a searcher of sets as the search of a sweep, with ordinary hyper-parameters riding along.

A point is {"subset.languages": [...], "realign.temperature": ...}. The searcher of sets is told each score as observed;
the ordinary hyper-parameters are drawn, and learned about, by a point search of their own.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from search_spaces.columns import COLUMNS, read_columns
from search_spaces.languages import ENGLISH, Language
from search_spaces.problem import SelectionProblem
from search_spaces.rules import build_space, read_costs
from search_spaces.searchers import SEARCHERS
from search_spaces.searchers.base import Searcher, Status
from search_spaces.searchers.earlier import Scored
from search_spaces.searchers.subset_gp import SubsetGpSearcher
from search_spaces.subsets import LanguageSubset
from sweep.config.dimensions import SET_SEARCHES
from sweep.config.sections import SEARCH_PREFIX, SweepConfig
from sweep.config.space import SCREEN, apply_point, is_screening, search_seeds, sizes_of
from sweep.search.points import SEARCHES, Point, PointSearch, Told
from sweep.trials.chooser import Chooser
from sweep.trials.planned_trial import PlannedTrial

LANGUAGES = "subset.languages"
SCREENED = "screened"
"""In the label of a trial that screens a single language."""


class SetSearch(PointSearch):
    """Numbers below `n_samples` are new sets; the later ones are the best of them again, once for each further seed.

    Args:
        searcher: of sets; new.
        config: the sweep.
        arms: the sets of the sweep's arms. They are not proposed as well, but learned from when their trials end.
    """

    def __init__(self, searcher: Searcher, config: SweepConfig, arms: Sequence[LanguageSubset] = ()) -> None:
        super().__init__(config.space, config.search.seed)
        self.searcher = searcher
        self.repeats = config.search.repeats
        self.n_samples = config.search.n_samples or 0
        self.seeds = search_seeds(config)
        # A set with other hyper-parameters is another trial, and tells less about the set.
        self.arms = frozenset() if config.space else frozenset(arm.languages for arm in arms)
        self._riding = SEARCHES[config.search.riding](self.space, self.seed) if self.space else None
        self._asked: dict[int, Point] = {}
        self._best: list[int] | None = None  # numbers of the trials that are repeated, once they are chosen

    def ask(self, number: int) -> Point | None:
        """A set that no trial has had, with its hyper-parameters; or a repeated point. None: there is no more."""
        if number >= self.n_samples:
            origin = self.origin(number)
            return None if origin is None else self._asked[origin]
        proposals = self.searcher.ask(1)
        while proposals and proposals[0] in self.arms:  # it stays under way until the arm's trial ends
            proposals = self.searcher.ask(1)
        if not proposals:
            return None
        riding = self._riding.ask(number) if self._riding else None
        screening = {} if self.searcher.is_answer(proposals[0]) else {SCREEN: True}
        self._asked[number] = {LANGUAGES: list(proposals[0]), **screening, **(riding or {})}
        return self._asked[number]

    def tell(self, told: Told) -> None:
        """Scores as observed; also those of arms, where they are sets that may be proposed."""
        self._tell_set(told)
        if self._riding and told.number in self._asked:
            self._riding.tell(told)

    def seed_of(self, number: int) -> int:
        """Training seed of a number."""
        if number < self.n_samples:
            return self.seeds[number % len(self.seeds)]
        return self.repeats.seeds[(number - self.n_samples) // self.repeats.top]

    def began_with(self, seeds: Mapping[int, int]) -> None:
        """Goes on with one training seed where trials say that the search began with one.

        Args:
            seeds: those of trials that were asked for, by number.
        """
        if any(seed != self.seed_of(number) for number, seed in seeds.items() if number < self.n_samples):
            self.seeds = self.seeds[:1]

    def origin(self, number: int) -> int | None:
        """Number of the trial that a number repeats; itself for a new set; None where too few sets were completed."""
        if number < self.n_samples:
            return number
        if self._best is None:
            self._best = self._find_best()
        place = (number - self.n_samples) % self.repeats.top
        return self._best[place] if place < len(self._best) else None

    def restore(self, asked: Mapping[int, Point], told: Sequence[Told], state: Mapping[str, Any]) -> None:
        """Exactly where the other one was; as nearly as trials and their ends can say where its state was lost."""
        self._asked = {number: dict(point) for number, point in asked.items() if number < self.n_samples}
        if state:
            self.searcher.load(state["searcher"])
            self._best = state["best"]
            self.seeds = tuple(state.get("seeds", self.seeds[:1]))  # at first there was one
        else:
            for outcome in told:
                self._tell_set(outcome)
            ended = {outcome.number for outcome in told}
            under_way = [self._members(point) for number, point in self._asked.items() if number not in ended]
            self.searcher.load({**self.searcher.state(), "n_proposed": len(self._asked), "pending": under_way})
        if self._riding:
            self._riding.restore(self._asked, [outcome for outcome in told if outcome.number in self._asked], {})

    def state(self) -> dict[str, Any]:
        """The searcher's own."""
        return {"searcher": self.searcher.state(), "best": self._best, "seeds": list(self.seeds)}

    def _tell_set(self, told: Told) -> None:
        languages = tuple(Language(tag) for tag in told.point[LANGUAGES])
        if told.number is None and not (told.score is not None and self._may_be_proposed(languages)):
            return
        status: Status = "stopped" if told.stopped_at is not None else "failed" if told.score is None else "complete"
        context = {"trial": told.trial, **told.point}
        self.searcher.tell(languages, told.score, status, fidelity=told.stopped_at, seed=told.seed, context=context)

    def _may_be_proposed(self, languages: tuple[Language, ...]) -> bool:
        space = self.searcher.space
        if languages not in self.arms or not set(languages) <= set(space.candidates):
            return False
        return space.allows(space.index(languages))

    def _members(self, point: Mapping[str, Any]) -> list[int]:
        return self.searcher.space.index([Language(tag) for tag in point[LANGUAGES]]).tolist()

    def _find_best(self) -> list[int]:
        """By posterior mean, as the best observed score of many was above all lucky."""
        number_of = {tuple(point[LANGUAGES]): number for number, point in self._asked.items()}
        ranked = self.searcher.recommend(len(self.searcher.observations))
        return [number_of[r.languages] for r in ranked if r.languages in number_of][: self.repeats.top]


def make_set_search(
    config: SweepConfig,
    chooser: Chooser,
    arms: Sequence[PlannedTrial] = (),
    earlier: Mapping[str, Scored] | None = None,
) -> SetSearch:
    """The search of sets that a config asks for.

    Args:
        arms: the planned trials.
        earlier: of `search.warm_start`.

    Raises:
        ValueError: rules that cannot be met, or distances or facts that are lacking.
    """
    search = config.search
    make = SEARCHERS[SET_SEARCHES[search.kind]]
    distances = {text: chooser.distances(text) for text in search.distances}
    problem = make_problem(config, chooser)
    if earlier or search.screen != "none":
        n_screen = _n_screen(config, len(problem.space.candidates))
        searcher: Searcher = SubsetGpSearcher(
            problem, search.seed, distances=distances, earlier=earlier, screen=n_screen
        )
    else:
        searcher = make(problem, search.seed, distances=distances)
    return SetSearch(searcher, config, [arm.subset for arm in arms if arm.subset.languages])


def _n_screen(config: SweepConfig, n_candidates: int) -> int:
    search = config.search
    if search.screen == "none":
        return 0
    n_screen, n_samples = search.n_screen or n_candidates, search.n_samples or 0
    if n_screen > n_candidates or n_screen >= n_samples:
        raise ValueError(
            f"A search that screens single languages must have one of the {n_candidates} languages for each of these "
            f"trials and trials left for sets, but {n_screen} of its {n_samples} trials screen. Lower "
            "`search.n_screen`, or raise `search.n_samples`."
        )
    return n_screen


def make_problem(config: SweepConfig, chooser: Chooser) -> SelectionProblem:
    """The sets that may be proposed: of the pool, `search.size` languages, by `subset.rules`."""
    subset = config.subset
    columns = {**COLUMNS, **(read_columns(Path(subset.facts)) if subset.facts else {})}
    costs = read_costs(Path(subset.costs)) if subset.costs else {}
    least, most = sizes_of(config.search.size)
    bounds = least if isinstance(config.search.size, tuple) else None  # one size and a budget: at most so many
    return SelectionProblem(
        space=build_space(chooser.pool, most, subset.rules, columns, costs, bounds),
        distances=chooser.distances(subset.distance),
        columns=columns,
        anchor=ENGLISH,
        targets=tuple(Language(language) for language in subset.targets) or None,
    )


def searched_set_trial(
    config: SweepConfig, number: int, origin: int, seed: int, point: Mapping[str, Any]
) -> PlannedTrial:
    """The trial of a searched set. A repeat belongs to the arm of the trial that it repeats, with another seed.

    Args:
        number: the search's count. origin: of the trial that is repeated, or `number`.
    """
    drawn_by = SCREENED if is_screening(point) else config.search.kind
    subset = LanguageSubset(tuple(Language(tag) for tag in point[LANGUAGES]), drawn_by)
    settings = {key: value for key, value in point.items() if key not in (LANGUAGES, SCREEN)}
    shown = "".join(f" {key.split('.')[-1]}={_short(value)}" for key, value in sorted(settings.items()))
    run = dataclasses.replace(config.run, languages=subset.languages, seed=seed)
    arm = f"{SEARCH_PREFIX}{origin:04d}"
    return PlannedTrial(
        name=f"{arm}-seed{seed}", arm=arm, label=f"{subset.label} #{origin}{shown}", subset=subset,
        run=apply_point(run, settings), number=number, point=dict(point),
    )  # fmt: skip


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
