"""Realignment, fine-tuning and evaluation in the style of the reference code, to measure beside ours.

As section 1 of its protocol has it: fp32; each batch tokenized when it is read, word by word; the two sides of 16
pairs in two passes, each padded to its longest; prefix pooling of the block before the last; Adam as PyTorch builds it
by default, over all parameters, all 250,000 rows of the embeddings among them; the loss looked at in every step;
evaluation in the order of the files, language after language.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerFast, get_linear_schedule_with_warmup

from trainables.data.labelled_files import InferencePair, TaggedSentence
from trainables.data.words import split_regex
from trainables.realignment.batches import Pair
from trainables.tasks.word_labels import IGNORED

TEMPERATURE, PROJECTION = 0.1, 128
Example = TaggedSentence | InferencePair


def realign(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    batches: Sequence[Sequence[Pair]],
    learning_rate: float,
    max_length: int,
) -> Iterator[float]:
    """Trains `model` in place, yielding each step's loss."""
    size = model.config.hidden_size
    head = nn.Sequential(nn.Linear(size, size, bias=False), nn.ReLU(), nn.Linear(size, PROJECTION, bias=False))
    head.to(model.device)
    optimiser = torch.optim.Adam([*model.parameters(), *head.parameters()], lr=learning_rate)
    model.train()
    for pairs in batches:
        sides = [[pair[side] for pair in pairs] for side in (0, 1)]
        vectors_NP = head(torch.cat([_sentence_vectors(model, tokenizer, side, max_length) for side in sides]))
        loss = nt_xent(vectors_NP)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        yield loss.item()


def nt_xent(vectors_NP: torch.Tensor) -> torch.Tensor:
    """Row i and row N / 2 + i are a pair, everything else is a negative."""
    n = len(vectors_NP)
    unit_NP = functional.normalize(vectors_NP, dim=-1)
    similarity_NN = unit_NP @ unit_NP.T / TEMPERATURE
    similarity_NN = similarity_NN - 1e6 * torch.eye(n, device=vectors_NP.device)
    return functional.cross_entropy(similarity_NN, torch.arange(n, device=vectors_NP.device).roll(n // 2))


def finetune(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    batches: Sequence[Sequence[Example]],
    labels: Sequence[str],
    learning_rate: float,
    max_length: int,
    warmup_frac: float = 0.0,
) -> Iterator[float]:
    """Trains a model of `trainables.tasks` in place, yielding each step's loss.

    Args:
        warmup_frac: share of the steps in which the rate rises to `learning_rate`, from which it falls to 0; 0 = it
            stays.
    """
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = None
    if warmup_frac:
        schedule = get_linear_schedule_with_warmup(optimiser, round(warmup_frac * len(batches)), len(batches))
    model.train()
    for examples in batches:
        inputs, gold = _inputs(tokenizer, examples, labels, max_length, next(model.parameters()).device)
        loss = functional.cross_entropy(model(inputs).flatten(0, -2), gold.flatten(), ignore_index=IGNORED)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if schedule:
            schedule.step()
        yield loss.item()


@torch.no_grad()
def predict(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerFast,
    examples: Sequence[Example],
    labels: Sequence[str],
    batch_size: int,
    max_length: int,
) -> tuple[list[list[str]], list[list[str]]]:
    """(gold, predicted) labels of each example, of what is labelled."""
    model.eval()
    gold: list[list[str]] = []
    predicted: list[list[str]] = []
    device = next(model.parameters()).device
    for start in range(0, len(examples), batch_size):
        inputs, gold_BT = _inputs(tokenizer, examples[start : start + batch_size], labels, max_length, device)
        predicted_BT = model(inputs).argmax(dim=-1)
        n = len(gold_BT)
        for gold_T, predicted_T in zip(
            gold_BT.reshape(n, -1).tolist(), predicted_BT.reshape(n, -1).tolist(), strict=True
        ):
            pairs = [(labels[g], labels[p]) for g, p in zip(gold_T, predicted_T, strict=True) if g != IGNORED]
            gold.append([g for g, _ in pairs])
            predicted.append([p for _, p in pairs])
    return gold, predicted


def _inputs(
    tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example], labels: Sequence[str], max_length: int,
    device: torch.device,
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:  # fmt: skip
    """A batch, and its gold labels as indices, IGNORED where a sub-word has none."""
    index = {label: i for i, label in enumerate(labels)}
    if isinstance(examples[0], InferencePair):
        texts = [one.premise for one in examples], [one.hypothesis for one in examples]
        batch = tokenizer(*texts, truncation=True, max_length=max_length, padding=True, return_tensors="pt")
        gold = torch.tensor([index[one.label] for one in examples])
    else:
        batch = _encode(tokenizer, [list(one.words) for one in examples], max_length)
        gold = torch.full(batch["input_ids"].shape, IGNORED)
        for i, sentence in enumerate(examples):
            previous = None
            for position, word in enumerate(batch["words"][i]):
                if word is not None and word != previous:
                    gold[i, position] = index[sentence.tags[word]]
                previous = word
    return {name: batch[name].to(device) for name in ("input_ids", "attention_mask")}, gold.to(device)


def _sentence_vectors(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], max_length: int
) -> torch.Tensor:
    """As many leading positions as a sentence has words left, averaged."""
    batch = _encode(tokenizer, [list(split_regex(text).words) for text in texts], max_length)
    n_words = [max(1, len({word for word in words if word is not None})) for words in batch["words"]]
    counts_B1 = torch.tensor(n_words, device=model.device)[:, None]
    inputs = {name: batch[name].to(model.device) for name in ("input_ids", "attention_mask")}
    hidden_BTH = model(**inputs, output_hidden_states=True).hidden_states[-2]
    is_read_BT1 = (torch.arange(hidden_BTH.shape[1], device=model.device) < counts_B1).unsqueeze(-1)
    return (hidden_BTH * is_read_BT1).sum(dim=1) / counts_B1


def _encode(tokenizer: PreTrainedTokenizerFast, sentences: list[list[str]], max_length: int) -> dict:
    """Words one by one, lone word starts removed, padded to the longest; "words" are the words of the sub-words."""
    encoded = tokenizer(sentences, is_split_into_words=True, truncation=True, max_length=max_length)
    bare = tokenizer.convert_tokens_to_ids("\u2581")
    rows, words = [], []
    for i, ids in enumerate(encoded["input_ids"]):
        kept = [(piece, word) for piece, word in zip(ids, encoded.word_ids(i), strict=True) if piece != bare]
        rows.append(torch.tensor([piece for piece, _ in kept]))
        words.append([word for _, word in kept])
    ids_BT = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=tokenizer.pad_token_id)
    mask_BT = nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
    return {"input_ids": ids_BT, "attention_mask": mask_BT, "words": words}
