"""Which pairs are read: same total whatever the subset, languages by their shares, a function of the seed."""

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.languages import parse_language
from trainables.data.folder import DataFolder
from trainables.realignment.batches import _quotas, batches, mixing_shares
from trainables.run_config import RealignConfig

AFRIKAANS, SWAHILI, YORUBA = (parse_language(code) for code in ("afr", "swh", "yor"))


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    (tmp_path / "bitext").mkdir()
    for code, n_pairs in (("afr", 5), ("swh", 40), ("yor", 40)):
        rows = "".join(f"{i}\ten{i}\t{code}{i}\n" for i in range(n_pairs))
        (tmp_path / f"bitext/{code}.tsv.gz").write_bytes(gzip.compress(rows.encode()))
    return DataFolder(tmp_path)


def test_the_total_does_not_depend_on_the_subset(data: DataFolder) -> None:
    config = RealignConfig(n_steps=7, batch_size=4)
    for languages in ((AFRIKAANS,), (AFRIKAANS, SWAHILI), (AFRIKAANS, SWAHILI, YORUBA)):
        found = batches(data, languages, config, seed=0)
        assert [len(batch) for batch in found] == [4] * 7


def test_pairs_stay_pairs_and_languages_are_mixed_uniformly(data: DataFolder) -> None:
    config = RealignConfig(n_steps=250, batch_size=12)
    pairs = [pair for batch in batches(data, (SWAHILI, AFRIKAANS, YORUBA), config, seed=3) for pair in batch]
    assert all(english.removeprefix("en") == other[3:] for english, other in pairs)
    counts = Counter(other[:3] for _, other in pairs)
    # 3,000 draws of 1/3: standard deviation 25.8, so 5 of them is a bound no fair draw crosses
    assert all(abs(counts[code] - 1000) < 130 for code in ("afr", "swh", "yor"))


def test_each_language_is_used_up_before_it_repeats(data: DataFolder) -> None:
    pairs = [pair for batch in batches(data, (AFRIKAANS,), RealignConfig(n_steps=5, batch_size=2), 1) for pair in batch]
    assert len(set(pairs[:5])) == 5 and len(set(pairs[5:])) == 5


def test_same_seed_same_batches_whatever_the_order_of_languages(data: DataFolder) -> None:
    config = RealignConfig(n_steps=6, batch_size=4)
    one = batches(data, (SWAHILI, YORUBA), config, seed=5)
    assert one == batches(data, (YORUBA, SWAHILI), config, seed=5)
    assert one != batches(data, (SWAHILI, YORUBA), config, seed=6)


def test_a_budget_per_language_grows_with_the_subset(data: DataFolder) -> None:
    config = RealignConfig(budget="per_language", n_pairs_per_language=10, batch_size=8)
    pairs = [pair for batch in batches(data, (SWAHILI, YORUBA), config, seed=0) for pair in batch]
    assert Counter(other[:3] for _, other in pairs) == {"swh": 10, "yor": 10}
    assert len(set(pairs)) == 20
    with pytest.raises(ValueError, match="at most 5 .pairs of afr_Latn., but is 10, which makes 10"):
        batches(data, (AFRIKAANS, SWAHILI), config, seed=0)


def test_shares_by_size_and_by_weight(data: DataFolder) -> None:
    sizes = {AFRIKAANS: 5, SWAHILI: 40, YORUBA: 40}
    root = mixing_shares(sizes, RealignConfig(mixing="size", mixing_alpha=0.5))
    expected = [5**0.5, 40**0.5, 40**0.5]
    assert list(root.values()) == pytest.approx([share / sum(expected) for share in expected])
    flat = mixing_shares(sizes, RealignConfig(mixing="size", mixing_alpha=0.0))
    assert flat == mixing_shares(sizes, RealignConfig()) == pytest.approx(dict.fromkeys(sizes, 1 / 3))
    weights = RealignConfig(mixing="weights", mixing_weights={"sw": 3, "af": 1, "yor_Latn": 4, "hau": 9})
    assert mixing_shares(sizes, weights) == pytest.approx({AFRIKAANS: 1 / 8, SWAHILI: 3 / 8, YORUBA: 4 / 8})


