"""Word-level contrastive objective: pull the vectors of aligned words together, push them from all other words.

As in Gaschi et al. 2023 ("Exploring the Relationship between Alignment and Cross-lingual Transfer", section 3) and
the word-aligned variants of Nguyen et al. (IJCNLP-AACL 2025); the strong alignment of Wu & Dredze 2020.
"""

from typing import ClassVar, Literal

from trainables.realignment.objectives.contrastive import ContrastiveObjective


class WordContrastiveObjective(ContrastiveObjective):
    """L = -(1/2K) sum_a log( exp s(a, pos(a)) / sum_{b != a} exp s(a, b) ),  s and g as in the sentence objective.

    Anchors a: both words of the K links of the batch. Candidates b: *all* words of both sides of the batch, linked or
    not. Ours leaves candidates with the anchor's own text (or its translation's) out of the sum; the reference does
    not.
    """

    unit: ClassVar[Literal["sentence", "word"]] = "word"
