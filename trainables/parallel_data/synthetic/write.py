"""Writes the synthetic world into a folder of the layout that `DataFolder` reads, once, and opens it.

Parts share no sentence: their meanings differ in content words. All languages hold the same held-out meanings (as
parallel treebanks do); each draws its bitext from one pool of meanings by a seed of its own. Beside the data lie
`grammar.tsv` (what each language's grammar is, and from where) and `README.md` (that none of this is a real
language).
"""

import functools
import gzip
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy

from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH, Language, parse_language
from trainables.data.folder import DataFolder
from trainables.parallel_data.synthetic.grammar import SWITCHES, grammar_of
from trainables.parallel_data.synthetic.inference import Inference, draw_inferences
from trainables.parallel_data.synthetic.meaning import Meaning, Speaker, draw_meanings
from trainables.parallel_data.synthetic.realize import Voice
from trainables.run_config import DataConfig
from trainables.stepping.derived_seed import derived_seed
from trainables.store.stage_store import StageStore

ARITHMETIC = 2  # raise it whenever the same configuration would give other sentences
POOL_FACTOR = 4  # the bitext pool holds so many times the pairs of one language
ENGLISH_FACTOR = 8  # English labelled training sentences, in multiples of `n_labelled`
N_FLORES = {"train": 60, "dev": 100}
NOTICE = """# Synthetic world

Generated sentences in invented languages. They carry the names, word orders, family relations and scripts of real
languages but none of their words. Scores on them say nothing about the real languages. See docs/synthetic-world.md.
"""


def open_synthetic(config: DataConfig, store: StageStore) -> DataFolder:
    """The world of `config.world_seed`, generated on first use (seconds) and taken from the store afterwards.

    Raises:
        ValueError: `n_pairs` or `n_labelled` is too small to make every part.
    """
    for name in ("n_pairs", "n_labelled"):
        if getattr(config, name) < 12:
            raise ValueError(f"`data.{name}` must be at least 12, but is {getattr(config, name)}. Raise it.")
    identity = {
        "world_seed": config.world_seed,
        "n_pairs": config.n_pairs,
        "n_labelled": config.n_labelled,
        "arithmetic": ARITHMETIC,
    }
    return DataFolder(store.get_or_build("synthetic-world", identity, functools.partial(write_world, config)), store)


def write_world(config: DataConfig, folder: Path, languages: Iterable[Language] = tuple(INVENTORY)) -> None:
    """Writes the files of `languages` (and what goes with English) below `folder`."""
    meanings = world_meanings(config)
    english = Voice(ENGLISH, config.world_seed)
    english_pool = [english.text(meaning) for meaning in meanings.pool]
    for language in sorted(languages):
        write_language(language, config, meanings, english_pool, folder)
    (folder / "README.md").write_text(NOTICE, encoding="utf-8")
    (folder / "grammar.tsv").write_text(_grammar_table(sorted(languages)), encoding="utf-8")


@dataclass(frozen=True)
class WorldMeanings:
    """All that is ever said in one world; the parts share no sentence."""

    inferences: dict[str, list[Inference]]
    named: dict[str, list[Meaning]]
    tagged: dict[str, list[Meaning]]
    flores: dict[str, list[Meaning]]
    pool: list[Meaning]


