"""Settings of single tasks: what `evaluate.by_task` changes, and what it must not."""

import pytest

from trainables.mapping import ConfigError, from_mapping, to_mapping
from trainables.run_config import EvaluateConfig, RunConfig
from trainables.store.fingerprint import fingerprint


def test_a_task_is_evaluated_with_its_own_settings() -> None:
    config = EvaluateConfig(n_sentences=9, by_task={"nli": {"max_length": 256, "n_sentences": None}})
    assert config.for_task("nli") == EvaluateConfig(max_length=256)
    assert config.for_task("pos") == EvaluateConfig(n_sentences=9)
    assert fingerprint(config.for_task("pos")) == fingerprint(EvaluateConfig(n_sentences=9))
    whole = from_mapping(RunConfig, {"evaluate": {"by_task": {"nli": {"max_length": 256}}}})
    assert whole.evaluate.for_task("nli").max_length == 256
    assert from_mapping(RunConfig, to_mapping(whole)) == whole


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"max_lenght": 256}, r"`evaluate.by_task.nli.max_lenght` is not a known key"),
        (
            {"max_length": "long"},
            r"`evaluate.by_task.nli.max_length` must be an integer from 8 to 1,000,000",
        ),
        ({"n_retrieval": 3}, r"`evaluate.by_task.nli` must not hold `n_retrieval` itself"),
        ({"by_task": {}}, r"`evaluate.by_task.nli` must not hold `by_task` itself"),
    ],
)
def test_mistakes_are_named(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        EvaluateConfig(by_task={"nli": changes}).for_task("nli")
