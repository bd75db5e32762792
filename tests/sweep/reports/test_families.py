"""The comparisons of a report: which noise they face, and that each stands in one family only.

"mixed": full and none with several seeds, ten sets of one seed; nothing differs but by noise between seeds of 2 points.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sweep.records.records import TrialRecord
from sweep.reports import families
from sweep.reports.claims import claims_section
from sweep.reports.difference_tables import claims_tables, difference, group_tables
from sweep.reports.families import Findings, measured_noise
from sweep.reports.results import SweepResults
from sweep.reports.tables import leaderboard_table
from sweep.reports.write import report, write_reports
from sweep.statistics.kinship import families_of
from sweep.statistics.noise import floor_of

TAGS = ("deu_Latn", "fra_Latn", "wol_Latn", "yor_Latn", "ell_Grek", "swh_Latn", "hin_Deva", "rus_Cyrl", "jpn_Jpan")
SETS = [(TAGS[i], TAGS[j]) for i in range(5) for j in (7, 8)]
DECIDED = ("better", "worse", "equivalent")


@pytest.fixture
def mixed(record_of: Callable[..., TrialRecord], score: Callable[..., Any]) -> Callable[..., SweepResults]:
    def make(n_seeds: int, n_own: int = 1, n_sets: int = 4) -> SweepResults:
        rng = np.random.default_rng(5)
        base = rng.uniform(30, 80, size=len(TAGS))

        def trial(arm: str, number: int, languages: tuple[str, ...], **fields: Any) -> TrialRecord:
            values = base + 2 * rng.normal() + 0.3 * rng.normal(size=len(TAGS))
            scores = tuple(
                score("pos", tag, "test", round(10 * value), 1000) for tag, value in zip(TAGS, values, strict=True)
            )
            return record_of(arm, number, languages, score=float(values.mean()) / 100, scores=scores,
                             seen_languages=TAGS[:2], **fields)  # fmt: skip

        records = [trial("full", s, TAGS, criterion="full") for s in range(n_seeds)]
        records += [trial("none", s, ()) for s in range(n_seeds)]
        records += [trial(f"set-{i}", s, own) for i, own in enumerate(SETS[:n_sets]) for s in range(n_own)]
        return SweepResults(name="mixed", records=records)

    return make


@pytest.mark.slow
@pytest.mark.parametrize("n_seeds", [2, 3, 4, 6])
def test_one_run_faces_the_noise_between_seeds_however_many_seeds_others_have(
    mixed: Callable[..., SweepResults], n_seeds: int
) -> None:
    """No set differs, but each single run by some 3 points in all nine languages."""
    results = mixed(n_seeds, n_sets=10)
    sets = [one.comparison for one in Findings([results]).claims if one.comparison.arm != "none"]
    assert len(sets) == 10 and max(abs(c.difference) for c in sets) > 0.02
    assert {(c.n_seeds, c.over, c.shrunken) for c in sets} == {(1, "seeds and families", True)}
    assert not [c for c in sets if c.verdict in DECIDED]
    noise = measured_noise(results, "pos")
    assert noise is not None
    for c in sets:  # at least as wide as Student's interval of a difference of two runs
        assert (c.high - c.low) / 2 >= stats.t.ppf(0.975, noise.df) * np.sqrt(2 * noise.prior.square) * (1 - 1e-9)
    text = report(results.records, "mixed")
    assert "compared in one seed on 9 languages of 3 families: not shown to differ from full, given the noise" in text


def test_the_noise_that_is_taken_is_decided_for_each_pair(mixed: Callable[..., SweepResults]) -> None:
    """With eight seeds of full and none, sets of three seeds take the noise of all arms too, and none its own."""
    found = {one.comparison.arm: one.comparison for one in Findings([mixed(8, n_own=3)]).claims}
    assert found["none"].n_seeds == 8 and not found["none"].shrunken
    assert found["set-3"].n_seeds == 3 and found["set-3"].shrunken


@pytest.mark.slow
def test_one_run_an_arm_decides_nothing_where_noise_is_not_known(mixed: Callable[..., SweepResults]) -> None:
    """All arms have one seed; and groups that are other languages in each arm have no noise of other arms."""
    findings = Findings([mixed(1)])
    claims = [one.comparison for one in findings.claims]
    assert all(c.one_run for c in claims) and min(c.p_adjusted for c in claims) < 0.001
    assert {c.verdict for c in claims} <= {"inconclusive", "indistinguishable"}
    text = " ".join(claims_section(findings).points)
    assert "not decided against full: with one run per arm, nothing can be claimed beyond these very trainings" in text
    assert "*" not in str([row[2:] for table in group_tables(findings) for row in table.rows])

    findings = Findings([mixed(3)])
    own = [one.comparison for one in findings.by_group if one.comparison.group == "not realigned"]
    own = [c for c in own if c.n_seeds == 1]
    assert len(own) == 4 and all(c.one_run and not c.shrunken for c in own)
    assert not [c for c in own if c.verdict in DECIDED]
    (table,) = group_tables(findings)
    assert "one seed is one run there" in table.note and "families only where there is one run" in table.note


def test_two_seeds_take_the_noise_of_all_arms(mixed: Callable[..., SweepResults]) -> None:
    results = mixed(2)
    noise = measured_noise(results, "pos")
    means = results.test.groupby(["arm", "seed"])["value"].mean()
    variances = [means[arm].var(ddof=1) for arm in ("full", "none")]
    assert noise and noise.sd == pytest.approx(np.sqrt(np.mean(variances))) and noise.df == 2
    assert measured_noise(mixed(1), "pos") is None  # one seed
    claims = [one.comparison for one in Findings([results]).claims]
    assert all(c.shrunken for c in claims)
    groups = [one.comparison for one in Findings([results]).by_group]
    assert {c.group for c in groups if not c.shrunken} <= {"realigned", "not realigned", "out of distribution"}


def test_an_arm_of_one_seed_must_beat_the_noise(
    record_of: Callable[..., TrialRecord], pos_scores: Callable[..., Any]
) -> None:
    """Every language differs by the same, so all that is left is the noise between seeds, of which one arm tells."""

    def trial(arm: str, seed: int, languages: tuple[str, ...], percent: int, **fields: Any) -> TrialRecord:
        scores = pos_scores(eng_Latn=90, deu_Latn=percent, fra_Latn=percent - 5, wol_Latn=percent + 3)
        return record_of(arm, seed, languages, score=percent / 100, scores=scores, **fields)

    records = [trial("none", 0, (), 40), trial("full", 0, TAGS[:3], 60, criterion="full"),
               trial("one", 0, TAGS[1:3], 52),
               trial("two", 0, TAGS[:2], 53), trial("two", 1, TAGS[:2], 57)]  # fmt: skip
    claims = Findings([SweepResults(name="s", records=records)]).claims
    found = {one.comparison.arm: one.comparison for one in claims}
    sd = np.std([0.53, 0.57], ddof=1)  # of "two" from seed to seed
    prior = floor_of({"two": (float(sd**2), 1)}).prior
    assert prior.square > sd**2 and prior.df == 1
    for arm, gap in (("none", -0.2), ("one", -0.08)):
        assert found[arm].difference == pytest.approx(gap)
        assert found[arm].p == pytest.approx(2 * stats.t.sf(abs(gap) / np.sqrt(2 * prior.square), 1))
        assert found[arm].verdict == "indistinguishable"  # every language fell by the same, but one seed may do that


@pytest.mark.slow
def test_each_comparison_stands_in_one_family(mixed: Callable[..., SweepResults], tmp_path: Path) -> None:
    results = mixed(4, n_own=2, n_sets=3)
    findings = Findings([results])
    pairs = [
        (one.comparison.task, one.comparison.group, frozenset((one.comparison.arm, one.comparison.reference)))
        for family in findings.families.values()
        for one in family
    ]
    assert len(pairs) == len(set(pairs))
    assert [len(findings.claims), len(findings.against_none)] == [4, 3]  # full against none is a claim
    for name, family in findings.families.items():
        assert {one.comparison.n_comparisons for one in family} == {len(family)}, name
    claim = next(one.comparison for one in findings.claims if one.comparison.arm == "none")
    change = next(one.comparison for one in findings.changes if one.comparison.arm == "full")
    assert (change.difference, change.low, change.p_adjusted) == (-claim.difference, -claim.high, claim.p_adjusted)
    assert len(findings.changes) == 4  # every arm but none

    (table,) = group_tables(findings)
    column = table.header.index("all, n=9")
    claims = {one.comparison.arm: one.comparison for one in findings.claims}
    labels = {label: arm for arm, label in results.labels.items()}
    for row in table.rows:
        assert row[column] == difference(claims[labels[row[0]]], 9)

    write_reports(results.records, "mixed", tmp_path, figures=False)
    assert not (tmp_path / "figures").exists()
    written = pd.read_csv(tmp_path / "comparisons.csv")
    assert written["family"].value_counts().to_dict() == {n: len(own) for n, own in findings.families.items()}
    assert (written["margin"].notna() == (written["family"] == "claims")).all()
    row = written[(written["arm"] == "none") & (written["family"] == "claims")].iloc[0]
    means = results.test[results.test["seed"] < 4].pivot_table(index="language", columns="arm", values="value")
    gaps = means["none"] - means["full"]
    assert row["difference"] == pytest.approx(gaps.mean())
    # Families share the noise of a run: flipping their signs one by one is no test of an arm.
    assert [name for name in written if "flip" in name] == ["flip_seeds_p"]


def test_without_a_full_set_the_claims_are_the_changes(mixed: Callable[..., SweepResults]) -> None:
    records = [record for record in mixed(4).records if record.arm != "full"]
    findings = Findings([SweepResults(name="mixed", records=records)])
    assert findings.against_none == [] and findings.changes == findings.claims and len(findings.claims) == 4
    assert "* = differs after Holm's correction for 4 claims." in leaderboard_table(findings).note


def test_seeds_of_a_pair_are_said_where_the_arm_has_more(mixed: Callable[..., SweepResults]) -> None:
    """The set has three seeds, but none only one: what realignment changed rests on one."""
    records = [replace(r, score=0.99 if r.arm == "set-3" else r.score) for r in mixed(1, n_own=3).records]
    findings = Findings([SweepResults(name="mixed", records=records)])
    table = leaderboard_table(findings)
    row = next(row for row in table.rows if row[0] == "set-3")
    assert row[2] == "3" and row[-1].endswith("s=1") and "s = seeds of the pair" in table.note
    assert ", s=1 points against none" in report(records, "mixed")


@pytest.mark.slow
def test_the_claims_in_numbers(mixed: Callable[..., SweepResults]) -> None:
    findings = Findings([mixed(4)])
    (table,) = claims_tables(findings)
    assert len(table.rows) == 5 and table.title.endswith("PoS accuracy, points more than full")
    rows = {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}
    means = findings.sweeps[0].test.pivot_table(index="language", columns="arm", values="value")
    gaps = (means["none"] - means["full"]).to_numpy()
    assert float(rows["none"]["points"]) == pytest.approx(100 * gaps.mean(), abs=0.05) and rows["none"]["seeds"] == "4"
    assert rows["none"]["gained"] == f"{100 * (gaps > 0).mean():.0f} %"
    assert not any("fam" in name and "flip" in name for name in rows["none"])
    assert rows["none"]["families"] == str(len(set(families_of(means.index)))) == "3"
    assert rows["set-1"]["flips, seeds"] == "-" and rows["set-1"]["seeds"] == "1"
    for form in ("markdown", "latex"):
        assert "The claims in numbers" in report(findings.sweeps[0].records, "mixed", form)


def test_arms_without_dev_scores_are_all_compared(
    record_of: Callable[..., TrialRecord], pos_scores: Callable[..., Any]
) -> None:
    """45 planned arms: the first forty by name would be an accident."""
    scores = pos_scores(eng_Latn=90, deu_Latn=50, fra_Latn=45, wol_Latn=30)
    records = [record_of("full", 0, TAGS, criterion="full", scores=scores, score=None)]
    records += [record_of(f"set-{i:02}", 0, TAGS[:2], scores=scores, score=None) for i in range(45)]
    claims = Findings([SweepResults(name="s", records=records)]).claims
    assert len(claims) == 45


def test_all_that_was_planned_is_compared_and_of_the_searched_sets_the_best(
    record_of: Callable[..., TrialRecord], score: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "MAX_ARMS", 4)

    def trial(arm: str, dev: float, **fields: Any) -> TrialRecord:
        scores = tuple(score("pos", tag, "test", round(100 * dev) + i) for i, tag in enumerate(TAGS))
        return record_of(arm, 0, TAGS[:2] if arm != "full" else TAGS, score=dev, scores=scores, **fields)

    planned = [trial(name, 0.1 * i) for i, name in enumerate(("full", "worst", "bad", "fair"), start=1)]
    searched = [trial(f"search-000{i}", 0.5 + 0.1 * i, number=i) for i in range(3)]
    results = SweepResults(name="s", records=[*planned, *searched])
    assert set(families.compared_arms(results, "full")) == {"worst", "bad", "fair", "search-0002"}
