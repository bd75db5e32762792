"""Column files as people have them: what each is read as, by hand, and what was noted; or the sentence that refuses."""

from pathlib import Path

import pytest

from search_spaces.languages import Language, parse_language
from trainables.data.entity_tags import to_iob2
from trainables.data.labelled_files import DataError, Notes, TaggedSentence, read_conllu, read_entities, read_inferences

GERMAN, CHINESE = parse_language("deu"), parse_language("zho")
Read = tuple[list[tuple[str, ...]], list[tuple[str, ...]], dict[str, int]]


def entities(folder: Path, text: str, language: Language | None = None) -> Read:
    """(words, tags) of the sentences, and the notes."""
    return _read(read_entities, folder / "x.tsv", text, language)


def parts_of_speech(folder: Path, text: str) -> Read:
    return _read(read_conllu, folder / "x.conllu", text, None)


def _read(read, path: Path, text: str, language: Language | None) -> Read:  # type: ignore[no-untyped-def]
    path.write_text(text, encoding="utf-8")
    notes = Notes()
    found: list[TaggedSentence] = read(path, language, notes)
    return [s.words for s in found], [s.tags for s in found], {what: n for what, n in notes.items() if n}


def test_conll_2003_has_its_word_first_and_its_tag_last(tmp_path: Path) -> None:
    text = "-DOCSTART- -X- -X- O\n\nAno NNP B-NP B-PER\nfled VBD B-VP O\n\nTo TO B-PP O\nBresk NNP B-NP B-LOC\n"
    assert entities(tmp_path, text) == (
        [("Ano", "fled"), ("To", "Bresk")],
        [("B-PER", "O"), ("O", "B-LOC")],
        {"-DOCSTART- lines left out": 1, "words with 4 columns: word in 1, tag in 4": 4},
    )


def test_germeval_counts_its_words_and_two_levels_of_tags_must_be_told_apart(tmp_path: Path) -> None:
    text = "# source 1\n1\tAno\tB-PER\tO\n2\tfloh\tO\tO\n\n"
    with pytest.raises(DataError, match=r"tags, but .*x.tsv has them in columns 3 and 4, which differ in line 2"):
        entities(tmp_path, text)
    words, tags, notes = entities(tmp_path, text.replace("\tO\n", "\n"))
    assert (words, tags) == ([("Ano", "floh")], [("B-PER", "O")])
    assert notes["words that are numbered"] == 2 and notes["comment lines left out"] == 1


def test_uner_has_its_tag_between_other_columns(tmp_path: Path) -> None:
    words, tags, _ = entities(
        tmp_path, "# sent_id = 1\n1\tAno\tB-PER\t-\tbo\n2-3\tzum\tO\t-\tbo\n2\tfloh\tO\t-\tbo\n\n"
    )
    assert (words, tags) == ([("Ano", "floh")], [("B-PER", "O")])


def test_comments_are_no_words_and_number_signs_are(tmp_path: Path) -> None:
    text = "# sent_enum = 1\nAno\tB-PER\n#\tO\n#tag\tO\n\n# sent_enum = 12\nBresk\tB-LOC\n"
    assert entities(tmp_path, text) == (
        [("Ano", "#", "#tag"), ("Bresk",)],
        [("B-PER", "O", "O"), ("B-LOC",)],
        {"comment lines left out": 2},
    )
    spaced = text.replace("\t", " ").replace("# sent_enum = 1\n", "# new document\n", 1)
    assert entities(tmp_path, spaced)[:2] == entities(tmp_path, text)[:2]
    with pytest.raises(DataError, match="'PER' in .*line 2"):  # a word with a wrong tag is no comment
        entities(tmp_path, "a\tO\n#\tPER\n")


