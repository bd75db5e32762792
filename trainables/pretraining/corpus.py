"""Which sentences a small encoder of our own reads during pre-training.

The monolingual sides of the bitext, the FLORES train split and the English treebank's training sentences, of the seen
languages only. Never a sentence that is evaluated later: FLORES dev is the retrieval probe, dev and test of
every task are scored. The English side, which all bitexts share, is counted once.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

import numpy

from search_spaces.inventory import seen_by
from search_spaces.languages import ENGLISH, Language, parse_language
from trainables.data.folder import DataFolder
from trainables.stepping.derived_seed import derived_seed
from trainables.tasks import TASKS

Texts = dict[Language, list[str]]
ENCODERS_WITH_KNOWN_SEEN: tuple[Literal["mbert"], Literal["xlmr"]] = ("mbert", "xlmr")


def text_languages(data: DataFolder) -> tuple[Language, ...]:
    """Languages with text that are used later, sorted: English, those with bitext, those with FLORES and labels."""
    labelled = {language for task in TASKS.values() for language in data.labelled_languages(task)}
    return tuple(sorted({ENGLISH, *data.bitext_languages} | (set(data.flores_languages) & labelled)))


def resolve_seen(seen: str | Iterable[str], data: DataFolder) -> tuple[Language, ...]:
    """The seen languages as sorted tags; English always is one.

    Args:
        seen: "mbert" or "xlmr" (what that encoder was pre-trained on, as far as `data` has text of it), or tags.

    Raises:
        ValueError: an unknown encoder or language, or a listed language of which the data has no text.
    """
    available = set(text_languages(data))
    for encoder in ENCODERS_WITH_KNOWN_SEEN:
        if seen == encoder:
            return tuple(sorted({ENGLISH} | (seen_by(encoder) & available)))
    if isinstance(seen, str):
        raise ValueError(
            f"`pretrain.seen` must be 'mbert', 'xlmr' or a list of languages, but is {seen!r}. "
            f"Write it as a list: [{seen}]."
        )
    languages = {parse_language(tag) for tag in seen}
    if missing := sorted(languages - available - {ENGLISH}):
        raise ValueError(
            f"Languages of `pretrain.seen` must have bitext or FLORES sentences in {data.root}, but "
            f"{', '.join(missing)} {'has' if len(missing) == 1 else 'have'} none. Leave them out."
        )
    return tuple(sorted({ENGLISH} | languages))


def read_texts(data: DataFolder, languages: Iterable[Language], n_sentences: int | None = None, seed: int = 0) -> Texts:
    """Distinct NFC sentences of each language, in a fixed order, without any sentence of an evaluation set.

    Args:
        n_sentences: at most so many of each language, drawn without replacement (None = all).
        seed: of that draw.
    """
    texts: Texts = {}
    for language in sorted(set(languages)):
        held_out = {_letters(text) for text in _evaluation_texts(data, language)}
        candidates = dict.fromkeys(
            unicodedata.normalize("NFC", text).strip() for text in _training_texts(data, language)
        )
        kept = [text for text in candidates if text and _letters(text) not in held_out]
        if n_sentences is not None and len(kept) > n_sentences:
            rng = numpy.random.default_rng(derived_seed(seed, f"pretraining/sentences/{language}"))
            kept = [kept[i] for i in sorted(rng.choice(len(kept), n_sentences, replace=False))]
        texts[language] = kept
    return texts


def smoothed_counts(sizes: Mapping[Language, int], exponent: float) -> dict[Language, int]:
    """How many sentences of each language one epoch draws: proportional to size ** exponent.

    The sum stays that of `sizes` up to rounding; exponent 1 returns `sizes`, exponent 0 gives every language the same.
    Source: Conneau & Lample 2019, section 3.1 (there with exponent 0.5).
    """
    weights = {language: float(size) ** exponent for language, size in sizes.items() if size}
    scale = sum(sizes.values()) / sum(weights.values())
    return {language: max(1, round(weight * scale)) for language, weight in weights.items()}


def _training_texts(data: DataFolder, language: Language) -> list[str]:
    texts: list[str] = []
    if language == ENGLISH:
        for other in data.bitext_languages:
            texts += [english for english, _ in data.bitext(other)]
        for task in TASKS.values():
            if task.is_pretrained_on and ENGLISH in data.labelled_languages(task):
                texts += [text for one in data.labelled(task, ENGLISH, "train") for text in one.sentences]
    elif language in data.bitext_languages:
        texts += [text for _, text in data.bitext(language)]
    if language in data.flores_languages:
        texts += data.flores(language, "train").values()
    return texts


def _evaluation_texts(data: DataFolder, language: Language) -> list[str]:
    texts: list[str] = []
    if language in data.flores_languages:
        texts += data.flores(language, "dev").values()
    for task in TASKS.values():
        if language not in data.labelled_languages(task):
            continue
        for source in data.sources(task, language):
            for split in ("dev", "test"):
                texts += [text for one in data.labelled(task, language, split, source) for text in one.sentences]
    return texts


def _letters(text: str) -> str:
    """What makes two sentences the same one: letters and digits, whatever the spacing, case, marks or punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text).casefold())
