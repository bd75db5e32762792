"""Provider "hub": any encoder with a fast tokenizer in the Hugging Face layout, by hub name or local folder."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from search_spaces.inventory import seen_by
from trainables.data.folder import DataFolder
from trainables.encoders.base import EncoderError, Loaded, Source
from trainables.encoders.loading import is_read, load_folder
from trainables.encoders.repository import commit_of, fetch
from trainables.run_config import EncoderConfig
from trainables.store.fingerprint import fingerprint, remembered_sha256
from trainables.store.stage_store import StageStore

LOADING = 2  # raise it when a change of ours reads the same files as other weights or other pieces
# Organisation, name -> whose pre-training languages. DistilmBERT read the Wikipedias of mBERT (its model card).
PUBLISHED: Mapping[tuple[str, str], Literal["mbert", "xlmr"]] = {
    ("facebookai", "xlm-roberta-base"): "xlmr", ("facebookai", "xlm-roberta-large"): "xlmr",
    ("facebook", "xlm-roberta-xl"): "xlmr", ("facebook", "xlm-roberta-xxl"): "xlmr",
    ("google-bert", "bert-base-multilingual-cased"): "mbert",
    ("distilbert", "distilbert-base-multilingual-cased"): "mbert",
}  # fmt: skip


def source(config: EncoderConfig, data: DataFolder, store: StageStore) -> Source:
    """The encoder `config.name`: a local folder if there is one of that name, else a repository of the hub.

    A folder is what the files in it are that an encoder is read from; a repository is pinned to the commit of
    `config.revision`, whose files it is read from.

    Raises:
        EncoderError: there is no such folder, repository or revision.
    """
    del data, store  # an encoder of the hub depends on neither
    folder = local_folder(config)
    if folder is None:
        commit = commit_of(config.name, config.revision)
        version: dict[str, object] = {"commit": commit}
        origin = {"name": config.name, "commit": commit}
    else:
        files = _file_hashes(folder)
        version = {"files": files}
        origin = {"name": config.name, "digest": fingerprint(files)}

    def load() -> Loaded:
        return load_folder(folder or fetch(config.name, commit), config.name)

    return Source(
        identity={"provider": "hub", "loading": LOADING, **version},
        seen=known_seen(config.name) if folder is None else None,  # a folder is called as anybody likes
        load=load,
        origin=origin,
    )


def pinned(config: EncoderConfig) -> EncoderConfig:
    """`config` with the commit that its revision stands for now, so that all trials of a sweep read the same one.

    Raises:
        EncoderError: see `source`.
    """
    if config.provider != "hub" or local_folder(config) is not None:
        return config
    return replace(config, revision=commit_of(config.name, config.revision))


def local_folder(config: EncoderConfig) -> Path | None:
    """The folder that `config.name` names, or where it was moved to; None = it is a repository's name.

    Raises:
        EncoderError: the name is empty, or that of a folder that is not there, or a folder is given with a revision.
    """
    if not config.name:
        raise EncoderError(
            "`encoder.name` must be a hub name or a local folder, but is empty. Set it, e.g. xlm-roberta-base."
        )
    folder = Path(config.moved_to or config.name).expanduser()
    if folder.is_dir():
        if config.revision is not None:
            raise EncoderError(
                f"`encoder.revision` must be of a repository of the hub, but is {config.revision!r} and {config.name} "
                f"is a local folder ({folder.resolve()}), whose files are what counts. Delete the revision, or take "
                "the folder away."
            )
        return folder.resolve()
    if config.moved_to or config.name.startswith(("/", ".", "~")) or config.name.count("/") > 1:
        raise EncoderError(
            f"`encoder.name` must be a hub name or a local folder, but {folder} is not a folder. Correct the path; for "
            "a sweep that goes on, give the folder's new place to `realign-sweep resume` as `--encoder`."
        )
    return None


def known_seen(name: str) -> frozenset[str] | None:
    """What a repository of the hub was pre-trained on, where it is one of `PUBLISHED`, with or without organisation.

    Not of encoders that were trained on after XLM-R's or mBERT's pre-training, whatever their names begin with: what
    they have seen is more than their parent's list.
    """
    owner, _, last = name.lower().rpartition("/")
    found = (encoder for (team, repository), encoder in PUBLISHED.items() if last == repository and owner in ("", team))
    encoder = next(found, None)
    return None if encoder is None else frozenset(seen_by(encoder))


def _file_hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and is_read(path.name))
    return {path.name: remembered_sha256(path) for path in files}
