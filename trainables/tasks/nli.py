"""Natural-language inference: does the premise entail or contradict the hypothesis, or neither? Accuracy over pairs."""

from trainables.data.labelled_files import INFERENCES, InferencePair, read_inferences
from trainables.data.labelled_text import row_text
from trainables.tasks.base import Task, accuracy
from trainables.tasks.pair_labels import n_letters, pair_classifier, tokenize_pairs

NLI = Task(
    name="nli",
    suffix=".tsv.gz",
    read=read_inferences,
    write=row_text,
    example=InferencePair,
    recognises=True,
    labels=INFERENCES,
    metric="accuracy",
    title="NLI accuracy",
    sample=row_text(
        [("dog cat", "dog", "entailment"), ("cat", "fox", "contradiction"), ("a", "b", "neutral")],
    ),
    collate=tokenize_pairs,
    new_model=pair_classifier,
    length=n_letters,
    score=accuracy,
)
