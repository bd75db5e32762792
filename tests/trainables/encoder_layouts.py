"""Tiny random encoders of today's families, each in the files that its repository on the hub has.

`LAYOUTS` has one row a family: what writes the folder, and where the layout was taken from. Weights are random and
widths tiny; file names, tensor names, tokenizer files and configuration keys are those of the real repository.
"""

import io
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    BertTokenizerFast,
    ElectraForPreTraining,
    MT5ForConditionalGeneration,
    PreTrainedTokenizerFast,
    XLMRobertaTokenizerFast,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SMALL = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
WORDS = ["".join(pair) for pair in itertools.product("dcfhob", "ogxwlts")]
TEXTS = [" ".join(WORDS[i % len(WORDS)] + LETTERS[i % 26] for i in range(k, k + 6)) for k in range(120)]
TEXTS += [" ".join(LETTERS)] * 3
WORD_START = "\u2581"


@dataclass(frozen=True)
class Layout:
    """A family: `write(folder)` makes it; `source` is the repository whose files it copies in form.

    trims: whether its vocabulary can be trimmed (not byte-pair ones).
    """

    write: Callable[[Path], None]
    source: str
    trims: bool = True


def save(folder: Path, kind: Any, model_type: str, tokenizer: PreTrainedTokenizerFast | int, **config: Any) -> None:
    """Weights, configuration and, unless it is written by itself, the tokenizer."""
    torch.manual_seed(0)
    rows = tokenizer if isinstance(tokenizer, int) else len(tokenizer)
    made = AutoConfig.for_model(model_type, vocab_size=rows, **config)
    model = kind.from_config(made) if kind in (AutoModel, AutoModelForMaskedLM) else kind(made)
    model.save_pretrained(folder)
    if not isinstance(tokenizer, int):
        tokenizer.save_pretrained(folder)


