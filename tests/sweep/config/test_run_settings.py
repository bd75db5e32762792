"""What a trial refuses before it trains: every field has its range, and settings must not contradict each other."""

from typing import Any

import pytest

from sweep.config.load import parse_config
from trainables.mapping import ConfigError

FILES = {"bitext": {"swh": "x"}}


def problems_of(run: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config({"name": "x", "run": run})
    return caught.value.problems


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("realign", "temperature", 0), ("realign", "temperature", -1), ("realign", "temperature", float("nan")),
        ("realign", "learning_rate", 1e30), ("realign", "learning_rate", 0), ("realign", "learning_rate", -1e-5),
        ("realign", "learning_rate", float("inf")), ("realign", "n_steps", 0), ("realign", "n_steps", -1),
        ("realign", "batch_size", 0), ("realign", "loss_weight", 0), ("realign", "max_length", 0),
        ("realign", "mixing_alpha", -1), ("realign", "projection_size", -1), ("realign", "n_frozen_blocks", -1),
        ("realign", "n_pairs_per_language", 0), ("realign", "objective", "contrastve"), ("realign", "alignments", "x"),
        ("finetune", "n_steps", 0), ("finetune", "n_steps", -1), ("finetune", "batch_size", 0),
        ("finetune", "batch_size", -1), ("finetune", "warmup_frac", 7), ("finetune", "learning_rate", 10**400),
        ("finetune", "max_length", 0), ("evaluate", "n_sentences", 0), ("evaluate", "batch_size", -1),
        ("evaluate", "n_retrieval", -1), ("evaluate", "n_retrieval", 1), ("evaluate", "n_probe_languages", 0),
        ("encoder", "provider", "x"), ("encoder", "n_layers", 0), ("encoder", "seen", "e5"),
        ("data", "source", "x"), ("data", "n_pairs", 0), ("data", "max_pairs", 0), ("data", "world_seed", -1),
        ("encoder.pretrain", "mask_frac", 0), ("encoder.pretrain", "smoothing", 2), ("encoder.pretrain", "n_heads", 0),
        ("encoder.pretrain", "learning_rate", 2), ("encoder.pretrain", "n_tokens_per_batch", 0),
        ("encoder.pretrain", "vocabulary_size", 0), ("encoder.pretrain", "warmup_frac", -0.1),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_the_one_problem(section: str, key: str, value: object) -> None:
    run: dict[str, Any] = {key: value}
    for part in reversed(section.split(".")):
        run = {part: run}
    (problem,) = problems_of(run)
    assert problem.startswith(f"`run.{section}.{key}` must be"), problem


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ({"device": "tpu"}, "`run.device` must be auto, cpu, cuda or cuda:NUMBER, but is 'tpu'. The default is auto."),
        ({"n_threads": -1}, "`run.n_threads` must be"), ({"store_limit_gb": 0}, "`run.store_limit_gb` must be"),
        ({"checkpoint_s": -1}, "`run.checkpoint_s` must be"), ({"tasks": ["pso"]}, "`run.tasks[0]` must be one of"),
        ({"tasks": []}, "`run.tasks` must be one or more different tasks"),
        ({"encoder": {"provider": "pakaged"}}, "Nearest: 'packaged'"),
        ({"encoder": {"provider": "hub"}}, "`run.encoder.name` must be a hub name"),
        ({"encoder": {"name": "xlm-roberta-base"}}, "`run.encoder.name` is for provider 'hub'"),
        ({"encoder": {"seen": ["xx"]}}, "`run.encoder.seen`: A language must be"),
        ({"encoder": {"n_layers": 5}}, "`run.encoder.n_layers` must be at most 4"),
        ({"encoder": {"pretrain": {"n_heads": 5}}}, "`run.encoder.pretrain.hidden_size` must be a multiple"),
        ({"realign": {"mixing": "weights"}}, "`run.realign.mixing_weights` must say how often"),
        ({"realign": {"mixing_weights": {"swh": 1}}}, "`run.realign.mixing_weights` are for"),
        ({"realign": {"mixing": "weights", "mixing_weights": {"swh": 0}}}, "`run.realign.mixing_weights.swh` must be"),
        ({"realign": {"batch_size": 1}}, "`run.realign.batch_size` must be at least 2"),
        ({"realign": {"objective": "word_contrastive", "pooling": "prefix"}}, "`run.realign.pooling` of words"),
        ({"realign": {"objective": "word_contrastive", "alignments": "pharaoh"}}, "`run.realign.alignments_root` must"),
        ({"realign": {"freeze": "lower"}}, "`run.realign.n_frozen_blocks` must be at least 1"),
        ({"realign": {"protocol": "during", "freeze_embeddings": True}}, "`run.realign.freeze` needs"),
        ({"realign": {"layer": 6}}, "`run.realign.layer` must be from -5 to 4"),
        ({"realign": {"max_length": 512}}, "`run.realign.max_length` must be at most 128"),
        ({"finetune": {"by_task": {"pos": {"max_length": 129}}}}, "`run.finetune.by_task.pos.max_length` must be at"),
        ({"finetune": {"by_task": {"pos": {"n_steps": 0}}}}, "`run.finetune.by_task.pos.n_steps` must be an integer"),
        ({"finetune": {"by_task": {"poss": {}}}}, "`run.finetune.by_task.poss` must be one of"),
        ({"evaluate": {"probe_at": [0.5, 1]}}, "`run.evaluate.probe_at[1]` must be a number above 0 and below 1"),
        ({"data": {"source": "folder", "root": "x", "filters": ["too_shrt"]}}, "`run.data.filters`: "),
        ({"data": {"source": "folder", "root": "x", "max_sentences": 9}}, "`run.data.max_sentences` is"),
        ({"data": {"source": "files", "root": "x", "files": FILES, "sets": ["ud"]}}, "`run.data.sets` is for"),
        ({"data": {"codes": {"ud": {"ces": "cs_cac"}}}}, "is for source 'hub', but `data.source` is 'synthetic'"),
        ({"data": {"source": "folder", "root": "x", "files": FILES}}, "`run.data.files` are for"),
        ({"data": {"revisions": {"udd": "x"}}}, "`run.data.revisions.udd` must be one of"),
    ],
)  # fmt: skip
def test_a_contradiction_is_the_one_problem(run: dict[str, Any], expected: str) -> None:
    problems = problems_of(run)
    assert len(problems) == 1 and expected in problems[0], problems
