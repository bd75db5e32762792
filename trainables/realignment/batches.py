"""Which sentence pairs a realignment reads, in which order: a function of subset, budget and seed alone."""

from collections.abc import Iterator

import numpy

from search_spaces.languages import Language
from trainables.data_folder import DataFolder
from trainables.run_config import RealignConfig
from trainables.seeding import derived_seed

Pair = tuple[str, str]


def batches(data: DataFolder, languages: tuple[Language, ...], config: RealignConfig, seed: int) -> list[list[Pair]]:
    """All batches of (English, other) pairs, in order.

    Budget "total": `n_steps` batches; each pair draws its language uniformly and independently (as the reference does),
    and takes the next sentence pair of that language's own shuffled stream, which starts anew when it is used up.
    Budget "per_language": `n_pairs_per_language` different pairs of each language, all shuffled together; the last
    batch may be short.

    Raises:
        ValueError: a language has fewer pairs than budget "per_language" asks for.
    """
    ordered = tuple(sorted(languages))
    corpora = {language: data.bitext(language) for language in ordered}
    generator = numpy.random.default_rng(derived_seed(seed, "realign/order"))
    if config.budget == "total":
        streams = {language: _shuffled_for_ever(corpora[language], seed, language) for language in ordered}
        drawn = generator.integers(len(ordered), size=config.n_steps * config.batch_size)
        pairs = [next(streams[ordered[i]]) for i in drawn]
    else:
        pairs = []
        for language in ordered:
            if len(corpora[language]) < config.n_pairs_per_language:
                raise ValueError(
                    f"`realign.n_pairs_per_language` must be at most {len(corpora[language])} (pairs of {language}), "
                    f"but is {config.n_pairs_per_language}. Lower it, leave {language} out, or use "
                    "`realign.budget: total`."
                )
            stream = _shuffled_for_ever(corpora[language], seed, language)
            pairs += [next(stream) for _ in range(config.n_pairs_per_language)]
        pairs = [pairs[i] for i in generator.permutation(len(pairs))]
    return [pairs[i : i + config.batch_size] for i in range(0, len(pairs), config.batch_size)]


def _shuffled_for_ever(pairs: list[Pair], seed: int, language: Language) -> Iterator[Pair]:
    """Every pair once per round, each round in a new order; one stream a language, whatever else is in the subset."""
    generator = numpy.random.default_rng(derived_seed(seed, f"realign/{language}"))
    while True:
        for i in generator.permutation(len(pairs)):
            yield pairs[i]
