"""A loss or a weight that is not finite is named, with stage and step."""

import pytest
import torch
from torch import nn

from trainables.stepping.finite import DivergedError, check_losses, check_weights
from trainables.stepping.progress import Progress


def test_single_numbers_and_weights() -> None:
    check_losses("finetune/pos", Progress(1, 2, {"loss": 3.0, "learning_rate": 0.0}))
    with pytest.raises(DivergedError, match="`realign_loss` is inf in stage finetune/ner at step 2 of 9"):
        check_losses("finetune/ner", Progress(2, 9, {"loss": 1.0, "realign_loss": float("inf")}))
    model = nn.Linear(3, 2)
    check_weights("realign", model)
    with torch.no_grad():
        model.bias[1] = float("-inf")
    with pytest.raises(DivergedError, match=r"1 of 2 tensors \(bias ...\)"):
        check_weights("realign", model)
    check_weights("realign", nn.Module())
