"""Words of Thai, Japanese and Chinese, which are written without spaces, by segmenters as the reference code uses them.

Thai by PyThaiNLP's default (newmm), Japanese by Sudachi in mode C, which is what GiNZA's `ja_ginza_electra` cuts words
with. The reference's Chinese segmenter (Stanford's, in Java) is not a package; we use jieba. Which of them a sentence
needs shows in its letters: kana make it Japanese, ideographs without kana Chinese. So a stray Chinese name in an
English sentence needs one too, whatever the languages of a trial. They are the extra `reference`.
"""

import importlib.metadata
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec

from search_spaces.languages import Language

THAI = re.compile("[\u0e00-\u0e7f]")
KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
PACKAGES = {
    "Thai": ("pythainlp",),
    "Jpan": ("sudachipy", "sudachidict_core"),
    "Hans": ("jieba",),
    "Hant": ("jieba",),
}
"""Script -> packages that its words need."""


def segmenter_of(text: str) -> Callable[[str], list[str]] | None:
    """What cuts `text` into words, or None where spaces do."""
    if THAI.search(text):
        return _thai()
    if KANA.search(text):
        return _japanese()
    return _chinese() if IDEOGRAPH.search(text) else None


def versions(languages: Iterable[Language] | None = None) -> dict[str, str]:
    """Package -> version of the segmenters that some languages need, "" = not installed; None = of all there are.

    Other versions may cut other words, and a text of any language may hold letters that need one, so fingerprints take
    all.
    """
    scripts = PACKAGES if languages is None else {language.partition("_")[2] for language in languages}
    packages = {package for script in scripts for package in PACKAGES.get(script, ())}
    return {name: importlib.metadata.version(name) if find_spec(name) else "" for name in sorted(packages)}


def check_installed(languages: Iterable[Language]) -> None:
    """Whether the segmenters are there that some languages need.

    Raises:
        ValueError: one is not installed.
    """
    if lacking := [name for name, version in versions(languages).items() if not version]:
        raise _not_installed(lacking)


def _not_installed(lacking: list[str]) -> ValueError:
    return ValueError(
        f"The words of Thai, Japanese and Chinese in `realign.words: reference` need {', '.join(lacking)}, which "
        "is not installed. Run `pip install 'realign-sweep[reference]'`, or set `realign.words: unicode`."
    )


def _needs(script: str) -> None:
    """Raises ValueError where the packages of a script are not installed: a text has its letters."""
    if lacking := [name for name in PACKAGES[script] if not find_spec(name)]:
        raise _not_installed(lacking)


@cache
def _thai() -> Callable[[str], list[str]]:
    _needs("Thai")
    from pythainlp.tokenize import word_tokenize

    return lambda text: list(word_tokenize(text))


@cache
def _japanese() -> Callable[[str], list[str]]:
    _needs("Jpan")
    from sudachipy import Dictionary, SplitMode

    tokenizer = Dictionary().tokenizer(mode=SplitMode.C)
    return lambda text: [morpheme.surface() for morpheme in tokenizer.tokenize(text)]


@cache
def _chinese() -> Callable[[str], list[str]]:
    _needs("Hans")
    import jieba

    jieba.setLogLevel("ERROR")
    return lambda text: list(jieba.cut(text))
