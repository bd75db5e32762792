"""Lengths: how many sub-words the stages of a trial compute on, estimated from a few sentences of each kind."""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.evaluation.evaluate import SPLITS, evenly_spread
from trainables.evaluation.evaluated import TestSet, evaluated_sets
from trainables.evaluation.retrieval import HELD_OUT, half_of
from trainables.realignment.pooling import tokenize
from trainables.run_config import EvaluateConfig, RealignConfig
from trainables.tasks import TASKS

N_SENTENCES = 32
"""Sentences at most of each language and set whose length is looked at."""


class Lengths:
    """Counts of sub-words, special ones included, padding not.

    Args:
        realign: of the run; a probe reads sentences as it does.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, data: DataFolder, realign: RealignConfig) -> None:
        self.tokenizer, self.data, self.realign = tokenizer, data, realign.explicit()

    def of_pairs(self, languages: Sequence[str]) -> dict[str, float]:
        """Language -> mean sub-words of a sentence pair."""
        found = {}
        for language in languages:
            pairs = self.data.bitext(Language(language))
            chosen = [pairs[i] for i in evenly_spread(len(pairs), N_SENTENCES)]
            found[str(language)] = 2 * self._mean([text for pair in chosen for text in pair], self.realign.max_length)
        return found

    def of_probe(self, languages: Sequence[Language], config: EvaluateConfig) -> float:
        """Sub-words of a probe in these languages, with the English side; 0 of none."""
        english = half_of(self.data.flores(ENGLISH, HELD_OUT), "reported") if languages else []
        keys = [english[i] for i in evenly_spread(len(english), config.n_retrieval)]
        chosen = [keys[i] for i in evenly_spread(len(keys), N_SENTENCES)]
        total = 0.0
        for language in (ENGLISH, *languages) if chosen else ():
            sentences = self.data.flores(language, HELD_OUT)
            total += len(keys) * self._mean([sentences[key] for key in chosen], config.max_length)
        return total

    def of_sets(self, name: str, sets: Sequence[TestSet] | None, evaluate: EvaluateConfig) -> float:
        """Sub-words of test sets of a task on both splits.

        Args:
            sets: None = all that are evaluated.
        """
        task, config = TASKS[name], evaluate.for_task(name)
        total = 0.0
        for language, source in evaluated_sets(task, self.data, config) if sets is None else sets:
            for split in SPLITS:
                if split == "dev" and not config.halve and not self.data.has_dev(task, language, source):
                    continue
                examples = self.data.labelled(task, language, split, source, config.halve)
                n = len(evenly_spread(len(examples), config.n_sentences))
                chosen = [examples[i] for i in evenly_spread(len(examples), min(n, N_SENTENCES))]
                if chosen:
                    batch = task.collate(self.tokenizer, chosen, task.labels, config.max_length)
                    total += n * float(batch["attention_mask"].sum()) / len(chosen)
        return total

    def _mean(self, texts: list[str], max_length: int) -> float:
        batch = tokenize(self.tokenizer, texts, max_length, self.realign.pooling, self.realign.words)
        return float(batch["attention_mask"].sum()) / len(texts)
