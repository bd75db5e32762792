"""Part-of-speech tagging: the 17 universal tags, accuracy over words (first sub-words)."""

from trainables.data_folder import UPOS, DataFolder
from trainables.tasks.base import Task

POS = Task(
    name="pos",
    labels=UPOS,
    metric="accuracy",
    languages=lambda data: data.pos_languages,
    read=DataFolder.pos,
)
