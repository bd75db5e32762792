"""Words given one by one have the pieces that they have in text."""

from pathlib import Path

from tokenizers import pre_tokenizers

from trainables.encoders.word_starts import as_words, word_starts


def test_the_space_is_what_add_prefix_space_does(tmp_path: Path) -> None:
    """Against the library's own way for RoBERTa, which changes the tokenizer instead of the words."""
    from encoder_layouts import modernbert_tokenizer

    ours, theirs = modernbert_tokenizer(), modernbert_tokenizer()
    theirs.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    sentences = [["dog", "cox"], ["x", "中", "'s"]]
    expected = theirs(sentences, is_split_into_words=True)
    found = ours(as_words(ours, sentences), is_split_into_words=True)
    assert found["input_ids"] == expected["input_ids"]
    assert [found.word_ids(i) for i in (0, 1)] == [expected.word_ids(i) for i in (0, 1)]
    assert not word_starts(theirs).needs_space
