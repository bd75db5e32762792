"""Part-of-speech tagging: the 17 universal tags, accuracy over words (first sub-words)."""

from trainables.finetuning.heads import WordTagger
from trainables.finetuning.word_labels import n_letters, tokenize_tagged
from trainables.labelled_files import UPOS
from trainables.tasks.base import Task, accuracy

POS = Task(
    name="pos",
    labels=UPOS,
    metric="accuracy",
    collate=tokenize_tagged,
    new_model=WordTagger,
    length=n_letters,
    score=accuracy,
)
