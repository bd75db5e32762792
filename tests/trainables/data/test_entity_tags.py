"""Schemes of entity tags, against seqeval, which reads them by itself."""

import numpy as np
import pytest
from seqeval.scheme import IOB1, IOB2, IOBES, Entities, Token

from trainables.data.columns import Notes
from trainables.data.entity_tags import is_entity_tag, to_iob2

Span = tuple[str, int, int]


def spans(tags: list[str], scheme: type[Token]) -> set[Span]:
    (found,) = Entities([tags], scheme).entities
    return {entity.to_tuple()[1:] for entity in found}


def drawn(seed: int) -> list[Span]:
    """Entities of one to three words, some of them side by side."""
    rng, found, at = np.random.default_rng(seed), [], 0
    while at < 20:
        at += int(rng.integers(0, 3))
        end = at + int(rng.integers(1, 4))
        found.append((str(rng.choice(["PER", "ORG", "LOC"])), at, end))
        at = end
    return found


def written(entities: list[Span], begin: str, inside: str, end: str, alone: str) -> list[str]:
    tags = ["O"] * (entities[-1][2] + 1)
    for kind, first, stop in entities:
        letters = [alone] if stop == first + 1 else [begin, *[inside] * (stop - first - 2), end]
        tags[first:stop] = [f"{letter}-{kind}" for letter in letters]
    return tags


@pytest.mark.parametrize("letters", ["BIES", "BILU", "BMEW", "BIIB"])
@pytest.mark.parametrize("seed", range(5))
def test_every_entity_is_kept_and_none_is_added(letters: str, seed: int) -> None:
    entities, notes = drawn(seed), Notes()
    tags = written(entities, *letters)
    assert spans(to_iob2(tags, notes), IOB2) == set(entities)
    if letters == "BIES":
        assert spans(tags, IOBES) == set(entities)  # they are written as seqeval knows them
    changed = sum(tag[0] not in "BIO" for tag in tags)
    assert dict(+notes) == ({"tags of BIOES or BILOU made IOB2": changed} if changed else {})


def test_a_lone_inside_tag_begins_an_entity() -> None:
    tags = "I-PER I-PER O I-LOC I-ORG".split()
    notes = Notes()
    assert spans(to_iob2(tags, notes), IOB2) == spans(tags, IOB1)
    assert notes["I- tags that begin an entity made B-"] == 3


@pytest.mark.parametrize("tag", ["O", "o", "B-PER", "i-loc", "U-DATE", "W-MISC"])
def test_tags_of_all_schemes_are_known(tag: str) -> None:
    assert is_entity_tag(tag)


@pytest.mark.parametrize("tag", ["", "B", "B-", "PER", "B-PERSON", "X-PER", "B_PER", "B-PER "])
def test_other_texts_are_none(tag: str) -> None:
    assert not is_entity_tag(tag)
