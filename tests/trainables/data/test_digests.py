"""What a run reads: the digest of each use changes with what that use reads, and with nothing else."""

import dataclasses
import gzip
import shutil
from pathlib import Path

import pytest

from trainables.data.digests import data_digests
from trainables.data.folder import DataFolder
from trainables.run_config import RunConfig
from trainables.tasks.pos import POS


@pytest.fixture
def root(tiny_data: Path, tmp_path: Path) -> Path:
    shutil.copytree(tiny_data, tmp_path / "data")
    return tmp_path / "data"


def digests(root: Path, **changes: object) -> dict[str, str]:
    return data_digests(
        dataclasses.replace(RunConfig(languages=("swh_Latn",)), **changes),
        DataFolder(root),
        {POS: DataFolder(root).labelled_languages(POS)},
    )


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("bitext/swh.tsv.gz", {"realign"}),
        ("bitext/yor.tsv.gz", set()),  # not a language of the run
        ("flores/yor_Latn.tsv.gz", {"probe"}),
        ("pos/eng/train.conllu.gz", {"finetune/pos"}),
        ("pos/eng/dev.conllu.gz", {"evaluate/pos"}),
        ("pos/yor/test.conllu.gz", {"evaluate/pos"}),
    ],
)
def test_a_file_is_in_the_digest_of_its_use(file: str, changed: set[str], root: Path) -> None:
    before = digests(root)
    assert set(before) == {"realign", "probe", "finetune/pos", "evaluate/pos"}
    text = gzip.decompress((root / file).read_bytes()).decode()
    (root / file).write_bytes(gzip.compress(text.replace("dog", "hog").replace("eph", "iph").encode() + b"\n"))
    after = digests(root)
    assert {use for use in before if before[use] != after[use]} == changed


def test_what_is_not_read_has_no_digest(root: Path) -> None:
    evaluate = dataclasses.replace(RunConfig().evaluate, n_retrieval=0)
    assert set(digests(root, languages=(), evaluate=evaluate)) == {"finetune/pos", "evaluate/pos"}
