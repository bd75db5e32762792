"""Warm start of a sweep: where scores come from, that they are frozen, and what is refused."""

import json
from collections.abc import Callable
from statistics import fmean

import pytest

from search_spaces.published.scores import (
    counted,
    published_blackbox,
    published_means,
    published_scores,
    published_subset,
)
from sweep.config.load import as_mapping
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import write_yaml
from sweep.folders import SweepFolder
from sweep.plan import make_plan, with_hidden_languages
from sweep.records.records import RecordStore, TrialRecord
from sweep.search.sets import make_set_search
from sweep.search.warm_start import freeze_warm_start, read_warm_start
from trainables.data.folder import DataFolder
from trainables.mapping import ConfigError

SEARCH = {"kind": "subset-gp", "size": 2, "n_samples": 4}


def test_the_papers_scores_are_one_a_training(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    config = config_of(search={**SEARCH, "warm_start": ["published-nli"]})
    scores = read_warm_start(config, folder)["published-nli"]
    means = published_means("nli")
    without_baseline = [value for (strategy, _), value in means.items() if strategy != "baseline"]
    # equal sets of one seed stand once
    assert len(scores) <= len(without_baseline) and fmean(s for _, s in scores) == pytest.approx(
        fmean(without_baseline), abs=0.002
    )


def test_an_earlier_sweep_gives_the_scores_that_its_search_was_told(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, record_of: Callable[..., TrialRecord]
) -> None:
    earlier = SweepFolder(folder.mlruns, "before")
    before = config_of(name="before", search={**SEARCH, "languages": ["deu"]})
    earlier.root.mkdir(parents=True)
    earlier.config.write_text(write_yaml(as_mapping(before)))
    for name, languages in (("none", ()), ("search-0000", ("deu_Latn", "swh_Latn")), ("search-0001", ("tel_Telu",))):
        RecordStore(earlier.records).write(record_of(name, 0, languages, sweep="before"))
    config = config_of(search={**SEARCH, "warm_start": ["before"]})
    scores = read_warm_start(config, folder)
    assert scores == {
        "before": [(("deu_Latn", "swh_Latn"), 0.5), (("tel_Telu",), 0.5)]
    }  # German's dev score; no `none`
    freeze_warm_start(scores, folder)
    RecordStore(earlier.records).write(record_of("search-0002", 0, ("tur_Latn",), sweep="before"))
    assert (
        read_warm_start(config, folder) == scores
        and len(json.loads((folder.root / "warm_start.json").read_text())) == 1
    )


def test_what_the_search_may_not_look_at_does_not_count_in_earlier_scores_either(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, record_of: Callable[..., TrialRecord]
) -> None:
    earlier = SweepFolder(folder.mlruns, "before")
    earlier.root.mkdir(parents=True)
    earlier.config.write_text(write_yaml(as_mapping(config_of(name="before", search=SEARCH))))
    record = record_of("search-0000", 0, ("deu_Latn", "swh_Latn"), sweep="before")
    dev = {row.language: row.value for row in record.scores if row.split == "dev" and row.task == "pos"}
    assert dev["deu_Latn"] != dev["wol_Latn"]
    RecordStore(earlier.records).write(record)
    config = config_of(search={**SEARCH, "warm_start": ["before"], "hold_out_frac": 0.5})
    config = with_hidden_languages(config, DataFolder(config.run.data.root))
    (hidden,) = config.run.evaluate.no_signal_of
    assert read_warm_start(config, folder)["before"][0][1] == dev["deu_Latn" if hidden == "wol_Latn" else "wol_Latn"]
    without = published_blackbox(without=frozenset({"swh_Latn"}))
    own = [score.value for score in counted(published_scores()) if (score.strategy, score.task, score.seed) ==
           ("most_uriel_en_10", "pos", 17) and score.language not in ("swh_Latn", "eng_Latn")]  # fmt: skip
    assert without[published_subset("most_uriel_en_10", 17), "pos", 17] == pytest.approx(fmean(own))


def test_the_search_begins_with_them(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    frozen = {
        "x": [(("deu_Latn", "swh_Latn"), 1.0)] * 2 + [(("deu_Latn", tag), 0.9) for tag in ("fra_Latn", "yor_Latn")]
    }
    frozen["x"] += [(("tel_Telu", tag), 0.1) for tag in ("tur_Latn", "fra_Latn", "yor_Latn", "swh_Latn", "jpn_Jpan")]
    config = config_of(search={**SEARCH, "warm_start": ["x"]})
    folder.root.mkdir(parents=True)
    freeze_warm_start(frozen, folder)
    plan = make_plan(config, folder)
    search = make_set_search(plan.config, plan.chooser, earlier=plan.earlier)
    asked = [search.searcher.ask(1)[0] for _ in range(4)]
    assert sum("deu_Latn" in languages for languages in asked) >= 3


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({**SEARCH, "warm_start": ["gone"]}, "names 'gone'"),
        ({**SEARCH, "warm_start": ["tiny"]}, "another sweep"),
        ({**SEARCH, "kind": "evolution", "warm_start": ["published-pos"]}, "for `search.kind: subset-gp` only"),
    ],
)
def test_what_cannot_be_begun_with(
    search: dict, message: str, config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    with pytest.raises(ConfigError, match=message):
        make_plan(config_of(search=search), folder)
