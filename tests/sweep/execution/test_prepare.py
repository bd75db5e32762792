"""What all trials share is built once, on the driver."""

from collections.abc import Callable

import pytest

from sweep.config.sections import SweepConfig
from sweep.execution.prepare import pretrain_encoder
from sweep.folders import SweepFolder
from trainables.mapping import ConfigError


def test_an_encoder_of_others_is_not_pre_trained(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    config = config_of(run={"encoder": {"provider": "hub", "name": "xlm-roberta-base"}})
    with pytest.raises(ConfigError) as caught:
        pretrain_encoder(config, folder, print)
    assert caught.value.problems == ["`run.encoder.provider` must be 'pretrained' to be pre-trained, but is 'hub'."]
    assert not folder.mlruns.exists()