def test_the_prefix_of_raw_panx_is_taken_off(tmp_path: Path) -> None:
    text = "de:Ano\tB-PER\nde::\tO\n\nde:Bresk\tB-LOC\n"
    words = [("Ano", ":"), ("Bresk",)]
    for language in (GERMAN, None):
        assert entities(tmp_path, text, language)[0] == words
    assert entities(tmp_path, text, GERMAN)[2] == {"words without their prefix 'de:'": 3}
    assert entities(tmp_path, "zh:人\tO\n", CHINESE)[0] == [("人",)]
    with pytest.raises(DataError, match=r"of the language of their file \(deu_Latn\), but all of .* with 'sw:'"):
        entities(tmp_path, text.replace("de:", "sw:"), GERMAN)
    with pytest.raises(DataError, match="or none, but 2 of .*'Bresk' in line 4 does not"):
        entities(tmp_path, text.replace("de:Bresk", "Bresk"), GERMAN)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (["fr"] * 99 + [""], r"\(deu_Latn\), but 99 of 100 of .* with 'fr:'"),
        (["de"] * 5 + [""] * 5, "or none, but 5 of .* begin with 'de:' and 'w5' in line 6 does not"),
        (["de"] * 3 + ["fr"] * 2, "but 3 of .* begin with 'de:' and 'fr:w3' in line 4 does not"),
    ],
)
def test_a_prefix_that_only_some_words_have_is_refused(codes: list[str], message: str, tmp_path: Path) -> None:
    lines = [f"{code}{':' * bool(code)}w{i}\tO" for i, code in enumerate(codes)]
    with pytest.raises(DataError, match=message):
        entities(tmp_path, "\n".join(lines) + "\n", GERMAN)


@pytest.mark.parametrize("code", ["bh", "simple", "be-x-old", "bat-smg", "zh-min-nan", "roa_rup"])
def test_a_prefix_of_no_known_language_is_refused(code: str, tmp_path: Path) -> None:
    """Wikipedia has codes of its own: every word would keep one, a text unlike any that was pre-trained on."""
    lines = [f"{code}:w{i}\tO" for i in range(30)]
    message = rf"but 30 of the 30 of .* begin with '{code}:', and no language .* \(`sed 's/\^{code}://'`\)"
    with pytest.raises(DataError, match=message):
        entities(tmp_path, "\n".join(lines) + "\n", GERMAN)
    with pytest.raises(DataError, match="but 30 of the 32 of"):
        entities(tmp_path, "\n".join([*lines, "a\tO", "b\tO"]) + "\n", GERMAN)
    few = "\n".join(lines[:3] + [f"{i}\tO" for i in range(3)]) + "\n"
    assert entities(tmp_path, few, GERMAN)[0][0][0] == f"{code}:w0"  # a text with colons in it


def test_addresses_are_words(tmp_path: Path) -> None:
    text = "".join(f"https://example.org/{i}\tO\n" for i in range(5))
    assert entities(tmp_path, text, GERMAN)[0][0][0] == "https://example.org/0"


def test_of_two_layers_of_entities_none_is_left_out_silently(tmp_path: Path) -> None:
    """GermEval 2014: number, word, outer and inner entity; tags end in `deriv` or `part` (Benikova et al. 2014)."""
    text = "1\tAno\tB-PER\tO\n2\tdeutsche\tB-LOCderiv\tO\n"
    with pytest.raises(DataError, match=r"some in column 3, .* \('B-LOCderiv' in line 2\), beside those in column 4"):
        entities(tmp_path, text, GERMAN)
    chunks = "EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"  # CoNLL-2003: chunks are no entities
    assert entities(tmp_path, chunks, None)[:2] == ([("EU", "rejects")], [("B-ORG", "O")])


def test_words_with_colons_stay_as_they_are(tmp_path: Path) -> None:
    text = "re:born\tO\nAno\tB-PER\nhttp://x\tO\n"
    assert entities(tmp_path, text, GERMAN) == ([("re:born", "Ano", "http://x")], [("O", "B-PER", "O")], {})
    assert entities(tmp_path, "xq:a\tO\nxq:b\tO\nc\tO\n", GERMAN)[0] == [("xq:a", "xq:b", "c")]


# (written, IOB2 by hand): Ratinov & Roth 2009 for BILOU; Tjong Kim Sang & Veenstra 1999 for IOB1 and IOE
SCHEMES = [
    ("S-PER O B-LOC E-LOC", "B-PER O B-LOC I-LOC"),  # BIOES
    ("B-LOC I-LOC E-LOC S-LOC", "B-LOC I-LOC I-LOC B-LOC"),
    ("U-PER O B-LOC I-LOC L-LOC", "B-PER O B-LOC I-LOC I-LOC"),  # BILOU
    ("W-PER O B-LOC M-LOC E-LOC", "B-PER O B-LOC I-LOC I-LOC"),  # BMEW
    ("I-PER I-PER B-PER O I-LOC", "B-PER I-PER B-PER O B-LOC"),  # IOB1
    ("b-per i-per o", "B-PER I-PER O"),
    ("E-PER I-PER", "B-PER B-PER"),  # an entity that has ended is not gone on with
    ("B-MISC I-MISC I-PER", "O O B-PER"),
]


