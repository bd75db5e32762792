"""The realignment loss of a batch of sentence pairs: from texts to one number, for both protocols.

"before": the stage "realign" minimises it alone. "during": fine-tuning adds `loss_weight` times it to the task's loss,
    loss = task_loss + config.realign.loss_weight * realignment_loss(tagger.encoder, batches[step])
and hands its parameters (the projection head) to the optimiser. Both build it by `make_loss`, from the encoder as it
was loaded, *before* any state is restored into that encoder: word aligner and teacher are copies of it.
"""

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn
from transformers import PreTrainedModel

from search_spaces.languages import Language
from trainables.data.folder import DataFolder
from trainables.data.words import SplitText
from trainables.encoders.base import Encoder
from trainables.realignment.alignments import ALIGNMENTS
from trainables.realignment.alignments.base import Aligner, AlignmentInputs, Link
from trainables.realignment.batches import Pair
from trainables.realignment.check import check_settings
from trainables.realignment.objectives import OBJECTIVES
from trainables.realignment.objectives.base import Units
from trainables.realignment.pooling import hidden_states, sentence_vectors, word_vectors
from trainables.realignment.ready_texts import ReadyTexts
from trainables.run_config import RealignConfig
from trainables.stepping.devices import batch_to_device, to_device
from trainables.stepping.parts import by_length


def make_loss(
    encoder: Encoder,
    data: DataFolder,
    languages: tuple[Language, ...],
    config: RealignConfig,
    length_groups: int = 1,
) -> "PairLoss":
    """The loss that `config` describes, on the encoder's device, with its aligner if it needs one.

    Draws the projection head from torch's global generator, so call it after `seed_stage`.

    Raises:
        ValueError: settings do not fit the encoder (`check_settings`), or alignment files do not fit the data.
    """
    config = config.explicit()
    if OBJECTIVES[config.objective].unit != "word":
        return PairLoss(encoder, config, length_groups=length_groups)
    texts = ReadyTexts(encoder.tokenizer, config, of_words=True)
    aligner = ALIGNMENTS[config.alignments](AlignmentInputs(config, encoder, data, languages, texts))
    return PairLoss(encoder, config, aligner, texts, length_groups)


class PairLoss(nn.Module):
    """(model, pairs) -> scalar loss with gradients to both sides.

    Its parameters and state are those of the projection head alone: the model is an argument, not a part.

    Attributes:
        n_links: linked units (sentence pairs, or word pairs) of all batches so far. 0 after many batches of a word
            objective means that the alignments fit nothing, and that nothing is learnt.
    """

    def __init__(
        self,
        encoder: Encoder,
        config: RealignConfig,
        aligner: Aligner | None = None,
        texts: ReadyTexts | None = None,
        length_groups: int = 1,
    ) -> None:
        """`aligner`: needed by objectives of words, and only by them. `texts`: that the aligner reads too.
        `length_groups`: see `RunConfig`.

        Raises:
            ValueError: settings do not fit the encoder, or the aligner is missing.
        """
        super().__init__()
        check_settings(config, encoder.model)
        self.config = config.explicit()
        self.aligner = aligner
        self.length_groups = length_groups
        self.n_links = 0
        kind = OBJECTIVES[config.objective]
        if kind.unit == "word" and aligner is None:
            raise ValueError(
                f"The objective {config.objective!r} needs word alignments, but has none. Use `make_loss`."
            )
        self.texts = texts or ReadyTexts(encoder.tokenizer, self.config, kind.unit == "word")
        hidden_size = encoder.model.config.hidden_size
        # A function, not a module: what it holds is no part of our parameters and state.
        self.targets = _teacher(encoder, self.config, self.texts) if kind.needs_targets else None
        self.objective = kind(hidden_size, config.projection_size, config.temperature).to(encoder.model.device)

    def prepare(self, batches: Iterable[Sequence[Pair]]) -> Iterator[None]:
        """Tokenizes the texts of all batches, once, yielding now and then. What it was not shown, a step tokenizes."""
        return self.texts.add(text for pairs in batches for pair in pairs for text in pair)

    def forward(self, model: PreTrainedModel, pairs: Sequence[Pair]) -> torch.Tensor:
        """The objective on one batch, in the model's present mode (dropout is active in training mode).

        Args:
            model: a bare encoder with the tokenizer of the one this was built from.
            pairs: (English, other) sentences; any positive number of them.
        """
        english, other = ([pair[side] for pair in pairs] for side in (0, 1))
        return self.compare(self.encode(model, english + other), english)

    def encode(self, model: PreTrainedModel, texts: list[str]) -> "Encoded":
        """The vectors of the units of some texts; each is of its text alone, so a batch may be encoded in parts."""
        encode = self._words if self.objective.unit == "word" else self._sentences
        if self.length_groups == 1:
            return encode(model, texts)
        groups = by_length(self.texts.lengths(texts), self.length_groups)
        return Encoded.in_order(groups, [encode(model, [texts[i] for i in group]) for group in groups])

    def compare(self, encoded: "Encoded", english: list[str]) -> torch.Tensor:
        """The objective on a batch.

        Args:
            encoded: the batch's English sentences, then their translations. english: the first of these.
        """
        n_pairs = len(english)
        n_english = sum(sentence < n_pairs for sentence, _ in encoded.places)
        units = self._units(encoded.vectors_NH, encoded.texts, n_english, self._links(encoded, n_pairs))
        if self.targets:
            units = replace(units, targets_KH=self.targets(english))
        self.n_links += len(units.links_K2)
        loss: torch.Tensor = self.objective(units)
        return loss

    def _sentences(self, model: PreTrainedModel, texts: list[str]) -> "Encoded":
        batch = batch_to_device(self.texts.sentences(texts), model.device)
        vectors_NH = sentence_vectors(model, batch, self.config.layer)
        return Encoded(vectors_NH, texts, [(sentence, 0) for sentence in range(len(texts))], (None,) * len(texts))

    def _words(self, model: PreTrainedModel, texts: list[str]) -> "Encoded":
        subwords = self.texts.words(texts)
        inputs = dict(batch_to_device(subwords.inputs, model.device))
        hidden_BTH = hidden_states(model, inputs, self.config.layer)
        vectors_NH, places_N2 = word_vectors(hidden_BTH, subwords, self.config.pooling)
        places = [(sentence, word) for sentence, word in places_N2.tolist()]
        words = [subwords.sentences[sentence].words[word] for sentence, word in places]
        return Encoded(vectors_NH, words, places, subwords.sentences)

    def _links(self, encoded: "Encoded", n_pairs: int) -> list[Link]:
        if self.objective.unit != "word":
            return [(i, n_pairs + i) for i in range(n_pairs)]
        unit_of, texts = {place: unit for unit, place in enumerate(encoded.places)}, encoded.texts
        sentences = tuple(sentence for sentence in encoded.sentences if sentence is not None)
        links = [
            (unit_of[i, e], unit_of[n_pairs + i, o])
            for i, pair_links in enumerate(self._align(sentences))
            for e, o in pair_links
            if (i, e) in unit_of and (n_pairs + i, o) in unit_of
        ]
        return [(e, o) for e, o in links if texts[e] != texts[o]]  # identical words are aligned without our help

    def _align(self, sentences: tuple[SplitText, ...]) -> list[list[Link]]:
        assert self.aligner is not None
        n_pairs = len(sentences) // 2
        return self.aligner(sentences[:n_pairs], sentences[n_pairs:])

    def _units(self, vectors_NH: torch.Tensor, texts: list[str], n_english: int, links: list[Link]) -> Units:
        device = vectors_NH.device
        doubles_NN = to_device(find_doubles(texts, n_english, links), device) if self.config.mask_duplicates else None
        links_K2 = torch.tensor(links, dtype=torch.long).reshape(-1, 2)
        return Units(vectors_NH, to_device(links_K2, device), doubles_NN)


