"""An encoder's repository on the hub: its revision as a commit, and the files of that commit in the hub's own cache.

The commit is asked for before anything is read, and all files are of it. Where the hub does not answer (HF_HUB_OFFLINE,
no network, its own trouble), the commit and the files that the cache has are used; nothing is tried again and again.
HF_ENDPOINT, HF_TOKEN and HF_HUB_CACHE mean what they mean to huggingface_hub.
"""

import json
import logging
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    RevisionResolutionError,
)

from trainables.encoders.base import EncoderError
from trainables.encoders.loading import CONFIG, PICKLED, WEIGHTS, is_read, no_weights, unreadable

TIMEOUT_S = 10.0
MAX_CONVERSIONS = 20  # pull requests that are looked through for one

logger = logging.getLogger(__name__)


def commit_of(name: str, revision: str | None) -> str:
    """The commit that a branch, a tag, a pull request's ref or None (the default branch) stands for now.

    Raises:
        EncoderError: the hub knows no such repository or revision, or does not answer and the cache has none.
    """
    try:
        return str(HfApi().resolve_revision(name, revision=revision).resolved)
    except (HfHubHTTPError, RevisionResolutionError, HFValidationError, httpx2.HTTPError) as error:
        raise _sentence(name, revision, error) from error


def fetch(name: str, commit: str) -> Path:
    """The folder of the cache with all of a commit that an encoder is read from; what is there is not fetched again.

    Raises:
        EncoderError: a file cannot be had, the repository may not be read, or it has no weights as safetensors.
    """
    try:
        files = _listing(name, commit)
        if files is None:
            return _cached(name, commit)
        if not set(WEIGHTS) & set(files):
            is_pickled = bool(set(PICKLED) & set(files))
            raise no_weights(name, is_pickled, _conversion(name) if is_pickled else None)
        wanted = [file for file in files if is_read(file)]
        return [Path(hf_hub_download(name, file, revision=commit)) for file in wanted][0].parent
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx2.HTTPError) as error:
        raise _sentence(name, commit, error) from error


def _listing(name: str, commit: str) -> list[str] | None:
    """Names of the files of a commit; None where the hub does not answer."""
    try:
        siblings = HfApi().model_info(name, revision=commit, timeout=TIMEOUT_S).siblings
    except (httpx2.TransportError, OfflineModeIsEnabled) as error:
        if not constants.is_offline_mode():
            logger.warning(
                "The hub does not answer (%s); %s is read from the cache. HF_HUB_OFFLINE=1 skips the request.",
                error,
                name,
            )
        return None
    except HfHubHTTPError as error:
        if error.response.status_code < 500:
            raise
        return None
    return [sibling.rfilename for sibling in siblings or []]


def _cached(name: str, commit: str) -> Path:
    """The snapshot of a commit in the cache, if it holds configuration, weights and a tokenizer.

    Raises:
        EncoderError: it does not.
    """
    config = try_to_load_from_cache(name, CONFIG, revision=commit)
    folder = Path(config).parent if isinstance(config, str) else None
    lacking = ["its files"] if folder is None else _lacking(folder)
    if folder is None or lacking:
        raise EncoderError(
            f"Where the hub does not answer, an encoder must be in the cache, but {constants.HF_HUB_CACHE} lacks "
            f"{', '.join(lacking)} of {name} at {commit[:12]}. Connect once, or give a local folder."
        )
    return folder


def _lacking(folder: Path) -> list[str]:
    there = {path.name for path in folder.iterdir()}
    lacking = []
    if not there & set(WEIGHTS):
        lacking.append(WEIGHTS[0])
    elif WEIGHTS[0] not in there:
        shards = json.loads((folder / WEIGHTS[1]).read_text(encoding="utf-8"))["weight_map"].values()
        lacking += sorted(set(shards) - there)
    if not any(file.endswith((".model", "vocab.txt", "vocab.json", "tokenizer.json")) for file in there):
        lacking.append("tokenizer.json")
    return lacking


def _conversion(name: str) -> str | None:
    """The newest pull request of a repository that has its weights as safetensors: the hub's bot opens such ones."""
    try:
        api = HfApi()
        requests = api.list_repo_refs(name, include_pull_requests=True).pull_requests or []
        refs = sorted((one.ref for one in requests), key=lambda ref: (len(ref), ref), reverse=True)
        found = (ref for ref in refs[:MAX_CONVERSIONS] if _has_weights(api, name, ref))
        return next(found, None)
    except (HfHubHTTPError, httpx2.HTTPError, OfflineModeIsEnabled):  # then the other remedy is named
        return None


def _has_weights(api: HfApi, name: str, ref: str) -> bool:
    return any(api.file_exists(name, file, revision=ref) for file in WEIGHTS)


def _sentence(name: str, revision: str | None, error: Exception) -> EncoderError:
    """What went wrong, for people; the libraries' own messages are paragraphs."""
    where = constants.ENDPOINT
    if isinstance(error, GatedRepoError):
        return EncoderError(
            f"Access to a gated repository must be granted, but {where} refuses the files of {name}. Accept its "
            "terms on its page and set HF_TOKEN."
        )
    if isinstance(error, RevisionNotFoundError):
        return EncoderError(
            f"`encoder.revision` must be a branch, tag or commit of {name}, but {revision!r} is not. Correct it."
        )
    if isinstance(error, RepositoryNotFoundError | HFValidationError):
        return EncoderError(
            f"The encoder must be readable from the hub or a local folder, but {where} knows no {name!r} that you may "
            "read. Correct `encoder.name`, or set HF_TOKEN if it is private."
        )
    if isinstance(error, RevisionResolutionError | LocalEntryNotFoundError):
        return EncoderError(
            f"The encoder must be readable from the hub or a local folder, but {where} does not answer and the cache "
            f"({constants.HF_HUB_CACHE}) has no {name} at {revision or 'its default branch'}. Connect once, or give a "
            "local folder."
        )
    return unreadable(name, error)