def sentencepiece_model(folder: Path, file: str, n_pieces: int, **options: Any) -> int:
    """A Unigram model of TEXTS as the file that its tokenizer class looks for; returns its number of pieces."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS), model_writer=written, vocab_size=n_pieces, model_type="unigram",
        hard_vocab_limit=False, minloglevel=2, num_threads=1, **options,
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(written.getvalue())
    return int(sentencepiece.SentencePieceProcessor(model_proto=written.getvalue()).get_piece_size())


def xlmr_tokenizer() -> PreTrainedTokenizerFast:
    pieces = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        (WORD_START, -2.0),
        (f"{WORD_START}dog", -3.0),
    ]
    return XLMRobertaTokenizerFast(vocab=pieces + [(letter, -4.0) for letter in LETTERS] + [("<mask>", 0.0)])


def bert_tokenizer(n_unused: int = 99) -> PreTrainedTokenizerFast:
    words = ["[PAD]", *[f"[unused{i}]" for i in range(1, n_unused + 1)], "[UNK]", "[CLS]", "[SEP]", "[MASK]", "dog"]
    words += list(LETTERS) + [f"##{letter}" for letter in LETTERS]
    return BertTokenizerFast(vocab={word: i for i, word in enumerate(words)}, do_lower_case=False)


def byte_level(special: tuple[str, ...], before: list[Any], ends: tuple[str, str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*before, pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=not before)])  # fmt: skip
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=400, special_tokens=list(special), initial_alphabet=alphabet,
                                   show_progress=False))  # fmt: skip
    first, last = ends
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B {last}",
        special_tokens=[(end, tokenizer.token_to_id(end)) for end in dict.fromkeys(ends)],
    )  # fmt: skip
    return tokenizer


def modernbert_tokenizer() -> PreTrainedTokenizerFast:
    special = ("[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]")
    return PreTrainedTokenizerFast(
        tokenizer_object=byte_level(special, [], ("[CLS]", "[SEP]")), unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", pad_token="[PAD]", mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def eurobert_tokenizer() -> PreTrainedTokenizerFast:
    """Llama 3's: words are cut by a pattern before the bytes are looked at."""
    pattern = Regex(r"(?i:'s|'t|'re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+")
    before = [pre_tokenizers.Split(pattern, behavior="isolated")]
    ends = ("<|begin_of_text|>", "<|end_of_text|>")
    return PreTrainedTokenizerFast(
        tokenizer_object=byte_level((*ends, "<|mask|>", "<|pad|>"), before, ends), bos_token=ends[0], eos_token=ends[1],
        pad_token="<|pad|>", mask_token="<|mask|>", model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def mmbert_tokenizer() -> PreTrainedTokenizerFast:
    """Gemma's: byte-pair pieces over text whose blanks became `\u2581`, and no such mark before the first word."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", WORD_START)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(WORD_START, "merged_with_next")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    alphabet = [*LETTERS, WORD_START]
    tokenizer.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=200, special_tokens=special, initial_alphabet=alphabet,
                                   show_progress=False))  # fmt: skip
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", pair="<bos> $A <eos> $B <eos>", special_tokens=[("<bos>", 2), ("<eos>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>", unk_token="<unk>", pad_token="<pad>",
        mask_token="<mask>", model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def xlmr(folder: Path) -> None:
    save(folder, AutoModelForMaskedLM, "xlm-roberta", xlmr_tokenizer(), max_position_embeddings=66, pad_token_id=1,
         type_vocab_size=1, **SMALL)  # fmt: skip


def xlmr_xl(folder: Path) -> None:
    save(folder, AutoModelForMaskedLM, "xlm-roberta-xl", xlmr_tokenizer(), max_position_embeddings=66, pad_token_id=1,
         type_vocab_size=1, **SMALL)  # fmt: skip


def xlmr_with_sentencepiece(folder: Path) -> None:
    """No tokenizer.json: the fast tokenizer is made of sentencepiece.bpe.model, whose ids fairseq moved by one."""
    n_pieces = sentencepiece_model(folder, "sentencepiece.bpe.model", 90)
    save(folder, AutoModelForMaskedLM, "xlm-roberta", n_pieces + 2, max_position_embeddings=66, pad_token_id=1,
         type_vocab_size=1, **SMALL)  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "XLMRobertaTokenizer"}))


def mbert(folder: Path) -> None:
    save(folder, AutoModelForMaskedLM, "bert", bert_tokenizer(), max_position_embeddings=64, pad_token_id=0, **SMALL)


def labse(folder: Path) -> None:
    """A sentence encoder: no masked-LM head, a pooler, and the folders of its other modules beside it."""
    save(folder, AutoModel, "bert", bert_tokenizer(3), max_position_embeddings=64, pad_token_id=0, **SMALL)
    (folder / "modules.json").write_text("[]")
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "model.safetensors").write_bytes(b"of another module")


def mdeberta(folder: Path) -> None:
    """Only spm.model, [PAD] [CLS] [SEP] [UNK] first; the position table of its configuration is not there."""
    n_pieces = sentencepiece_model(
        folder, "spm.model", 90, pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]",
        eos_piece="[SEP]", unk_piece="[UNK]",
    )  # fmt: skip
    config = {"position_buckets": 16, "relative_attention": True, "pos_att_type": "p2c|c2p", "share_att_key": True,
              "norm_rel_ebd": "layer_norm", "max_relative_positions": -1, "position_biased_input": False}  # fmt: skip
    save(folder, AutoModel, "deberta-v2", n_pieces + 5, max_position_embeddings=64, type_vocab_size=0, pad_token_id=0,
         **config, **SMALL)  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "vocab_type": "spm"}))


def rembert(folder: Path) -> None:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*((name, 0.0) for name in special), (WORD_START, -2.0), *((letter, -4.0) for letter in LETTERS)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=1))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_input_names=["input_ids", "attention_mask", "token_type_ids"],
    )  # fmt: skip
    save(folder, AutoModelForMaskedLM, "rembert", fast, max_position_embeddings=64, input_embedding_size=8,
         output_embedding_size=24, pad_token_id=0, bos_token_id=2, eos_token_id=3, **SMALL)  # fmt: skip


def distilmbert(folder: Path) -> None:
    save(folder, AutoModelForMaskedLM, "distilbert", bert_tokenizer(), dim=16, n_layers=3, n_heads=2, hidden_dim=32,
         max_position_embeddings=64)  # fmt: skip


def electra(folder: Path) -> None:
    save(folder, ElectraForPreTraining, "electra", bert_tokenizer(3), embedding_size=8, max_position_embeddings=64,
         **SMALL)  # fmt: skip


def modernbert(folder: Path) -> None:
    ids = {"cls_token_id": 1, "sep_token_id": 2, "pad_token_id": 3, "bos_token_id": 1, "eos_token_id": 2}
    save(folder, AutoModelForMaskedLM, "modernbert", modernbert_tokenizer(), max_position_embeddings=128,
         local_attention=16, **ids, **SMALL)  # fmt: skip


def mmbert(folder: Path) -> None:
    ids = {"cls_token_id": 2, "sep_token_id": 1, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1}
    save(folder, AutoModelForMaskedLM, "modernbert", mmbert_tokenizer(), max_position_embeddings=128,
         local_attention=16, **ids, **SMALL)  # fmt: skip


def eurobert(folder: Path) -> None:
    """Its configuration names code of its own, which is not needed and not run."""
    save(folder, AutoModelForMaskedLM, "eurobert", eurobert_tokenizer(), max_position_embeddings=128,
         num_key_value_heads=2, pad_token_id=3, bos_token_id=0, eos_token_id=1, mask_token_id=2, **SMALL)  # fmt: skip
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "modeling_eurobert.EuroBertModel"}
    (folder / "config.json").write_text(json.dumps(config))


def fused(model_type: str) -> Callable[[Path], None]:
    """Query, key and value are one tensor in the file and three in the model."""

    def write(folder: Path) -> None:
        tokenizer = bert_tokenizer(3) if model_type == "nomic_bert" else xlmr_tokenizer()
        pad = {"pad_token_id": tokenizer.pad_token_id}
        save(folder, AutoModel, model_type, tokenizer, max_position_embeddings=128, **pad, **SMALL)

    return write


def mt5(folder: Path) -> None:
    n_pieces = sentencepiece_model(folder, "spiece.model", 90, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    save(folder, MT5ForConditionalGeneration, "mt5", n_pieces + 2, d_model=16, d_kv=8, d_ff=32, num_layers=3,
         num_heads=2, num_decoder_layers=1, pad_token_id=0, eos_token_id=1)  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "T5Tokenizer", "extra_ids": 0}))


HUB = "https://huggingface.co/"
LAYOUTS: dict[str, Layout] = {
    "XLM-R": Layout(xlmr, HUB + "FacebookAI/xlm-roberta-base/tree/main"),
    "XLM-R-XL": Layout(xlmr_xl, HUB + "facebook/xlm-roberta-xl/tree/main"),
    "AfroXLMR": Layout(xlmr_with_sentencepiece, HUB + "Davlan/afro-xlmr-base/tree/main, converted"),
    "Glot500": Layout(xlmr_with_sentencepiece, HUB + "cis-lmu/glot500-base/tree/main"),
    "mBERT": Layout(mbert, HUB + "google-bert/bert-base-multilingual-cased/tree/main"),
    "LaBSE": Layout(labse, HUB + "sentence-transformers/LaBSE/tree/main"),
    "mDeBERTa-v3": Layout(mdeberta, HUB + "microsoft/mdeberta-v3-base/tree/main, converted"),
    "RemBERT": Layout(rembert, HUB + "google/rembert/tree/main"),
    "DistilmBERT": Layout(distilmbert, HUB + "distilbert/distilbert-base-multilingual-cased/tree/main"),
    "ELECTRA": Layout(electra, HUB + "google/electra-base-discriminator/tree/main"),
    "ModernBERT": Layout(modernbert, HUB + "answerdotai/ModernBERT-base/tree/main", trims=False),
    "mmBERT": Layout(mmbert, HUB + "jhu-clsp/mmBERT-base/tree/main", trims=False),
    "EuroBERT": Layout(eurobert, HUB + "EuroBERT/EuroBERT-210m/tree/main", trims=False),
    "gte": Layout(fused("gte"), HUB + "alibaba-nlp-community/gte-multilingual-base/tree/main"),
    "nomic": Layout(fused("nomic_bert"), HUB + "nomic-ai/nomic-embed-text-v1.5/tree/main"),
    "jina": Layout(fused("jina_embeddings_v3"), HUB + "jinaai/jina-embeddings-v3-hf/tree/main"),
    "mT5": Layout(mt5, HUB + "google/mt5-small/tree/main, converted"),
}
