"""Batches in parts: how they are cut and halved, and what that changes in what a stage is."""

import dataclasses

from trainables.run_config import FinetuneConfig, RealignConfig, RunConfig
from trainables.stepping.parts import by_length, groups_identity, in_parts, in_smaller_parts, parts_identity, sizes_of
from trainables.store.fingerprint import fingerprint

RUN = RunConfig(
    languages=("swh_Latn",), tasks=("pos", "ner"), realign=RealignConfig(batch_size=6),
    finetune=FinetuneConfig(batch_size=8, by_task={"ner": {"batch_size": 3}}),
)  # fmt: skip


def test_parts_are_in_order() -> None:
    assert in_parts("abcde", 2) == [["a", "b"], ["c", "d"], ["e"]]
    assert in_parts("abc", None) == in_parts("abc", 5) == [["a", "b", "c"]]


def test_groups_are_of_like_length_and_as_many_items() -> None:
    assert by_length([5, 1, 9, 1, 3], 2) == [[1, 3, 4], [0, 2]]
    assert by_length([2, 1], 5) == [[1], [0]] and by_length([], 3) == []
    assert by_length([5, 1, 9], 1) == [[0, 1, 2]]  # in the given order: nothing changes
    assert groups_identity(1) == {} and groups_identity(4) == {"length_groups": 4}


def test_the_stage_that_did_not_fit_is_halved_until_nothing_is_left_to_halve() -> None:
    sizes, config = list[int | None](), RUN
    while (smaller := in_smaller_parts(config, "realign")) is not None:
        config = smaller
        sizes.append(config.realign.micro_batch)
    assert sizes == [3, 1] and config.finetune == RUN.finetune
    ner = in_smaller_parts(RUN, "finetune/ner")
    assert ner is not None and ner.finetune.micro_batch == 1 and ner.realign == RUN.realign
    assert in_smaller_parts(ner, "finetune/ner") is None
    assert sizes_of(ner) == {"finetune.micro_batch": "1"} and sizes_of(RUN) == {}
    for stage in ("probe_before", "evaluate/pos"):
        assert in_smaller_parts(RUN, stage) is None


def test_realignment_during_fine_tuning_is_halved_with_it() -> None:
    during = dataclasses.replace(RUN, realign=dataclasses.replace(RUN.realign, protocol="during"))
    smaller = in_smaller_parts(during, "finetune/pos")
    assert smaller is not None and (smaller.realign.micro_batch, smaller.finetune.micro_batch) == (3, 4)


def test_only_what_goes_through_in_parts_is_another_stage() -> None:
    assert parts_identity(None, 8) == parts_identity(8, 8) == parts_identity(9, 8) == {}
    assert parts_identity(4, 8) == {"micro_batch": 4}


def test_a_checkpoint_of_the_whole_batch_can_be_gone_on_with() -> None:
    smaller = in_smaller_parts(RUN, "realign")
    assert fingerprint(smaller) == fingerprint(RUN)
