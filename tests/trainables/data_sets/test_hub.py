"""The source "hub" on small local copies of every data set: labels, codes, layout, resumption, reports, no network."""

import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Features, Value

from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import INFERENCES, DataError
from trainables.data_sets import DATA_SETS
from trainables.data_sets import rows as rows_module
from trainables.data_sets.base import COMMIT, DataSet
from trainables.data_sets.rows import Home, examples
from trainables.parallel_data import SOURCES
from trainables.parallel_data.corpus import corpus_report
from trainables.parallel_data.hub import Homes
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore
from trainables.tasks.ner import NER
from trainables.tasks.nli import NLI
from trainables.testing import DataSetContract

SWAHILI, FRENCH, AFRIKAANS, AMHARIC = map(Language, ("swh_Latn", "fra_Latn", "afr_Latn", "amh_Ethi"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def read(copies: Path, name: str, code: str, split: str, limit: int | None = None) -> list[Any]:
    homes = Homes(DataConfig(source="hub", root=str(copies)), StageStore(copies.parent / "store-of-reads"))
    return list(examples(DATA_SETS[name], code, split, homes.of(DATA_SETS[name], code), limit))


def opened(copies: Path, store: Path, sets: tuple[str, ...], **settings: Any) -> DataFolder:
    config = DataConfig(source="hub", root=str(copies), sets=sets, **settings)
    return SOURCES["hub"](config, StageStore(store))


@pytest.mark.parametrize(
    ("name", "code", "split", "expected"),
    [
        ("opus100", "af-en", "train", ("English sentence 0", "af sin nommer 0")),
        ("opus100", "en-fr", "train", ("English sentence 0", "fr sin nommer 0")),
        ("nllb", "eng_Latn-swh_Latn", "train", ("A dog runs", "Mbwa anakimbia")),
        ("nllb", "amh_Ethi-eng_Latn", "train", ("It is a dog", "ውሻ ነው")),
        ("sib200", "swh_Latn", "dev", ("8", "travel", "swh_Latn validation")),
        ("xtremer", "fr", "test", (("le", "chien"), ("DET", "NOUN"))),
        ("ud", "fr_gsd", "dev", (("de", "le", "chien"), ("ADP", "DET", "NOUN"))),
        ("masakhapos", "swa", "test", (("Katika", "nchi"), ("ADP", "NOUN"))),
        ("masakhaner2", "swa", "dev", (("Jumanne", "Ada", "Love", "."), ("O", "B-PER", "I-PER", "O"))),
        ("wikiann", "sw", "test", (("Ada", "in", "Paris"), ("B-PER", "O", "B-LOC"))),
        ("uner", "UNER_English-EWT/en_ewt", "test", (("Ada", "X"), ("B-PER", "O"))),
        ("xnli", "en", "test", ("p0", "h0", "entailment")),
        ("afrixnli", "swa", "test", ("A", 'B "b"', "contradiction")),
        ("americasnli", "gn", "dev", ("p0", "h0", "entailment")),
        ("indonli", "ind", "test", ("pc", "h", "contradiction")),
        ("myxnli", "mya", "test", ("က", "ခ", "neutral")),
    ],
)
def test_the_first_row_of_each_data_set(copies: Path, name: str, code: str, split: str, expected: Any) -> None:
    assert read(copies, name, code, split)[0] == expected
    assert code in DATA_SETS[name].languages


def test_every_data_set_is_read_above() -> None:
    cases = test_the_first_row_of_each_data_set.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {case[0] for case in cases} == set(DATA_SETS)


def test_numbers_of_xnli_are_entailment_neutral_contradiction_and_unlabelled_rows_are_left_out(copies: Path) -> None:
    found = read(copies, "xnli", "en", "train")
    assert [pair and pair[2] for pair in found] == ["entailment", "neutral", "contradiction", None]


def test_another_order_of_declared_labels_is_refused(copies: Path, write_copy: Callable[..., None]) -> None:
    swapped = ["contradiction", "neutral", "entailment"]
    features = Features({"premise": Value("string"), "hypothesis": Value("string"), "label": ClassLabel(names=swapped)})
    write_copy(copies, "facebook/xnli", "en", "test", {"premise": ["p"], "hypothesis": ["h"], "label": [0]}, features)
    with pytest.raises(
        DataError, match="entailment, neutral, contradiction in this order, but .*contradiction, neutral"
    ):
        read(copies, "xnli", "en", "test")


def test_numbered_tags_without_declared_names_are_not_guessed(copies: Path, write_copy: Callable[..., None]) -> None:
    shutil.rmtree(copies / "universal-dependencies")
    write_copy(
        copies, "universal-dependencies/universal_dependencies", "en_ewt", "test", {"tokens": [["a"]], "upos": [[0]]}
    )
    with pytest.raises(DataError, match="undeclared numbers. It is row 1 of universal-dep"):
        read(copies, "ud", "en_ewt", "test")


def test_a_column_of_another_name_is_refused(copies: Path, write_copy: Callable[..., None]) -> None:
    write_copy(copies, "unimelb-nlp/wikiann", "fr", "test", {"words": [["a"]], "ner_tags": [[0]]})
    with pytest.raises(DataError, match="must have the column 'tokens', but row 1 does not"):
        read(copies, "wikiann", "fr", "test")


def test_a_bad_line_of_a_plain_file_is_refused_by_file_and_line(copies: Path) -> None:
    (copies / "masakhane-io/masakhane-ner/MasakhaNER2.0/data/swa/test.txt").write_text("Ada B-PER\nlone\n")
    with pytest.raises(DataError, match="test.txt, line 2 is 'lone'"):
        read(copies, "masakhaner2", "swa", "test")


def test_only_as_many_rows_as_asked_are_read(copies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0

    def counted(*arguments: Any) -> Iterator[Any]:
        nonlocal seen
        for row in hub_rows(*arguments):
            seen += 1
            yield row

    hub_rows = rows_module._hub_rows
    monkeypatch.setattr(rows_module, "_hub_rows", counted)
    assert len(read(copies, "opus100", "af-en", "train", limit=3)) == 3
    assert seen == 3


def test_a_missing_copy_says_which(copies: Path) -> None:
    shutil.rmtree(copies / "facebook")
    with pytest.raises(DataError, match="must hold a copy of facebook/xnli"):
        read(copies, "xnli", "en", "test")


def test_the_corpus_has_the_layout_and_second_sources(copies: Path, tmp_path: Path) -> None:
    sets = ("opus100", "nllb", "sib200", "ud", "masakhapos", "masakhaner2", "wikiann", "uner", "xnli", "afrixnli")
    for absent in ("dev", "test"):
        (copies / f"masakhane/afrixnli/data/eng/{absent}.tsv").parent.mkdir(exist_ok=True)
        (copies / f"masakhane/afrixnli/data/eng/{absent}.tsv").write_text("premise\thypothesis\tlabel\nq\tr\t1\n")
    data = opened(copies, tmp_path, sets, languages=("sw",))
    assert {str(path.relative_to(data.root)) for path in data.root.rglob("*.gz")} == {
        "bitext/swh.tsv.gz",
        "flores/eng_Latn.tsv.gz", "flores/swh_Latn.tsv.gz",
        "pos/eng/train.conllu.gz", "pos/eng/dev.conllu.gz", "pos/eng/test.conllu.gz",
        "pos/swh/dev.conllu.gz", "pos/swh/test.conllu.gz",
        "ner/eng/train.tsv.gz", "ner/eng/dev.tsv.gz", "ner/eng/test.tsv.gz", "ner/eng/test.uner.tsv.gz",
        "ner/swh/dev.tsv.gz", "ner/swh/test.tsv.gz", "ner/swh/dev.wikiann.tsv.gz", "ner/swh/test.wikiann.tsv.gz",
        "nli/eng/train.tsv.gz", "nli/eng/dev.tsv.gz", "nli/eng/test.tsv.gz",
        "nli/eng/dev.afrixnli.tsv.gz", "nli/eng/test.afrixnli.tsv.gz",
        "nli/swh/dev.tsv.gz", "nli/swh/test.tsv.gz", "nli/swh/dev.afrixnli.tsv.gz", "nli/swh/test.afrixnli.tsv.gz",
    }  # fmt: skip
    assert data.bitext(SWAHILI) == [("A dog runs", "Mbwa anakimbia"), ("A cat", "Paka")]
    assert data.flores(SWAHILI, "dev") == {"8": "swh_Latn validation"}
    assert data.sources(NER, SWAHILI) == ("", "wikiann")
    assert {pair.label for pair in data.labelled(NLI, ENGLISH, "train")} == set(INFERENCES)


def test_an_interrupted_fetch_goes_on_and_nothing_is_fetched_twice(
    copies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    hub_rows = rows_module._hub_rows

    def failing_once(home: Home, data_set: DataSet, code: str, *rest: Any) -> Any:
        fetched.append(code)
        if fetched == ["af-en", "en-fr"]:
            raise ConnectionError("cut")
        return hub_rows(home, data_set, code, *rest)

    monkeypatch.setattr(rows_module, "_hub_rows", failing_once)
    settings: dict[str, Any] = {"languages": ("afr", "fra"), "max_pairs": 5}
    with pytest.raises(DataError, match="is not reachable"):
        opened(copies, tmp_path, ("opus100",), **settings)
    first = opened(copies, tmp_path, ("opus100",), **settings)
    assert fetched == ["af-en", "en-fr", "en-fr"]
    assert first.bitext(AFRIKAANS) == [(f"English sentence {i}", f"af sin nommer {i}") for i in range(5)]
    assert opened(copies, tmp_path, ("opus100",), **settings).root == first.root
    filtered = opened(copies, tmp_path, ("opus100",), filters=("duplicate_pair",), **settings)
    assert filtered.root != first.root
    assert len(fetched) == 3  # other filters are another corpus of the same rows
    opened(copies, tmp_path, ("opus100",), **settings | {"max_pairs": 6})
    assert len(fetched) == 5


def test_the_report_names_source_revision_licence_and_counts(copies: Path, tmp_path: Path) -> None:
    data = opened(
        copies, tmp_path, ("nllb", "xnli"), languages=("sw",), filters=("too_short=5",), revisions={"xnli": "abc"}
    )
    entries = {(entry.part, entry.language, entry.split): entry for entry in corpus_report(data.root)}
    bitext = entries["bitext", SWAHILI, "train"]
    assert (bitext.n_available, bitext.n_kept, bitext.dropped) == (2, 1, {"empty": 0, "too_short": 1})
    assert (bitext.source, bitext.licence) == ("nllb", DATA_SETS["nllb"].licence)
    xnli = entries["nli", ENGLISH, "train"]
    assert (xnli.n_available, xnli.n_kept) == (4, 3)
    assert re.fullmatch(r"local copy [0-9a-f]{20}", xnli.revision or "")
    assert f"| bitext | swh_Latn | train | nllb | {bitext.revision} | 2 | 1 | too_short 1 |" in (
        data.root / "corpus.md"
    ).read_text(encoding="utf-8")


def test_pairs_of_an_evaluation_set_are_dropped(copies: Path, tmp_path: Path) -> None:
    (copies / "masakhane-io/masakhane-pos/data/swa/test.txt").write_text("Mbwa NOUN\nanakimbia VERB\n! PUNCT\n")
    data = opened(copies, tmp_path, ("nllb", "masakhapos"), languages=("sw",), filters=("in_evaluation",))
    assert data.bitext(SWAHILI) == [("A cat", "Paka")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sets": ("xnli",)}, "must name a bitext .opus100, nllb."),
        ({"sets": ("opus10",)}, "Nearest: 'opus100'"),
        ({"sets": ("opus100",), "languages": ("luo",)}, "luo_Latn is in none"),
        ({"sets": ("opus100",), "languages": ("klingonese",)}, "'klingonese'"),
        ({"sets": ("opus100",), "revisions": {"xnli": "a"}}, "but has xnli"),
        ({"sets": ("opus100", "wikiann"), "require_pinned": True}, "a commit as its revision, but wikiann has none"),
        ({"sets": ("opus100",), "filters": ("short",)}, "Nearest: 'too_short'"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_fetched(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        SOURCES["hub"](DataConfig(source="hub", **settings), StageStore(tmp_path))


class TestEveryDataSet(DataSetContract):
    @pytest.fixture(autouse=True, params=sorted(DATA_SETS))
    def member(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param

    def test_its_revision_is_pinned(self) -> None:
        one, unpinned_sets = self.data_set, ("ud", "wikiann", "americasnli", "nllb")
        assert COMMIT.fullmatch(one.revision) or one.revisions or one.name in unpinned_sets
        assert set(one.revisions) <= set(one.languages)


def test_the_papers_languages_are_all_covered_by_its_corpora() -> None:
    for info in INVENTORY.values():
        if info.corpus:
            (data_set,) = (one for one in DATA_SETS.values() if one.corpus == info.corpus)
            assert info.tag in data_set.languages.values()
