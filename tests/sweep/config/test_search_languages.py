"""Whose development scores a search is told."""

import pytest

from sweep.config.search_languages import SearchLanguages

POOL = ("amh_Ethi", "deu_Latn", "fra_Latn", "hau_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn", "yor_Latn")


SCORED = (*POOL, "ell_Grek", "kat_Geor", "wol_Latn")


def test_search_languages_follow_their_rule() -> None:
    dev = ["wol_Latn", "deu_Latn", "eng_Latn", "swh_Latn", "deu_Latn"]
    assert SearchLanguages().among(dev) == ("deu_Latn", "swh_Latn", "wol_Latn")
    assert SearchLanguages(languages="seen").among(dev, {"deu_Latn", "eng_Latn"}) == ("deu_Latn",)
    assert SearchLanguages(languages="unseen").among(dev, {"deu_Latn"}) == ("swh_Latn", "wol_Latn")
    assert SearchLanguages(languages=("wol_Latn",)).among(dev) == ("wol_Latn",)


@pytest.mark.parametrize(("n", "frac", "n_left"), [(10, 0.3, 7), (12, 0.25, 9), (3, 0.01, 2), (3, 0.99, 1)])
def test_a_share_is_put_aside_and_both_sides_keep_one(n: int, frac: float, n_left: int) -> None:
    rule = SearchLanguages(hold_out_frac=frac, seed=3)
    left = rule.among(SCORED[:n])
    assert len(left) == n_left and set(left) <= set(SCORED)
    assert left == rule.among([*reversed(SCORED[:n]), "eng_Latn", SCORED[0]])  # neither order nor repeats matter


def test_seeds_put_other_languages_aside() -> None:
    assert len({SearchLanguages(hold_out_frac=0.5, seed=seed).among(SCORED) for seed in range(5)}) > 1


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (SearchLanguages(languages="both"), "must be all, seen, unseen or a list"),
        (SearchLanguages(languages="seen"), "not known"),
        (SearchLanguages(languages=("zul_Latn",)), "zul_Latn has none"),
        (SearchLanguages(hold_out_frac=1.0), "below 1"),
    ],
)
def test_rules_that_cannot_be_applied_are_refused(rule: SearchLanguages, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rule.among(SCORED)


def test_a_rule_that_leaves_no_language_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves none"):
        SearchLanguages(languages="seen").among(SCORED, {"eng_Latn"})
    with pytest.raises(ValueError, match="needs two languages or more with dev scores, but there is deu_Latn only"):
        SearchLanguages(hold_out_frac=0.5).among(["deu_Latn", "eng_Latn"])
