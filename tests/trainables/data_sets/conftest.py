"""Small copies of published data sets, in the exact layout of their repositories."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from datasets import ClassLabel, Dataset, Features, List, Translation, Value

from trainables.data.labelled_files import INFERENCES, UPOS

NER = "O B-PER I-PER B-ORG I-ORG B-LOC I-LOC".split()
# The order in which the hub's treebanks number the tags; not the alphabetical one.
UD_ORDER = "NOUN PUNCT ADP NUM SYM SCONJ ADJ PART DET CCONJ PROPN PRON X _ ADV INTJ VERB AUX".split()


def write_parquet(
    copies: Path,
    repository: str,
    config: str,
    split: str,
    columns: dict[str, list[Any]],
    features: Features | None = None,
) -> None:
    """One parquet file `<config>/<split>-00000-of-00001.parquet`, and the card that names all of them."""
    folder = copies / repository
    path = folder / config / f"{split}-00000-of-00001.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    table = Dataset.from_dict(columns, features=features)
    with pyarrow.parquet.ParquetWriter(path, table.features.arrow_schema) as writer:
        writer.write_table(table.data.table.cast(table.features.arrow_schema))
    card = ["---", "configs:"]
    for each in sorted(one.name for one in folder.iterdir() if one.is_dir()):
        card += [f"- config_name: {each}", "  data_files:"]
        for file in sorted((folder / each).glob("*.parquet")):
            card += [f"  - split: {file.name.split('-')[0]}", f"    path: {each}/{file.name.split('-')[0]}-*"]
    (folder / "README.md").write_text("\n".join([*card, "---", ""]), encoding="utf-8")


def write_text(copies: Path, path: str, text: str) -> None:
    file = copies / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode()) if path.endswith(".gz") else text.encode())


@pytest.fixture
def write_copy() -> Callable[..., None]:
    """`write_parquet(copies, repository, config, split, columns, features)`."""
    return write_parquet


@pytest.fixture
def copies(tmp_path: Path, written_copies: Path) -> Path:
    """A folder of small copies that a test may change."""
    return Path(shutil.copytree(written_copies, tmp_path / "copies"))


@pytest.fixture(scope="session")
def written_copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("written") / "copies"
    for pair, other, n in (("af-en", "af", 8), ("en-fr", "fr", 8)):
        rows = [{"en": f"English sentence {i}", other: f"{other} sin nommer {i}"} for i in range(n)]
        write_parquet(root, "Helsinki-NLP/opus-100", pair, "train", {"translation": rows},
                      Features({"translation": Translation(sorted(["en", other]))}))  # fmt: skip
        write_parquet(root, "Helsinki-NLP/opus-100", pair, "test", {"translation": rows[:1]},
                      Features({"translation": Translation(sorted(["en", other]))}))  # fmt: skip
    scored = "1.2\t0.9\t0.9\tcommoncrawl\turl\tcommoncrawl\turl"
    write_text(
        root, "allenai/nllb/eng_Latn-swh_Latn.gz", f"A dog runs\tMbwa anakimbia\t{scored}\nA cat\tPaka\t{scored}\n"
    )
    write_text(root, "allenai/nllb/amh_Ethi-eng_Latn.gz", f"ውሻ ነው\tIt is a dog\t{scored}\n")
    tags = Features({"tokens": List(Value("string")), "upos": List(ClassLabel(names=UD_ORDER))})
    sentences = {
        "tokens": [["du", "de", "le", "chien"]],
        "upos": [[UD_ORDER.index(t) for t in ("_", "ADP", "DET", "NOUN")]],
    }
    for treebank in ("en_ewt", "fr_gsd"):
        for split in ("train", "dev", "test"):
            write_parquet(root, "universal-dependencies/universal_dependencies", treebank, split, sentences, tags)
    plain = Features({"tokens": List(Value("string")), "pos_tags": List(ClassLabel(names=list(UPOS)))})
    for code in ("en", "fr"):
        for split in ("train", "validation", "test") if code == "en" else ("test",):
            file = root / f"izhx/xtreme-r-udpos/{code}/{split}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            rows = {"tokens": [["le", "chien"]], "pos_tags": [[UPOS.index("DET"), UPOS.index("NOUN")]]}
            Dataset.from_dict(rows, features=plain).to_parquet(file)
    for split in ("train", "dev", "test"):
        write_text(
            root, f"masakhane-io/masakhane-pos/data/swa/{split}.txt", "Katika ADP\nnchi NOUN\n\nni AUX\n. PUNCT\n\n"
        )
        write_text(root, f"masakhane-io/masakhane-ner/MasakhaNER2.0/data/swa/{split}.txt",
                   "Jumanne B-DATE\nAda B-PER\nLove I-PER\n. O\n\n")  # fmt: skip
        write_text(
            root, f"masakhane/afrixnli/data/swa/{split}.tsv", 'premise\thypothesis\tlabel\nA\t"B ""b"""\t2\nC\tD\t0\n'
        )
    entities = Features(
        {"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=NER)), "langs": List(Value("string")),
         "spans": List(Value("string"))}
    )  # fmt: skip
    for code in ("en", "sw", "fr"):
        for split in ("train", "validation", "test"):
            row = {
                "tokens": [["Ada", "in", "Paris"]],
                "ner_tags": [[1, 0, 5]],
                "langs": [[code] * 3],
                "spans": [["PER: Ada"]],
            }
            write_parquet(root, "unimelb-nlp/wikiann", code, split, row, entities)
    uner = "# sent_id = 1\n# text = Ada X\n1\tAda\tB-PER\t-\tann\n2\tX\tB-OTH\t-\tann\n\n"
    write_text(root, "UniversalNER/UNER_English-EWT/en_ewt-ud-test.iob2", uner)
    pairs = Features(
        {"premise": Value("string"), "hypothesis": Value("string"), "label": ClassLabel(names=list(INFERENCES))}
    )
    rows = {"premise": ["p0", "p1", "p2", "p3"], "hypothesis": ["h0", "h1", "h2", "h3"], "label": [0, 1, 2, -1]}
    for code in ("en", "fr", "sw"):
        for split in ("train", "validation", "test"):
            write_parquet(root, "facebook/xnli", code, split, rows, pairs)
    for split in ("validation", "test"):
        write_parquet(root, "nala-cub/americas_nli", "gn", split, rows, pairs)
        lines = [json.dumps({"premise": f"p{x}", "hypothesis": "h", "label": x}) for x in "cne"]
        name = {"validation": "val", "test": "test_expert"}[split]
        write_text(root, f"ir-nlp-csui/indonli/data/indonli/{name}.jsonl", "\n".join(lines) + "\n")
        burmese = {"genre": ["x"], "label": ["neutral"], "sentence1_en": ["a"], "sentence2_en": ["b"],
                   "sentence1_my": ["က"], "sentence2_my": ["ခ"]}  # fmt: skip
        write_parquet(root, "akhtet/myanmar-xnli", "data", split, burmese)
    (root / "akhtet/myanmar-xnli/README.md").unlink()  # one unnamed configuration, found by file names
    for code in ("eng_Latn", "swh_Latn"):
        for split in ("train", "validation", "test"):
            row = f"{7 if split == 'train' else 8}\ttravel\t{code} {split}"
            name = "dev" if split == "validation" else split
            write_text(root, f"Davlan/sib200/data/{code}/{name}.tsv", f"index_id\tcategory\ttext\n{row}\n")
    return root
