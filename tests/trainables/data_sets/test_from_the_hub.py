"""Data sets through a stand-in for the hub: endpoint, token, cache, commits, ranges; what is missing, what is broken.

The layouts are those of the copies in conftest. Public sources: file names of WikiANN, AmericasNLI, XNLI
(`<code>/<split>-0000N-of-0000M.parquet`), SIB-200 (`data/<code>/{train,dev,test}.tsv`) and XTREME-R
(`<code>/<split>.parquet`) are those of the trees at https://huggingface.co/datasets/<repository>/tree/<revision>.
"""

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow
import pyarrow.parquet
import pytest
from hub_stand_in import HubStandIn
from huggingface_hub import constants

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import DataError
from trainables.data_sets import DATA_SETS
from trainables.data_sets.base import COMMIT, DataSet
from trainables.data_sets.rows import examples
from trainables.parallel_data import SOURCES
from trainables.parallel_data.corpus import corpus_report, corpus_revisions
from trainables.parallel_data.hub import Homes
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

SWAHILI, FRENCH, CZECH = map(Language, ("swh_Latn", "fra_Latn", "ces_Latn"))
UD = "universal-dependencies/universal_dependencies"


def serve(hub: HubStandIn, name: str, folder: Path, revision: str) -> str:
    """Puts a folder behind a revision: under the pinned commit itself, where it is one."""
    commit = hub.add(name, folder, kind="dataset", branch="main" if COMMIT.fullmatch(revision) else revision)
    repository = hub.repositories["dataset", name]
    if COMMIT.fullmatch(revision):
        repository.commits[revision] = repository.commits[commit]
        repository.refs["main"] = revision
    return repository.refs["main" if COMMIT.fullmatch(revision) else revision]


@pytest.fixture
def served(hub: HubStandIn, written_copies: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    """The stand-in with every data set; plain files lie at another address, as their servers do."""
    for name, data_set in DATA_SETS.items():
        folder = written_copies / data_set.repository
        if not data_set.address:
            serve(hub, data_set.repository, folder, data_set.revision)
            continue
        hub.add(f"plain/{name}", folder, kind="dataset")
        address = f"{hub.url}/datasets/plain/{name}/resolve/main/{'{folder}' if data_set.revisions else ''}"
        monkeypatch.setitem(DATA_SETS._members, name, dataclasses.replace(data_set, address=address.rstrip("/")))
    yield hub


def opened(store: Path, sets: tuple[str, ...], **settings: Any) -> DataFolder:
    return SOURCES["hub"](DataConfig(source="hub", sets=sets, **settings), StageStore(store))


def first(data_set: DataSet, code: str, store: Path, **settings: Any) -> Any:
    homes = Homes(DataConfig(source="hub", sets=(data_set.name,), **settings), StageStore(store))
    split = "train" if data_set.part in ("bitext", "flores") else "test"
    return list(examples(data_set, code, split, homes.of(data_set, code), None))[0]


HELD = {
    "opus100": "en-fr", "nllb": "amh_Ethi-eng_Latn", "sib200": "swh_Latn", "xtremer": "fr", "ud": "fr_gsd",
    "masakhapos": "swa", "masakhaner2": "swa", "wikiann": "sw", "uner": "UNER_English-EWT/en_ewt", "xnli": "en",
    "afrixnli": "swa", "americasnli": "gn", "indonli": "ind", "myxnli": "mya",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DATA_SETS))
def test_every_data_set_reads_the_same_from_the_hub_and_from_a_copy(
    served: HubStandIn, copies: Path, tmp_path: Path, name: str
) -> None:
    found = first(DATA_SETS[name], HELD[name], tmp_path)
    assert found == first(DATA_SETS[name], HELD[name], tmp_path, root=str(copies))
    assert served.requests  # and nothing else was asked: the stand-in is the only endpoint that answers


def test_a_branch_is_resolved_once_and_its_commit_is_reported_and_identifies(
    served: HubStandIn, copies: Path, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"languages": ("fra",), "max_pairs": 5}
    commit = served.repositories["dataset", UD].refs["2.17"]
    data = opened(tmp_path / "one", ("opus100", "ud"), **settings)
    assert {entry.revision for entry in corpus_report(data.root) if entry.source == "ud"} == {commit}
    assert corpus_revisions(data.root) == {"opus100": DATA_SETS["opus100"].revision, "ud": commit}
    (copies / UD / "new").write_text("a later state")
    later = served.add(UD, copies / UD, kind="dataset", branch="2.17")
    asked = len(served.requests)
    assert opened(tmp_path / "one", ("opus100", "ud"), **settings).root == data.root
    assert len(served.requests) == asked  # what the store knows needs no hub
    other = opened(tmp_path / "two", ("opus100", "ud"), **settings)
    assert other.root.name != data.root.name
    assert {entry.revision for entry in corpus_report(other.root) if entry.source == "ud"} == {later}


