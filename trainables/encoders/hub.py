"""Provider "hub": any encoder with a fast tokenizer in the Hugging Face layout, by hub name or local folder."""

from pathlib import Path

from transformers import AutoConfig, PreTrainedTokenizerFast

from search_spaces.inventory import seen_by
from trainables.data.folder import DataFolder
from trainables.encoders.base import EncoderError, Loaded, Source, load_folder
from trainables.quiet_transformers import quiet_transformers
from trainables.run_config import EncoderConfig
from trainables.store.fingerprint import remembered_sha256
from trainables.store.stage_store import StageStore


def source(config: EncoderConfig, data: DataFolder, store: StageStore) -> Source:
    """The encoder `config.name`: a local folder if there is one of that name, else a repository of the hub.

    A repository is pinned to one commit: that of `config.revision`, which is looked up first where it is a branch or
    None, so that configuration, weights and tokenizer are of the same version and the version enters the fingerprint.

    Raises:
        EncoderError: neither folder nor repository can be read, or there is no fast tokenizer.
    """
    del data, store  # an encoder of the hub depends on neither
    if not config.name:
        raise EncoderError(
            "`encoder.name` must be a hub name or a local folder, but is empty. Set it, e.g. xlm-roberta-base."
        )
    folder = Path(config.name).expanduser()
    is_local = folder.is_dir()
    if not is_local and _looks_like_a_path(config.name):
        raise EncoderError(
            f"`encoder.name` must be a hub name or a local folder, but {folder} is no folder. Correct the path."
        )
    name = str(folder.resolve()) if is_local else config.name
    try:
        with quiet_transformers():
            commit = getattr(AutoConfig.from_pretrained(name, revision=config.revision), "_commit_hash", None)
    except (OSError, ValueError) as error:
        raise _unreadable(config.name, error) from error

    def load() -> Loaded:
        try:
            model, tokenizer = load_folder(name, None if is_local else commit or config.revision)
        except (OSError, ValueError, KeyError) as error:
            raise _unreadable(config.name, error) from error
        if not isinstance(tokenizer, PreTrainedTokenizerFast):
            raise EncoderError(
                f"The tokenizer of an encoder must be a fast one, but {config.name} has none. Choose another encoder."
            )
        return model, tokenizer

    version = {"files": _file_hashes(folder)} if is_local else {"name": config.name, "commit": commit}
    return Source(identity={"provider": "hub", **version}, seen=known_seen(config.name), load=load)


def known_seen(name: str) -> frozenset[str] | None:
    """What an encoder of this name was pre-trained on, where its family is a known one, going by the name alone."""
    last = name.rstrip("/").rpartition("/")[2].lower()
    if "bert-base-multilingual-cased" in last:
        return frozenset(seen_by("mbert"))
    if last.startswith("xlm-roberta"):
        return frozenset(seen_by("xlmr"))
    return None


def _looks_like_a_path(name: str) -> bool:
    return name.startswith(("/", ".", "~")) or name.count("/") > 1


def _unreadable(name: str, error: Exception) -> EncoderError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return EncoderError(
        f"The encoder must be readable from the hub or a local folder, but {name} is not ({reason}). "
        "Check the name and the connection, or give a local folder."
    )


def _file_hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return {path.name: remembered_sha256(path) for path in files}
