"""`search.warm_start: [gradients]`: which languages decide what a candidate's gradient is worth."""

from collections.abc import Collection

from search_spaces.languages import ENGLISH, Language
from search_spaces.searchers.earlier import MIN_SETS
from trainables.data.folder import DataFolder
from trainables.evaluation.evaluated import evaluated_languages
from trainables.evaluation.retrieval import HELD_OUT, half_of, probed_languages
from trainables.evaluation.scores import RETRIEVAL
from trainables.realignment.gradients import check_objective
from trainables.run_checks import N_PROBED
from trainables.run_config import RunConfig
from trainables.tasks import TASKS

GRADIENTS = "gradients"


def gradient_targets(data: DataFolder, run: RunConfig, candidates: Collection[Language]) -> list[Language]:
    """The languages that the search is told of, as far as they have n-way parallel sentences; sorted.

    Args:
        candidates: the pool of the search.
        run: with the languages that a search may not look at in `evaluate.no_signal_of`.

    Raises:
        ValueError: there are none, or too few sentences that no report uses, or candidates; or an objective of words.
    """
    check_objective(run.realign)
    if len(candidates) < MIN_SETS:
        raise ValueError(
            f"`search.warm_start: [{GRADIENTS}]` needs at least {MIN_SETS} languages in the pool, but there are "
            f"{len(candidates)}. Widen it, or delete it."
        )
    told: set[Language] = set(probed_languages(data, run.tasks))
    if RETRIEVAL not in run.told:
        tested = (evaluated_languages(TASKS[task], data, run.evaluate.for_task(task)) for task in run.tasks)
        told &= set().union(*tested)
    targets = sorted(told - set(run.evaluate.no_signal_of) - {ENGLISH})
    n_sentences = len(half_of(data.flores(ENGLISH, HELD_OUT), "steering")) if ENGLISH in data.flores_languages else 0
    if not targets or n_sentences < N_PROBED:
        raise ValueError(
            f"`search.warm_start: [{GRADIENTS}]` needs n-way parallel sentences (flores/) of English and of languages "
            f"that the search is told of, but there are {len(targets)} such languages, with {n_sentences} sentences to "
            "choose by. Add them, or delete it."
        )
    return targets
