"""Evaluation sentences in what is trained on: looked for always, counted, and kept in the store.

A sentence counts as the same where its letters and digits are (`filters.normalised`), in its own language. Looked for
are the development and test sentences of the run's tasks and the reported half of the n-way parallel sentences
(`retrieval.half_of`); looked through are the sentence pairs of all languages, which are realigned on and which an
encoder of our own is pre-trained on, and the other text that such an encoder reads.
"""

import json
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import DataError
from trainables.evaluation.retrieval import HELD_OUT, half_of
from trainables.parallel_data.filters import MIN_EVALUATED, normalised
from trainables.run_config import RunConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

STAGE, FILE = "leaks", "leaks.json"
ARITHMETIC = 1  # raise it when a change of this file changes the counts
MAX_NAMED = 8
PROBE = "flores"


@dataclass(frozen=True, kw_only=True)
class Leak:
    """One evaluation set of which sentences stand in the training text of its language.

    part: the task, or "flores". source: of several test sets. text: "bitext", or "other training text": FLORES train
    and the English training sets, as far as no bitext has the sentence. An encoder of our own leaves all of them out.
    n_leaked, n_sentences: distinct sentences of the evaluation set, those of fewer than 12 letters aside.
    n_pairs: sentences of the training text that are one of them.
    """

    part: str
    language: str
    source: str = ""
    text: str = "bitext"
    n_leaked: int
    n_sentences: int
    n_pairs: int

    @property
    def share(self) -> float:
        """Of the evaluation set."""
        return self.n_leaked / self.n_sentences

    @property
    def title(self) -> str:
        """`pos of lug_Latn`."""
        return f"{self.part}{'/' if self.source else ''}{self.source} of {self.language}"


@dataclass(frozen=True, kw_only=True)
class LeakReport:
    """leaks: of evaluation sets with any. n_sets: evaluation sets looked at. pairs: language -> its sentence pairs."""

    leaks: tuple[Leak, ...]
    n_sets: int
    pairs: dict[str, int]

    def beyond(self, share: float) -> list[Leak]:
        """Sets of which more than this share stands in bitext, the largest share first."""
        found = [leak for leak in self.leaks if leak.text == "bitext" and leak.share > share]
        return sorted(found, key=lambda leak: (-leak.share, leak.title))

    def as_dict(self, languages: Collection[str] | None = None) -> dict[str, object]:
        """As JSON takes it; `pairs` of these languages only."""
        pairs = {tag: n for tag, n in self.pairs.items() if languages is None or tag in languages}
        return {"sets": self.n_sets, "pairs": pairs, "leaks": [asdict(leak) for leak in self.leaks]}

    def lines(self) -> list[str]:
        """The counts for people, the largest share first."""
        if not self.leaks:
            return [f"evaluation sentences in training text: none, of {self.n_sets} evaluation sets"]
        ordered = sorted(self.leaks, key=lambda leak: (-leak.share, leak.title, leak.text))
        head = (
            f"evaluation sentences in training text: {len({leak.title for leak in ordered})} of {self.n_sets} "
            "evaluation sets have some"
        )
        lines = [
            f"  {leak.title}: {leak.n_leaked} of {leak.n_sentences} ({100 * leak.share:.1f} %) in {leak.text} "
            f"({leak.n_pairs} times)"
            for leak in ordered[:MAX_NAMED]
        ]
        more = [f"  and {len(ordered) - MAX_NAMED} more, with smaller shares"] if len(ordered) > MAX_NAMED else []
        return [head, *lines, *more]


def find_leaks(config: RunConfig, data: DataFolder, store: StageStore) -> LeakReport:
    """The report on a run's data; computed once for this text and these tasks, then taken from the store."""
    tasks = sorted(config.tasks)
    text = data.fingerprint("bitext", PROBE, *(TASKS[name] for name in tasks))
    identity = {
        "text": text, "tasks": tasks, "arithmetic": ARITHMETIC,
        "plug-ins": {name: TASKS.plugin_identity(name) for name in tasks}, "unicode": unicodedata.unidata_version,
    }  # fmt: skip

    def build(folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(look_for_leaks(data, tasks).as_dict()), encoding="utf-8")

    found = json.loads((store.get_or_build(STAGE, identity, build) / FILE).read_text(encoding="utf-8"))
    return LeakReport(
        leaks=tuple(Leak(**leak) for leak in found["leaks"]), n_sets=found["sets"], pairs=dict(found["pairs"])
    )


