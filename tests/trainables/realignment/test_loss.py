"""The loss from texts to number: what is put together, doubles, both readings of the reference, that it can learn."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy
import pytest
import torch

from search_spaces.languages import parse_language
from search_spaces.registry import UnknownNameError
from trainables.data.folder import DataFolder
from trainables.data.words import SplitText
from trainables.encoders.base import Encoder
from trainables.evaluation.retrieval import count_retrieved
from trainables.mapping import from_mapping, to_mapping
from trainables.realignment.alignments.base import Link
from trainables.realignment.loop import realign
from trainables.realignment.loss import PairLoss, find_doubles, make_loss
from trainables.realignment.pooling import sentence_vectors, tokenize
from trainables.run_config import RealignConfig

PAIRS = [("ab dog", "zy q"), ("cd cat", "xw r"), ("ef dog dog", "vu s t"), ("gh", "ts cat")]


def by_position(english: Sequence[SplitText], other: Sequence[SplitText]) -> list[list[Link]]:
    """First word with first word, second with second, as far as both go."""
    return [[(i, i) for i in range(min(len(e.spans), len(o.spans)))] for e, o in zip(english, other, strict=True)]


def config(**changes: object) -> RealignConfig:
    return dataclasses.replace(RealignConfig(projection_size=0, max_length=16), **changes)  # type: ignore[arg-type]


def states(encoder: Encoder, text: str, layer: int) -> torch.Tensor:
    """(T, H) of one sentence on its own: neither batching nor padding may change anything."""
    encoder.model.eval()
    with torch.no_grad():
        output = encoder.model(**encoder.tokenizer(text, return_tensors="pt"), output_hidden_states=True)
    return output.hidden_states[layer][0].double()


def formula(vectors: list[torch.Tensor], links: list[Link]) -> float:
    z = numpy.stack([(v / v.norm()).numpy() for v in vectors])
    scores = numpy.exp(z @ z.T / 0.1)
    numpy.fill_diagonal(scores, 0)
    both = [*links, *((o, e) for e, o in links)]
    return float(numpy.mean([-numpy.log(scores[a, p] / scores[a].sum()) for a, p in both]))


def test_the_sentence_loss_is_the_formula_on_mean_states(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    loss = PairLoss(encoder, config())
    texts = [english for english, _ in PAIRS] + [other for _, other in PAIRS]
    vectors = [states(encoder, text, -1)[1:-1].mean(dim=0) for text in texts]
    assert loss(encoder.model, PAIRS).item() == pytest.approx(
        formula(vectors, [(i, i + 4) for i in range(4)]), rel=1e-4
    )
    assert loss.n_links == 4


def test_the_word_loss_is_the_formula_on_all_words_of_both_sides(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    pairs = [("dog cat", "zy cat"), ("a dog dog", "cat")]
    loss = PairLoss(encoder, config(objective="word_contrastive", mask_duplicates=False), by_position)
    # positions of each word's sub-words, behind <s>: ▁dog ▁cat | ▁ a ▁dog ▁dog | ▁ z y ▁cat | ▁cat
    spans = [("dog cat", 1, 2), ("dog cat", 2, 3), ("a dog dog", 2, 3), ("a dog dog", 3, 4), ("a dog dog", 4, 5),
             ("zy cat", 2, 4), ("zy cat", 4, 5), ("cat", 1, 2)]  # fmt: skip
    vectors = [states(encoder, text, -1)[start:end].mean(dim=0) for text, start, end in spans]
    # by position: dog - zy, cat - cat (identical, left out), a - cat
    assert loss(encoder.model, pairs).item() == pytest.approx(formula(vectors, [(0, 5), (2, 7)]), rel=1e-4)
    assert loss.n_links == 2


def test_the_reference_reading_is_one_layer_down_and_averages_a_prefix(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    loss = PairLoss(encoder, config(fidelity="reference"))
    pairs = [("dog cat-dog", "cat"), ("dog cat-dog", "cat dog cat")]  # "dog cat-dog" has four words for the expression
    vectors = []
    for text in ("dog cat-dog", "dog cat-dog", "cat", "cat dog cat"):
        words = text.replace("-", " - ").split()
        ids = [piece for piece in encoder.tokenizer(words, is_split_into_words=True)["input_ids"] if piece != 5]
        with torch.no_grad():
            output = encoder.model.eval()(input_ids=torch.tensor([ids]), output_hidden_states=True)
        # two blocks: the option -1 means index 1 of the three hidden states
        vectors.append(output.hidden_states[1][0, : len(words)].double().mean(dim=0))
    assert encoder.tokenizer.convert_ids_to_tokens(5) == "▁"
    assert loss(encoder.model, pairs).item() == pytest.approx(formula(vectors, [(0, 2), (1, 3)]), rel=1e-4)


def test_the_teacher_of_mse_is_the_encoder_as_it_was(make_encoder: Callable[..., Encoder]) -> None:
    encoder, changed = make_encoder(seed=0), make_encoder(seed=1)
    loss = PairLoss(encoder, config(objective="mse"))
    means = [[states(e, text, -1)[1:-1].mean(dim=0).numpy() for e in (encoder, changed)] for text in ("ab dog", "zy q")]
    target = means[0][0]
    expected = ((means[0][1] - target) ** 2).mean() + ((means[1][1] - target) ** 2).mean()
    assert not list(loss.parameters()) and not loss.state_dict()
    encoder.model.load_state_dict(changed.model.state_dict())  # trained, or restored from a checkpoint
    assert loss(encoder.model, PAIRS[:1]).item() == pytest.approx(float(expected), rel=1e-4)


def test_what_fidelity_stands_for() -> None:
    ours = RealignConfig(layer=-1, pooling="mean")
    assert ours.explicit() is ours
    written_out = RealignConfig(layer=-2, pooling="prefix", words="reference", mask_duplicates=False)
    assert RealignConfig(fidelity="reference").explicit() == written_out == written_out.explicit()
    words = RealignConfig(fidelity="reference", objective="word_contrastive", layer=11).explicit()
    assert (words.pooling, words.layer) == ("first_subword", 11)
    assert from_mapping(RealignConfig, to_mapping(words)) == words


def test_doubles_by_hand() -> None:
    # 0-2 English, 3-5 other; pairs (0, 3), (1, 4), (2, 5); sentences 0 and 1 are one English sentence in two languages
    same = find_doubles(["Yes.", "Yes.", "No.", "Ndiyo.", "Béè ni.", "Hapana."], 3, [(0, 3), (1, 4), (2, 5)])
    group = {0, 1, 3, 4}
    assert same.tolist() == [[a == b or {a, b} <= group or {a, b} <= {2, 5} for b in range(6)] for a in range(6)]
    # without links, only equal text on the same side counts
    assert find_doubles(["a", "b", "a", "a"], 3, []).int().tolist() == [
        [1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1],
    ]  # fmt: skip


def test_the_same_english_sentence_twice_is_no_negative_to_itself(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    encoder.model.eval()
    pairs = [("ab dog", "zy"), ("ab dog", "xw"), ("cd", "vu")]
    masked = PairLoss(encoder, config())(encoder.model, pairs).item()
    kept = PairLoss(encoder, config(mask_duplicates=False))(encoder.model, pairs).item()
    # Pushed away from its own copy (cosine 1), an anchor pays at least log 2.
    assert masked < kept
    alone = [PairLoss(encoder, config(mask_duplicates=mask))(encoder.model, PAIRS).item() for mask in (True, False)]
    assert alone[0] == alone[1]


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"objective": "mse"}, {"objective": "word_contrastive"}, {"fidelity": "reference"},
        {"objective": "word_contrastive", "fidelity": "reference"}, {"projection_size": 8}, {"layer": 1},
    ],
)  # fmt: skip
class TestLearning:
    def train(self, encoder: Encoder, changes: dict[str, object], n_steps: int) -> list[float]:
        torch.manual_seed(0)
        loss = PairLoss(encoder, config(**changes), by_position)
        optimiser = torch.optim.Adam([*encoder.model.parameters(), *loss.parameters()], lr=3e-3)
        encoder.model.train()
        losses = []
        for _ in range(n_steps):
            value = loss(encoder.model, PAIRS)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            losses.append(value.item())
        return losses

    def test_the_loss_falls(self, make_encoder: Callable[..., Encoder], changes: dict[str, object]) -> None:
        losses = self.train(make_encoder(), changes, n_steps=40)
        assert sum(losses[-5:]) < 0.8 * sum(losses[:5])

    def test_same_seed_same_digits(self, make_encoder: Callable[..., Encoder], changes: dict[str, object]) -> None:
        assert self.train(make_encoder(), changes, 3) == self.train(make_encoder(), changes, 3)


@pytest.mark.parametrize("objective", ["contrastive", "mse", "word_contrastive"])
def test_gradients_reach_both_sides(make_encoder: Callable[..., Encoder], objective: str) -> None:
    encoder = make_encoder()
    # no piece is on both sides, so rows of the embeddings tell the sides apart
    PairLoss(encoder, config(objective=objective), by_position)(
        encoder.model, [("dog", "zy"), ("cat", "xw")]
    ).backward()
    gradient = encoder.model.get_input_embeddings().weight.grad
    for piece in ("▁dog", "▁cat", "z", "x"):
        assert gradient[encoder.tokenizer.convert_tokens_to_ids(piece)].abs().sum() > 0


def test_parameters_are_the_heads_alone_and_survive_a_round_trip(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    one, two = (PairLoss(encoder, config(projection_size=3)) for _ in range(2))
    assert [tuple(p.shape) for p in one.parameters()] == [(16, 16), (3, 16)]
    two.load_state_dict(one.state_dict())
    encoder.model.eval()
    assert one(encoder.model, PAIRS).item() == two(encoder.model, PAIRS).item()


@pytest.mark.parametrize("alignments", ["similarity", "pharaoh", "dictionary"])
def test_every_source_of_alignments_can_be_trained_on(
    make_encoder: Callable[..., Encoder], tiny_data: Path, tmp_path: Path, alignments: str
) -> None:
    data, language = DataFolder(tiny_data), parse_language("swh")
    pairs = data.bitext(language)  # letters shifted by one, word for word
    words = sorted({pair for e, o in pairs for pair in zip(e.split(), o.split(), strict=True)})
    (tmp_path / "swh.tsv").write_text("".join(f"{english}\t{other}\n" for english, other in words))
    (tmp_path / "swh.pharaoh").write_text("0-0 1-1 2-2\n" * len(pairs))
    settings = config(objective="word_contrastive", alignments=alignments, alignments_root=str(tmp_path))
    encoder = make_encoder()
    loss = make_loss(encoder, data, (language,), settings)
    loss(encoder.model, pairs[:4]).backward()
    assert 0 < loss.n_links <= 12
    if alignments != "similarity":  # a random encoder links what it likes
        assert loss.n_links == 12


def test_settings_that_do_not_fit_are_refused(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    with pytest.raises(ValueError, match="'word_contrastive' needs word alignments"):
        PairLoss(encoder, config(objective="word_contrastive"))
    with pytest.raises(ValueError, match="of words must be 'mean' or 'first_subword', but is 'prefix'"):
        PairLoss(encoder, config(objective="word_contrastive", pooling="prefix"), by_position)
    with pytest.raises(ValueError, match="between -3 and 2 for this encoder .* but is -4"):
        PairLoss(encoder, config(layer=-3, fidelity="reference"))
    with pytest.raises(UnknownNameError, match="Nearest: 'word_contrastive'"):
        PairLoss(encoder, config(objective="wordcontrastive"))
    with pytest.raises(UnknownNameError, match="Nearest: 'similarity'"):
        PairLoss(encoder, config(alignments="similar"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{}, {"objective": "mse"}, {"objective": "word_contrastive", "alignments": "pharaoh"}, {"fidelity": "reference"}],
)
def test_retrieval_of_held_out_pairs_rises(
    make_encoder: Callable[..., Encoder], tiny_data: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    data, language = DataFolder(tiny_data), parse_language("swh")
    pairs = data.bitext(language)
    (tmp_path / "swh.pharaoh").write_text("0-0 1-1 2-2\n" * len(pairs))
    held_out, read = pairs[::4], [pair for i, pair in enumerate(pairs) if i % 4]
    settings = config(learning_rate=2e-3, max_length=32, alignments_root=str(tmp_path), **changes)
    torch.manual_seed(0)
    encoder = make_encoder()

    def n_found() -> int:
        encoder.model.eval()
        reading = settings.explicit()
        pooling = "mean" if settings.objective == "word_contrastive" else reading.pooling
        with torch.no_grad():
            sides = [
                sentence_vectors(
                    encoder.model, tokenize(encoder.tokenizer, list(side), 32, pooling, reading.words), reading.layer
                )
                for side in zip(*held_out, strict=True)
            ]
        return count_retrieved(*sides)

    before = n_found()
    loss = make_loss(encoder, data, (language,), settings)
    steps = [[read[(8 * step + i) % len(read)] for i in range(8)] for step in range(150)]
    for _ in realign(encoder, loss, steps, settings, precision="fp32"):
        pass
    # By chance, each of 60 questions is answered right with 1/30: 2 +- 1.4, of which 9 is five deviations away. (The
    # reference's prefix sees two of a sentence's letters here; the other readings find most of the 60.)
    assert len(held_out) == 30 and before <= 9 < n_found()
