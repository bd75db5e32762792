"""A batch in parts: where a step does not fit into a GPU's memory, it goes through in micro-batches to the same loss.

Equal to the whole batch but for rounding, and for what dropout draws. So what was computed in parts has a place of its
own in the stage store.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from trainables.run_config import RunConfig

Item = TypeVar("Item")


def in_parts(items: Sequence[Item], size: int | None) -> list[list[Item]]:
    """`items` in order, at most `size` at a time; None = all at once."""
    size = size or max(1, len(items))
    return [list(items[at : at + size]) for at in range(0, len(items), size)]


def by_length(lengths: Sequence[int], n_groups: int) -> list[list[int]]:
    """Numbers of items in at most `n_groups` groups of as many, those of like length together, the shortest first;
    one group is in the given order."""
    if n_groups == 1:
        return [list(range(len(lengths)))]
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    size, larger = divmod(len(order), n_groups)
    ends = [size * (i + 1) + min(i + 1, larger) for i in range(n_groups)]
    groups = [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return [group for group in groups if group]


def groups_identity(length_groups: int) -> dict[str, Any]:
    """What a stage's identity says of groups: nothing where a batch is one."""
    return {"length_groups": length_groups} if length_groups > 1 else {}


def parts_identity(micro_batch: int | None, batch_size: int) -> dict[str, Any]:
    """What a stage's identity says of its parts: nothing where a batch goes through as a whole."""
    return {"micro_batch": micro_batch} if micro_batch is not None and micro_batch < batch_size else {}


def in_smaller_parts(config: RunConfig, stage: str) -> RunConfig | None:
    """The run with the micro-batch of a stage that did not fit halved; None where there is nothing to halve."""
    kind, _, task = stage.partition("/")
    realign, finetune = config.realign, config.finetune
    if kind == "realign" or (kind == "finetune" and config.languages and realign.protocol == "during"):
        realign = replace(realign, micro_batch=_half(realign.micro_batch, realign.batch_size))
    if kind == "finetune":
        finetune = replace(finetune, micro_batch=_half(finetune.micro_batch, finetune.for_task(task).batch_size))
    smaller = replace(config, realign=realign, finetune=finetune)
    return None if sizes_of(smaller) == sizes_of(config) else smaller


def sizes_of(config: RunConfig) -> dict[str, str]:
    """For a record: the micro-batches of the stages that have some."""
    sizes = {"realign": config.realign.micro_batch, "finetune": config.finetune.micro_batch}
    return {f"{stage}.micro_batch": str(size) for stage, size in sizes.items() if size is not None}


def _half(micro_batch: int | None, batch_size: int) -> int | None:
    size = min(micro_batch or batch_size, batch_size)
    return micro_batch if size == 1 else size // 2
