"""Stage seeds: streams of their own."""

import hashlib

import torch

from trainables.stepping.derived_seed import derived_seed
from trainables.stepping.seeding import RandomState, seed_stage


def test_a_derived_seed_is_a_hash_of_seed_and_name() -> None:
    by_hand = int.from_bytes(hashlib.sha256(b"7/realign").digest()[:8], "little") // 2
    assert derived_seed(7, "realign") == by_hand
    assert len({derived_seed(seed, name) for seed in range(20) for name in ("a", "b", "a/1")}) == 60


def test_what_a_stage_draws_does_not_depend_on_what_was_drawn_before() -> None:
    seeds = seed_stage(3, "finetune")
    first = (torch.rand(2).tolist(), seeds.numpy.random(2).tolist())
    torch.rand(1000)
    seed_stage(3, "realign").numpy.random(1000)
    again = seed_stage(3, "finetune")
    assert (torch.rand(2).tolist(), again.numpy.random(2).tolist()) == first
    other = seed_stage(4, "finetune")
    assert other.numpy.random(2).tolist() != first[1]


def test_a_random_state_takes_the_generators_back() -> None:
    seed_stage(0, "a")
    state = RandomState.now()
    first = torch.rand(3)
    assert not torch.equal(torch.rand(3), first)
    state.restore()
    assert torch.equal(torch.rand(3), first)
