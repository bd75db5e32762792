"""A prediction in words."""

import pytest

from sweep.prediction.predict import Prediction, StageSum
from sweep.prediction.text import amount, dominating, duration, headline, prediction_text, size

PREDICTION = Prediction(
    source="made up", wall_s=4020.0, start_s=60.0, pretraining_s=0.0,
    stages={
        "realign": StageSum(n=2, clock_s=20.0, cpu_s=20.0), "finetune/pos": StageSum(n=4, clock_s=80.0, cpu_s=70.0),
    },
    trial_s={}, n_at_a_time=2, gpu=0.0, is_bound=False, disk_bytes=2.5e9, checkpoint_bytes=4e8, memory_bytes=1.2e9,
    driver_bytes=1e9,
)  # fmt: skip


def test_all_lines() -> None:
    assert prediction_text(PREDICTION).splitlines() == [
        "time: about 1 h 07 min (made up), 2 trials at a time",
        "bill: 0.025 core-hours of trials",
        "disk: 2.5 GB when it is over, up to 400 MB more for checkpoints",
        "memory: 1.2 GB a trial, 3.4 GB for 2 at a time and Ray",
        "",
        "  stage               s a trial  times  share",
        "  fine-tuning on pos       20.0      4   80 %",
        "  realignment              10.0      2   20 %",
        "",
        "80 % of the trials' time is fine-tuning on pos",
    ]


def changed(**fields: object) -> Prediction:
    return Prediction(**{**vars(PREDICTION), **fields})  # type: ignore[arg-type]


def test_a_bound_is_said_as_one() -> None:
    bound = changed(is_bound=True, gpu=0.25, gpu_bytes=3e9, disk_bytes=None)
    text = prediction_text(bound)
    assert headline(bound).startswith("at most about 1 h 07 min") and "earlier than counted here" in text
    assert "bill: 0.0069 GPU-hours, 0.025 core-hours" in text and "3.0 GB of a trial's card" in text
    assert "disk: not known from records" in text


def test_pretraining_may_dominate() -> None:
    assert dominating(changed(pretraining_s=3015.0)) == "75 % of the time is pre-training the encoder, once"
    assert dominating(changed(pretraining_s=10.0)) == "80 % of the trials' time is fine-tuning on pos"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s"), (89, "89 s"), (100, "2 min"), (3599, "1 h 00 min"), (12_000, "3 h 20 min"), (788_400, "9 days 3 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_amounts_and_sizes() -> None:
    assert [amount(value) for value in (0.0312, 2.41, 1299.0)] == ["0.031", "2.4", "1,300"]
    assert (size(6.2e8), size(1.25e9)) == ("620 MB", "1.2 GB")
