"""The paper's grid as presets: its constants, its test sets, and what it costs, without fetching anything."""

import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH
from search_spaces.published.scores import KEPT, published_scores
from search_spaces.published.subsets import PUBLISHED, random_langs
from sweep.config.load import load_config
from sweep.folders import SweepFolder
from sweep.plan import make_plan
from sweep.trials.needed import with_needed_languages
from trainables.parallel_data.announced import AnnouncedData

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
    assert explicit.words == "reference" and not run.evaluate.halve
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


@pytest.mark.parametrize("name", ["xlmr", "mbert", "xlmr-ours", "mbert-ours"])
def test_the_grid_is_scored_on_the_test_sets_of_the_published_averages(name):
    """PoS and NLI: those of the published files without the ones that the paper's statistics drop (a language twice).

    NER: the 47 languages of XTREME-R's WikiANN without Swahili and Yoruba, and the 20 of MasakhaNER 2.0, as
    `eval_langs` of the paper's run_langs_selection.sh lists them.
    """
    data = AnnouncedData(with_needed_languages(load_config(f"paper/{name}")).run.data)
    fetched = {(one.part, one.name, language) for one, language in data.tasks if language != ENGLISH}
    names = {"udpos": "xtremer"}
    published = {(s.task, names.get(s.test_set, s.test_set), s.language) for s in published_scores()}
    published = {one for one in published if one[2] != ENGLISH}
    twice = {(part, language) for part, test_set, language in published if test_set in KEPT}
    counted = {one for one in published if one[1] in KEPT or (one[0], one[2]) not in twice}
    assert {one for one in fetched if one[0] in ("pos", "nli")} == counted
    assert [len({one[2] for one in fetched if one[0] == part}) for part in ("pos", "ner", "nli")] == [55, 65, 41]
    assert {one[1]: sum(one[1] == other[1] for other in fetched) for one in fetched if one[0] == "ner"} == {
        "wikiann": 45, "masakhaner2": 20,
    }  # fmt: skip


def test_the_grid_fetches_the_65_languages_from_the_corpora_of_the_paper():
    data = AnnouncedData(with_needed_languages(load_config("paper/xlmr")).run.data)
    corpora = {name: sum(one.name == name for one, _ in data.tasks) for name in ("opus100", "nllb")}
    assert corpora == {"opus100": 38, "nllb": 27}
    assert set(data.bitext_languages) == set(REALIGNMENT_LANGUAGES)
