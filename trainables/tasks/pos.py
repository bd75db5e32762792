"""Part-of-speech tagging: the 17 universal tags, accuracy over words (first sub-words)."""

from trainables.data.labelled_files import UPOS, TaggedSentence, read_conllu
from trainables.data.labelled_text import conllu_text
from trainables.tasks.base import Task, accuracy
from trainables.tasks.word_labels import n_letters, tokenize_tagged, word_tagger

POS = Task(
    name="pos",
    suffix=".conllu.gz",
    read=read_conllu,
    write=conllu_text,
    example=TaggedSentence,
    recognises=True,
    has_words=True,
    is_pretrained_on=True,
    labels=UPOS,
    metric="accuracy",
    title="PoS accuracy",
    sample=conllu_text([(("the", "dog", "eats"), ("DET", "NOUN", "VERB")), (("cat",), ("NOUN",))]),
    collate=tokenize_tagged,
    new_model=word_tagger,
    length=n_letters,
    score=accuracy,
)