def test_another_content_of_a_copy_is_another_corpus(copies: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"languages": ("swh",), "root": str(copies)}
    file = copies / "masakhane-io/masakhane-pos/data/swa/test.txt"
    before = opened(tmp_path / "store", ("nllb", "masakhapos"), **settings)
    file.write_text("Mbwa NOUN\n\n")
    assert opened(tmp_path / "store", ("nllb", "masakhapos"), **settings).root != before.root


def test_a_local_copy_is_reported_by_its_content_never_as_the_commit_that_it_should_be(
    copies: Path, tmp_path: Path
) -> None:
    sets, settings = ("opus100", "nllb", "uner"), {"languages": ("afr", "fra", "swh"), "root": str(copies)}
    found = corpus_revisions(opened(tmp_path / "store", sets, **settings).root)
    assert found.keys() == set(sets)
    assert all(re.fullmatch(r"local copy [0-9a-f]{20}", revision) for revision in found.values())
    file = copies / "UniversalNER/UNER_English-EWT/en_ewt-ud-test.iob2"
    file.write_text(file.read_text().replace("Ada", "Eda"))
    now = corpus_revisions(opened(tmp_path / "store", sets, **settings).root)
    assert now["uner"] != found["uner"] and (now["opus100"], now["nllb"]) == (found["opus100"], found["nllb"])


def test_rows_that_were_read_by_range_are_in_the_store_and_not_in_the_hubs_cache(
    served: HubStandIn, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"languages": ("fra",), "max_pairs": 5}
    data = opened(tmp_path / "one", ("opus100",), **settings)
    served.stop()
    again = opened(tmp_path / "one", ("opus100",), **settings)
    filtered = opened(tmp_path / "one", ("opus100",), filters=("duplicate_pair",), **settings)
    assert again.root == data.root != filtered.root
    assert again.bitext(FRENCH) == filtered.bitext(FRENCH) == data.bitext(FRENCH) != []
    with pytest.raises(DataError, match=r"cache has nothing: these rows are in the stage store .* \(`run.store`\)"):
        opened(tmp_path / "two", ("opus100",), **settings)


def remedy(copies: Path, tmp_path: Path, lost: str, on_missing: Literal["refuse", "skip"] = "refuse") -> str:
    shutil.rmtree(copies / "facebook/xnli" / lost)
    (copies / "facebook/xnli/README.md").unlink()
    config = {"languages": ("fra",), "root": str(copies), "on_missing": on_missing}
    with pytest.raises(DataError) as caught:
        opened(tmp_path, ("opus100", "xnli"), **config)
    return str(caught.value)


def test_each_remedy_helps_where_it_is_named(copies: Path, tmp_path: Path) -> None:
    for_french = remedy(copies, tmp_path, "fr")
    assert for_french.endswith(
        f"Name another code in `run.data.codes: {{xnli: {{fra: CODE}}}}`, complete the copy in {copies}, or set "
        "`run.data.on_missing: skip`."
    )
    config: dict[str, Any] = {"languages": ("fra",), "root": str(copies)}
    skipped = opened(tmp_path, ("opus100", "xnli"), on_missing="skip", **config)
    assert skipped.labelled_languages(TASKS["nli"]) == (ENGLISH,)
    for way in ("refuse", "skip"):  # both are missing now, and skipping does not help English
        shutil.copytree(copies / "facebook/xnli/sw", copies / "facebook/xnli/en", dirs_exist_ok=True)
        (copies / "facebook/xnli/README.md").touch()
        for_english = remedy(copies, tmp_path, "en", way)
        assert "{xnli: {eng: CODE}}" in for_english and "on_missing" not in for_english
        assert for_english.endswith("another set (the first one in `run.data.sets` that has it).")


