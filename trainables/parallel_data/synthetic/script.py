"""Scripts: how the sounds of the world's words are written down.

Every word is a string of the phonemes below. An alphabet has one letter for each of them, a syllabary one character
for a consonant with its vowel. Real spelling is left out: letters may stand for other sounds than they really do,
there are no vowel signs, conjuncts or tones, and Han characters are used as a syllabary. What stays is that languages
of one script share letters and languages of two scripts share none.
"""

import functools
import itertools
import unicodedata

CONSONANTS = "pbtdkgfvszhmnlrwy"
VOWELS = "aeiou"
BICAMERAL = ("Latn", "Cyrl", "Grek", "Armn")  # scripts with capitals, used for names

# Letters in the order of CONSONANTS + VOWELS. Only letters proper (Unicode category L*) that no normalisation takes
# apart, so that no tokenizer changes a word.
ALPHABETS: dict[str, str] = {
    "Latn": CONSONANTS + VOWELS,
    "Cyrl": "пбтдкгфвсзхмнлрцјаеиоу",
    "Grek": "πβτδκγφψσζχμνλρξθαειου",
    "Armn": "պբտդկգֆվսզհմնլրւյաեիոօ",
    "Geor": "პბტდკგფვსზჰმნლრწყაეიოუ",
    "Arab": "پبتدكگفڤسزهمنلروياةىعء",
    "Hebr": "פבתדקגףוסזהמנלרטיאעןחש",
    "Deva": "पबतदकगफवसजहमनलरखयअएइओउ",
    "Beng": "পবতদকগফভসজহমনলরখযঅএইওউ",
    "Gujr": "પબતદકગફવસજહમનલરખયઅએઇઓઉ",
    "Guru": "ਪਬਤਦਕਗਫਵਸਜਹਮਨਲਰਖਯਅਏਇਓਉ",
    "Knda": "ಪಬತದಕಗಫವಸಜಹಮನಲರಖಯಅಎಇಒಉ",
    "Telu": "పబతదకగఫవసజహమనలరఖయఅఎఇఒఉ",
    "Mlym": "പബതദകഗഫവസജഹമനലരഖയഅഎഇഒഉ",
    "Taml": "பறதடகஙஷவசஜஹமநலரழயஅஎஇஒஉ",
    "Sinh": "පබතදකගෆවසජහමනලරඛයඅඑඉඔඋ",
    "Thai": "ปบตดกคฟวสซหมนลรพยาเโอแ",
    "Laoo": "ປບຕດກຄຟວສຊຫມນລຣພຍາເໂອແ",
    "Khmr": "បពតដកគផវសជហមនលរខយអឯឥឱឧ",
    "Mymr": "ပဗတဒကဂဖဘသဇဟမနလရဝယအဧဣဩဥ",
}
# First character and step of the scripts used as syllabaries; Hangul blocks in steps of 28 have no final consonant.
SYLLABARIES: dict[str, tuple[int, int]] = {
    "Hans": (0x4E00, 1),
    "Hant": (0x4E00, 1),
    "Jpan": (0x30A1, 1),
    "Ethi": (0x1200, 1),
    "Hang": (0xAC00, 28),
}


def write_down(phonemes: str, script: str, capital: bool = False) -> str:
    """`phonemes` in letters of `script` (ISO 15924), with a capital first letter where wanted and possible.

    Raises:
        ValueError: the script has no letters here.
    """
    if script in SYLLABARIES:
        return "".join(_syllables(script)[syllable] for syllable in _split(phonemes))
    if script not in ALPHABETS:
        raise ValueError(
            f"A script must be one of {sorted({*ALPHABETS, *SYLLABARIES})}, but is {script!r}. Add its letters."
        )
    letters = phonemes.translate(_alphabet(script))
    return letters[:1].upper() + letters[1:] if capital and script in BICAMERAL else letters


@functools.cache
def _alphabet(script: str) -> dict[int, str]:
    return {ord(phoneme): letter for phoneme, letter in zip(CONSONANTS + VOWELS, ALPHABETS[script], strict=True)}


@functools.cache
def _syllables(script: str) -> dict[str, str]:
    """Syllable -> character, for vowels, consonant + vowel; a bare consonant is written like the consonant with "u"."""
    start, step = SYLLABARIES[script]
    letters = (chr(code) for code in itertools.count(start, step) if unicodedata.category(chr(code)) == "Lo")
    table = {onset + vowel: next(letters) for onset in ("", *CONSONANTS) for vowel in VOWELS}
    return table | {consonant: table[consonant + "u"] for consonant in CONSONANTS}


def _split(phonemes: str) -> list[str]:
    """Cuts after every vowel and after every consonant that no vowel follows."""
    syllables: list[str] = []
    onset = ""
    for phoneme in phonemes:
        if phoneme in VOWELS:
            syllables.append(onset + phoneme)
            onset = ""
        else:
            if onset:
                syllables.append(onset)
            onset = phoneme
    return [*syllables, onset] if onset else syllables
