"""From an arm or a point to a trial with its languages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search_spaces.published.subsets import PUBLISHED
from sweep.config.arms import Arm
from sweep.config.sections import SweepConfig
from sweep.plan import Plan
from sweep.trials.chooser import arm_of_point, make_chooser
from trainables.data.folder import DataFolder
from trainables.mapping import ConfigError


def test_a_pool_restricts_the_choice(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(pool=["de", "fr", "wo"], arms=["full", {"criterion": "max-sum", "size": 2}])
    assert plan.trials[0].run.languages == ("deu_Latn", "fra_Latn", "wol_Latn")
    assert set(plan.trials[1].run.languages) < {"deu_Latn", "fra_Latn", "wol_Latn"}


def test_a_searched_trial_has_the_point_in_its_run(plan_of: Callable[..., Plan]) -> None:
    space = {"subset.criterion": {"choice": ["random", "max-sum"]}, "subset.size": {"choice": [2, 3]}}
    space |= {"subset.seed": {"choice": [4]}, "realign.temperature": {"choice": [0.5]}}
    plan = plan_of(space=space)
    assert (plan.n_searched, plan.n_trials) == (4, 10)
    point = {"subset.criterion": "random", "subset.size": 2, "subset.seed": 4, "realign.temperature": 0.5}
    trial = plan.chooser.searched_trial(7, point)
    assert trial.run.realign.temperature == 0.5 and len(trial.run.languages) == 2 and trial.subset.seed == 4
    assert (trial.name, trial.label) == ("search-0007-seed0", "random k=2 s=4 temperature=0.5")
    # A criterion that draws nothing has no seed, whatever the point says.
    assert plan.chooser.searched_trial(8, {**point, "subset.criterion": "max-sum"}).subset.seed is None


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ({"subset.criterion": "random"}, Arm(criterion="random", size=2, seed=0)),
        ({"subset.criterion": "random", "subset.tolerance": 0.1}, Arm(criterion="random", size=2, seed=0)),
        ({"subset.criterion": "max-sum", "subset.seed": 4}, Arm(criterion="max-sum", size=2)),
        (
            {"subset.criterion": "max-sum", "subset.seed": 4, "subset.tolerance": 0.1, "subset.distance": "genetic"},
            Arm(criterion="max-sum", size=2, seed=4, tolerance=0.1, distance="genetic"),
        ),
    ],
)
def test_a_point_says_how_to_choose_and_a_seed_counts_only_where_something_is_drawn(
    point: dict[str, Any], expected: Arm
) -> None:
    assert arm_of_point({"subset.size": 2, **point}) == expected


def test_arms_without_a_choice_have_the_languages_they_name(plan_of: Callable[..., Plan]) -> None:
    chooser = plan_of(pool=["de", "fr", "wo"]).chooser
    assert chooser.subset(Arm(criterion="none")).languages == ()
    assert chooser.subset(Arm(criterion="full")).languages == ("deu_Latn", "fra_Latn", "wol_Latn")
    given = Arm(criterion="given", name="two", languages=("wol_Latn", "deu_Latn"))
    trial = chooser.trial(given, 3)
    assert (trial.name, trial.label, trial.run.seed) == ("two-seed3", "two", 3)
    assert trial.run.languages == ("deu_Latn", "wol_Latn")
    drawn = Arm(criterion="given", name="paper", published="random_langs_with_seed_5")
    assert chooser.subset(drawn, 3).languages == PUBLISHED["random_langs_with_seed_5"].draw(3).languages


def test_languages_without_pairs_are_refused_at_once(config_of: Callable[..., SweepConfig], data: Path) -> None:
    config = config_of(pool=["sw", "ha", "am"], arms=["full", {"languages": ["en", "sw"]}])
    with pytest.raises(ConfigError) as caught:
        make_chooser(config, DataFolder(data))
    assert caught.value.problems == [
        "`pool` must have sentence pairs in the data, but amh_Ethi, hau_Latn have none. Leave them out.",
        "`arms[1].languages` must have sentence pairs in the data, but eng_Latn has none. Leave it out.",
        "`arms[1].languages` must not hold eng_Latn: it is the other side of every pair. Delete it.",
    ]


def test_pool_all_is_every_language_with_sentence_pairs(plan_of: Callable[..., Plan]) -> None:
    assert plan_of(pool="all").chooser.pool == (
        "deu_Latn", "fra_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn", "wol_Latn", "yor_Latn",
    )  # fmt: skip
    with pytest.raises(ConfigError, match="`pool` must be one of 'all' or a list"):
        plan_of(pool="some")
