"""What of a realignment's settings does not fit the encoder: every sentence in full."""

from collections.abc import Callable
from typing import Any

import pytest

from trainables.encoders.base import Encoder
from trainables.realignment.check import check_settings
from trainables.run_config import RealignConfig


@pytest.mark.parametrize("layer", [-3, -1, 0, 2])
def test_settings_within_the_encoder_pass(layer: int, make_encoder: Callable[..., Encoder]) -> None:
    config = RealignConfig(layer=layer, freeze="lower", n_frozen_blocks=2)
    check_settings(config, make_encoder(n_layers=2).model)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"layer": 3},
            "`realign.layer` must be between -3 and 2 for this encoder (2 blocks; 0 = embeddings), but is 3.",
        ),
        (
            {"layer": -4},
            "`realign.layer` must be between -3 and 2 for this encoder (2 blocks; 0 = embeddings), but is -4.",
        ),
        (
            {"freeze": "upper", "n_frozen_blocks": 3},
            "`realign.n_frozen_blocks` must be between 1 and 2 (blocks of this encoder), but is 3. Half of them is "
            "usual; or set `realign.freeze: none`.",
        ),
        (
            {"protocol": "during", "freeze_embeddings": True},
            "`realign.freeze` needs a realignment of its own, but `realign.protocol` is 'during'. Set the protocol to "
            "'before', or freeze nothing.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    settings: dict[str, Any], sentence: str, make_encoder: Callable[..., Encoder]
) -> None:
    with pytest.raises(ValueError) as caught:
        check_settings(RealignConfig(**settings), make_encoder(n_layers=2).model)
    assert str(caught.value) == sentence
