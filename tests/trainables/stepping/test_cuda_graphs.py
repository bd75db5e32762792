"""The recorder is CUDA's; here one that calls what it was given stands in for it. On a card: test_on_gpu.py."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import BatchEncoding, BertConfig, BertModel

from trainables.stepping.cuda_graphs import LENGTHS, recorded_passes, recorded_states
from trainables.tasks.heads import WordTagger

SEEN: list[tuple[torch.Size, ...]] = []


def plain(one_pass: torch.nn.Module, tensors: tuple[torch.Tensor, ...], **_: Any) -> Callable[..., torch.Tensor]:
    SEEN.append(tuple(tensor.shape for tensor in tensors))
    return one_pass


@pytest.fixture
def encoder() -> BertModel:
    torch.manual_seed(0)
    SEEN.clear()
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=50, max_position_embeddings=64, hidden_dropout_prob=0.0,
                        attention_probs_dropout_prob=0.0, **sizes)  # fmt: skip
    return BertModel(config, add_pooling_layer=False).train()


def batch(n_positions: int) -> dict[str, torch.Tensor]:
    mask = torch.ones(3, n_positions, dtype=torch.long)
    mask[1, n_positions // 2 :] = 0
    return {"input_ids": torch.arange(3 * n_positions).reshape(3, -1) % 40 + 2, "attention_mask": mask}


def test_the_states_are_those_of_a_plain_pass_whatever_is_padded(encoder: BertModel) -> None:
    for n_positions in (5, LENGTHS, LENGTHS + 1):
        inputs = batch(n_positions)
        expected = encoder(**inputs, output_hidden_states=True)
        with recorded_passes(encoder, on=True, record=plain):
            for layer, states in ((None, expected.last_hidden_state), (1, expected.hidden_states[1])):
                found = recorded_states(encoder, inputs, layer)
                assert found is not None
                real = inputs["attention_mask"].bool()
                torch.testing.assert_close(found[real], states[real], rtol=1e-5, atol=1e-6)


def test_one_recording_serves_all_lengths_up_to_the_next_multiple(encoder: BertModel) -> None:
    with recorded_passes(encoder, on=True, record=plain):
        for n_positions in (3, 9, LENGTHS, LENGTHS + 1, 2 * LENGTHS):
            assert recorded_states(encoder, batch(n_positions)) is not None
    assert [shapes[0] for shapes in SEEN] == [(3, LENGTHS), (3, 2 * LENGTHS)]


def test_what_is_not_recorded(encoder: BertModel) -> None:
    inputs = batch(5)
    assert recorded_states(encoder, inputs) is None  # outside
    with recorded_passes(encoder, on=False, record=plain):
        assert recorded_states(encoder, inputs) is None
    with recorded_passes(encoder, on=True, record=plain):
        assert recorded_states(encoder, batch(65 - LENGTHS)) is not None
        assert recorded_states(encoder, batch(65)) is None  # longer than any text that the encoder can read
        assert recorded_states(encoder, {**inputs, "bbox": inputs["input_ids"]}) is None
        with torch.no_grad():
            assert recorded_states(encoder, inputs) is None
        encoder.eval()
        assert recorded_states(encoder, inputs) is None
        encoder.train()
        encoder(**inputs).last_hidden_state.sum().backward()
        assert recorded_states(encoder, inputs) is None  # adds to gradients that are there
    assert recorded_states(encoder, inputs) is None


def test_a_tagger_takes_its_states_from_the_recording(encoder: BertModel) -> None:
    tagger = WordTagger(encoder, 4).train()
    tagger.dropout.p = 0.0
    inputs = BatchEncoding(batch(5))
    expected = tagger(inputs)
    with recorded_passes(tagger, on=True, record=plain):
        found = tagger(inputs)
    assert len(SEEN) == 1
    assert found.shape == expected.shape
    torch.testing.assert_close(found[0], expected[0], rtol=1e-5, atol=1e-6)


def test_an_encoder_that_waits_for_the_gpu_is_one_sentence(encoder: BertModel) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nmore")

    with (
        recorded_passes(encoder, on=True, record=fails),
        pytest.raises(ValueError, match="cannot be recorded. Leave it out. .*capturing.$"),
    ):
        recorded_states(encoder, batch(5))
