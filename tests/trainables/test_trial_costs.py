"""Seconds of a stage: once and by unit; plain data there and back."""

from trainables.mapping import from_mapping, to_mapping
from trainables.trial_costs import Rate, TrialCosts


def test_a_rate_is_a_line() -> None:
    rate = Rate(fixed_s=2.0, unit_s=0.5, fixed_cpu_s=1.0, unit_cpu_s=0.25)
    assert (rate.seconds(0), rate.seconds(6), rate.cpu_seconds(6)) == (2.0, 5.0, 2.5)


def test_costs_survive_plain_data() -> None:
    costs = TrialCosts(
        stages={"finetune/pos": Rate(unit_s=0.5)}, first_setup_s=3.0, pair_subwords={"swh_Latn": 41.5},
        units={"evaluate/pos": 120.0}, pretraining=Rate(unit_s=1.0),
    )  # fmt: skip
    assert from_mapping(TrialCosts, to_mapping(costs)) == costs
