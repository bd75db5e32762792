"""What a trial refuses before it loads anything."""

import pytest

from trainables.mapping import ConfigError
from trainables.run_checks import check_names, lengths, problems_of_settings, problems_of_unused
from trainables.run_config import (
    DataConfig,
    EncoderConfig,
    EvaluateConfig,
    FinetuneConfig,
    PretrainConfig,
    RealignConfig,
    RunConfig,
)


@pytest.mark.parametrize(
    "config",
    [
        RunConfig(realign=RealignConfig(temperature=0.0)),
        RunConfig(finetune=FinetuneConfig(warmup_frac=7.0)),
        RunConfig(evaluate=EvaluateConfig(batch_size=0)),
        RunConfig(device="tpu"),
    ],
)
def test_a_trial_made_in_python_is_checked_as_well(config: RunConfig) -> None:
    with pytest.raises(ConfigError):
        check_names(config)


def test_of_every_stage_and_task_the_longest_text_is_known() -> None:
    config = RunConfig(
        tasks=("pos", "nli"), realign=RealignConfig(max_length=10),
        finetune=FinetuneConfig(max_length=20, by_task={"nli": {"max_length": 30}, "ner": {"max_length": 99}}),
        evaluate=EvaluateConfig(max_length=40),
    )  # fmt: skip
    assert lengths(config) == {
        "realign.max_length": 10, "finetune.max_length": 20, "finetune.by_task.nli.max_length": 30,
        "evaluate.max_length": 40,
    }  # fmt: skip


def test_settings_that_nothing_reads_are_said() -> None:
    assert problems_of_unused(RunConfig()) == []
    config = RunConfig(
        encoder=EncoderConfig(provider="pretrained", revision="main"),
        realign=RealignConfig(mixing="size", mixing_weights={"deu_Latn": 1.0}),
        data=DataConfig(source="synthetic", filters=("empty",)),
    )
    assert problems_of_unused(config) == [
        "`encoder.revision` is for provider 'hub', but `encoder.provider` is 'pretrained'. Set that to hub, or delete "
        "the name.",
        "`realign.mixing_weights` are for `realign.mixing: weights`, but that is 'size'. Delete one.",
        "`data.filters` are not for the synthetic world. Delete them.",
    ]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            RunConfig(realign=RealignConfig(n_steps=10_000_000, batch_size=16)),
            "`realign.n_steps` must be such that `n_steps` times `batch_size` is at most 100,000,000 examples, but "
            "that is 160,000,000. Lower one of them.",
        ),
        (
            RunConfig(finetune=FinetuneConfig(by_task={"pos": {"n_steps": 10_000_000}})),
            "`finetune.by_task.pos.n_steps` must be such that `n_steps` times `batch_size` is at most 100,000,000 "
            "examples, but that is 320,000,000. Lower one of them.",
        ),
        (
            # 65,536 * (16,000 pieces + 128 positions + 12 * 65,536 * 4 in blocks)
            RunConfig(encoder=EncoderConfig(pretrain=PretrainConfig(hidden_size=65_536))),
            "`encoder.pretrain.hidden_size` must make an encoder of at most 10,000,000,000 parameters, but makes "
            "207,215,394,816. Lower it, `n_layers` or `vocabulary_size`.",
        ),
    ],
)
def test_what_fits_by_itself_and_not_together_is_refused(config: RunConfig, expected: str) -> None:
    assert problems_of_settings(config) == [expected]


def test_all_contradictions_are_said_at_once() -> None:
    config = RunConfig(
        tasks=("pos", "pos"), evaluate=EvaluateConfig(n_retrieval=1),
        encoder=EncoderConfig(provider="hub"), realign=RealignConfig(objective="contrastive", batch_size=1),
    )  # fmt: skip
    assert [problem.split("`")[1] for problem in problems_of_settings(config)] == [
        "tasks", "realign.batch_size", "encoder.name", "evaluate.n_retrieval",
    ]  # fmt: skip