@dataclass(frozen=True)
class Encoded:
    """What the encoder has made of some texts.

    vectors_NH: one a unit. texts: of the units. places: of each unit its sentence among the texts, and its word there.
    sentences: the texts, split into words where units are words.
    """

    vectors_NH: torch.Tensor
    texts: list[str]
    places: list[tuple[int, int]]
    sentences: tuple[SplitText | None, ...]

    @classmethod
    def joined(cls, parts: "Sequence[Encoded]") -> "Encoded":
        """One after the other."""
        begins = itertools.accumulate((len(part.sentences) for part in parts), initial=0)
        return cls(
            torch.cat([part.vectors_NH for part in parts]),
            [text for part in parts for text in part.texts],
            [(at + sentence, word) for at, part in zip(begins, parts, strict=False) for sentence, word in part.places],
            tuple(sentence for part in parts for sentence in part.sentences),
        )

    @classmethod
    def in_order(cls, groups: Sequence[Sequence[int]], encoded: "Sequence[Encoded]") -> "Encoded":
        """Groups of texts as if all had been encoded at once.

        Args:
            groups: places of the texts of each group among all texts.
        """
        whole, texts = cls.joined(encoded), list(itertools.chain.from_iterable(groups))
        places = [(texts[sentence], word) for sentence, word in whole.places]
        order = sorted(range(len(places)), key=places.__getitem__)
        place_of = {text: i for i, text in enumerate(texts)}
        index_N = to_device(torch.tensor(order, dtype=torch.long), whole.vectors_NH.device)
        return cls(
            whole.vectors_NH[index_N],
            [whole.texts[unit] for unit in order],
            [places[unit] for unit in order],
            tuple(whole.sentences[place_of[text]] for text in range(len(texts))),
        )


def _teacher(encoder: Encoder, config: RealignConfig, ready: ReadyTexts) -> Callable[[list[str]], torch.Tensor]:
    """Texts -> sentence vectors (B, H) of the encoder as it is now, without gradient or dropout, in fp32."""
    model = copy.deepcopy(encoder.model).eval().requires_grad_(False)

    @torch.no_grad()
    def vectors(texts: list[str]) -> torch.Tensor:
        batch = batch_to_device(ready.sentences(texts), model.device)
        with torch.autocast(model.device.type, enabled=False):
            return sentence_vectors(model, batch, config.layer)

    return vectors


def find_doubles(texts: Sequence[str], n_english: int, links: Sequence[Link]) -> torch.Tensor:
    """Which units of a batch say the same: equal text on the same side, of the units themselves or their translations.

    So where an English sentence occurs twice in a batch of n-way parallel data, both copies and both translations are
    doubles of one another.

    Args:
        texts: of all N units, the first `n_english` of them English.
        links: (English unit, its translation).

    Returns:
        Symmetric booleans (N, N), on the CPU; the diagonal is True.
    """
    said: tuple[list[str | None], list[str | None]] = ([None] * len(texts), [None] * len(texts))  # in English, in other
    for unit, text in enumerate(texts):
        said[unit >= n_english][unit] = text
    for english, other in links:
        said[0][other], said[1][english] = texts[english], texts[other]
    doubles_NN = torch.eye(len(texts), dtype=torch.bool)
    for side in said:
        number = {text: i for i, text in enumerate(dict.fromkeys(side))}
        ids_N = torch.tensor([number[text] for text in side], dtype=torch.long)
        given_N = torch.tensor([text is not None for text in side], dtype=torch.bool)
        doubles_NN |= (ids_N[:, None] == ids_N) & given_N[:, None] & given_N
    return doubles_NN