def test_a_language_without_a_usable_row_can_be_skipped_too(
    served: HubStandIn, copies: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = copies / "masakhane/afrixnli/data/swa/test.tsv"
    for split in ("dev", "test", "train"):
        file.with_name(f"{split}.tsv").write_text("premise\thypothesis\tlabel\np\th\t-1\n")
    sets = ("opus100", "xnli", "afrixnli")
    config: dict[str, Any] = {"languages_of": {"afrixnli": ("swh",), "xnli": ("fra",), "opus100": ("fra",)}}
    with pytest.raises(DataError, match=r"afrixnli has none of swa \(swh_Latn\)\. .*`run.data.on_missing: skip`\."):
        opened(tmp_path, sets, root=str(copies), **config)
    data = opened(tmp_path, sets, root=str(copies), on_missing="skip", **config)
    assert data.labelled_languages(TASKS["nli"]) == (ENGLISH, FRENCH)
    assert "swh_Latn is skipped: " in caplog.text and "on_missing" not in caplog.text  # no remedy for what was wished


@pytest.mark.parametrize("way", ["stopped", "failing", "offline"])
def test_a_warm_cache_is_read_when_the_hub_is_silent(
    served: HubStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    sets = ("opus100", "ud", "xnli", "afrixnli")
    settings: dict[str, Any] = {"languages_of": {"afrixnli": ("swh",), "xnli": ("fra",)}, "languages": ("fra", "swh")}
    data = opened(tmp_path / "one", sets, max_pairs=None, **settings)
    if way == "stopped":
        served.stop()
    elif way == "failing":
        served.failing = 503
    else:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    again = opened(tmp_path / "two", sets, max_pairs=None, **settings)
    assert again.root.name == data.root.name
    assert [again.bitext(FRENCH), again.sources(TASKS["nli"], SWAHILI)] == [data.bitext(FRENCH), ("",)]


@pytest.mark.parametrize("name", sorted(name for name, one in DATA_SETS.items() if one.address == ""))
def test_a_silent_hub_and_a_cold_cache_say_what_to_do(served: HubStandIn, tmp_path: Path, name: str) -> None:
    served.stop()
    with pytest.raises(DataError, match=r"is not reachable.*`data.root`.*`data.source: folder`"):
        first(DATA_SETS[name], HELD[name], tmp_path)


def test_offline_plain_files_are_not_asked_for(
    served: HubStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DataError, match="HF_HUB_OFFLINE forbids it. Unset it, or give `data.root`"):
        first(DATA_SETS["masakhapos"], "swa", tmp_path)
    assert not served.requests


def test_a_gated_set_is_read_with_the_token_and_refused_with_the_remedy(
    served: HubStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.gate("masakhane/afrixnli", kind="dataset", tokens=("hf_right",))
    with pytest.raises(DataError, match="is gated. Accept its conditions .* set HF_TOKEN"):
        first(DATA_SETS["afrixnli"], "swa", tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    assert first(DATA_SETS["afrixnli"], "swa", tmp_path)[2] == "contradiction"


def test_an_old_name_redirects(served: HubStandIn, tmp_path: Path) -> None:
    served.rename(UD, "somewhere/else", kind="dataset")
    assert first(DATA_SETS["ud"], "fr_gsd", tmp_path) == (("de", "le", "chien"), ("ADP", "DET", "NOUN"))


def test_a_revision_that_is_not_there_is_named(served: HubStandIn, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"must have the revision 2.18, .* answers 404 .*`data.revisions`"):
        first(DATA_SETS["ud"], "fr_gsd", tmp_path, revisions={"ud": "2.18"})


def test_a_part_of_a_parquet_file_is_read_by_range(hub: HubStandIn, tmp_path: Path) -> None:
    """A tenth of the rows, in row groups of 1,000 as `datasets` writes them."""
    rows = [{"en": f"{i:030}", "fr": f"{i * i:040}"} for i in range(100_000)]
    buffer = pyarrow.BufferOutputStream()
    options: dict[str, Any] = {"row_group_size": 1_000, "use_dictionary": False, "compression": None}
    pyarrow.parquet.write_table(pyarrow.table({"translation": rows}), buffer, **options)
    content = buffer.getvalue().to_pybytes()
    files = {"en-fr/train-00000-of-00001.parquet": content}
    commit = hub.add("Helsinki-NLP/opus-100", files, kind="dataset")
    config = DataConfig(source="hub", sets=("opus100",), revisions={"opus100": commit})
    home = Homes(config, StageStore(tmp_path)).of(DATA_SETS["opus100"], "en-fr")
    found = list(examples(DATA_SETS["opus100"], "en-fr", "train", home, 10_000))
    assert found == [(row["en"], row["fr"]) for row in rows[:10_000]]
    fetched = 0
    for request in hub.requests:
        if request.range and len(request.path) == 65:  # of the CDN, where a file's name is its SHA-256
            start, end = map(int, request.range.removeprefix("bytes=").split("-"))
            fetched += end - start + 1
    assert 0 < fetched < 0.3 * len(content)


def test_what_is_missing_is_named_first_before_anything_is_fetched(served: HubStandIn, tmp_path: Path) -> None:
    sets = ("opus100", "ud")
    with pytest.raises(DataError) as caught:
        opened(tmp_path, sets, languages=("fra", "deu"), languages_of={"opus100": ("fra",)})
    message = str(caught.value)
    assert message.index("ud has no de_gsd (deu_Latn)") < message.index("`run.data.codes: {ud: {deu: CODE}}`")
    assert message.endswith(", or set `run.data.on_missing: skip`.")
    assert len(message) < 400
    assert not [path for path in served.paths("GET") if path.endswith(".parquet")]


def test_a_language_that_is_missing_can_be_skipped_or_mapped(served: HubStandIn, copies: Path, tmp_path: Path) -> None:
    sets = ("opus100", "ud")
    settings: dict[str, Any] = {"languages": ("fra", "ces"), "languages_of": {"opus100": ("fra",)}}
    data = opened(tmp_path, sets, on_missing="skip", **settings)
    assert data.labelled_languages(TASKS["pos"]) == (ENGLISH, FRENCH)
    (skipped,) = (entry for entry in corpus_report(data.root) if entry.language == CZECH)
    assert (skipped.source, skipped.n_available, skipped.dropped) == ("ud", 0, {"missing": 1})
    with pytest.raises(DataError, match="ud has no cs_pdtc"):
        opened(tmp_path, sets, **settings)
    shutil.copytree(copies / UD / "fr_gsd", copies / UD / "cs_cac")
    (copies / UD / "README.md").unlink()
    served.add(UD, copies / UD, kind="dataset", branch="2.17")
    with pytest.raises(DataError, match=r"ud has no cs_pdtc \(ces_Latn; it has cs_cac\)"):
        opened(tmp_path / "new", sets, **settings)
    mapped = opened(tmp_path / "new", sets, codes={"ud": {"ces": "cs_cac"}}, **settings)
    assert mapped.labelled_languages(TASKS["pos"]) == (CZECH, ENGLISH, FRENCH)


def test_a_silent_hub_is_never_taken_for_a_missing_language(served: HubStandIn, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"languages_of": {"opus100": ("fra",)}, "on_missing": "skip"}
    opened(tmp_path / "one", ("opus100", "ud"), languages=("fra",), **settings)
    served.stop()
    with pytest.raises(DataError, match="is not reachable, and the hub's cache lacks cs_pdtc"):
        opened(tmp_path / "two", ("opus100", "ud"), languages=("fra", "ces"), **settings)


def write_pairs(copies: Path, lines: list[bytes]) -> None:
    import gzip

    (copies / "allenai/nllb/eng_Latn-swh_Latn.gz").write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))


def test_malformed_lines_of_mined_text_are_counted_and_left_out(copies: Path, tmp_path: Path) -> None:
    good = [f"English {i}\tSwahili {i}\t1.2".encode() for i in range(300)]
    write_pairs(copies, [*good[:100], b"one column", *good[100:200], b"bad \xff byte\tx\t1.1", *good[200:]])
    data = opened(tmp_path, ("nllb",), languages=("swh",), root=str(copies))
    assert data.bitext(SWAHILI) == [(f"English {i}", f"Swahili {i}") for i in range(300)]
    (entry,) = corpus_report(data.root)
    assert (entry.n_available, entry.n_kept, entry.dropped["malformed"]) == (302, 300, 2)


def test_too_many_malformed_lines_are_refused_with_the_first(copies: Path, tmp_path: Path) -> None:
    write_pairs(copies, [b"English\tSwahili\t1.2"] * 90 + [b"one column"] * 10)
    with pytest.raises(DataError, match=r"At most 1% .* 10 of 100 are. A line must have two sentences .* row 91 of"):
        opened(tmp_path, ("nllb",), languages=("swh",), root=str(copies))


@pytest.mark.parametrize(
    ("field", "read"),
    [
        ('"whole"', "whole"),
        ('"a ""b"" c"', 'a "b" c'),
        ('"a" b', "a b"),  # pandas 3.0, read_csv(sep="\\t"), reads these four in the same way
        ('a "b" c', 'a "b" c'),
    ],
)
def test_quotes_are_read_as_pandas_reads_them(copies: Path, tmp_path: Path, field: str, read: str) -> None:
    import pandas

    file = copies / "masakhane/afrixnli/data/swa/test.tsv"
    file.write_text(f"premise\thypothesis\tlabel\n{field}\th\t0\n", encoding="utf-8")
    assert first(DATA_SETS["afrixnli"], "swa", tmp_path, root=str(copies)) == (read, "h", "entailment")
    assert pandas.read_csv(file, sep="\t")["premise"][0] == read


def test_a_quote_that_is_never_closed_swallows_nothing(copies: Path, tmp_path: Path) -> None:
    file = copies / "masakhane/afrixnli/data/swa/test.tsv"
    file.write_text('premise\thypothesis\tlabel\np\th\t0\n"open\th\t0\np\th\t1\n', encoding="utf-8")
    with pytest.raises(DataError, match="A quote must be closed, but the one in .*test.tsv, line 3 is not"):
        opened(tmp_path, ("nllb", "xnli", "afrixnli"), root=str(copies), languages=("swh",),
               languages_of={"afrixnli": ("swh",)})  # fmt: skip
