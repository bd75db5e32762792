"""Rows made once give the batches that are made in the loop."""

import random

import pytest
import torch
from transformers import BatchEncoding

from trainables.stepping.ready_rows import CHUNK, PAUSE, ReadyRows, RowsError

FILLERS = {"input_ids": 9, "attention_mask": 0, "labels": -100}


def made(items: list[list[int]]) -> BatchEncoding:
    """By hand: the items as ids, their negatives as labels, their lengths as one number each."""
    longest = max(map(len, items))
    return BatchEncoding({
        "input_ids": torch.tensor([item + [9] * (longest - len(item)) for item in items]),
        "attention_mask": torch.tensor([[1] * len(item) + [0] * (longest - len(item)) for item in items]),
        "labels": torch.tensor([[-i for i in item] + [-100] * (longest - len(item)) for item in items]),
        "length": torch.tensor(list(map(len, items))),
    })  # fmt: skip


def equal(one: BatchEncoding, other: BatchEncoding) -> bool:
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype and torch.equal(one[name], other[name]) for name in one
    )


def test_any_choice_of_items_is_the_batch_made_of_them_alone() -> None:
    rng = random.Random(0)
    items = {i: [rng.randrange(8) for _ in range(rng.randrange(1, 12))] for i in range(3 * CHUNK + 5)}
    rows: ReadyRows[int] = ReadyRows(made, FILLERS)
    assert list(rows.add({i: items[i] for i in range(70)})) == []
    list(rows.add(items))
    for _ in range(50):
        chosen = rng.choices(range(len(items)), k=rng.randrange(1, 20))
        assert equal(rows.batch(chosen), made([items[i] for i in chosen]))
    assert rows.ids().tolist() == sorted({i for item in items.values() for i in item} | {9})


def test_an_item_is_made_once_and_others_get_their_turn() -> None:
    n_made = 0

    def counted(items: list[list[int]]) -> BatchEncoding:
        nonlocal n_made
        n_made += len(items)
        return made(items)

    rows: ReadyRows[int] = ReadyRows(counted, FILLERS)
    items = {i: [1, 2] for i in range(2 * PAUSE + 1)}
    assert len(list(rows.add(items))) == 2 and list(rows.add(items)) == []
    assert n_made == len(items) and 3 in rows and -1 not in rows


def test_without_items_only_the_padding_occurs() -> None:
    assert ReadyRows(made, FILLERS).ids().tolist() == [9]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": torch.zeros(2, 3)}, "'labels' must hold whole numbers"),
        ({"other": torch.zeros(2, 3, dtype=torch.long)}, "'other' must hold whole numbers, one an item"),
        ({"attention_mask": torch.tensor([[0, 1, 1], [1, 1, 1]])}, "padded with 9"),
        ({"attention_mask": torch.tensor([[1, 1, 0], [1, 1, 0]])}, "padded with 9"),
        ({"input_ids": torch.tensor([[9, 1, 2], [1, 2, 3]]), "labels": torch.tensor([0, 0]),
          "attention_mask": torch.tensor([[0, 1, 1], [1, 1, 1]])}, "padded at the right"),
        ({"input_ids": torch.tensor([[1, 2, 9], [1, 2, 9]]), "labels": torch.tensor([0, 0]),
          "attention_mask": torch.tensor([[1, 1, 0], [1, 1, 0]])}, "no further than its longest row"),
    ],
)  # fmt: skip
def test_what_is_no_batch_of_rows_is_refused(change: dict[str, torch.Tensor], message: str) -> None:
    good = {"input_ids": torch.tensor([[1, 2, 3], [1, 2, 3]]), "attention_mask": torch.ones(2, 3, dtype=torch.long)}
    rows: ReadyRows[int] = ReadyRows(lambda _: BatchEncoding({**good, **change}), FILLERS)
    with pytest.raises(RowsError, match=message):
        list(rows.add({0: None, 1: None}))


def test_columns_stay_the_same_and_include_the_ids() -> None:
    batches = [made([[1, 2]]), BatchEncoding({"labels": torch.tensor([1])})]
    rows: ReadyRows[int] = ReadyRows(lambda _: batches.pop(0), FILLERS)
    list(rows.add({0: None}))
    with pytest.raises(RowsError, match=r"always the same, input_ids and attention_mask too, but has \['labels'\]"):
        list(rows.add({1: None}))