@pytest.mark.parametrize(
    ("settings", "shares"),
    [
        ({"mixing": "size", "mixing_alpha": 1.0}, {"afr": 5 / 85, "swh": 40 / 85, "yor": 40 / 85}),
        ({"mixing": "weights", "mixing_weights": {"afr": 1, "swh": 2, "yor": 7}}, {"afr": 0.1, "swh": 0.2, "yor": 0.7}),
    ],
)
def test_languages_are_drawn_by_their_shares(
    data: DataFolder, settings: dict[str, Any], shares: dict[str, float]
) -> None:
    config = RealignConfig(n_steps=250, batch_size=12, **settings)
    pairs = [pair for batch in batches(data, (SWAHILI, AFRIKAANS, YORUBA), config, seed=3) for pair in batch]
    counts = Counter(other[:3] for _, other in pairs)
    # 3,000 draws: five standard deviations of a binomial
    assert all(abs(counts[code] - 3000 * p) < 5 * (3000 * p * (1 - p)) ** 0.5 for code, p in shares.items())


def test_a_budget_per_language_is_divided_by_the_shares(data: DataFolder) -> None:
    config = RealignConfig(
        budget="per_language", n_pairs_per_language=10, batch_size=8,
        mixing="weights", mixing_weights={"swh": 2, "yor": 1},
    )  # fmt: skip
    pairs = [pair for batch in batches(data, (SWAHILI, YORUBA), config, seed=0) for pair in batch]
    assert Counter(other[:3] for _, other in pairs) == {"swh": 13, "yor": 7}  # 20 pairs: 13.33 and 6.67
    assert len(set(pairs)) == 20
    heavy = RealignConfig(
        budget="per_language", n_pairs_per_language=25, mixing="weights", mixing_weights={"swh": 9, "yor": 1}
    )
    with pytest.raises(ValueError, match="at most 40 .pairs of swh_Latn., but is 25, which makes 45"):
        batches(data, (SWAHILI, YORUBA), heavy, seed=0)


def test_a_wanted_number_of_batches_for_realignment_during_fine_tuning(data: DataFolder) -> None:
    config = RealignConfig(n_steps=4, batch_size=4)
    assert batches(data, (SWAHILI,), config, seed=1, n_batches=4) == batches(data, (SWAHILI,), config, seed=1)
    longer = batches(data, (SWAHILI,), config, seed=1, n_batches=9)
    assert len(longer) == 9 and longer[:4] == batches(data, (SWAHILI,), config, seed=1)
    per_language = RealignConfig(budget="per_language", n_pairs_per_language=5, batch_size=3)
    once = batches(data, (AFRIKAANS,), per_language, seed=1)
    assert batches(data, (AFRIKAANS,), per_language, seed=1, n_batches=5) == [*once, *once, once[0]]


def test_a_missing_weight_and_no_language_are_refused(data: DataFolder) -> None:
    config = RealignConfig(mixing="weights", mixing_weights={"swh": 1.0})
    with pytest.raises(
        ValueError, match="positive number for every realigned language, but for yor_Latn it holds None"
    ):
        batches(data, (SWAHILI, YORUBA), config, seed=0)
    with pytest.raises(ValueError, match="at least one language"):
        batches(data, (), RealignConfig(), seed=0)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=9), st.integers(1, 500))
def test_quotas_are_whole_and_add_up(weights: list[float], n_total: int) -> None:
    languages = sorted(parse_language(code) for code in "afr swh yor hin tha mya deu fra fin".split())
    shares = {language: w / sum(weights) for language, w in zip(languages, weights, strict=False)}
    quotas = _quotas(shares, n_total)
    assert sum(quotas.values()) == n_total
    assert all(abs(quotas[language] - shares[language] * n_total) < 1 for language in shares)