def world_meanings(config: DataConfig) -> WorldMeanings:
    """Draws every part from its own stream, the evaluated ones first, so that more bitext changes no test sentence."""
    used: set[tuple[str, ...]] = set()
    sizes = {"train": ENGLISH_FACTOR * config.n_labelled, "dev": config.n_labelled // 2, "test": config.n_labelled // 2}

    def generator(part: str) -> numpy.random.Generator:
        return numpy.random.default_rng(derived_seed(config.world_seed, f"meanings/{part}"))

    def draw(part: str, n: int, name_share: float = 0.2) -> list[Meaning]:
        return draw_meanings(Speaker(generator(part), name_share), n, used)

    return WorldMeanings(
        tagged={split: draw(f"pos/{split}", sizes[split] * (2 if split == "test" else 1)) for split in reversed(sizes)},
        flores={split: draw(f"flores/{split}", n) for split, n in N_FLORES.items()},
        named={split: draw(f"ner/{split}", sizes[split], name_share=0.5) for split in reversed(sizes)},
        inferences={
            split: draw_inferences(
                Speaker(generator(f"nli/{split}")), generator(f"nli-choice/{split}"), sizes[split], used
            )
            for split in reversed(sizes)
        },
        pool=draw("bitext", POOL_FACTOR * config.n_pairs),
    )


def write_language(
    language: Language, config: DataConfig, meanings: WorldMeanings, english_pool: list[str], folder: Path
) -> None:
    """All files of one language. A language's second script (zho_Hant) has FLORES sentences only, as in FLORES-200."""
    voice = Voice(language, config.world_seed)
    code = language.partition("_")[0]
    flores = [
        f"{split}-{i}\t{split}\tsynthetic\t{voice.text(meaning)}\n"
        for split, part in meanings.flores.items()
        for i, meaning in enumerate(part)
    ]
    _write(folder / "flores" / f"{language}.tsv.gz", flores)
    if parse_language(code) != language:
        return
    splits = ("train", "dev", "test") if language == ENGLISH else ("dev", "test")
    if language == ENGLISH:
        _write_splits(folder / "pos" / code, "conllu.gz", splits, lambda split: _conllu(voice, meanings.tagged[split]))
    else:
        _write(folder / "pos" / code / "test.conllu.gz", _conllu(voice, meanings.tagged["test"]))
        _write(folder / "bitext" / f"{code}.tsv.gz", _bitext(voice, language, config, meanings.pool, english_pool))
    _write_splits(folder / "ner" / code, "tsv.gz", splits, lambda split: _entities(voice, meanings.named[split]))
    _write_splits(folder / "nli" / code, "tsv.gz", splits, lambda split: _inferences(voice, meanings.inferences[split]))


def _bitext(
    voice: Voice, language: Language, config: DataConfig, pool: list[Meaning], english_pool: list[str]
) -> list[str]:
    generator = numpy.random.default_rng(derived_seed(config.world_seed, f"bitext/{language}"))
    chosen = generator.choice(len(pool), size=config.n_pairs, replace=False).tolist()
    return [f"synthetic.{i}\t{english_pool[i]}\t{voice.text(pool[i])}\n" for i in chosen]


def _conllu(voice: Voice, meanings: list[Meaning]) -> list[str]:
    """ID, FORM and UPOS filled, `_` elsewhere."""
    blocks = []
    for i, meaning in enumerate(meanings):
        tokens = voice.say(meaning)
        lines = [f"# sent_id = {i}", f"# text = {' '.join(token.form for token in tokens)}"]
        lines += [f"{n}\t{token.form}\t_\t{token.upos}\t_\t_\t_\t_\t_\t_" for n, token in enumerate(tokens, start=1)]
        blocks.append("\n".join(lines) + "\n\n")
    return blocks


def _entities(voice: Voice, meanings: list[Meaning]) -> list[str]:
    return ["".join(f"{token.form}\t{token.entity}\n" for token in voice.say(meaning)) + "\n" for meaning in meanings]


def _inferences(voice: Voice, inferences: list[Inference]) -> list[str]:
    return [f"{voice.text(pair.premise)}\t{voice.text(pair.hypothesis)}\t{pair.label}\n" for pair in inferences]


def _grammar_table(languages: list[Language]) -> str:
    rows = ["language\tswitch\tvalue\torigin\tfeatures"]
    for language in languages:
        grammar = grammar_of(language)
        for switch in SWITCHES:
            features = " ".join(f"S_{feature}" for feature in switch.features)
            rows.append(
                "\t".join((language, switch.name, grammar[switch.name], grammar.origins[switch.name], features))
            )
    return "\n".join(rows) + "\n"


def _write_splits(folder: Path, suffix: str, splits: tuple[str, ...], lines: Callable[[str], list[str]]) -> None:
    for split in splits:
        _write(folder / f"{split}.{suffix}", lines(split))


def _write(path: Path, lines: list[str]) -> None:
    """Gzip without a time stamp or name, so that the same world has the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0, compresslevel=6) as file:
        file.write("".join(lines).encode("utf-8"))
    path.write_bytes(buffer.getvalue())
