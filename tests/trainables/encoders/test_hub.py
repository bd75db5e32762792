"""Provider "hub": tiny random XLM-R and BERT, saved as their real counterparts are and loaded by the real code."""

import dataclasses
from pathlib import Path

import pytest
import torch
from transformers import (
    BertForMaskedLM,
    BertTokenizerFast,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    XLMRobertaForMaskedLM,
    XLMRobertaTokenizerFast,
)
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.xlm_roberta.configuration_xlm_roberta import XLMRobertaConfig

from search_spaces.inventory import seen_by
from trainables.data.folder import DataFolder
from trainables.encoders import ENCODERS
from trainables.encoders.base import EncoderError
from trainables.encoders.hub import known_seen
from trainables.encoders.load import load_encoder
from trainables.run_config import EncoderConfig
from trainables.store.stage_store import StageStore
from trainables.tasks.pos import POS

SIZE = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def save_xlmr(folder: Path) -> PreTrainedModel:
    """As xlm-roberta-base comes: a checkpoint with the masked-LM head, a Unigram tokenizer with <mask> last."""
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), ("▁dog", -3.0)]
    pieces += [(letter, -4.0) for letter in LETTERS] + [("qzq", -5.0), ("zzz", -9.0), ("<mask>", 0.0)]
    tokenizer = XLMRobertaTokenizerFast(vocab=pieces)
    torch.manual_seed(0)
    model = XLMRobertaForMaskedLM(
        XLMRobertaConfig(
            vocab_size=len(tokenizer), max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, **SIZE
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model.roberta.eval()


def save_mbert(folder: Path) -> PreTrainedModel:
    """As bert-base-multilingual-cased comes: WordPiece, [PAD] first, unused pieces, [UNK] at 100."""
    words = ["[PAD]", *[f"[unused{i}]" for i in range(1, 100)], "[UNK]", "[CLS]", "[SEP]", "[MASK]", "dog"]
    words += list(LETTERS) + [f"##{letter}" for letter in LETTERS]
    tokenizer = BertTokenizerFast(vocab={word: i for i, word in enumerate(words)}, do_lower_case=False)
    torch.manual_seed(0)
    model = BertForMaskedLM(BertConfig(vocab_size=len(words), max_position_embeddings=64, pad_token_id=0, **SIZE))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model.bert.eval()


SAVE = {"xlm-roberta-tiny": save_xlmr, "bert-base-multilingual-cased-tiny": save_mbert}


@pytest.fixture(params=sorted(SAVE))
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, torch.nn.Module]:
    folder = tmp_path / request.param
    return folder, SAVE[request.param](folder)


@pytest.fixture
def data(tiny_data: Path) -> DataFolder:
    return DataFolder(tiny_data)


@pytest.fixture
def store(tmp_path: Path) -> StageStore:
    return StageStore(tmp_path / "store")


def states(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> torch.Tensor:
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden: torch.Tensor = model(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
        ).last_hidden_state
    return hidden


def test_a_checkpoint_is_loaded_as_it_was_saved(
    saved: tuple[Path, torch.nn.Module], data: DataFolder, store: StageStore
) -> None:
    folder, original = saved
    encoder = load_encoder(EncoderConfig(provider="hub", name=str(folder)), data, store)
    assert encoder.model.dtype == torch.float32 and encoder.model.pooler is None and not encoder.model.training
    expected = dict(original.named_parameters())
    loaded = dict(encoder.model.named_parameters())
    assert set(loaded) <= set(expected) and "encoder.layer.2.output.dense.weight" in loaded
    assert all(torch.equal(loaded[name], expected[name]) for name in loaded)
    words = encoder.tokenizer([["dog", "sees"]], is_split_into_words=True).word_ids(0)
    assert words[0] is None and words[1] == 0 and words[-2] == 1


def test_seen_languages_of_a_folder_are_those_that_are_said(
    saved: tuple[Path, torch.nn.Module], data: DataFolder, store: StageStore
) -> None:
    folder, _ = saved
    assert load_encoder(EncoderConfig(provider="hub", name=str(folder)), data, store).seen is None
    xlmr = load_encoder(EncoderConfig(provider="hub", name=str(folder), seen="xlmr"), data, store).seen
    assert xlmr == seen_by("xlmr")
    said = load_encoder(EncoderConfig(provider="hub", name=str(folder), seen=("sw", "Yoruba")), data, store).seen
    assert said == frozenset({"swh_Latn", "yor_Latn"})
    with pytest.raises(EncoderError, match="`encoder.seen` must be"):
        load_encoder(EncoderConfig(provider="hub", name=str(folder), seen="bert"), data, store)


def test_a_folder_that_was_moved_is_the_same_encoder(
    saved: tuple[Path, torch.nn.Module], data: DataFolder, store: StageStore, tmp_path: Path
) -> None:
    folder, _ = saved
    config = EncoderConfig(provider="hub", name=str(folder))
    before = load_encoder(config, data, store)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(EncoderError, match="is not a folder. .* as `--encoder`"):
        load_encoder(config, data, store)
    moved = load_encoder(dataclasses.replace(config, moved_to=str(tmp_path / "elsewhere")), data, store)
    assert (moved.fingerprint, moved.origin) == (before.fingerprint, before.origin)
    with pytest.raises(EncoderError, match="nowhere is not a folder"):
        load_encoder(dataclasses.replace(config, moved_to=str(tmp_path / "nowhere")), data, store)


def test_known_seen() -> None:
    assert known_seen("FacebookAI/xlm-roberta-base") == seen_by("xlmr")
    assert known_seen("google-bert/bert-base-multilingual-cased") == seen_by("mbert")
    assert known_seen("bert-base-uncased") is None
    assert known_seen("xlm-roberta-large") == known_seen("facebook/xlm-roberta-xl") == seen_by("xlmr")
    assert known_seen("distilbert-base-multilingual-cased") == seen_by("mbert")


@pytest.mark.parametrize(
    "name",
    [
        "Davlan/afro-xlmr-base", "sentence-transformers/LaBSE", "intfloat/multilingual-e5-small",
        "Davlan/xlm-roberta-base-finetuned-yoruba", "Davlan/bert-base-multilingual-cased-finetuned-kinyarwanda",
        "/data/xlm-roberta-base-adapted", "/data/xlm-roberta-base", "somebody/xlm-roberta-base", "",
    ],
)  # fmt: skip
def test_what_was_trained_on_has_seen_more_than_its_parent(name: str) -> None:
    assert known_seen(name) is None


def test_the_first_blocks_alone_compute_what_they_did_inside_the_whole(
    saved: tuple[Path, torch.nn.Module], data: DataFolder, store: StageStore
) -> None:
    folder, original = saved
    encoder = load_encoder(EncoderConfig(provider="hub", name=str(folder), n_layers=2), data, store)
    batch = encoder.tokenizer(["dog sees"], return_tensors="pt")
    with torch.no_grad():
        whole = original(**batch, output_hidden_states=True).hidden_states
    torch.testing.assert_close(states(encoder.model, encoder.tokenizer, ["dog sees"]), whole[2])
    with pytest.raises(EncoderError, match="between 1 and 3"):
        load_encoder(EncoderConfig(provider="hub", name=str(folder), n_layers=4), data, store)


def test_frozen_embeddings_get_no_gradient(
    saved: tuple[Path, torch.nn.Module], data: DataFolder, store: StageStore
) -> None:
    folder, _ = saved
    model = load_encoder(EncoderConfig(provider="hub", name=str(folder), freeze_embeddings=True), data, store).model
    frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    assert frozen == ["embeddings.word_embeddings.weight"]


def test_a_trimmed_vocabulary_gives_the_same_pieces_and_hidden_states(
    saved: tuple[Path, torch.nn.Module], data: DataFolder, store: StageStore
) -> None:
    folder, _ = saved
    whole = load_encoder(EncoderConfig(provider="hub", name=str(folder)), data, store)
    trimmed = load_encoder(EncoderConfig(provider="hub", name=str(folder), trim_vocabulary=True), data, store)
    assert len(trimmed.tokenizer) == trimmed.model.config.vocab_size < len(whole.tokenizer)
    assert trimmed.fingerprint != whole.fingerprint
    for language in data.bitext_languages:
        texts = [text for pair in data.bitext(language) for text in pair]
        pieces = [
            [e.tokenizer.convert_ids_to_tokens(ids) for ids in e.tokenizer(texts)["input_ids"]]
            for e in (whole, trimmed)
        ]
        assert pieces[0] == pieces[1]
        assert torch.equal(
            states(whole.model, whole.tokenizer, texts[:20]), states(trimmed.model, trimmed.tokenizer, texts[:20])
        )
        words = [list(sentence.words) for sentence in data.labelled(POS, language, "test")]
        split = [e.tokenizer(words, is_split_into_words=True, padding=True) for e in (whole, trimmed)]
        assert all(split[0].tokens(i) == split[1].tokens(i) for i in range(len(words)))
        assert all(split[0].word_ids(i) == split[1].word_ids(i) for i in range(len(words)))
    assert "".join(trimmed.tokenizer.special_tokens_map) == "".join(whole.tokenizer.special_tokens_map)


def test_the_fingerprint_follows_the_files_not_the_place(tmp_path: Path, data: DataFolder, store: StageStore) -> None:
    for name in ("a", "b"):
        save_mbert(tmp_path / name)
    first, second = (ENCODERS["hub"](EncoderConfig(name=str(tmp_path / n)), data, store).identity for n in "ab")
    assert first == second
    config = tmp_path / "b" / "config.json"
    config.write_text(config.read_text().replace('"pad_token_id": 0', '"pad_token_id": 1'))
    assert ENCODERS["hub"](EncoderConfig(name=str(tmp_path / "b")), data, store).identity != first


def test_one_clear_error(tmp_path: Path, data: DataFolder, store: StageStore) -> None:
    with pytest.raises(EncoderError, match="`encoder.name` must be .* but is empty"):
        load_encoder(EncoderConfig(provider="hub"), data, store)
    with pytest.raises(EncoderError, match="is not a folder. Correct the path"):
        load_encoder(EncoderConfig(provider="hub", name=str(tmp_path / "missing")), data, store)
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError, match="must have a config.json"):
        load_encoder(EncoderConfig(provider="hub", name=str(tmp_path / "empty")), data, store)


def test_bpe_cannot_be_trimmed(tiny_data: Path, data: DataFolder, store: StageStore, tmp_path: Path) -> None:
    from trainables.pretraining.corpus import read_texts, text_languages
    from trainables.pretraining.tokenizer import train_tokenizer

    save_mbert(tmp_path / "x")
    for path in (tmp_path / "x").glob("*token*"):
        path.unlink()
    train_tokenizer(read_texts(data, text_languages(data)), 80, 32).save_pretrained(tmp_path / "x")
    with pytest.raises(EncoderError, match="Unigram or WordPiece, but it is BPE"):
        load_encoder(EncoderConfig(provider="hub", name=str(tmp_path / "x"), trim_vocabulary=True), data, store)
