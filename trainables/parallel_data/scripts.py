"""Which script (ISO 15924) a letter belongs to, told from its Unicode name; nothing but the standard library."""

import functools
import unicodedata

# Script -> beginnings of the Unicode names of its letters.
NAME_BEGINNINGS: dict[str, tuple[str, ...]] = {
    "Arab": ("ARABIC",),
    "Armn": ("ARMENIAN",),
    "Beng": ("BENGALI",),
    "Cyrl": ("CYRILLIC",),
    "Deva": ("DEVANAGARI",),
    "Ethi": ("ETHIOPIC",),
    "Geor": ("GEORGIAN",),
    "Grek": ("GREEK",),
    "Gujr": ("GUJARATI",),
    "Guru": ("GURMUKHI",),
    "Hang": ("HANGUL", "HALFWIDTH HANGUL", "CJK"),
    "Hans": ("CJK", "BOPOMOFO"),
    "Hant": ("CJK", "BOPOMOFO"),
    "Hebr": ("HEBREW",),
    "Jpan": ("HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA", "CJK"),
    "Khmr": ("KHMER",),
    "Knda": ("KANNADA",),
    "Laoo": ("LAO",),
    "Latn": ("LATIN", "FULLWIDTH LATIN"),
    "Mlym": ("MALAYALAM",),
    "Mymr": ("MYANMAR",),
    "Sinh": ("SINHALA",),
    "Taml": ("TAMIL",),
    "Telu": ("TELUGU",),
    "Thai": ("THAI",),
}


def script_share(text: str, script: str) -> float:
    """The share of `text`'s letters that are of `script`; 1 for a text without letters.

    Marks, digits, punctuation and modifier letters (which many scripts share) do not count.

    Raises:
        ValueError: the script is not in the table.
    """
    if script not in NAME_BEGINNINGS:
        raise ValueError(
            f"A script must be one of {', '.join(NAME_BEGINNINGS)}, but is {script!r}. Add it to `scripts.py`."
        )
    inside = [of for of in (_belongs(character, script) for character in text) if of is not None]
    return sum(inside) / len(inside) if inside else 1.0


@functools.lru_cache(maxsize=1 << 16)
def _belongs(character: str, script: str) -> bool | None:
    """Whether a letter is of the script; None for what is no letter."""
    if unicodedata.category(character) not in ("Lu", "Ll", "Lt", "Lo"):
        return None
    return unicodedata.name(character, "").startswith(NAME_BEGINNINGS[script])
