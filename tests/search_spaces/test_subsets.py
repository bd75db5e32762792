import pytest

from search_spaces.subsets import LanguageSubset


def test_equality_is_of_languages_only():
    chosen = LanguageSubset(("swh_Latn", "deu_Latn"), "max-sum")
    drawn = LanguageSubset(("deu_Latn", "swh_Latn"), "random", 3)
    assert chosen == drawn and hash(chosen) == hash(drawn) and len({chosen, drawn}) == 1
    assert chosen != LanguageSubset(("deu_Latn",), "max-sum")


def test_sorted_and_a_collection():
    subset = LanguageSubset(("swh_Latn", "deu_Latn"), "listed")
    assert subset.languages == tuple(subset) == ("deu_Latn", "swh_Latn")
    assert len(subset) == 2 and "swh_Latn" in subset and "zul_Latn" not in subset


@pytest.mark.parametrize(
    ("subset", "label"),
    [
        (LanguageSubset(("deu_Latn", "swh_Latn"), "max-sum"), "max-sum k=2"),
        (LanguageSubset(("deu_Latn", "swh_Latn"), "random", 3), "random k=2 s=3"),
        (LanguageSubset(("deu_Latn",), "random", 0), "random k=1 s=0"),
        (LanguageSubset((), "none"), "none"),
        (LanguageSubset(("deu_Latn", "swh_Latn"), "full"), "full"),
    ],
)
def test_label(subset, label):
    assert subset.label == label


def test_repetition_is_refused_and_nothing_can_be_changed():
    with pytest.raises(ValueError, match="swh_Latn occurs again"):
        LanguageSubset(("swh_Latn", "deu_Latn", "swh_Latn"), "listed")
    with pytest.raises(AttributeError):
        LanguageSubset((), "none").criterion = "full"
