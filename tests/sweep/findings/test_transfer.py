"""Who gains from whom: worlds in which itself, relatives and new languages are worth a known number of points."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from search_spaces.languages import Language
from sweep.findings.transfer import ANY, ITSELF, RELATIVE, additive_fit, family_gains, transfers
from sweep.findings.transfer_section import transfer_section
from sweep.records.records import TrialRecord
from sweep.statistics.kinship import families_of

SOURCES = (
    "deu_Latn", "fra_Latn", "hin_Deva", "fin_Latn", "est_Latn", "swh_Latn", "yor_Latn", "tam_Taml", "tel_Telu",
    "ind_Latn", "zho_Hans", "tur_Latn",
)  # fmt: skip
TESTED = (*SOURCES, "nld_Latn", "hun_Latn", "wol_Latn", "mal_Mlym", "jav_Latn", "jpn_Jpan")
SEEN = tuple(tag for tag in (*SOURCES, *TESTED) if tag not in ("yor_Latn", "tel_Telu", "swh_Latn", "wol_Latn"))
FAMILY = dict(zip(TESTED, families_of(map(Language, TESTED)), strict=True))

Record = Callable[..., TrialRecord]


def world(record_of: Record, *, itself: float, relative: float, new: float, sd: float = 0.0) -> list[TrialRecord]:
    """A trial a source, with seeds in turn, and `none` with the first two seeds; a seed is worth 4 points to all.

    Realigning on any language is worth 5 points, on a new one `new` more; scores are in 10,000ths.
    """
    rng = np.random.default_rng(0)
    level = rng.uniform(0.2, 0.5, len(TESTED))

    def record(arm: str, seed: int, languages: tuple[str, ...]) -> TrialRecord:
        scores: list[dict[str, Any]] = []
        for i, tag in enumerate(TESTED):
            value = level[i] + 0.04 * seed + sd * rng.normal()
            for source in languages:
                value += 0.05 + new * (source not in SEEN)
                value += itself if source == tag else relative * (FAMILY[source] == FAMILY[tag])
            n = round(10_000 * value)
            scores.append(
                {
                    "task": "pos", "metric": "accuracy", "language": tag, "split": "test", "n_correct": n,
                    "n_total": 10_000, "value": n / 10_000,
                }
            )  # fmt: skip
        return record_of(arm, seed, languages, scores=scores, seen_languages=SEEN)

    singles = [record(f"search-{i:04d}", i % 3, (tag,)) for i, tag in enumerate(SOURCES)]
    return [*singles, *(record("none", seed, ()) for seed in (0, 1))]


def test_planted_gains_are_found(record_of: Record) -> None:
    found = transfers(world(record_of, itself=0.08, relative=0.02, new=0.03), groups=["all"])
    gains = {one.relation: one.confidence.mean for one in found}
    assert gains[ITSELF] == pytest.approx(0.08, abs=2e-4)
    assert gains[RELATIVE] == pytest.approx(0.02, abs=2e-4)
    by_seed = [[tag in SEEN for i, tag in enumerate(SOURCES) if i % 3 == seed] for seed in (0, 1)]
    new_share = np.mean([1 - np.mean(seen) for seen in by_seed])
    assert gains[ANY] == pytest.approx(0.05 + 0.03 * new_share, abs=3e-3)  # sources apart from a target differ a little
    n = {one.relation: one.n_languages for one in found}
    assert n[ITSELF] == len(SOURCES) and n[ANY] == len(TESTED)
    kin = [tag for tag in TESTED if any(FAMILY[tag] == FAMILY[source] and tag != source for source in SOURCES)]
    assert n[RELATIVE] == len(kin) < len(TESTED)


def test_nothing_is_shown_where_nothing_is_planted(record_of: Record) -> None:
    found = transfers(world(record_of, itself=0.0, relative=0.0, new=0.0, sd=0.02))
    assert {one.relation for one in found} == {ANY, ITSELF, RELATIVE}
    for one in found:
        low, high = one.confidence.interval()
        if one.relation in (ITSELF, RELATIVE) and one.group == "all":
            assert low < 0 < high
    section = transfer_section(world(record_of, itself=0.1, relative=0.0, new=0.0))
    assert (
        section is not None
        and "+10.00 [+10.00, +10.00]" in section.lead
        and "from being realigned itself" in section.lead
    )


def test_what_a_relative_is_worth_to_a_family(record_of: Record) -> None:
    found = {one.family: one for one in family_gains(world(record_of, itself=0.1, relative=0.02, new=0.0))}
    kin = {family: [tag for tag in SOURCES if FAMILY[tag] == family] for family in FAMILY.values()}
    assert set(found) == {family for family, members in kin.items() if len(members) >= 3}
    assert found and all(one.confidence.mean == pytest.approx(0.02, abs=2e-4) for one in found.values())


def test_too_few_single_languages_say_nothing(record_of: Record) -> None:
    assert transfers(world(record_of, itself=0.1, relative=0.0, new=0.0)[5:]) == []


def test_what_adds_up_is_fitted_exactly_without_some_cells() -> None:
    worth, level = np.array([-0.1, 0.0, 0.1]), np.array([0.3, 0.5, 0.2, 0.4])
    cells = ~np.eye(3, 4, dtype=bool)
    scores = worth[:, None] + level + 7 * np.eye(3, 4)
    fitted = additive_fit(scores, cells)
    np.testing.assert_allclose(fitted[0], worth, atol=1e-12)
    np.testing.assert_allclose(fitted[1], level, atol=1e-12)
