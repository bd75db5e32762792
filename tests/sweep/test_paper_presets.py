"""The paper's grid as presets: its constants, and what it costs, without fetching anything."""

import pytest

from search_spaces.published.subsets import PUBLISHED, random_langs
from sweep.config.load import load_config
from sweep.folders import SweepFolder
from sweep.plan import make_plan

SEEDS = (17, 23, 42, 66)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "rate"), [("xlmr", 7.5e-6), ("mbert", 2e-5)])
def test_the_grid_has_the_published_constants_and_sets(model, rate, tmp_path):
    """24,544 steps of 16 pairs are the 392,704 pairs of the published runs; epochs are given as observed steps."""
    config = load_config(f"paper/{model}")
    run = config.run
    assert (run.realign.n_steps, run.realign.n_steps * run.realign.batch_size) == (24_544, 392_704)
    assert run.realign.learning_rate == run.finetune.learning_rate == pytest.approx(rate)
    explicit = run.realign.explicit()
    assert (explicit.layer, explicit.pooling, explicit.mask_duplicates) == (-2, "prefix", False)
    steps = {task: run.finetune.for_task(task).n_steps for task in run.tasks}
    assert steps == {"pos": 3_405, "ner": 3_125, "nli": 24_544} and run.finetune.batch_size == 32
    assert run.evaluate.for_task("nli").max_length == 256 and run.evaluate.for_task("pos").max_length == 128
    plan = make_plan(config, SweepFolder.below(tmp_path, config.name), fetch=False)
    arms = {trial.arm for trial in plan.trials}
    assert config.seeds == SEEDS and arms == {"none", *PUBLISHED} and plan.n_trials == 4 * len(arms)
    drawn = {t.run.seed: t.subset.languages for t in plan.trials if t.arm == "random_langs_with_seed_10"}
    assert drawn == {seed: random_langs(seed, 10) for seed in SEEDS}
    # one set of ten carries three names, and other sets are equal too: they are realigned once
    distinct = {(t.run.seed, t.subset.languages) for t in plan.trials if t.subset.languages}
    assert len(plan.realignments) == len(distinct) < plan.n_trials - 4
    assert not (tmp_path / "store" / "corpus").exists()
