"""A search that begins with gradients: measured once, frozen, of the languages that it is told of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search_spaces.languages import parse_language
from sweep.config.sections import SweepConfig
from sweep.execution.measured_gradients import with_gradients
from sweep.folders import SweepFolder
from sweep.plan import make_plan
from sweep.search.sets import make_set_search
from sweep.search.warm_start import freeze_warm_start
from trainables.mapping import ConfigError
from trainables.testing.tiny import save_tiny_encoder, write_gzip

SEARCH = {"kind": "subset-gp", "size": 2, "n_samples": 4, "warm_start": ["gradients"]}


@pytest.fixture
def run(tmp_path: Path) -> dict[str, Any]:
    """Of a tiny encoder."""
    save_tiny_encoder(tmp_path / "encoder")
    small = {"max_length": 16, "batch_size": 8}
    return {
        "encoder": {"provider": "hub", "name": str(tmp_path / "encoder")}, "tasks": ["pos"],
        "realign": {**small, "projection_size": 8, "n_steps": 2}, "finetune": {**small, "n_steps": 2},
        "evaluate": {"max_length": 16, "n_retrieval": 4},
    }  # fmt: skip


def write_flores(data: Path, *codes: str) -> None:
    for code in ("eng", *codes):
        rows = [f"{i}\tdev\tx\t{code} dog {chr(97 + i)}\n" for i in range(8)]
        write_gzip(data / f"flores/{parse_language(code)}.tsv.gz", "".join(rows))


def test_they_are_measured_once_and_kept_with_the_sweep(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, data: Path, run: dict[str, Any]
) -> None:
    write_flores(data, "wol", "tel")
    plan = make_plan(config_of(run=run, search=SEARCH), folder)
    assert plan.earlier == {}
    said: list[str] = []
    measured = with_gradients(plan, said.append)
    scores = measured.earlier["gradients"]
    assert [languages for languages, _ in scores] == [(language,) for language in measured.chooser.pool]
    assert all(-1 <= cosine <= 1 for _, cosine in scores) and len({cosine for _, cosine in scores}) == 8
    assert len(said) == 1 and "gradients of 8 languages" in said[0]

    freeze_warm_start(measured.earlier, folder)
    again = make_plan(config_of(run=run, search=SEARCH), folder)
    assert again.earlier == measured.earlier and with_gradients(again, said.append) is again and len(said) == 1
    # the first sets are those that they favour: of the best of them, where a random draw may name any
    search = make_set_search(again.config, again.chooser, again.trials, again.earlier)
    order = sorted(scores, key=lambda row: -row[1])
    best, worst = order[0][0][0], order[-1][0][0]
    asked = [search.searcher.ask(1)[0] for _ in range(4)]
    assert sum(best in languages for languages in asked) > sum(worst in languages for languages in asked)


def test_a_plan_without_sentences_to_compare_by_is_refused(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, data: Path, run: dict[str, Any]
) -> None:
    write_flores(data, "tel")  # has no labels
    with pytest.raises(ConfigError, match=r"languages that the search is told of, but there are 0 such languages"):
        make_plan(config_of(run=run, search=SEARCH), folder)
    plan = make_plan(config_of(run=run, search={**SEARCH, "objective": "retrieval"}), folder)  # it needs none
    assert plan.n_searched == 4


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"pool": ["deu", "fra", "swh", "tel"]}, "needs at least 8 languages in the pool, but there are 4"),
        ({"realign": {"objective": "word_contrastive", "alignments": "similarity"}}, "objectives of sentences only"),
    ],
    ids=["few languages", "words"],
)
def test_what_no_gradient_can_be_compared_for_is_refused_by_the_plan(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, data: Path, run: dict[str, Any], keys: dict[str, Any],
    said: str,
) -> None:  # fmt: skip
    write_flores(data, "wol", "tel")
    keys = dict(keys)
    config = config_of(run={**run, "realign": {**run["realign"], **keys.pop("realign", {})}}, search=SEARCH, **keys)
    with pytest.raises(ConfigError, match=said):
        make_plan(config, folder)


def test_only_a_search_of_sets_by_a_model_begins_with_them(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, data: Path, run: dict[str, Any]
) -> None:
    write_flores(data, "wol")
    plan = make_plan(config_of(run=run, search={**SEARCH, "warm_start": []}), folder)
    assert with_gradients(plan, print) is plan
    with pytest.raises(ConfigError, match=r"`search.warm_start` is for `search.kind: subset-gp` only"):
        config_of(run=run, search={**SEARCH, "kind": "random-sets"})
