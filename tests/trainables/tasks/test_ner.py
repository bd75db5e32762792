"""Entities, repair and F1: by hand, against seqeval's own averages, and seqeval against a second reading of IOB2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities

from trainables.tasks.ner import NER, entity_scores, repair

TAGS = st.lists(st.sampled_from(NER.labels), max_size=12)


def test_labels_are_seven_in_the_order_of_wikiann() -> None:
    assert NER.labels == ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")


def entities(tags: list[str]) -> list[tuple[str, int, int]]:
    """(type, first word, last word) of each entity: an I- tag that continues none of its type begins one."""
    found: list[tuple[str, int, int]] = []
    previous = "O"
    for i, tag in enumerate(tags):
        kind = tag[2:]
        if tag.startswith("I-") and previous[2:] == kind:
            found[-1] = (kind, found[-1][1], i)
        elif kind:
            found.append((kind, i, i))
        previous = tag
    return found


@given(TAGS)
def test_seqeval_reads_entities_as_conlleval_does(tags: list[str]) -> None:
    assert get_entities(tags) == entities(tags)


@pytest.mark.parametrize(
    ("tags", "read"),
    [
        ("B-PER I-PER O B-LOC", [("PER", 0, 1), ("LOC", 3, 3)]),
        ("B-LOC B-LOC", [("LOC", 0, 0), ("LOC", 1, 1)]),
        ("O I-ORG I-ORG", [("ORG", 1, 2)]),  # no B-
        ("B-PER I-LOC", [("PER", 0, 0), ("LOC", 1, 1)]),  # another type
        ("O O", []),
    ],
)
def test_entities_by_hand(tags: str, read: list[tuple[str, int, int]]) -> None:
    assert get_entities(tags.split()) == entities(tags.split()) == read


@pytest.mark.parametrize(
    ("predicted", "scored"),
    [
        ("O I-PER I-PER O", "O B-PER I-PER O"),  # a lone I- begins an entity
        ("I-LOC O I-ORG", "B-LOC O B-ORG"),
        ("B-PER I-ORG I-LOC", "B-LOC I-LOC I-LOC"),  # the last type wins
        ("O I-PER I-LOC", "O B-LOC I-LOC"),
        ("B-PER B-ORG I-ORG", "B-PER B-ORG I-ORG"),  # neighbours keep their types
        ("B-PER I-PER B-ORG I-LOC", "B-PER I-PER B-LOC I-LOC"),
        ("O O", "O O"),
    ],
)
def test_repair_by_hand(predicted: str, scored: str) -> None:
    assert repair(predicted.split()) == scored.split()


@given(TAGS)
def test_repair_gives_valid_iob2_and_moves_no_border_between_entity_and_text(tags: list[str]) -> None:
    repaired = repair(tags)
    assert [tag == "O" for tag in repaired] == [tag == "O" for tag in tags]
    for before, tag in zip(["O", *repaired], repaired, strict=False):
        assert not tag.startswith("I-") or before[2:] == tag[2:]
    assert repair(repaired) == repaired
    n_begun = sum(
        tag.startswith("B-") or (tag != "O" and before == "O")
        for before, tag in zip(["O", *tags], tags, strict=False)
    )  # fmt: skip
    assert len(entities(repaired)) == n_begun


@given(TAGS)
def test_repair_leaves_valid_tags_alone(tags: list[str]) -> None:
    valid = [tag for kind, first, last in entities(tags) for tag in [f"B-{kind}"] + [f"I-{kind}"] * (last - first)]
    assert repair(valid) == valid


GOLD = [
    "B-PER I-PER O B-LOC".split(),
    "O B-ORG I-ORG I-ORG O".split(),
    "O O O".split(),
    "B-LOC B-LOC".split(),
]
PREDICTED = [
    "B-PER I-PER O B-ORG".split(),  # one right, one of the wrong type
    "O B-ORG I-ORG O O".split(),  # too short: wrong
    "O B-PER O".split(),  # not there
    "B-LOC B-LOC".split(),  # two right
]


def test_scores_by_hand() -> None:
    # 3 of 6 predicted are right, 3 of 5 gold ones are found
    assert entity_scores(GOLD, PREDICTED) == {"f1": (6, 11), "precision": (3, 6), "recall": (3, 5)}
    assert next(iter(entity_scores(GOLD, PREDICTED))) == NER.metric
    assert entity_scores([["O"]], [["O"]]) == {"f1": (0, 0), "precision": (0, 0), "recall": (0, 0)}


def test_scores_are_the_averages_of_seqeval() -> None:
    scores = {name: n / total for name, (n, total) in entity_scores(GOLD, PREDICTED).items()}
    assert scores == pytest.approx(
        {
            "f1": f1_score(GOLD, PREDICTED),
            "precision": precision_score(GOLD, PREDICTED),
            "recall": recall_score(GOLD, PREDICTED),
        }
    )


@given(st.lists(TAGS, min_size=1, max_size=4), st.data())
def test_scores_are_the_averages_of_seqeval_on_anything(gold: list[list[str]], data: st.DataObject) -> None:
    predicted = [
        data.draw(st.lists(st.sampled_from(NER.labels), min_size=len(tags), max_size=len(tags))) for tags in gold
    ]
    n_correct, n_total = entity_scores(gold, predicted)["f1"]
    if n_total:  # seqeval cannot score nothing at all
        assert n_correct / n_total == pytest.approx(f1_score(gold, predicted, zero_division=0))


def test_the_score_of_all_sentences_is_the_sum_of_their_counts() -> None:
    apart = [entity_scores([gold], [predicted]) for gold, predicted in zip(GOLD, PREDICTED, strict=True)]
    together = entity_scores(GOLD, PREDICTED)
    for metric in together:
        assert together[metric] == tuple(map(sum, zip(*(counts[metric] for counts in apart), strict=True)))
