"""The alignment probe: does an English sentence find its translation by cosine, and the other way round?

P@1 over held-out n-way parallel sentences. It needs no labels and no training, so it is the cheapest sign of alignment.
What stops trials must not be what is reported of those that are left: one half of the sentences steers, the other half
is reported. The half of a sentence depends on the ids alone, so it is the same in every language and every trial.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch.nn import functional

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.data.segmenters import versions
from trainables.encoders.base import Encoder
from trainables.evaluation.evaluate import evenly_spread
from trainables.evaluation.scores import P_AT_1, ScoreRow
from trainables.realignment.pooling import sentence_vectors, tokenize
from trainables.run_config import EvaluateConfig, RealignConfig
from trainables.stepping.devices import device_identity
from trainables.stepping.progress import Progress
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

STAGE, FILE = "probe", "scores.json"
ARITHMETIC = 2  # raise it when a change of this file changes the counts
HELD_OUT = "dev"  # the FLORES split that no stage trains on
Half = Literal["reported", "steering"]


def probe(
    encoder: Encoder,
    data: DataFolder,
    pooling: RealignConfig,
    config: EvaluateConfig,
    name: str,
    rows: list[ScoreRow],
    tasks: Sequence[str] = (),
    languages: Sequence[Language] | None = None,
    half: Half = "reported",
) -> Iterator[Progress]:
    """Appends to `rows` one P@1 per language (both directions counted together), yielding after every language.

    Sentence vectors are those of the realignment: same pooling, same layer.

    Args:
        name: the rows' `task`.
        tasks: the run's; they decide the languages (`probed_languages`).
        languages: only these of them; None = all.
        half: of the sentences, see `half_of`; what is reported is of split "test", what steers of split "dev".
    """
    pooling, wanted = pooling.explicit(), probed_languages(data, tasks) if languages is None else languages
    english = data.flores(ENGLISH, HELD_OUT)
    keys = half_of(english, half)
    keys = [keys[i] for i in evenly_spread(len(keys), config.n_retrieval)]
    english_NH = _vectors(encoder, [english[key] for key in keys], pooling, config)
    for step, language in enumerate(wanted, start=1):
        other = data.flores(language, HELD_OUT)
        if missing := [key for key in keys if key not in other]:
            raise ValueError(
                f"The FLORES file of {language} must hold the ids of the English one, but lacks {missing[0]!r}."
            )
        other_NH = _vectors(encoder, [other[key] for key in keys], pooling, config)
        n_correct = count_retrieved(english_NH, other_NH)
        rows.append(
            ScoreRow(
                task=name,
                metric=P_AT_1,
                language=language,
                split="test" if half == "reported" else "dev",
                n_correct=n_correct,
                n_total=2 * len(keys),
            )
        )
        yield Progress(step, len(wanted))


def half_of(ids: Iterable[str], half: Half) -> list[str]:
    """Every other id in the order of their SHA-256, sorted by id; an odd one is reported."""
    by_digest = sorted(ids, key=lambda key: hashlib.sha256(key.encode()).digest())
    return sorted(by_digest[0 if half == "reported" else 1 :: 2])


def probed_languages(data: DataFolder, tasks: Sequence[str]) -> list[Language]:
    """Languages with n-way parallel sentences that have bitext or a test set of one of `tasks`, sorted, not English."""
    tested = {language for task in tasks for language in data.labelled_languages(TASKS[task])}
    return sorted((tested | set(data.bitext_languages)) & set(data.flores_languages) - {ENGLISH})


def stored_probe(
    encoder: Encoder,
    data: DataFolder,
    pooling: RealignConfig,
    config: EvaluateConfig,
    store: StageStore,
    rows: list[ScoreRow],
    tasks: Sequence[str] = (),
) -> Iterator[Progress]:
    """The probe of an encoder as it was loaded, "retrieval_before", computed once and kept in the store.

    It is the same for all trials that start from that encoder and probe the same languages.
    """
    identity = {
        "encoder": encoder.fingerprint, **device_identity(str(encoder.model.device)),
        **probe_identity(data, pooling, config, probed_languages(data, tasks)),
    }  # fmt: skip
    work = probe(encoder, data, pooling, config, "retrieval_before", rows, tasks)
    if not store.holds(STAGE, identity):
        yield from work

    def build(folder: Path) -> None:
        for _ in work:  # nothing is left to do, unless the stage was there but damaged
            pass
        (folder / FILE).write_text(json.dumps([row.as_dict() for row in rows]))

    stage = store.get_or_build(STAGE, identity, build)
    rows[:] = [ScoreRow.from_dict(row) for row in json.loads((stage / FILE).read_text())]


def probe_identity(
    data: DataFolder, pooling: RealignConfig, config: EvaluateConfig, languages: Sequence[Language]
) -> dict[str, Any]:
    """What decides the counts of a probe beside the encoder and the half of the sentences."""
    pooling = pooling.explicit()
    return {
        "data": data.fingerprint("flores"), "languages": list(languages), "english": ENGLISH,
        "pooling": pooling.pooling, "words": pooling.words, "layer": pooling.layer,
        "segmenters": versions() if pooling.words == "reference" else {},
        "n_sentences": config.n_retrieval, "max_length": config.max_length, "batch_size": config.batch_size,
        "arithmetic": ARITHMETIC,
    }  # fmt: skip


def count_retrieved(english_NH: torch.Tensor, other_NH: torch.Tensor) -> int:
    """How many of the 2N sentences have their translation as nearest neighbour by cosine among the other side's N.

    Shape: both (N, H), row i of one translates row i of the other.
    """
    similarity_NN = functional.normalize(english_NH, dim=-1) @ functional.normalize(other_NH, dim=-1).T
    truth_N = torch.arange(len(similarity_NN), device=similarity_NN.device)
    return int((similarity_NN.argmax(dim=1) == truth_N).sum() + (similarity_NN.argmax(dim=0) == truth_N).sum())


@torch.inference_mode()
def _vectors(encoder: Encoder, texts: list[str], pooling: RealignConfig, config: EvaluateConfig) -> torch.Tensor:
    """(N, H) sentence vectors in the order of `texts`, computed in batches of similar length."""
    encoder.model.eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors_NH = torch.empty(len(texts), encoder.model.config.hidden_size, device=encoder.model.device)
    for start in range(0, len(order), config.batch_size):
        chosen = order[start : start + config.batch_size]
        some = [texts[i] for i in chosen]
        batch = tokenize(encoder.tokenizer, some, config.max_length, pooling.pooling, pooling.words)
        vectors_NH[chosen] = sentence_vectors(encoder.model, batch.to(encoder.model.device), pooling.layer)
    return vectors_NH
