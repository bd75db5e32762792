"""The stand-in for the hub against the real client libraries: what they ask for, they get, as from the hub itself."""

import io
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from datasets import load_dataset
from hub_stand_in import HubStandIn
from huggingface_hub import HfApi, HfFileSystem, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)


def parquet(values: list[int]) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"x": values}), buffer, row_group_size=2)
    return buffer.getvalue()


def test_a_branch_moves_and_a_commit_stays(hub: HubStandIn) -> None:
    first = hub.add("a/b", {"config.json": "1", "model.safetensors": b"one"})
    second = hub.add("a/b", {"config.json": "2", "model.safetensors": b"two"})
    assert HfApi().model_info("a/b").sha == HfApi().model_info("a/b", revision="main").sha == second != first
    assert HfApi().model_info("a/b", revision=first).sha == first
    for revision, text, weights in ((first, "1", b"one"), ("main", "2", b"two")):
        assert Path(hf_hub_download("a/b", "config.json", revision=revision)).read_text() == text
        large = Path(hf_hub_download("a/b", "model.safetensors", revision=revision))
        assert large.read_bytes() == weights and (first if revision == first else second) in large.parts


def test_a_snapshot_has_all_files(hub: HubStandIn) -> None:
    commit = hub.add("a/b", {"x/one.txt": "1", "two.bin": b"2"}, branch="refs/pr/7")
    folder = Path(snapshot_download("a/b", revision="refs/pr/7"))
    assert folder.name == commit and (folder / "x/one.txt").read_text() == "1"
    assert (folder / "two.bin").read_bytes() == b"2"


def test_what_is_not_there(hub: HubStandIn) -> None:
    hub.add("a/b", {"one.txt": "1"})
    with pytest.raises(RepositoryNotFoundError):
        HfApi().model_info("a/c")
    with pytest.raises(RevisionNotFoundError):
        HfApi().model_info("a/b", revision="v2")
    with pytest.raises(RemoteEntryNotFoundError):
        hf_hub_download("a/b", "two.txt")


def test_an_old_name_redirects(hub: HubStandIn) -> None:
    commit = hub.add("xlm-roberta-base", {"config.json": "1", "model.safetensors": b"w"})
    hub.rename("xlm-roberta-base", "FacebookAI/xlm-roberta-base")
    assert HfApi().model_info("xlm-roberta-base").sha == commit
    assert HfApi().model_info("xlm-roberta-base").id == "FacebookAI/xlm-roberta-base"
    assert Path(hf_hub_download("xlm-roberta-base", "model.safetensors")).read_bytes() == b"w"


def test_gated_files_need_a_token_that_was_let_in(hub: HubStandIn) -> None:
    hub.add("a/b", {"one.txt": "1", "two.bin": b"2"})
    hub.gate("a/b", tokens=("hf_good",))
    with pytest.raises(GatedRepoError) as refused:
        hf_hub_download("a/b", "one.txt")
    assert refused.value.response.status_code == 401
    with pytest.raises(GatedRepoError) as refused:
        hf_hub_download("a/b", "one.txt", token="hf_other")
    assert refused.value.response.status_code == 403
    assert Path(hf_hub_download("a/b", "two.bin", token="hf_good")).read_bytes() == b"2"  # the CDN got no token


def test_the_cache_answers_for_a_stopped_hub(hub: HubStandIn) -> None:
    hub.add("a/b", {"one.txt": "1"})
    hf_hub_download("a/b", "one.txt")
    hub.stop()
    assert Path(hf_hub_download("a/b", "one.txt")).read_text() == "1"
    with pytest.raises(LocalEntryNotFoundError):
        hf_hub_download("a/b", "two.txt", local_files_only=True)


def test_a_parquet_file_is_read_by_ranges(hub: HubStandIn) -> None:
    content = parquet(list(range(1000)))
    hub.add("a/set", {"data/train-00000-of-00001.parquet": content}, kind="dataset")
    path = "datasets/a/set/data/train-00000-of-00001.parquet"
    with HfFileSystem().open(path, block_size=1024) as file:
        assert pyarrow.parquet.ParquetFile(file).read_row_group(3)["x"].to_pylist() == [6, 7]
    assert all(request.range for request in hub.requests if "resolve" in request.path and request.method == "GET")


def test_datasets_streams_a_data_set_of_a_branch(hub: HubStandIn) -> None:
    hub.add("a/set", {"train.parquet": parquet([1])}, kind="dataset")
    hub.add("a/set", {"train.parquet": parquet([2, 3])}, kind="dataset", branch="v2")
    for revision, expected in (("main", [1]), ("v2", [2, 3])):
        rows = load_dataset("a/set", revision=revision, streaming=True, split="train")
        assert [row["x"] for row in rows] == expected
