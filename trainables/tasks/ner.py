"""Named entities: persons, organisations and places in IOB2, micro-averaged F1 over whole entities.

An entity is right if its first word, its last word and its type are (Tjong Kim Sang & De Meulder 2003). What the
entities of a sentence are, seqeval says (in its default mode, as conlleval): an I- tag that continues none of its type
begins one. Predictions are repaired first, as the paper's code does after Wu & Dredze 2019.
"""

from collections.abc import Sequence

from trainables.data.labelled_files import ENTITY_TYPES, TaggedSentence, read_entities
from trainables.data.labelled_text import token_text
from trainables.tasks.base import Counts, Task
from trainables.tasks.word_labels import n_letters, tokenize_tagged, word_tagger


def repair(tags: Sequence[str]) -> list[str]:
    """Valid IOB2 out of whatever tags a model gives to the words of one sentence.

    An I- tag after O or at the start begins an entity; an entity whose words disagree about its type has the type of
    its last word: `O I-PER I-LOC` -> `O B-LOC I-LOC`. Valid tags stay as they are. (In the paper's code an entity that
    directly follows another one hands its type back to it; not here.)
    """
    repaired = list(tags)
    kind = ""  # of the entity that the word at hand is inside of, walking from the end
    for i in reversed(range(len(tags))):
        if tags[i] == "O":
            continue
        kind = kind or tags[i][2:]
        begins = tags[i].startswith("B-") or i == 0 or tags[i - 1] == "O"
        repaired[i] = f"{'B' if begins else 'I'}-{kind}"
        if begins:
            kind = ""
    return repaired


def entity_scores(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Counts:
    """F1, precision and recall over the entities of all sentences, whatever their type.

    F1 = 2 tp / (predicted + gold), so its counts are 2 tp and predicted + gold. seqeval's own scores are fractions, and
    those of two files could not be added.
    """
    # Only here, as it loads scikit-learn: half a second that nothing but scoring needs.
    from seqeval.metrics.sequence_labeling import get_entities

    n_right = n_predicted = n_gold = 0
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        there, said = set(get_entities(list(gold_tags))), set(get_entities(list(predicted_tags)))
        n_right += len(there & said)
        n_predicted += len(said)
        n_gold += len(there)
    return {
        "f1": (2 * n_right, n_predicted + n_gold),
        "precision": (n_right, n_predicted),
        "recall": (n_right, n_gold),
    }


NER = Task(
    name="ner",
    suffix=".tsv.gz",
    read=read_entities,
    write=token_text,
    example=TaggedSentence,
    recognises=True,
    has_words=True,
    labels=("O", *(f"{prefix}-{kind}" for kind in ENTITY_TYPES for prefix in "BI")),
    metric="f1",
    title="NER F1",
    sample=token_text(
        [
            (("dog", "a", "b", "cat"), ("B-PER", "I-PER", "O", "B-LOC")),
            (("cat", "dog", "c"), ("B-LOC", "B-PER", "O")),
        ]
    ),
    collate=tokenize_tagged,
    new_model=word_tagger,
    length=n_letters,
    score=entity_scores,
    repair=repair,
)
