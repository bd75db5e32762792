"""Zero-shot evaluation of a fine-tuned tagger, once, at the end, in every language that has labels."""

from collections.abc import Iterator

import torch
from transformers import PreTrainedTokenizerBase

from trainables.data_folder import DataFolder, TaggedSentence
from trainables.evaluation.scores import ScoreRow
from trainables.finetuning.heads import WordTagger
from trainables.finetuning.word_labels import IGNORED, tokenize_tagged
from trainables.progress import Progress
from trainables.run_config import EvaluateConfig
from trainables.tasks.base import Task


def evenly_spread(n: int, n_wanted: int | None) -> list[int]:
    """`n_wanted` of the indices 0..n-1 at equal distances (all where fewer are there)."""
    if n_wanted is None or n_wanted >= n:
        return list(range(n))
    return [i * n // n_wanted for i in range(n_wanted)]


def evaluate(
    tagger: WordTagger,
    tokenizer: PreTrainedTokenizerBase,
    task: Task,
    data: DataFolder,
    config: EvaluateConfig,
    rows: list[ScoreRow],
) -> Iterator[Progress]:
    """Appends to `rows` one accuracy per language and split ("dev", "test"), yielding after every language."""
    languages = task.languages(data)
    for step, language in enumerate(languages, start=1):
        for split in ("dev", "test"):
            sentences = task.read(data, language, split)
            chosen = [sentences[i] for i in evenly_spread(len(sentences), config.n_sentences)]
            n_correct, n_total = count_correct(tagger, tokenizer, chosen, task.labels, config)
            rows.append(
                ScoreRow(
                    task=task.name,
                    metric=task.metric,
                    language=language,
                    split=split,
                    n_correct=n_correct,
                    n_total=n_total,
                )  # fmt: skip
            )
        yield Progress(step, len(languages))


@torch.inference_mode()
def count_correct(
    tagger: WordTagger,
    tokenizer: PreTrainedTokenizerBase,
    sentences: list[TaggedSentence],
    labels: tuple[str, ...],
    config: EvaluateConfig,
) -> tuple[int, int]:
    """(words tagged right, words scored). Sentences are batched by length, so little is padded; fp32, no dropout."""
    device = tagger.classifier.weight.device
    tagger.eval()
    by_length = sorted(sentences, key=lambda sentence: sum(map(len, sentence.words)))
    n_correct = n_total = 0
    for start in range(0, len(by_length), config.batch_size):
        batch = tokenize_tagged(tokenizer, by_length[start : start + config.batch_size], labels, config.max_length).to(
            device
        )
        predicted_BT = tagger(batch).argmax(dim=-1)
        scored_BT = batch["labels"] != IGNORED
        n_correct += int((predicted_BT == batch["labels"])[scored_BT].sum())
        n_total += int(scored_BT.sum())
    return n_correct, n_total
