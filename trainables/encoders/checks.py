"""Whether an encoder can give a meaningful score at all: tried on itself and on the data's texts, before any training.

What makes every number worthless is refused: pieces without a row, no padding, padding that changes a text, a causal
model, a tokenizer that knows next to nothing of English. What makes some numbers worthless is a warning: languages
whose words are mostly unknown pieces. The shares behind both are kept for the records.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import models
from transformers import PreTrainedTokenizerFast

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.data.words import split_unicode
from trainables.encoders.architecture import n_positions, word_embeddings
from trainables.encoders.base import Encoder, EncoderError
from trainables.encoders.word_starts import as_words
from trainables.evaluation.evaluate import evenly_spread
from trainables.run_config import RunConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS
from trainables.tasks.base import Task

MOST = 0.5  # of a language's words: more unknown ones, and its scores say nothing about the encoder
FOREIGN = 0.1  # of the embedding rows: more of them without a piece, and the tokenizer may be another encoder's
TOLERANCE = 1e-3  # of hidden states, relative to their size: what padding may change by rounding
N_SHOWN = 8
STAGE, FILE = "checks", "checks.json"
CHECKING = 1  # raise it when a change of this file changes what is found
N_SENTENCES = 50  # of each language, for the shares of unknown words


def checked_encoder(config: RunConfig, encoder: Encoder, data: DataFolder, store: StageStore) -> dict[str, Any]:
    """What `check_encoder` finds on this data, computed once for all trials that start from the encoder.

    Looked at are the languages of the test sets and the realigned ones, in n-way parallel sentences where they have
    some, else in those of a test set; a language that has neither is left out.

    Raises:
        EncoderError: its scores would mean nothing.
    """
    tasks = [TASKS[name] for name in config.tasks]
    tested = {task: set(data.labelled_languages(task)) for task in tasks}
    parallel = set(data.flores_languages)
    wanted = {ENGLISH, *map(Language, config.languages)}.union(*tested.values())
    languages = sorted(wanted & parallel.union(*tested.values()))
    identity = {
        "encoder": encoder.fingerprint, "data": data.fingerprint("flores", *tasks), "languages": languages,
        "n_sentences": N_SENTENCES, "checking": CHECKING,
    }  # fmt: skip

    def build(folder: Path) -> None:
        texts = {}
        for language in languages:
            holding = None if language in parallel else next(task for task in tasks if language in tested[task])
            texts[language] = _sentences(data, language, holding)
        found = check_encoder(encoder, texts)
        (folder / FILE).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")

    checks: dict[str, Any] = json.loads((store.get_or_build(STAGE, identity, build) / FILE).read_text("utf-8"))
    return checks


def _sentences(data: DataFolder, language: Language, task: Task | None) -> list[str]:
    """A few held-out sentences: n-way parallel ones, or of the test set of a task."""
    if task is None:
        found = list(data.flores(language, "dev").values())
    else:
        found = [text for example in data.labelled(task, language, "test") for text in example.sentences]
    return [found[i] for i in evenly_spread(len(found), N_SENTENCES)]


def check_encoder(encoder: Encoder, texts: Mapping[Language, Sequence[str]]) -> dict[str, Any]:
    """What the checks found: counts, shares by language, warnings; JSON throughout.

    "languages" holds of each language the share of its words that have an unknown piece (`unknown_frac`) or no piece at
    all (`wordless_frac`), and its pieces a word.

    Args:
        texts: sentences of each language.

    Raises:
        EncoderError: its scores would mean nothing.
    """
    tokenizer, rows = encoder.tokenizer, word_embeddings(encoder.model).num_embeddings
    n_pieces = 1 + max(tokenizer.get_vocab().values(), default=-1)
    if n_pieces > rows:
        raise EncoderError(
            f"Every piece of a tokenizer must have a row of the embeddings, but there are {n_pieces} pieces and {rows} "
            "rows. They belong to different encoders: correct the files."
        )
    if tokenizer.pad_token_id is None:
        raise EncoderError(
            "An encoder must have a padding token, as sentences of a batch differ in length, but this one has none. "
            'Set one in its tokenizer_config.json, e.g. "pad_token": "<pad>".'
        )
    _check_states(encoder)
    languages = {str(language): coverage(tokenizer, sentences) for language, sentences in sorted(texts.items())}
    unknown_frac = languages.get(str(ENGLISH), {}).get("unknown_frac", 0.0)
    if unknown_frac > MOST:
        raise EncoderError(
            f"A tokenizer must know English, in which every task is learnt, but {unknown_frac:.0%} of its words "
            "have an unknown piece or none. Its files are missing or another encoder's: correct them."
        )
    return {
        "n_pieces": n_pieces, "n_rows": rows, "max_positions": n_positions(encoder.model),
        "languages": languages, "warnings": _warnings(n_pieces, rows, languages),
    }  # fmt: skip


def coverage(tokenizer: PreTrainedTokenizerFast, sentences: Sequence[str]) -> dict[str, float]:
    """Shares of words (as `split_unicode` finds them) that the tokenizer does not know, and pieces a word."""
    words = [split_unicode(sentence).words for sentence in sentences]
    n_words = sum(map(len, words))
    if not n_words:
        return {}
    encoded = tokenizer(as_words(tokenizer, words), is_split_into_words=True, add_special_tokens=False, verbose=False)
    unknown_ids = _unknown_ids(tokenizer)
    n_pieces = n_unknown = n_wordless = 0
    for i, (sentence, ids) in enumerate(zip(words, encoded["input_ids"], strict=True)):
        owners = encoded.word_ids(i)
        unknown = {w for w, piece in zip(owners, ids, strict=True) if piece in unknown_ids}
        n_pieces += len(ids)
        n_wordless += len(sentence) - len(set(owners))
        n_unknown += len(unknown) + len(sentence) - len(set(owners))
    return {
        "n_words": n_words,
        "unknown_frac": round(n_unknown / n_words, 4),
        "wordless_frac": round(n_wordless / n_words, 4),
        "pieces_per_word": round(n_pieces / n_words, 3),
    }


def _unknown_ids(tokenizer: PreTrainedTokenizerFast) -> set[int | None]:
    """The unknown piece, as the tokenizer declares it and as its model gives it, whether it is declared or not."""
    model = tokenizer.backend_tokenizer.model
    if isinstance(model, models.Unigram):  # which says it in its file only
        own = json.loads(tokenizer.backend_tokenizer.to_str())["model"].get("unk_id")
    else:
        own = model.token_to_id(model.unk_token) if model.unk_token else None
    return {tokenizer.unk_token_id, own} - {None}


@torch.no_grad()
def _check_states(encoder: Encoder) -> None:
    """Runs the encoder on a few pieces: does a later one reach an earlier one, and does padding leave a text alone?"""
    model, tokenizer = encoder.model.eval(), encoder.tokenizer
    special = set(tokenizer.all_special_ids)
    usual = [piece for piece in sorted(tokenizer.get_vocab().values()) if piece not in special]
    if len(usual) < 2:
        raise EncoderError(
            f"A tokenizer must have pieces beside the special ones, but this one has {len(usual)}. Its files are "
            "missing: correct them."
        )
    ids = [usual[i * (len(usual) - 1) // 5] for i in range(6)]

    def states(rows: list[list[int]], mask: list[int]) -> torch.Tensor:
        inputs = {"input_ids": torch.tensor(rows), "attention_mask": torch.tensor([mask] * len(rows))}
        hidden: torch.Tensor = model(
            **{name: value.to(model.device) for name, value in inputs.items()}
        ).last_hidden_state
        return hidden.float()

    alone, other, first = states([ids, [*ids[:-1], ids[0]], [ids[-1], *ids[1:]]], [1] * 6)
    size = alone.abs().max()
    if not bool(size.isfinite()) or (ids[0] != ids[-1] and bool((alone[0] - first[0]).abs().max() <= 1e-6 * size)):
        raise EncoderError(
            f"The states of an encoder must depend on its text, but those of {type(model).__name__} are the same for "
            "two words, or not finite. Its weights are zero or damaged: take those that it was trained to."
        )
    if len(set(ids)) > 1 and bool((alone[0] - other[0]).abs().max() <= 1e-6 * size):
        raise EncoderError(
            f"An encoder must read in both directions, but {type(model).__name__} reads each word without those after "
            "it (a causal model). Choose a bidirectional encoder."
        )
    padded = states([[*ids, *[tokenizer.pad_token_id] * 2]], [1] * 6 + [0] * 2)[0, :6]
    changed = float((padded - alone).abs().max() / size)
    if changed > TOLERANCE:
        raise EncoderError(
            f"Padding must not change the vectors of a text, but with the tokenizer's padding (id "
            f"{tokenizer.pad_token_id}; the encoder's own is {getattr(model.config, 'pad_token_id', None)}) it changes "
            f"by {changed:.1%}. They belong to different encoders: correct the files."
        )


def _warnings(n_pieces: int, rows: int, languages: Mapping[str, Mapping[str, float]]) -> list[str]:
    found = []
    if rows - n_pieces > FOREIGN * rows:
        found.append(
            f"The embeddings have {rows} rows, but the tokenizer has {n_pieces} pieces only: it may be another "
            "encoder's."
        )
    unknown = [
        f"{language} ({shares['unknown_frac']:.0%})"
        for language, shares in languages.items()
        if shares.get("unknown_frac", 0.0) > MOST
    ]
    if unknown:
        more = f" and {len(unknown) - N_SHOWN} more" if len(unknown) > N_SHOWN else ""
        found.append(
            f"More than half of the words are unknown to the tokenizer in {', '.join(unknown[:N_SHOWN])}{more}: scores "
            "there say nothing about the encoder."
        )
    return found
