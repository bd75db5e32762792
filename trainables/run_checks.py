"""What a trial refuses before it loads anything: values out of range, and settings that contradict each other."""

import contextlib
from collections.abc import Iterator
from typing import Any

from search_spaces.languages import Language, parse_language
from trainables.data.segmenters import check_installed
from trainables.evaluation.evaluated import parse_listed
from trainables.mapping import ConfigError, from_mapping, to_mapping
from trainables.parallel_data.filters import parse_filters
from trainables.realignment.objectives import OBJECTIVES
from trainables.run_config import DataConfig, PretrainConfig, RunConfig

MAX_PARAMETERS = 10**10
MAX_DRAWN = 10**8
"""Of the examples of a stage, which are drawn before its first step."""
OF_HUB = (
    "sets", "languages", "languages_of", "bitext_languages", "codes", "on_missing", "revisions", "require_pinned",
    "max_pairs", "max_sentences",
)  # fmt: skip
"""Fields of DataConfig that only the source "hub" reads."""
N_PROBED = 2  # parallel sentences: among fewer every one is found


def check_names(config: RunConfig) -> None:
    """Looks up every name, every range and every task's settings, without data or encoder.

    Raises:
        ConfigError: with all problems.
        ValueError: words of a language whose segmenter is not installed.
    """
    problems: list[str] = []
    from_mapping(RunConfig, to_mapping(config), problems=problems)
    if problems := problems or problems_of_settings(config):
        raise ConfigError(problems, "The trial's configuration")
    if config.realign.explicit().words == "reference":
        check_installed(map(Language, config.languages))


def problems_of_settings(config: RunConfig) -> list[str]:
    """One sentence for each pair of settings that contradict each other; each begins with the dotted key.

    Args:
        config: its values are within their ranges.
    """
    problems = [*_of_tasks(config), *_of_languages(config), *_of_realignment(config), *_of_products(config)]
    if config.encoder.provider == "pretrained":
        problems += [*_of_pretraining(config.encoder.pretrain), *_beyond_pretraining(config)]
    if config.encoder.provider == "hub" and not config.encoder.name:
        problems.append(
            "`encoder.name` must be a hub name or a local folder for provider 'hub', but is empty. Set it, e.g. "
            "xlm-roberta-base."
        )
    if 0 < config.evaluate.n_retrieval < N_PROBED:
        problems.append(
            f"`evaluate.n_retrieval` must be 0 (no probe) or at least {N_PROBED}, but is {config.evaluate.n_retrieval}."
        )
    try:
        parse_filters(config.data.filters)
    except ValueError as error:
        problems.append(f"`data.filters`: {error}")
    return problems


def problems_of_unused(config: RunConfig) -> list[str]:
    """One sentence for each setting that somebody made and that nothing reads."""
    encoder, realign = config.encoder, config.realign
    problems = []
    if encoder.provider in ("packaged", "pretrained"):  # a plug-in's may read them
        problems += [
            f"`encoder.{name}` is for provider 'hub', but `encoder.provider` is {encoder.provider!r}. Set that to hub, "
            "or delete the name."
            for name in ("name", "revision")
            if getattr(encoder, name)
        ]
    if realign.mixing != "weights" and realign.mixing_weights:
        problems.append(
            f"`realign.mixing_weights` are for `realign.mixing: weights`, but that is {realign.mixing!r}. Delete one."
        )
    if config.data.filters and config.data.source == "synthetic":
        problems.append("`data.filters` are not for the synthetic world. Delete them.")
    data, default = config.data, DataConfig()
    if data.source in ("synthetic", "folder", "files"):  # a plug-in's may read them
        problems += [
            f"`data.{name}` is for source 'hub', but `data.source` is {data.source!r} and does not read it. Delete it."
            for name in OF_HUB
            if getattr(data, name) != getattr(default, name)
        ]
    if data.source in ("synthetic", "folder", "hub") and data.files:
        problems.append(f"`data.files` are for source 'files', but `data.source` is {data.source!r}. Delete them.")
    return problems


def _of_tasks(config: RunConfig) -> Iterator[str]:
    if not config.tasks or len(set(config.tasks)) < len(config.tasks):
        yield f"`tasks` must be one or more different tasks, but is {list(config.tasks)}. Name each once."
    for section in (config.finetune, config.evaluate):
        for task in dict.fromkeys((*config.tasks, *section.by_task)):
            try:
                section.for_task(task)
            except ConfigError as error:
                yield from error.problems
    for task in config.tasks:
        try:
            parse_listed(config.evaluate.for_task(task).languages)
        except ConfigError:
            continue  # has been said
        except ValueError as error:
            yield f"`evaluate.languages`: {error}"


def _of_languages(config: RunConfig) -> Iterator[str]:
    """Tags that are parsed only where a trial reads them."""
    lists = {
        "data.languages": config.data.languages,
        "encoder.seen": config.encoder.seen,
        "encoder.pretrain.seen": config.encoder.pretrain.seen,
        "realign.mixing_weights": tuple(config.realign.mixing_weights),
    }
    for path, languages in lists.items():
        for language in languages if isinstance(languages, tuple) else ():
            try:
                parse_language(language)
            except ValueError as error:
                yield f"`{path}`: {error}"


