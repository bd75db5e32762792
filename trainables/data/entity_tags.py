"""Tags of named entities: whatever scheme a file is in, turned into IOB2 with the three types that all sources mark."""

import re
from collections.abc import Sequence

from trainables.data.columns import Notes

ENTITY_TYPES = ("PER", "ORG", "LOC")
# Types that only some sources mark: MasakhaNER's dates, UNER's "other", CoNLL's miscellaneous. Read as O, so that the
# tag set is one.
LEFT_OUT_TYPES = ("DATE", "OTH", "MISC")
BEGINS, ALONE, ENDS, INSIDE = "B", "SUW", "EL", "IM"  # of IOB, BIOES, BILOU and BMEW
TAG_PATTERN = re.compile(rf"([{BEGINS}{ALONE}{ENDS}{INSIDE}])-({'|'.join(ENTITY_TYPES + LEFT_OUT_TYPES)})")


def is_entity_tag(tag: str) -> bool:
    """Whether a text is a tag of any of the schemes, in letters of any case."""
    return tag.upper() == "O" or TAG_PATTERN.fullmatch(tag.upper()) is not None


def to_iob2(tags: Sequence[str], notes: Notes) -> list[str]:
    """The tags of one sentence in IOB2.

    BIOES, BILOU and BMEW lose what they say about the end of an entity. An I- tag that continues no entity of its type
    begins one, as conlleval and seqeval read it (so IOB1 is read too): it becomes B-, which changes no entity. Types
    that not all sources mark (LEFT_OUT_TYPES) become O.

    Args:
        tags: each of which `is_entity_tag`.
        notes: what was changed is counted here.
    """
    converted = []
    continued = ""  # the type that an I- tag would continue
    for raw in tags:
        tag = raw.upper()
        notes["tags in lower case"] += tag != raw
        if tag == "O":
            converted.append("O")
            continued = ""
            continue
        prefix, kind = tag.split("-")
        if kind in LEFT_OUT_TYPES:
            notes[f"{kind} tags read as O"] += 1
            converted.append("O")
            continued = ""
            continue
        notes["tags of BIOES or BILOU made IOB2"] += prefix in ALONE + ENDS + "M"
        goes_on = prefix in ENDS + INSIDE and kind == continued
        notes["I- tags that begin an entity made B-"] += prefix in ENDS + INSIDE and not goes_on
        converted.append(f"{'I' if goes_on else 'B'}-{kind}")
        continued = "" if prefix in ALONE + ENDS else kind
    return converted
