"""Whether settings fit the encoder."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from trainables.encoders.base import Encoder
from trainables.encoders.fit import check_fit
from trainables.run_config import EvaluateConfig, FinetuneConfig, RealignConfig, RunConfig

FITS = RunConfig(
    realign=RealignConfig(max_length=64, layer=-1), finetune=FinetuneConfig(max_length=64),
    evaluate=EvaluateConfig(max_length=64),
)  # fmt: skip


@pytest.mark.parametrize(
    ("section", "changes", "path"),
    [
        ("realign", {"max_length": 65}, "realign.max_length"),
        ("finetune", {"max_length": 65}, "finetune.max_length"),
        ("evaluate", {"by_task": {"pos": {"max_length": 65}}}, "evaluate.by_task.pos.max_length"),
    ],
)
def test_a_text_longer_than_the_encoder_reads_is_refused(
    section: str, changes: dict[str, Any], path: str, make_encoder: Callable[..., Encoder]
) -> None:
    encoder = make_encoder()  # 64 positions
    check_fit(FITS, encoder)
    changed = dataclasses.replace(getattr(FITS, section), **changes)
    with pytest.raises(ValueError) as caught:
        check_fit(dataclasses.replace(FITS, **{section: changed}), encoder)
    assert str(caught.value) == f"`{path}` must be at most 64 (sub-words this encoder can read), but is 65. Lower it."
