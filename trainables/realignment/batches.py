"""Which sentence pairs a realignment reads, in which order: a function of subset, mixing, budget and seed alone."""

from collections.abc import Iterator
from itertools import cycle, islice

import numpy

from search_spaces.languages import Language, parse_language
from trainables.data.folder import DataFolder
from trainables.run_config import RealignConfig
from trainables.stepping.derived_seed import derived_seed

Pair = tuple[str, str]
"""(English sentence, its translation)"""


def batches(
    data: DataFolder, languages: tuple[Language, ...], config: RealignConfig, seed: int, n_batches: int | None = None
) -> list[list[Pair]]:
    """All batches of (English, other) pairs, in order; a resumed stage goes on at the index of its next step.

    Budget "total": `n_steps` batches; each pair draws its language independently by its share (uniformly, as the
    reference does, unless `mixing` says otherwise), and takes the next sentence pair of that language's own shuffled
    stream, which starts anew when it is used up.
    Budget "per_language": `n_pairs_per_language` different pairs of each language - with another mixing the same
    total, divided by the shares - all shuffled together; the last batch may be short.

    Args:
        data: holds the bitext of all `languages`.
        languages: the realigned ones; their order does not matter.
        config: of the realignment.
        seed: of the training.
        n_batches: how many batches are wanted whatever the budget, for protocol "during": budget "total" draws so
            many, budget "per_language" begins again when its pairs are used up. None = what the budget says.

    Raises:
        ValueError: no language, a language has fewer pairs than budget "per_language" asks for, or a weight is missing.
    """
    if not languages:
        raise ValueError("A realignment needs at least one language, but `languages` is empty. Name some, or skip it.")
    ordered = tuple(sorted(languages))
    corpora = {language: data.bitext(language) for language in ordered}
    shares = mixing_shares({language: len(corpora[language]) for language in ordered}, config)
    streams = {language: _shuffled_for_ever(corpora[language], seed, language) for language in ordered}
    generator = numpy.random.default_rng(derived_seed(seed, "realign/order"))
    if config.budget == "total":
        n_pairs = (config.n_steps if n_batches is None else n_batches) * config.batch_size
        if config.mixing == "uniform":
            drawn = generator.integers(len(ordered), size=n_pairs)
        else:
            drawn = generator.choice(len(ordered), size=n_pairs, p=list(shares.values()))
        pairs = [next(streams[ordered[i]]) for i in drawn]
    else:
        pairs = []
        for language, n_pairs in _quotas(shares, config.n_pairs_per_language * len(ordered)).items():
            if len(corpora[language]) < n_pairs:
                raise ValueError(
                    f"`realign.n_pairs_per_language` must ask for at most {len(corpora[language])} (pairs of "
                    f"{language}), but is {config.n_pairs_per_language}, which makes {n_pairs}. Lower it, leave "
                    f"{language} out, or use `realign.budget: total`."
                )
            pairs += [next(streams[language]) for _ in range(n_pairs)]
        pairs = [pairs[i] for i in generator.permutation(len(pairs))]
    cut = [pairs[i : i + config.batch_size] for i in range(0, len(pairs), config.batch_size)]
    return cut if n_batches is None else list(islice(cycle(cut), n_batches))


def mixing_shares(n_pairs: dict[Language, int], config: RealignConfig) -> dict[Language, float]:
    """The share of each language among the pairs that are read, summing to 1, in the order given.

    Exponentiated size is the usual smoothing of multilingual corpora (Devlin et al. 2019's mBERT, alpha 0.7; Conneau et
    al. 2020, section 3.1, alpha 0.3): alpha 0 is uniform, 1 as the data has it.

    Args:
        n_pairs: sentence pairs of each realigned language.

    Raises:
        ValueError: mixing "weights" and a language has no positive weight.
    """
    if config.mixing == "weights":
        given = {parse_language(name): weight for name, weight in config.mixing_weights.items()}
        for language in n_pairs:
            if not given.get(language, 0.0) > 0:
                raise ValueError(
                    f"`realign.mixing_weights` must hold a positive number for every realigned language, but for "
                    f"{language} it holds {given.get(language)}. Give it one, or leave {language} out."
                )
        weights = {language: given[language] for language in n_pairs}
    else:
        alpha = 0.0 if config.mixing == "uniform" else config.mixing_alpha
        weights = {language: n**alpha for language, n in n_pairs.items()}
    total = sum(weights.values())
    return {language: weight / total for language, weight in weights.items()}


def _quotas(shares: dict[Language, float], n_total: int) -> dict[Language, int]:
    """`n_total` pairs divided by shares into whole numbers: what is left goes to the largest remainders."""
    exact = {language: share * n_total for language, share in shares.items()}
    # Rounded before the floor: 3 * (1/3 * 100) may lie a hair below 100.
    quotas = {language: int(round(amount, 6)) for language, amount in exact.items()}
    by_remainder = sorted(shares, key=lambda language: (quotas[language] - exact[language], language))
    for language in by_remainder[: n_total - sum(quotas.values())]:
        quotas[language] += 1
    return quotas


def _shuffled_for_ever(pairs: list[Pair], seed: int, language: Language) -> Iterator[Pair]:
    """Every pair once per round, each round in a new order; one stream a language, whatever else is in the subset."""
    generator = numpy.random.default_rng(derived_seed(seed, f"realign/{language}"))
    while True:
        for i in generator.permutation(len(pairs)):
            yield pairs[i]
