"""Evaluation sentences in training text are looked for by default."""

import dataclasses
import gzip
from pathlib import Path

import pytest

from trainables.data.folder import DataFolder
from trainables.data.labelled_files import DataError
from trainables.evaluation.leaks import check_leaks, find_leaks, look_for_leaks
from trainables.evaluation.retrieval import half_of
from trainables.run_config import DataConfig, RunConfig
from trainables.store.stage_store import StageStore

N = 40


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def words(language: str, what: str, i: int) -> str:
    return f"{language} {what} sentence number {'abcdefghij'[i // 10]}{'abcdefghij'[i % 10]}"


def tagged(sentences: list[str]) -> str:
    rows = ["".join(f"{i}\t{word}\t_\tNOUN" + "\t_" * 6 + "\n" for i, word in enumerate(text.split(), 1))
            for text in sentences]  # fmt: skip
    return "\n".join(rows) + "\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two languages with sentence pairs, PoS tests and FLORES, none of which share a sentence."""
    folder = tmp_path / "data"
    for code, tag in (("eng", "eng_Latn"), ("lug", "lug_Latn"), ("swh", "swh_Latn")):
        if code != "eng":
            pairs = [(words("eng", f"bitext of {code}", i), words(code, "bitext", i)) for i in range(N)]
            write(folder / f"bitext/{code}.tsv.gz", "".join(f"x.{i}\t{a}\t{b}\n" for i, (a, b) in enumerate(pairs)))
        for split in ("train", "dev", "test") if code == "eng" else ("test",):
            sentences = [words(code, f"treebank {split}", i) for i in range(N)]
            write(folder / f"pos/{code}/{split}.conllu.gz", tagged(sentences))
        rows = [f"{i}\t{'dev' if i % 2 else 'train'}\tt\t{words(code, 'flores', i)}\n" for i in range(N)]
        write(folder / f"flores/{tag}.tsv.gz", "".join(rows))
    return folder


def config_of(root: Path, **data: object) -> RunConfig:
    return RunConfig(data=DataConfig(source="folder", root=str(root), **data))  # type: ignore[arg-type]


def test_text_that_shares_nothing_has_no_leak(root: Path, tmp_path: Path) -> None:
    report = check_leaks(config_of(root), DataFolder(root), StageStore(tmp_path / "store"))
    assert report.leaks == () and report.pairs == {"lug_Latn": N, "swh_Latn": N}
    assert report.n_sets == 3 + 3
    assert report.lines() == ["evaluation sentences in training text: none, of 6 evaluation sets"]


def test_bitext_that_is_the_evaluation_is_refused(root: Path, tmp_path: Path) -> None:
    """Ganda sentence pairs that are the PoS test and FLORES dev, in another typography."""
    other = [words("lug", "treebank test", i).upper() + "!" for i in range(N)]
    other += [f"\N{LEFT DOUBLE QUOTATION MARK}{words('lug', 'flores', i)}" for i in range(1, N, 2)]
    rows = [f"x.{i}\t{words('eng', 'fresh', i % N)}\t{text}\n" for i, text in enumerate(other)]
    write(root / "bitext/lug.tsv.gz", "".join(rows))
    data, store = DataFolder(root), StageStore(tmp_path / "store")
    with pytest.raises(
        DataError, match=r"5 % .*`run.data.max_leaked_frac`.*2 sets exceed that.*flores of lug_Latn: 100.0 %, pos of"
    ):
        check_leaks(config_of(root), data, store)
    report = check_leaks(config_of(root, max_leaked_frac=1.0), data, store)
    found = {(leak.part, leak.language): (leak.n_leaked, leak.n_sentences, leak.n_pairs) for leak in report.leaks}
    n_reported = len(half_of(map(str, range(1, N, 2)), "reported"))
    assert found == {("pos", "lug_Latn"): (N, N, N), ("flores", "lug_Latn"): (n_reported,) * 3}
    assert "  pos of lug_Latn: 40 of 40 (100.0 %) in bitext (40 times)" in report.lines()


def test_a_share_at_the_limit_is_counted_but_not_refused(root: Path, tmp_path: Path) -> None:
    path = root / "bitext/swh.tsv.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    write(
        path, text + "".join(f"y.{i}\tsomething new in English\t{words('swh', 'treebank test', i)}\n" for i in range(2))
    )
    config, data, store = config_of(root), DataFolder(root), StageStore(tmp_path / "store")
    (leak,) = check_leaks(config, data, store).leaks  # 2 of 40 are 5 %
    assert (leak.part, leak.language, leak.share) == ("pos", "swh_Latn", 0.05)
    with pytest.raises(DataError, match="pos of swh_Latn: 5.0 %"):
        check_leaks(
            dataclasses.replace(config, data=dataclasses.replace(config.data, max_leaked_frac=0.04)), data, store
        )


def test_english_sides_and_other_training_text_are_looked_through(root: Path) -> None:
    write(root / "bitext/lug.tsv.gz", f"x.0\t{words('eng', 'treebank dev', 3)}\t{words('lug', 'bitext', 0)}\n" * 5)
    train = [words("eng", "treebank train", i) for i in range(N)] + [words("eng", "treebank test", 7)] * 2
    write(root / "pos/eng/train.conllu.gz", tagged(train))
    leaks = {leak.text: leak for leak in look_for_leaks(DataFolder(root), ["pos"]).leaks}
    assert {text: (leak.title, leak.n_leaked, leak.n_sentences, leak.n_pairs) for text, leak in leaks.items()} == {
        "bitext": ("pos of eng_Latn", 1, 2 * N, 5),
        "other training text": ("pos of eng_Latn", 1, 2 * N, 2),
    }


def test_it_is_looked_for_once(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, store = DataFolder(root), StageStore(tmp_path / "store")
    first = find_leaks(config_of(root), data, store)
    monkeypatch.setattr("trainables.evaluation.leaks.look_for_leaks", None)
    assert find_leaks(config_of(root), DataFolder(root), store) == first
