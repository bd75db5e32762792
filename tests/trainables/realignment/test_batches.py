"""Which pairs are read: same total whatever the subset, uniform over languages, a function of the seed."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from search_spaces.languages import parse_language
from trainables.data_folder import DataFolder
from trainables.realignment.batches import batches
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
    with pytest.raises(ValueError, match="at most 5 .pairs of afr_Latn., but is 10"):
        batches(data, (AFRIKAANS, SWAHILI), config, seed=0)