def _of_realignment(config: RunConfig) -> Iterator[str]:
    realign = config.realign.explicit()
    if realign.mixing == "weights" and not realign.mixing_weights:
        yield (
            "`realign.mixing_weights` must say how often each language is read for `realign.mixing: weights`, but is "
            "empty. Give them, or mix by 'uniform' or 'size'."
        )
    if realign.objective == "contrastive" and realign.batch_size < 2:
        yield (
            f"`realign.batch_size` must be at least 2 for a contrastive objective, but is {realign.batch_size}: a "
            "single pair has no negatives. Raise it."
        )
    # Asking an objective for its unit imports it: only where the answer matters. A "reference" chooses its own pooling.
    asks = realign.pooling == "prefix" and config.realign.fidelity == "ours"
    if asks and OBJECTIVES[realign.objective].unit == "word":
        yield "`realign.pooling` of words must be 'mean' or 'first_subword', but is 'prefix'. Choose one of them."
    reads_files = realign.alignments in ("pharaoh", "dictionary") and not realign.alignments_root
    if reads_files and OBJECTIVES[realign.objective].unit == "word":
        yield f"`realign.alignments_root` must be the folder of the files for {realign.alignments!r}, but is missing."
    if realign.freeze != "none" and realign.n_frozen_blocks < 1:
        yield (
            f"`realign.n_frozen_blocks` must be at least 1 where `realign.freeze` is {realign.freeze!r}, but is "
            f"{realign.n_frozen_blocks}. Half of the encoder's blocks is usual."
        )
    if realign.protocol == "during" and (realign.freeze != "none" or realign.freeze_embeddings):
        yield (
            "`realign.freeze` needs a realignment of its own, but `realign.protocol` is 'during'. Set the protocol to "
            "'before', or freeze nothing."
        )


def _of_products(config: RunConfig) -> Iterator[str]:
    """What is small enough by itself and fills every memory together."""
    stages: dict[str, Any] = {"realign": config.realign, "finetune": config.finetune}
    for task in config.finetune.by_task:
        with contextlib.suppress(ConfigError):  # has been said
            stages[f"finetune.by_task.{task}"] = config.finetune.for_task(task)
    for path, stage in stages.items():
        if (n_drawn := stage.n_steps * stage.batch_size) > MAX_DRAWN:
            yield (
                f"`{path}.n_steps` must be such that `n_steps` times `batch_size` is at most {MAX_DRAWN:,} examples, "
                f"but that is {n_drawn:,}. Lower one of them."
            )


def _of_pretraining(pretrain: PretrainConfig) -> Iterator[str]:
    path = "encoder.pretrain"
    if pretrain.hidden_size % pretrain.n_heads:
        yield (
            f"`{path}.hidden_size` must be a multiple of `n_heads` ({pretrain.n_heads}), but is {pretrain.hidden_size}."
        )
    # BERT's matrices (Devlin et al. 2019, section 3): embeddings, and 4 + 2 * 4 squares of the width a block.
    n_rows = pretrain.vocabulary_size + pretrain.max_length + 12 * pretrain.hidden_size * pretrain.n_layers
    if (n_parameters := n_rows * pretrain.hidden_size) > MAX_PARAMETERS:
        yield (
            f"`{path}.hidden_size` must make an encoder of at most {MAX_PARAMETERS:,} parameters, but makes "
            f"{n_parameters:,}. Lower it, `n_layers` or `vocabulary_size`."
        )
    if pretrain.n_tokens_per_batch < pretrain.max_length:
        yield (
            f"`{path}.n_tokens_per_batch` must hold one sentence of `max_length` ({pretrain.max_length}) at least, but "
            f"is {pretrain.n_tokens_per_batch}. Raise it."
        )


def _beyond_pretraining(config: RunConfig) -> Iterator[str]:
    """Numbers that our own encoder cannot serve: its size is known before it is trained."""
    pretrain, n_blocks = config.encoder.pretrain, config.encoder.n_layers or config.encoder.pretrain.n_layers
    for path, length in lengths(config).items():
        if length > pretrain.max_length:
            yield (
                f"`{path}` must be at most {pretrain.max_length} (`encoder.pretrain.max_length`), but is {length}. "
                "Lower it, or pre-train with longer sentences."
            )
    if n_blocks > pretrain.n_layers:
        yield (
            f"`encoder.n_layers` must be at most {pretrain.n_layers} (`encoder.pretrain.n_layers`), but is {n_blocks}. "
            "Lower it."
        )
    layer = config.realign.explicit().layer
    if not -(n_blocks + 1) <= layer <= n_blocks:
        yield f"`realign.layer` must be from {-(n_blocks + 1)} to {n_blocks} ({n_blocks} blocks), but is {layer}."
    if config.realign.n_frozen_blocks > n_blocks:
        yield (
            f"`realign.n_frozen_blocks` must be at most {n_blocks} (blocks of the encoder), but is "
            f"{config.realign.n_frozen_blocks}. Lower it."
        )


def lengths(config: RunConfig) -> dict[str, int]:
    """Dotted key -> the sub-words that it allows, of every stage and task."""
    lengths = {"realign.max_length": config.realign.max_length}
    for task in config.tasks:
        for section in ("finetune", "evaluate"):
            settings = getattr(config, section)
            changed = settings.by_task.get(task, {}).get("max_length")
            path = f"{section}.max_length" if changed is None else f"{section}.by_task.{task}.max_length"
            length = settings.max_length if changed is None else changed
            lengths[path] = length if isinstance(length, int) else 0  # what else it is has been said
    return lengths
