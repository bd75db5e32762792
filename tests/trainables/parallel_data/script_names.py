"""Scripts by the names of their characters."""

# How the Unicode names of a script's characters begin
SCRIPT_NAMES = {
    "Latn": "LATIN", "Cyrl": "CYRILLIC", "Grek": "GREEK", "Armn": "ARMENIAN", "Geor": "GEORGIAN", "Arab":
    "ARABIC", "Hebr": "HEBREW", "Deva": "DEVANAGARI", "Beng": "BENGALI", "Gujr": "GUJARATI", "Guru": "GURMUKHI",
    "Knda": "KANNADA", "Telu": "TELUGU", "Mlym": "MALAYALAM", "Taml": "TAMIL", "Sinh": "SINHALA", "Thai":
    "THAI", "Laoo": "LAO", "Khmr": "KHMER", "Mymr": "MYANMAR", "Hans": "CJK UNIFIED", "Hant": "CJK UNIFIED",
    "Jpan": "KATAKANA", "Ethi": "ETHIOPIC", "Hang": "HANGUL",
}  # fmt: skip