def check_leaks(config: RunConfig, data: DataFolder, store: StageStore) -> LeakReport:
    """`find_leaks`, refusing what is above `data.max_leaked_frac`.

    Raises:
        DataError: a larger share of an evaluation set stands in the sentence pairs of its language.
    """
    report = find_leaks(config, data, store)
    if beyond := report.beyond(config.data.max_leaked_frac):
        shown = ", ".join(f"{leak.title}: {100 * leak.share:.1f} %" for leak in beyond[:MAX_NAMED])
        more = f" and {len(beyond) - MAX_NAMED} more" if len(beyond) > MAX_NAMED else ""
        raise DataError(
            f"At most {100 * config.data.max_leaked_frac:g} % of an evaluation set may stand in the sentence pairs of "
            f"its language (`run.data.max_leaked_frac`), but {len(beyond)} sets exceed that: {shown}{more}. Drop these "
            "pairs with `run.data.filters: [in_evaluation]`, or raise the share and say so where you report."
        )
    return report


def look_for_leaks(data: DataFolder, tasks: Sequence[str]) -> LeakReport:
    """Looks through all text, one language at a time."""
    leaks: list[Leak] = []
    n_sets = 0
    pairs: dict[str, int] = {}
    english: dict[str, int] = {}
    for language in data.bitext_languages:
        rows = data.bitext(language)
        pairs[str(language)] = len(rows)
        for text, _ in rows:  # n-way parallel data has one English sentence many times: it is normalised once
            english[text] = english.get(text, 0) + 1
        found, n = _of_language(data, tasks, language, _counted(_once(other for _, other in rows)))
        leaks, n_sets = leaks + found, n_sets + n
    for language in sorted({*_evaluated(data, tasks)} - set(data.bitext_languages)):
        found, n = _of_language(data, tasks, language, _counted(english) if language == ENGLISH else {})
        leaks, n_sets = leaks + found, n_sets + n
    return LeakReport(leaks=tuple(leaks), n_sets=n_sets, pairs=pairs)


def _of_language(
    data: DataFolder, tasks: Sequence[str], language: Language, bitext: dict[str, int]
) -> tuple[list[Leak], int]:
    """The leaks of one language, and how many evaluation sets it has.

    Args:
        bitext: `normalised` sentence -> how often its sentence pairs have it.
    """
    sets = _evaluation_sets(data, tasks, language)
    other = _counted(_once(_other_text(data, tasks, language)))
    found = []
    for (part, source), sentences in sets.items():
        wanted = {key for key in map(normalised, sentences) if len(key) >= MIN_EVALUATED}
        for text, counts in (("bitext", bitext), ("other training text", other)):
            same = [key for key in wanted if key in counts and not (text == "other training text" and key in bitext)]
            if same:
                found.append(Leak(
                    part=part, language=str(language), source=source, text=text, n_leaked=len(same),
                    n_sentences=len(wanted), n_pairs=sum(counts[key] for key in same),
                ))  # fmt: skip
    return found, len(sets)


def _evaluated(data: DataFolder, tasks: Sequence[str]) -> set[Language]:
    return {language for task in tasks for language in data.labelled_languages(TASKS[task])} | {*data.flores_languages}


def _evaluation_sets(data: DataFolder, tasks: Sequence[str], language: Language) -> dict[tuple[str, str], set[str]]:
    """(part, source) -> sentences of the development and test files, and those of the probe that are reported."""
    sets: dict[tuple[str, str], set[str]] = {}
    for name in tasks:
        for path in data.labelled_files(TASKS[name], language):
            split, _, source = path.name.removesuffix(TASKS[name].suffix).partition(".")
            if split != "train":
                examples = data.examples_of(TASKS[name], language, path)
                sets.setdefault((name, source), set()).update(text for one in examples for text in one.sentences)
    if language in data.flores_languages:
        sentences = data.flores(language, HELD_OUT)
        sets[PROBE, ""] = {sentences[key] for key in half_of(sentences, "reported")}
    return sets


def _other_text(data: DataFolder, tasks: Sequence[str], language: Language) -> Iterable[str]:
    if language in data.flores_languages:
        yield from data.flores(language, "train").values()
    for name in tasks if language == ENGLISH else ():
        if language in data.labelled_languages(TASKS[name]):
            for example in data.labelled(TASKS[name], language, "train"):
                yield from example.sentences


def _once(texts: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    return counts


def _counted(texts: dict[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text, n in texts.items():
        key = normalised(text)
        counts[key] = counts.get(key, 0) + n
    return counts
