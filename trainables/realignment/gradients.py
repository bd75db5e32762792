"""What the loss of a realignment says of single languages before any training: whose gradients help whom?

A candidate is worth the cosine of the gradient of its loss with the mean direction of those of the target languages,
at the encoder as it was loaded: how much a first step on its sentence pairs would lower the loss of the targets. Xia
et al. (2024, "LESS: selecting influential data for targeted instruction tuning", ICML, section 3) choose training
examples so; Wang et al. (2021, "Gradient Vaccine", ICLR) compare languages. On real languages it ranked sets
by retrieval about as well as one training of each; what it says of task scores is less (docs/search-quality.md).

Targets are looked at by sentences that no report uses (`retrieval.half_of`). Dropout is off, precision is fp32, and
embeddings are left out: which rows of these move says which script a language has.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import torch

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.encoders.base import Encoder
from trainables.evaluation.retrieval import HELD_OUT, half_of
from trainables.realignment.batches import Pair
from trainables.realignment.freezing import frozen
from trainables.realignment.in_parts import backward_in_parts
from trainables.realignment.loss import PairLoss, make_loss
from trainables.realignment.objectives import OBJECTIVES
from trainables.run_config import RealignConfig, RunConfig
from trainables.stepping.devices import device_identity
from trainables.stepping.parts import in_parts, parts_identity
from trainables.stepping.progress import Progress
from trainables.stepping.seeding import seed_stage
from trainables.store.stage_store import StageStore

STAGE, FILE = "gradients", "cosines.json"
ARITHMETIC = 1  # raise it when a change of this file changes the digits
N_PAIRS = 64
"""Of each language, the first ones; they go through the encoder in batches of the realignment's size."""

SEED = 0
"""Of the projection head, which no training has seen yet."""


def stored_gradients(
    encoder: Encoder,
    data: DataFolder,
    config: RunConfig,
    candidates: Sequence[Language],
    targets: Sequence[Language],
    store: StageStore,
    found: dict[Language, float],
) -> Iterator[Progress]:
    """Puts `gradient_cosines` into `found`, computed once and kept in the store."""
    identity = {
        "encoder": encoder.fingerprint, **device_identity(str(encoder.model.device)), "candidates": sorted(candidates),
        "targets": sorted(targets), "bitext": data.bitext_fingerprint(candidates), "flores": data.fingerprint("flores"),
        "realign": config.realign.explicit(), **parts_identity(config.realign.micro_batch, config.realign.batch_size),
        **OBJECTIVES.plugin_identity(config.realign.objective), "n_pairs": N_PAIRS, "arithmetic": ARITHMETIC,
    }  # fmt: skip

    def build(folder: Path) -> Iterator[Progress]:
        yield from gradient_cosines(encoder, data, config.realign, candidates, targets, found)
        (folder / FILE).write_text(json.dumps(found), encoding="utf-8")

    stage, _ = yield from store.build_in_steps(STAGE, identity, build, Progress(0, 1, {"waiting": 1.0}))
    found |= {Language(tag): value for tag, value in json.loads((stage / FILE).read_text(encoding="utf-8")).items()}


def gradient_cosines(
    encoder: Encoder,
    data: DataFolder,
    config: RealignConfig,
    candidates: Sequence[Language],
    targets: Sequence[Language],
    found: dict[Language, float],
) -> Iterator[Progress]:
    """Puts into `found`, of each candidate, the cosine of its gradient with the mean of the targets' unit gradients.

    Leaves the encoder as it was, in evaluation mode. Yields after every language.

    Args:
        candidates: languages with sentence pairs. targets: languages with n-way parallel sentences.

    Raises:
        ValueError: an objective of words, for whose alignments n-way parallel sentences have no files.
    """
    check_objective(config)
    english = data.flores(ENGLISH, HELD_OUT)
    keys = half_of(english, "steering")[:N_PAIRS]
    seed_stage(SEED, "gradients")
    loss_of = make_loss(encoder, data, tuple(candidates), config)
    n_steps, step = len(targets) + len(candidates), 0
    total: torch.Tensor | float = 0.0
    with frozen(encoder.model, config):
        for step, language in enumerate(sorted(targets), start=1):
            other = data.flores(language, HELD_OUT)
            total = total + unit_gradient(encoder, loss_of, [(english[key], other[key]) for key in keys], config)
            yield Progress(step, n_steps)
        for language in sorted(candidates):
            pairs = list(islice(data.bitext(language), N_PAIRS))
            found[language] = float(unit_gradient(encoder, loss_of, pairs, config) @ total) / len(targets)
            step += 1
            yield Progress(step, n_steps)


def check_objective(config: RealignConfig) -> None:
    """Raises ValueError for an objective of words."""
    if OBJECTIVES[config.explicit().objective].unit == "word":
        raise ValueError(
            f"Gradients of languages can be compared under objectives of sentences only, but `realign.objective` is "
            f"{config.explicit().objective!r}. Choose another one, or delete `gradients` from `search.warm_start`."
        )


def unit_gradient(encoder: Encoder, loss_of: PairLoss, pairs: Sequence[Pair], config: RealignConfig) -> torch.Tensor:
    """(P,) the gradient of the loss, of length 1, with respect to all P weights but those of embeddings."""
    model = encoder.model.eval()
    weights = [weight for name, weight in model.named_parameters() if "embeddings" not in name]
    model.zero_grad(set_to_none=True)
    for batch in in_parts(list(pairs), config.batch_size):
        backward_in_parts(loss_of, model, batch, config.micro_batch or config.batch_size, "fp32")
    whole = torch.cat([weight.grad.flatten() for weight in weights if weight.grad is not None])
    model.zero_grad(set_to_none=True)
    return whole / whole.norm().clamp_min(1e-12)