@pytest.mark.parametrize(("written", "read"), SCHEMES)
def test_schemes_become_iob2(written: str, read: str, tmp_path: Path) -> None:
    notes = Notes()
    assert to_iob2(written.split(), notes) == read.split() and sum(notes.values()) > 0
    text = "".join(f"w{i}\t{tag}\n" for i, tag in enumerate(written.split()))
    assert entities(tmp_path, text)[1] == [tuple(read.split())]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tO\nb O O\n", "separated by a tab, but .*line 2 is .*2 fields, as the first"),
        ("a\t3\n", "but is '3' in .*line 1.*write numbers as names"),
        ("a\tB-GPE\n", "but is 'B-GPE' in .*line 1.*Map other types"),
        ("a b\nc d\n", "but is 'b' in .*line 1"),
        ("\tO\n", "token is empty in .*line 1"),
        ("one\n", "line 1 is 'one'.*2 fields"),
        ("# only = comments\n", "at least one sentence"),
        ("-DOCSTART- -X- O O\n", "at least one sentence"),
    ],
)
def test_columns_that_are_none_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        entities(tmp_path, text)
    assert "x.tsv" in str(caught.value)


def token(i: int | str, word: str, tag: str, separator: str = "\t") -> str:
    return separator.join([str(i), word, "_", tag, *["_"] * 6]) + "\n"


def test_a_treebank_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    text = "\ufeff# text = Ano floh\n" + token(1, "Ano", "PROPN") + token(2, "floh", "VERB")
    assert parts_of_speech(tmp_path, text) == ([("Ano", "floh")], [("PROPN", "VERB")], {})


def test_sentences_without_their_text_are_left_out_and_counted(tmp_path: Path) -> None:
    empty = token(1, "_", "NOUN") + token(2, "_", "VERB") + "\n"
    full = token(1, "der", "DET") + token(2, "_", "SYM") + "\n"
    assert parts_of_speech(tmp_path, empty + full + empty) == (
        [("der", "_")], [("DET", "SYM")], {"sentences without their text (`_`) left out": 2},
    )  # fmt: skip
    with pytest.raises(DataError, match="all of .*x.conllu are `_`: it has no text"):
        parts_of_speech(tmp_path, empty * 2)


@pytest.mark.parametrize("text", ["Ano PROPN\nfloh VERB\n", "Ano\tpropn\nfloh\tverb\n", "1 Ano PROPN\n2 floh VERB\n"])
def test_parts_of_speech_in_columns_are_read(tmp_path: Path, text: str) -> None:
    assert parts_of_speech(tmp_path, text)[:2] == ([("Ano", "floh")], [("PROPN", "VERB")])


def test_a_treebank_by_blanks_is_read(tmp_path: Path) -> None:
    text = token(1, "Ano", "PROPN", " ") + token("2-3", "zum", "_", " ") + token(2, "zu", "ADP", "  ")
    assert parts_of_speech(tmp_path, text)[:2] == ([("Ano", "zu")], [("PROPN", "ADP")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (token(1, "a", "X") + token(3, "b", "X"), "numbered 1, 2, 3 ..., but .*line 2 has '3' after 1"),
        (token(1, "a", "X") + token(1, "b", "X"), "blank line between two sentences"),
        (token(1, "", "X"), "must hold text, but is empty in .*line 1"),
        (token(1, "a", "_"), "17 UPOS tags, but is '_' in .*line 1"),
    ],
)
def test_treebanks_that_lack_something_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parts_of_speech(tmp_path, text)


def test_a_row_with_the_names_of_columns_is_no_pair(tmp_path: Path) -> None:
    path = tmp_path / "nli.tsv"
    path.write_text("\ufeffpremise\thypothesis\tgold_label\nA b\tC\tEntailment\n", encoding="utf-8")
    notes = Notes()
    assert [(p.premise, p.label) for p in read_inferences(path, None, notes)] == [("A b", "entailment")]
    assert notes == {"rows with the names of columns left out": 1, "labels in other case": 1}
