"""What was run, for the first page: encoder, data, sentences a language, what was trained; or that nothing was."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import Any

import pandas as pd

from search_spaces.inventory import INVENTORY
from sweep.records.records import IMPORTED, TrialRecord
from sweep.reports.document import Section, Table
from sweep.reports.results import SweepResults
from sweep.scores.titles import PROBES, TITLES
from trainables.evaluation.scores import ScoredSets

MAX_VALUES = 3
"""Different values of one line that are shown; more are counted."""
N_DIGITS = 12
"""Of a digest."""
LOCAL_COPY = "local copy"
"""How the revision of one begins, as `trainables.parallel_data.corpus` writes it."""


def setup_section(sweeps: Sequence[SweepResults]) -> Section:
    """A table with a line a fact and a column a sweep; of imported scores also whose they are."""
    lines = {name: [make(results) for results in sweeps] for name, make in LINES.items()}
    rows = [[name, *values] for name, values in lines.items() if any(value != "-" for value in values)]
    header = ["", *(results.name for results in sweeps)]
    said = [_imported(results) for results in sweeps]
    table = Table(title="What was run", header=header, rows=rows, n_text=len(header), note=NOTE)
    return Section(title="", paragraphs=list(filter(None, said)), tables=[table])


def setup_facts(sweeps: Sequence[SweepResults]) -> pd.DataFrame:
    """The same for programs, one row a fact of a sweep: sweep, fact, value; what is not known is absent."""
    rows = []
    for results in sweeps:
        sources = "; ".join(_sources(results))
        facts = {"scores of": sources or "-"} | {name: make(results) for name, make in LINES.items()}
        rows += [(results.name, fact, value) for fact, value in facts.items() if value != "-"]
    return pd.DataFrame(rows, columns=["sweep", "fact", "value"])


def encoder_of(record: TrialRecord) -> str:
    """`xlm-roberta-base at commit e73636d4f797`; of a folder the digest of its files; without either its fingerprint,
    without a name its provider."""
    config = record.config.get("encoder", {})
    name = record.encoder.get("name") or config.get("name") or config.get("provider") or "not recorded"
    if digest := record.encoder.get("digest"):
        return f"{name}, local files {digest[:N_DIGITS]}"
    if commit := record.encoder.get("commit") or config.get("revision"):
        return f"{name} at commit {str(commit)[:N_DIGITS]}"
    found = record.encoder_fingerprint
    return f"{name}, fingerprint {found[:N_DIGITS]}" if found else f"{name}, commit not recorded"


def _imported(results: SweepResults) -> str:
    """Whose scores they are, where nothing was run here."""
    sources = _sources(results)
    prefix = f"{results.name}: " if results.beside_others else ""
    encoders = sorted({str(record.config.get("encoder", {}).get("name")) for record in results.finished})
    if not sources:
        return ""
    return f"{prefix}Nothing was run here: all scores are those of {'; '.join(sources)}, with {', '.join(encoders)}."


def _sources(results: SweepResults) -> list[str]:
    """Where scores that were not made here come from."""
    return sorted({str(record.versions[IMPORTED]) for record in results.finished if IMPORTED in record.versions})


def _values(results: SweepResults, make: Callable[[TrialRecord], Iterable[str]]) -> str:
    values = list(dict.fromkeys(value for record in results.finished for value in make(record)))
    values = [value for value in values if value != "-"] or ["-"]
    shown = "; ".join(values[:MAX_VALUES])
    return shown if len(values) <= MAX_VALUES else f"{shown}; and {len(values) - MAX_VALUES} other settings"


def _seen(record: TrialRecord) -> str:
    if record.seen_languages is None:
        return "-"
    n_known = len(set(record.seen_languages) & set(INVENTORY))
    return f"{n_known} of the {len(INVENTORY)} languages of the inventory"


def _data(record: TrialRecord) -> str:
    data = record.config.get("data", {})
    if not data:
        return "-"
    if IMPORTED in record.versions:
        return "as in the paper"
    if not data.get("sets"):
        return str(data.get("source", "-"))
    revisions = {**data.get("revisions", {}), **record.data_revisions}
    return ", ".join(f"{name}{_revision(name, revisions)}" for name in data["sets"])


def _revision(name: str, revisions: Mapping[str, str]) -> str:
    """` at e73636d4f797`; of a local copy its digest; with a repository a language how many commits there are."""
    if name in revisions:
        kind, _, digest = str(revisions[name]).rpartition(" ")
        return f" ({kind} {digest[:N_DIGITS]})" if kind == LOCAL_COPY else f" at {str(revisions[name])[:N_DIGITS]}"
    n_of_languages = sum(key.startswith(f"{name}/") for key in revisions)
    return f" at a commit a language ({n_of_languages})" if n_of_languages else ""


def _versions(record: TrialRecord) -> str:
    """Digests of what was read; of sentence pairs each set of languages has one of its own."""
    digests = {use: digest for use, digest in record.data.items() if use != "realign"}
    return ", ".join(f"{use} {digest[:N_DIGITS]}" for use, digest in sorted(digests.items())) or "-"


def _pairs(results: SweepResults) -> str:
    pairs: dict[str, int] = {}
    for record in results.finished:
        pairs |= record.checks.get("leaks", {}).get("pairs", {})
    if not pairs:
        return "-"
    sizes = sorted(pairs.values())
    if len(sizes) == 1:
        return f"{sizes[0]:,} in {next(iter(pairs))}"
    return f"{sizes[0]:,} to {sizes[-1]:,}, median {median(sizes):,.0f}, in {len(sizes)} languages"


def _tested(record: TrialRecord) -> list[str]:
    return list(_sizes(record.columns.of, tuple(record.columns.n_total.tolist())))


@lru_cache(maxsize=256)
def _sizes(of: ScoredSets, n_total: Sequence[int]) -> tuple[str, ...]:
    """Of many trials of the same test sets once."""
    parts = []
    for task, titles in TITLES.items():
        sizes: dict[str, int] = {}
        places = of.places.get((task, titles.metric, "test"), ())
        for i, language in places if task not in PROBES else ():
            sizes[language] = sizes.get(language, 0) + n_total[i]
        if sizes:
            counted = f"{min(sizes.values()):,} to {max(sizes.values()):,} counted, in {len(sizes)} languages"
            parts.append(f"{titles.column}: {counted}")
    return tuple(parts)


def _leaks(record: TrialRecord) -> str:
    found = record.checks.get("leaks")
    if found is None:
        return "-"
    shares = [leak["n_leaked"] / leak["n_sentences"] for leak in found["leaks"] if leak["text"] == "bitext"]
    if not shares:
        return f"none in sentence pairs, of {found['sets']} evaluation sets"
    return f"in sentence pairs, of {len(shares)} of {found['sets']} sets, {100 * max(shares):.1f} % of one at most"


def _realigned(record: TrialRecord) -> str:
    realign = record.config.get("realign", {})
    if not record.languages or "n_steps" not in realign:
        return "-"
    if realign.get("budget") == "per_language":
        work = f"{realign['n_pairs_per_language']:,} pairs a language"
    else:
        work = f"{realign['n_steps']:,} steps"
    during = " during fine-tuning" if realign.get("protocol") == "during" else ""
    rate = f"rate {realign['learning_rate']:g}"
    return f"{realign['objective']}{during}, {work} of {realign['batch_size']}, {rate}{_otherwise(record)}"


def _otherwise(record: TrialRecord) -> str:
    """What gives a training other digits."""
    groups, precision = record.config.get("length_groups", 1), record.config.get("precision", "fp32")
    return (f", in {groups} groups of like length" if groups > 1 else "") + (
        f", {precision}" if precision != "fp32" else ""
    )


def _finetuned(record: TrialRecord) -> list[str]:
    finetune = record.config.get("finetune", {})
    if "n_steps" not in finetune:
        return []
    parts = []
    for task in record.config.get("tasks", ()):
        own: Mapping[str, Any] = {**finetune, **finetune.get("by_task", {}).get(task, {})}
        rate = f"rate {own['learning_rate']:g}"
        parts.append(f"{task} {own['n_steps']:,} steps of {own['batch_size']}, {rate}{_otherwise(record)}")
    return parts


def _each(make: Callable[[TrialRecord], str]) -> Callable[[SweepResults], str]:
    return lambda results: _values(results, lambda record: [make(record)])


def _each_task(make: Callable[[TrialRecord], list[str]]) -> Callable[[SweepResults], str]:
    """A part a task: trials of other tasks have other parts."""
    return lambda results: _values(results, make)


LINES: Mapping[str, Callable[[SweepResults], str]] = {
    "encoder": _each(encoder_of),
    "pre-trained on": _each(_seen),
    "data": _each(_data),
    "versions": _each(_versions),
    "sentence pairs a realigned language": _pairs,
    "test": _each_task(_tested),
    "evaluation sentences in training text": _each(_leaks),
    "realignment": _each(_realigned),
    "fine-tuning on English": _each_task(_finetuned),
}
NOTE = (
    'Steps are optimiser steps "of" so many sentence pairs or examples a batch; rate = (peak) learning rate; digests '
    "are of the files that were read. Counted = labels (of F1: predicted and gold entities) of a language's test sets."
)
