"""Part-of-speech tagging: the 17 universal tags, accuracy over words (first sub-words)."""

from trainables.data.labelled_files import UPOS
from trainables.tasks.base import Task, accuracy
from trainables.tasks.heads import WordTagger
from trainables.tasks.word_labels import n_letters, tokenize_tagged

POS = Task(
    name="pos",
    labels=UPOS,
    metric="accuracy",
    collate=tokenize_tagged,
    new_model=WordTagger,
    length=n_letters,
    score=accuracy,
)
