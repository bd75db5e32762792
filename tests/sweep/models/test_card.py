"""What a card says, against the records."""

from collections.abc import Callable
from typing import Any

import yaml

from sweep.models.card import encoder_card, model_card
from sweep.records.records import TrialRecord
from trainables.tasks import TASKS

Make = Callable[..., TrialRecord]


def test_the_card_names_languages_scores_and_origin(record_of: Callable[..., TrialRecord]) -> None:
    card = model_card(record_of("best", 3, ("wol_Latn",), config_fingerprint="f00"), TASKS["pos"])
    assert "language:\n- eng\n- wol\n" in card and "(Wolof)" in card
    assert "| Wolof (wol_Latn) | 0.300 |" in card and "f00" in card and "0.200" not in card  # test, not dev


def test_the_metadata_is_what_the_hub_reads(record_of: Make) -> None:
    encoder = {"encoder": {"provider": "hub", "name": "xlm-roberta-base"}, "data": {"sets": ["xnli", "ud"]}}
    record = record_of("best", 3, ("wol_Latn",), config=encoder)
    metadata: Any = yaml.safe_load(model_card(record, TASKS["pos"]).split("---")[1])
    assert metadata["base_model"] == "xlm-roberta-base" and metadata["language"] == ["eng", "wol"]
    assert (metadata["license"], metadata["pipeline_tag"]) == ("other", "token-classification")
    assert yaml.safe_load(model_card(record, TASKS["pos"], licence="mit").split("---")[1])["license"] == "mit"
    assert "not for commercial use" in model_card(record, TASKS["pos"])  # some treebanks
    own = record_of("best", 3, config={"encoder": {"provider": "hub", "name": "/home/me/my-xlmr"}})
    assert "base_model" not in model_card(own, TASKS["pos"]) and "/home/me" not in model_card(own, TASKS["pos"])


def test_the_interval_is_that_of_the_arm(two_arms: list[TrialRecord]) -> None:
    """43 and 45: mean 44, and 12.706 standard errors of 1 to either side."""
    record = next(record for record in two_arms if (record.arm, record.seed) == ("sub", 1))
    card = model_card(record, TASKS["pos"], two_arms)
    assert "| all (without English) | 3 | 0.450 | 0.440 | [0.313, 0.567] | 2 |" in card
    assert "one of 2 arms" in card and "| Wolof (wol_Latn) | 0.440 | 100 | yes |" in card
    assert "| all (without English) | 3 | 0.450 | 0.450 | - | 1 |" in model_card(record, TASKS["pos"])
    text = encoder_card(record, two_arms)
    assert "not fine-tuned for any task" in text and "feature-extraction" in text and "| 0.440 |" in text
