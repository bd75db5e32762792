"""The contract that authors of plug-ins run, over every searcher of the table; and what the base class refuses."""

import json

import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.searchers import SEARCHERS
from search_spaces.subset_space import SubsetSpace
from search_spaces.testing import SearcherContract
from search_spaces.testing.searchers import POOL, free_space, make, play

OPTIONS = {"subset-gp": {"n_initial": 3, "n_diverse": 2}, "evolution": {"n_parents": 3}}
COSTLY = "optuna-gp"


class TestEverySearcher(SearcherContract):
    @pytest.fixture(autouse=True, params=sorted(set(SEARCHERS) - {COSTLY}))
    def member(self, request):
        self.name, self.options = request.param, OPTIONS.get(request.param, {})

    @pytest.mark.slow
    def test_every_set_keeps_the_rules_and_none_comes_twice(self):
        super().test_every_set_keeps_the_rules_and_none_comes_twice()

    @pytest.mark.slow
    def test_a_loaded_search_goes_on_as_the_saved_one(self):
        super().test_a_loaded_search_goes_on_as_the_saved_one()

    @pytest.mark.slow
    def test_another_process_proposes_the_same(self):
        super().test_another_process_proposes_the_same()


@pytest.mark.slow
class TestCostly(SearcherContract):
    """Optuna's Gaussian process takes a second a proposal: shorter searches, and not those of many asks."""

    name, n_runs, n_rounds = COSTLY, 1, 10
    test_a_batch_is_the_same_as_single_asks = None
    test_many_asks_before_any_tell = None
    test_a_loaded_search_goes_on_as_the_saved_one = None
    test_failed_and_stopped_trials_are_never_scores = None
    test_repeats_are_separate_observations = None
    test_only_feasible_sets_are_recommended = None
    test_equal_scores_do_no_harm = None
    test_the_seed_matters = None

    def test_a_resumed_one_goes_on(self):
        searcher, resumed = self.searcher(), self.searcher()
        play(searcher, 6)
        resumed.load(json.loads(json.dumps(searcher.state())))
        assert resumed.ask() == searcher.ask()


def test_a_state_of_another_search_is_refused():
    state = make("random", {}, free_space()).state()
    with pytest.raises(ValueError, match="searcher 'evolution', but has 'random'"):
        make("evolution", {}, free_space()).load(state)
    with pytest.raises(ValueError, match="candidates"):
        make("random", {}, SubsetSpace(pool=POOL[:10], min_size=4)).load(state)
    with pytest.raises(ValueError, match="version"):
        make("random", {}, free_space()).load({**state, "version": 0})


@pytest.mark.parametrize(
    ("score", "status", "fidelity", "message"),
    [
        (None, "complete", None, "finite score"),
        (float("nan"), "complete", None, "finite score"),
        (0.5, "failed", None, "no score"),
        (float("inf"), "stopped", None, "finite"),
        (0.5, "done", None, "`status` must be"),
        (0.5, "stopped", 1.5, "`fidelity`"),
    ],
)
def test_what_cannot_be_told(score, status, fidelity, message):
    searcher = make("random", {}, free_space())
    with pytest.raises(ValueError, match=message):
        searcher.tell(POOL[:4], score, status, fidelity=fidelity)
    assert searcher.observations == []


def test_who_cannot_be_told():
    searcher = make("random", {}, free_space())
    with pytest.raises(ValueError, match="empty"):
        searcher.tell((), 0.5)
    with pytest.raises(ValueError, match="among the 12"):
        searcher.tell(REALIGNMENT_LANGUAGES[10:14], 0.5)
