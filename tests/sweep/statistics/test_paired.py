import numpy as np
import pytest

from sweep.statistics.paired import TooFewError, paired_differences

POS = {"task": "pos", "metric": "accuracy"}


def test_seeds_and_languages_are_matched_whatever_their_order(frame_of):
    frame = frame_of(
        {
            ("a", 2): {"yor": 0.5, "wol": 0.4},
            ("a", 1): {"wol": 0.3, "yor": 0.9},
            ("b", 1): {"yor": 0.6, "wol": 0.1},
            ("b", 2): {"wol": 0.3, "yor": 0.1},
            ("b", 3): {"wol": 0.0, "yor": 0.0},
        }
    )
    block = paired_differences(frame, "a", "b", **POS)
    assert (block.seeds, block.languages, block.n_left_out) == ((1, 2), ("wol", "yor"), 0)
    np.testing.assert_allclose(block.values, [[0.2, 0.3], [0.1, 0.4]])
    assert block.mean == pytest.approx(0.25)
    np.testing.assert_allclose(paired_differences(frame, "b", "a", **POS).values, -block.values)


def test_a_language_with_two_test_sets_counts_once_and_english_not(frame_of):
    frame = frame_of(
        {
            ("a", 1): {"wol": 0.4, "wol.ud": 0.8, "yor": 0.5, "eng_Latn": 1.0},
            ("b", 1): {"wol": 0.2, "wol.ud": 0.2, "yor": 0.5, "eng_Latn": 0.0},
        }
    )
    block = paired_differences(frame, "a", "b", **POS)
    np.testing.assert_allclose(block.values, [[0.4, 0.0]])  # not (0.2 + 0.6 + 0.0) / 3 on average, but 0.2


def test_a_language_without_all_seeds_is_left_out_and_counted(frame_of):
    frame = frame_of(
        {
            ("a", 1): {"wol": 0.4, "yor": 0.5},
            ("a", 2): {"wol": 0.4},
            ("b", 1): {"wol": 0.2, "yor": 0.5},
            ("b", 2): {"wol": 0.2, "yor": 0.5},
        }
    )
    block = paired_differences(frame, "a", "b", **POS)
    assert (block.languages, block.n_left_out) == (("wol",), 1)


def test_a_language_that_the_arm_scores_only_in_other_seeds_is_counted(frame_of):
    frame = frame_of(
        {
            ("a", 1): {"wol": 0.4}, ("a", 2): {"wol": 0.4}, ("a", 3): {"wol": 0.4, "yor": 0.5, "x": 0.1},
            ("b", 1): {"wol": 0.2, "yor": 0.5}, ("b", 2): {"wol": 0.2, "yor": 0.5},
        }
    )  # fmt: skip
    block = paired_differences(frame, "a", "b", **POS)
    assert (block.seeds, block.languages, block.n_left_out) == ((1, 2), ("wol",), 1)  # neither scores x there


def test_what_the_reference_lacks_is_counted_too(frame_of):
    """Ten of twelve languages that the reference never scored, and one that the arm never did."""
    many = {f"l{i:02}": 0.5 for i in range(12)}
    frame = frame_of({("a", 1): many, ("b", 1): {"l00": 0.4, "l01": 0.4, "x": 0.3, "eng_Latn": 0.9}})
    block = paired_differences(frame, "a", "b", **POS)
    assert (block.languages, block.n_left_out) == (("l00", "l01"), 11)


def test_the_group_is_that_of_the_arm(frame_of):
    frame = frame_of({("a", 1): {"wol": 0.4, "yor": 0.5}, ("b", 1): {"wol": 0.2, "yor": 0.2}})
    frame["realigned"] = (frame["arm"] == "a") & (frame["language"] == "wol")
    block = paired_differences(frame, "a", "b", **POS, group=lambda rows: rows["realigned"])
    assert block.languages == ("wol",)


def test_what_cannot_be_paired_is_refused(frame_of):
    frame = frame_of({("a", 1): {"wol": 0.4}, ("b", 2): {"wol": 0.4}, ("c", 1): {"yor": 0.4}})
    with pytest.raises(TooFewError, match="needs a seed that both arms have, but 'a' and 'b' share none"):
        paired_differences(frame, "a", "b", **POS)
    with pytest.raises(TooFewError, match="needs a language scored in every seed"):
        paired_differences(frame, "a", "c", **POS)
    twice = frame_of({("a", 1): {"wol": 0.4}})
    with pytest.raises(ValueError, match="'a' has two of seed 1"):
        paired_differences(twice.loc[[0, 0]], "a", "a", **POS)
