"""Word alignments against hand-made examples, and the mutual argmax against brute force."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.languages import Language, parse_language
from search_spaces.registry import UnknownNameError
from trainables.data.folder import DataFolder
from trainables.data.words import split_unicode
from trainables.encoders.base import Encoder
from trainables.realignment.alignments import ALIGNMENTS, files_fingerprint
from trainables.realignment.alignments.base import AlignmentError, AlignmentInputs, Link, one_to_one
from trainables.realignment.alignments.pharaoh import fast_align_input, parse_links
from trainables.realignment.alignments.similarity import mutual_argmax
from trainables.realignment.ready_texts import ReadyTexts
from trainables.run_config import RealignConfig

SWAHILI, YORUBA = parse_language("swh"), parse_language("yor")
PAIRS = {SWAHILI: [("the dog sleeps.", "mbwa analala."), ("a cat", "paka")], YORUBA: [("the dog", "ajá náà")]}


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    (tmp_path / "data/bitext").mkdir(parents=True)
    for language, pairs in PAIRS.items():
        rows = "".join(f"{i}\t{english}\t{other}\n" for i, (english, other) in enumerate(pairs))
        (tmp_path / f"data/bitext/{language[:3]}.tsv.gz").write_bytes(gzip.compress(rows.encode()))
    return DataFolder(tmp_path / "data")


@pytest.fixture
def align(
    data: DataFolder, tmp_path: Path, make_encoder: Callable[..., Encoder]
) -> Callable[..., dict[tuple[str, str], list[Link]]]:
    """(source, languages) -> the links of all their pairs, by pair, with `tmp_path` as folder of the files."""

    def run(source: str, *languages: Language) -> dict[tuple[str, str], list[Link]]:
        config = RealignConfig(objective="word_contrastive", alignments=source, alignments_root=str(tmp_path))
        encoder = make_encoder()
        texts = ReadyTexts(encoder.tokenizer, config.explicit(), of_words=True)
        aligner = ALIGNMENTS[source](AlignmentInputs(config, encoder, data, languages, texts))
        pairs = [pair for language in languages for pair in PAIRS[language]]
        found = aligner([split_unicode(english) for english, _ in pairs], [split_unicode(other) for _, other in pairs])
        return dict(zip(pairs, found, strict=True))

    return run


def test_links_of_a_word_with_two_partners_are_dropped() -> None:
    assert one_to_one([(0, 0), (1, 1), (1, 2), (3, 2), (4, 4), (0, 0)]) == [(0, 0), (4, 4)]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_one_to_one_keeps_exactly_the_links_that_share_no_word(links: list[Link]) -> None:
    distinct = set(links)
    expected = [a for a in distinct if not any(b != a and (b[0] == a[0] or b[1] == a[1]) for b in distinct)]
    assert one_to_one(links) == sorted(expected)


class TestPharaoh:
    def test_lines_belong_to_the_pairs_of_the_bitext(
        self, align: Callable[..., dict[tuple[str, str], list[Link]]], tmp_path: Path
    ) -> None:
        (tmp_path / "swh.pharaoh").write_text("3-2 1-0 2-1\n1-0 0-0\n")
        (tmp_path / "yor.pharaoh.gz").write_bytes(gzip.compress(b"1-0 0-1\n"))
        assert list(align("pharaoh", YORUBA, SWAHILI).values()) == [[(0, 1), (1, 0)], [(1, 0), (2, 1), (3, 2)], []]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("0-0\n", "a line for each of the 2 sentence pairs of swh_Latn, but .*swh.pharaoh has 1. Align"),
            ("0-0\n2-0\n", "within 2 English and 1 other words .from 0., but is '2-0' in .*line 2. Split words"),
            ("0-0\n0:0\n", "must look like '0-0', but is '0:0' in .*line 2"),
            ("0-0\n0--1\n", "must look like '0-0', but is '0--1'"),
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, align: Callable[..., dict[tuple[str, str], list[Link]]], tmp_path: Path, text: str, message: str
    ) -> None:
        (tmp_path / "swh.pharaoh").write_text(text)
        with pytest.raises(AlignmentError, match=message):
            align("pharaoh", SWAHILI)

    def test_a_missing_file_names_the_language_and_no_folder_the_remedy(
        self, align: Callable[..., dict[tuple[str, str], list[Link]]], data: DataFolder
    ) -> None:
        with pytest.raises(AlignmentError, match="swh.pharaoh.*is missing. Make it, or leave swh_Latn out"):
            align("pharaoh", SWAHILI)
        with pytest.raises(AlignmentError, match="`realign.alignments_root` is not given"):
            files_fingerprint(RealignConfig(objective="word_contrastive", alignments="pharaoh"), [SWAHILI])

    def test_its_input_has_the_words_that_its_links_count(self) -> None:
        lines = list(fast_align_input([("a dog|||sleeps.", "ng'ombe  我们")]))
        assert lines == ["a dog | sleeps . ||| ng'ombe 我 们"]
        english, other = (side.split() for side in lines[0].split("|||"))
        assert parse_links("4-2", (len(english), len(other)), "here") == [(4, 2)]


class TestDictionary:
    def test_words_are_linked_where_neither_has_another_partner(
        self, align: Callable[..., dict[tuple[str, str], list[Link]]], tmp_path: Path
    ) -> None:
        (tmp_path / "swh.tsv").write_text("Dog\tmbwa\nsleeps\tanalala\nsleeps\thulala\ncat\tpaka\na\tpaka\n")
        (tmp_path / "yor.tsv").write_text("dog\tAJA\u0301\nto sleep\tsùn\n")  # decomposed, in capitals
        assert list(align("dictionary", SWAHILI, YORUBA).values()) == [[(1, 0), (2, 1)], [], [(1, 0)]]

    def test_what_is_no_dictionary_is_refused(
        self, align: Callable[..., dict[tuple[str, str], list[Link]]], tmp_path: Path
    ) -> None:
        (tmp_path / "swh.tsv").write_text("dog\tmbwa\ncat paka\n")
        with pytest.raises(AlignmentError, match="two words with a tab between, but .*line 2 is 'cat paka'"):
            align("dictionary", SWAHILI)
        (tmp_path / "swh.tsv").write_text("to sleep\tkulala\n")
        with pytest.raises(AlignmentError, match="must hold a pair of single words"):
            align("dictionary", SWAHILI)


class TestSimilarity:
    @given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 1000))
    def test_mutual_argmax_against_brute_force(self, n_english: int, n_other: int, seed: int) -> None:
        # few distinct values, so that there are ties
        scores = torch.randint(4, (n_english, n_other), generator=torch.Generator().manual_seed(seed)).float()
        rows = scores.tolist()
        expected = []
        for e in range(n_english):
            for o in range(n_other):
                column = [rows[k][o] for k in range(n_english)]
                if rows[e].index(max(rows[e])) == o and column.index(max(column)) == e:
                    expected.append((e, o))
        assert mutual_argmax([scores]) == [expected]
        assert mutual_argmax([scores, scores[:, :0], scores]) == [expected, [], expected]
        assert one_to_one(expected) == expected

    def test_by_hand(self) -> None:
        # English 0 and 1 both like other 0; other 0 prefers English 1; English 2 and other 2 like each other
        scores = torch.tensor([[0.8, 0.7, 0.0], [0.9, 0.1, 0.0], [0.0, 0.3, 0.5]])
        assert mutual_argmax([scores]) == [[(1, 0), (2, 2)]]

    def test_equal_sentences_are_aligned_word_by_word_by_any_encoder(
        self, make_encoder: Callable[..., Encoder]
    ) -> None:
        aligner = ALIGNMENTS["similarity"](self.inputs(make_encoder()))
        sentences = [split_unicode("ab dog cat"), split_unicode("cd")]
        assert aligner(sentences, sentences) == [[(0, 0), (1, 1), (2, 2)], [(0, 0)]]

    def test_links_do_not_change_while_the_encoder_is_trained(self, make_encoder: Callable[..., Encoder]) -> None:
        encoder = make_encoder()
        aligner = ALIGNMENTS["similarity"](self.inputs(encoder))
        english, other = [split_unicode("ab dog cat, ef")], [split_unicode("zy cat; xw q")]
        before = aligner(english, other)
        encoder.model.train()
        with torch.no_grad():
            for parameter in encoder.model.parameters():
                parameter.normal_(generator=torch.Generator().manual_seed(1))
        assert aligner(english, other) == before != []
        assert all(parameter.requires_grad for parameter in encoder.model.parameters())

    def test_words_that_are_cut_off_and_empty_sides_get_no_link(self, make_encoder: Callable[..., Encoder]) -> None:
        aligner = ALIGNMENTS["similarity"](self.inputs(make_encoder(), max_length=4))
        assert aligner([split_unicode("dog cat dog"), split_unicode("dog")],
                       [split_unicode("dog cat cat"), split_unicode("")]) == [[(0, 0), (1, 1)], []]  # fmt: skip

    def inputs(self, encoder: Encoder, max_length: int = 32) -> AlignmentInputs:
        config = RealignConfig(objective="word_contrastive", max_length=max_length)
        texts = ReadyTexts(encoder.tokenizer, config.explicit(), of_words=True)
        return AlignmentInputs(config, encoder, None, (), texts)  # type: ignore[arg-type]  # reads no data


def test_the_files_content_is_the_identity_and_their_place_is_not(tmp_path: Path) -> None:
    configs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "swh.pharaoh").write_text("0-0\n")
        configs.append(
            RealignConfig(objective="word_contrastive", alignments="pharaoh", alignments_root=str(tmp_path / name))
        )
    assert files_fingerprint(configs[0], [SWAHILI]) == files_fingerprint(configs[1], [SWAHILI]) != {}
    (tmp_path / "two/swh.pharaoh").write_text("0-0 1-1\n")
    assert files_fingerprint(configs[0], [SWAHILI]) != files_fingerprint(configs[1], [SWAHILI])
    assert files_fingerprint(RealignConfig(alignments="pharaoh"), [SWAHILI]) == {}  # sentences need no alignments


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="source of word alignments .* Nearest: 'pharaoh'"):
        ALIGNMENTS["pharao"]
