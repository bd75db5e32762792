"""No sentence pairs are fetched that no trial could read."""

from typing import Any

import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from sweep.config.load import load_config
from sweep.config.sections import SweepConfig
from sweep.trials.needed import with_needed_languages

HUB = "{source: hub, sets: [opus100, nllb, xnli]}"
ENCODER = "{provider: hub, name: xlm-roberta-base}"


def needed(tmp_path: Any, text: str, data: str = HUB, encoder: str = ENCODER) -> tuple[str, ...]:
    path = tmp_path / "some.yaml"
    path.write_text(f"name: some\nrun: {{data: {data}, encoder: {encoder}, tasks: [nli]}}\n{text}\n")
    config: SweepConfig = load_config(str(path))
    return with_needed_languages(config).run.data.bitext_languages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arms: [none, {languages: [sw, deu]}]\npool: [fra]", {"fra_Latn", "swh_Latn", "deu_Latn"}),
        ("arms: [full]\npool: [fra, yor]", {"fra_Latn", "yor_Latn"}),
        ("arms: [none, full]", set(REALIGNMENT_LANGUAGES)),
        ("arms: [most_uriel_en_5]\npool: [fra]", set(REALIGNMENT_LANGUAGES)),
        ("arms: [{languages: [isl]}]", {*REALIGNMENT_LANGUAGES, "isl_Latn"}),  # OPUS-100 has Icelandic
    ],
)
def test_the_pool_and_what_arms_name_is_needed(tmp_path: Any, text: str, expected: set[str]) -> None:
    assert set(needed(tmp_path, text)) == expected


def test_what_the_data_sets_lack_is_not_asked_for(tmp_path: Any) -> None:
    found = needed(tmp_path, "arms: [full]", data="{source: hub, sets: [opus100, xnli]}")
    assert "fra_Latn" in found and "luo_Latn" not in found  # Luo is in NLLB alone


def test_an_own_choice_and_an_encoder_that_reads_all_are_left_alone(tmp_path: Any) -> None:
    own = "{source: hub, sets: [opus100, xnli], bitext_languages: [fra]}"
    assert needed(tmp_path, "arms: [full]", data=own) == ("fra",)
    assert needed(tmp_path, "arms: [full]", encoder="{provider: pretrained}") == ()
    assert needed(tmp_path, "arms: [full]", data="{source: synthetic}") == ()
