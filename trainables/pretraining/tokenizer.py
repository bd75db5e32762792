"""The sub-word tokenizer of an encoder of our own: byte-pair encoding (Sennrich et al. 2016) over all languages.

Every language weighs the same, seen or not, so that the languages left out of pre-training are cut into pieces of
reasonable length and none is all <unk>: what "unseen" means is that no block has read them.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping

import numpy
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from search_spaces.languages import Language
from trainables.stepping.derived_seed import derived_seed

SPECIAL_TOKENS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
CHARACTER_COVERAGE = 0.998  # per language; the rest (stray symbols) becomes <unk> and costs no piece
MAX_PIECE = 16  # characters; languages written without spaces would otherwise get whole phrases as pieces
N_CHARACTERS = 600  # at most so many of one language: ideographs would otherwise fill a small vocabulary


def train_tokenizer(
    texts: Mapping[Language, list[str]], vocabulary_size: int, max_length: int, n_sentences: int = 700, seed: int = 0
) -> PreTrainedTokenizerFast:
    """Trains on the same number of sentences of every language (fewer only where a language has fewer).

    Args:
        texts: NFC sentences by language.
        vocabulary_size: pieces, the five special ones included.
        max_length: stored as the tokenizer's `model_max_length`.
        n_sentences: drawn of each language.

    Raises:
        ValueError: the characters alone need more pieces than `vocabulary_size`.
    """
    sample = _equal_sample(texts, n_sentences, seed)
    alphabet = covering_characters(sample)
    if vocabulary_size <= len(alphabet) + len(SPECIAL_TOKENS):
        raise ValueError(
            f"`pretrain.vocabulary_size` must be larger than the {len(alphabet)} characters of the data's languages, "
            f"but is {vocabulary_size}. Raise it (twice as many is a sensible minimum)."
        )
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size, special_tokens=list(SPECIAL_TOKENS), max_token_length=MAX_PIECE, show_progress=False
    )
    kept = ("".join(c if c in alphabet else " " for c in text) for _, group in sorted(sample.items()) for text in group)
    tokenizer.train_from_iterator(kept, trainer)
    return _wrapped(tokenizer, max_length)


def covering_characters(texts: Mapping[Language, list[str]], coverage: float = CHARACTER_COVERAGE) -> frozenset[str]:
    """Characters that make up the share `coverage` of some language's text, at most its N_CHARACTERS commonest."""
    covered: set[str] = set()
    for _, group in sorted(texts.items()):
        counts = Counter(c for text in group for c in text if not c.isspace())
        missing = coverage * sum(counts.values())
        for character, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:N_CHARACTERS]:
            if missing <= 0:
                break
            covered.add(character)
            missing -= count
    return frozenset(covered)


def _equal_sample(texts: Mapping[Language, list[str]], n_sentences: int, seed: int) -> dict[Language, list[str]]:
    sample = {}
    for language, group in sorted(texts.items()):
        rng = numpy.random.default_rng(derived_seed(seed, f"pretraining/tokenizer/{language}"))
        chosen = sorted(rng.permutation(len(group))[:n_sentences])
        sample[language] = [unicodedata.normalize("NFC", group[i]) for i in chosen]
    return sample


def _wrapped(tokenizer: Tokenizer, max_length: int) -> PreTrainedTokenizerFast:
    bos, eos = tokenizer.token_to_id("<s>"), tokenizer.token_to_id("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>", model_max_length=max_length,
    )  # fmt: skip
