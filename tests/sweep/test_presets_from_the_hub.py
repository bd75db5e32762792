"""The paper's presets against a stand-in for the hub that holds every data set in its real layout, a few rows a file.

File names as in the public trees (https://huggingface.co/datasets/<repository>/tree/<revision>, and the repositories of
masakhane-io and ir-nlp-csui on GitHub); columns and label orders as their cards and loading scripts give them.
"""

import dataclasses
import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from datasets import ClassLabel, Features, List, Translation, Value
from hub_stand_in import HubStandIn

from search_spaces.languages import ENGLISH
from sweep.commands.data import describe_data, look_at_files, open_data
from sweep.config.load import load_config
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import make_plan
from sweep.trials.needed import with_needed_languages
from trainables.data_sets import DATA_SETS
from trainables.data_sets.base import COMMIT, DataSet
from trainables.parallel_data.announced import AnnouncedData

PRESETS = ("xlmr", "mbert-ours")  # the others have the same data
N_ROWS = 4
TEXT, TEXTS = Value("string"), List(Value("string"))
UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()
NER = "O B-PER I-PER B-ORG I-ORG B-LOC I-LOC".split()
NLI = ["entailment", "neutral", "contradiction"]


def parquet(columns: dict[str, list[Any]], features: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    table = pyarrow.Table.from_pydict(columns, schema=Features(features).arrow_schema)
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def sentences(code: str, split: str) -> list[str]:
    return [f"{code} {split} sentence {letter * 3}" for letter in "abcd"]


def opus100(code: str, split: str) -> tuple[str, bytes]:
    other = next(part for part in code.split("-") if part != "en")
    rows = [{"en": f"English {text}", other: f"other {text}"} for text in sentences(code, split)]
    features = {"translation": Translation(sorted(["en", other]))}
    return f"{code}/{split}-00000-of-00001.parquet", parquet({"translation": rows}, features)


def nllb(code: str, split: str) -> tuple[str, bytes]:
    lines = [f"one {text}\ttwo {text}\t1.1\t0.9\t0.9\tcc\turl\tcc\turl\n" for text in sentences(code, split)]
    return f"{code}.gz", gzip.compress("".join(lines).encode())


def sib200(code: str, split: str) -> tuple[str, bytes]:
    first = {"train": 0, "validation": 100}[split]
    rows = [f"{first + i}\ttravel\t{text}\n" for i, text in enumerate(sentences(code, split))]
    return f"data/{code}/{split.replace('validation', 'dev')}.tsv", (
        "index_id\tcategory\ttext\n" + "".join(rows)
    ).encode()


def xtremer(code: str, split: str) -> tuple[str, bytes]:
    words = [text.split() for text in sentences(code, split)]
    columns = {"tokens": words, "pos_tags": [[7, 11, 7, 16]] * N_ROWS}
    features = {"tokens": TEXTS, "pos_tags": List(ClassLabel(names=UPOS))}
    return f"{code}/{split}.parquet", parquet(columns, features)


def wikiann(code: str, split: str) -> tuple[str, bytes]:
    words = [text.split() for text in sentences(code, split)]
    columns = {
        "tokens": words,
        "ner_tags": [[1, 2, 0, 5]] * N_ROWS,
        "langs": [[code] * 4] * N_ROWS,
        "spans": [[]] * N_ROWS,
    }
    features = {"tokens": TEXTS, "ner_tags": List(ClassLabel(names=NER)), "langs": TEXTS, "spans": TEXTS}
    return f"{code}/{split}-00000-of-00001.parquet", parquet(columns, features)


def masakhane(folder: str, tags: str) -> Callable[[str, str], tuple[str, bytes]]:
    def file(code: str, split: str) -> tuple[str, bytes]:
        blocks = [
            "".join(f"{w} {t}\n" for w, t in zip(s.split(), tags.split(), strict=True)) for s in sentences(code, split)
        ]
        return f"{folder}/{code}/{split}.txt", "\n".join([*blocks, ""]).encode()

    return file


def pairs(code: str, split: str) -> tuple[str, bytes]:
    columns = {
        "premise": sentences(code, split),
        "hypothesis": [f"{text} too" for text in sentences(code, split)],
        "label": [0, 1, 2, 0],
    }
    features = {"premise": TEXT, "hypothesis": TEXT, "label": ClassLabel(names=NLI)}
    return f"{code}/{split}-00000-of-00001.parquet", parquet(columns, features)


def afrixnli(code: str, split: str) -> tuple[str, bytes]:
    rows = "".join(f"{text}\t{text} too\t{i % 3}\n" for i, text in enumerate(sentences(code, split)))
    return f"data/{code}/{split}.tsv", f"premise\thypothesis\tlabel\n{rows}".encode()


def indonli(code: str, split: str) -> tuple[str, bytes]:
    rows = [
        {"premise": text, "hypothesis": f"{text} too", "label": "cne"[i % 3]}
        for i, text in enumerate(sentences(code, split))
    ]
    return f"data/indonli/{split}.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode()


def myxnli(code: str, split: str) -> tuple[str, bytes]:
    columns = {
        "sentence1_my": sentences(code, split),
        "sentence2_my": [f"{text} too" for text in sentences(code, split)],
        "label": [*NLI, NLI[0]],
    }
    return f"data/{split}-00000-of-00001.parquet", parquet(columns, dict.fromkeys(columns, TEXT))


FILES: dict[str, Callable[[str, str], tuple[str, bytes]]] = {
    "opus100": opus100, "nllb": nllb, "sib200": sib200, "xtremer": xtremer, "wikiann": wikiann,
    "masakhapos": masakhane("data", "NOUN VERB NOUN X"),
    "masakhaner2": masakhane("MasakhaNER2.0/data", "B-PER I-PER B-DATE B-LOC"),
    "xnli": pairs, "afrixnli": afrixnli, "americasnli": pairs, "indonli": indonli, "myxnli": myxnli,
}  # fmt: skip


def files_of(data_set: DataSet, codes: list[str]) -> dict[str, bytes]:
    files = {}
    for code in codes:
        for split, names in data_set.splits.items():
            if split == "train" and data_set.part in ("pos", "ner", "nli") and data_set.languages[code] != ENGLISH:
                continue
            if data_set.name == "xtremer" and split == "dev" and code != "en":
                continue
            path, content = FILES[data_set.name](code, names.split("|")[0])
            files[path] = content
    return files


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    """The stand-in with all that the paper's presets fetch."""
    hub = HubStandIn()
    hub.point_here(monkeypatch, tmp_path / "hf")
    fetched = AnnouncedData(with_needed_languages(load_config("paper/xlmr")).run.data).tasks
    for data_set in {one.name: one for one, _ in fetched}.values():
        files = files_of(data_set, [one.code_of(lang) or "" for one, lang in fetched if one.name == data_set.name])
        name = f"plain/{data_set.name}" if data_set.address else data_set.repository
        commit = hub.add(name, files, kind="dataset")
        if data_set.address:
            address = f"{hub.url}/datasets/{name}/resolve/main"
            monkeypatch.setitem(DATA_SETS._members, data_set.name, dataclasses.replace(data_set, address=address))
        elif COMMIT.fullmatch(data_set.revision):
            commits = hub.repositories["dataset", name].commits
            commits[data_set.revision] = commits[commit]
    yield hub
    hub.stop()


def small(name: str) -> SweepConfig:
    """The preset with one seed and three arms, all its data sets and languages."""
    config = load_config(f"paper/{name}")
    wanted = ("none", "xt_afri", "random_langs_with_seed_5")
    arms = tuple(arm for arm in config.arms if arm.name in wanted)
    assert len(arms) == len(wanted)
    return dataclasses.replace(config, arms=arms, seeds=config.seeds[:1])


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_data_and_plan_of_a_preset_against_the_real_layouts(name: str, hub: HubStandIn, tmp_path: Path) -> None:
    if name in ("xlmr", "mbert"):
        for package in ("pythainlp", "sudachipy", "jieba"):
            pytest.importorskip(package)
    config = small(name)
    folder = SweepFolder.below(tmp_path, config.name)
    data = open_data(config, folder)
    looks = look_at_files(data)
    assert looks and not [look.refused for look in looks if look.refused]
    table = describe_data(data, looks)
    languages = {task: data.labelled_languages(part) for task, part in _tasks(config).items()}
    assert {task: len(found) for task, found in languages.items()} == {"pos": 56, "ner": 66, "nli": 42}  # with English
    assert len(data.bitext_languages) == 65
    commit = hub.repositories["dataset", DATA_SETS["wikiann"].repository].refs["main"]
    assert f"| ner | fra_Latn | test | wikiann | {commit} | 4 | 4 |" in table
    n_requests = len(hub.requests)
    plan = make_plan(config, folder)
    assert (plan.n_trials, len(plan.realignments)) == (3, 2)
    assert len(hub.requests) == n_requests  # planning after `data` fetches nothing again
    assert not [path for path in hub.paths() if "/resolve/main/" in path and "/plain/" not in path]


def _tasks(config: SweepConfig) -> dict[str, Any]:
    from trainables.tasks import TASKS

    return {name: TASKS[name] for name in config.run.tasks}
