"""A folder in the Hugging Face layout -> a bare encoder and its fast tokenizer, or one sentence that says why not.

No code of the folder is run: `auto_map` is not followed, and weights are read as safetensors only, as a pickle can run
whatever it likes. What transformers would pass over with a warning is refused: tensors of the encoder that the file
lacks (they would be random), that it has no place for or that have another shape, and weights that are not finite.
"""

import fnmatch
import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForTextEncoding,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES, MODEL_MAPPING_NAMES

from trainables.encoders.architecture import own_storage
from trainables.encoders.base import EncoderError, Loaded
from trainables.encoders.supported import check_supported
from trainables.quiet_transformers import quiet_transformers

CONFIG = "config.json"
ADAPTER = "adapter_config.json"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json")
POINTER = b"version https://git-lfs"
# What an encoder is read from, and so what decides it: beside the top of a repository nothing counts. The names are
# those of the tokenizers of transformers (a test compares); other `.json` and `.txt` files are somebody's notes.
READ = (
    CONFIG, "config.[0-9]*.json", "config.v[0-9]*.json", *WEIGHTS, "model-*-of-*.safetensors", "tokenizer.json",
    "tokenizer.[0-9]*.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "dict.txt", "bpe.codes",
    "tokenizer.model", "sentencepiece.model", "sentencepiece.bpe.model", "spiece.model", "spm.model", "spm_char.model",
    "tiktoken.model", "tekken.json", "source.spm", "target.spm", "prophetnet.tokenizer", "entity_vocab.json",
    "vocab-src.json", "vocab-tgt.json", "target_vocab.json", "emoji.json", "normalizer.json", "byte_maps.json",
    "word_shape.json", "word_pronunciation.json",
)  # fmt: skip
# Computed, never trained: older files hold them as tensors.
BUFFERS = ("position_ids", "token_type_ids", "inv_freq", "relative_position_index")
FLOATS = ("F64", "F32", "F16", "BF16")  # of safetensors
N_NAMED = 3


def load_folder(folder: Path, name: str = "") -> Loaded:
    """The encoder in fp32 on the CPU, in eval mode, without pooler or head; every tensor in memory of its own.

    Args:
        name: what the user calls it, for error sentences.

    Raises:
        EncoderError: it cannot be read, needs code of its own, its weights are not all there, or it is not supported.
    """
    name = name or str(folder)
    check_files(folder, name)
    try:
        with quiet_transformers():
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
            model, report = _class_of(config, name).from_pretrained(
                folder, config=config, dtype=torch.float32, use_safetensors=True, output_loading_info=True,
                ignore_mismatched_sizes=True, trust_remote_code=False, local_files_only=True,
            )  # fmt: skip
            tokenizer = AutoTokenizer.from_pretrained(
                folder, use_fast=True, trust_remote_code=False, local_files_only=True
            )
    except EncoderError:
        raise
    except Exception as error:  # whatever the libraries below raise: the user needs the name and the remedy
        raise unreadable(name, error) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise EncoderError(
            f"The tokenizer of an encoder must be a fast one, but {name} has none. Choose another encoder."
        )
    _check_dtypes(folder, name)
    _check_weights(model, report, name)
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # reads <s> only, nobody here uses it, and masked-LM checkpoints do not even hold it
    own_storage(model)
    _fit_inputs(tokenizer, model)
    check_supported(model, tokenizer.model_input_names, name)
    return model.eval(), tokenizer


def _check_dtypes(folder: Path, name: str) -> None:
    """Refuses quantised weights: without their scales they are other numbers, and are taken as they are.

    Raises:
        EncoderError: a weight is an integer, or a float of 8 bits.
    """
    for path in sorted(folder.glob("model*.safetensors")):
        with safe_open(path, "pt") as file:
            for key in file.keys():  # noqa: SIM118 (it is no dictionary)
                dtype = file.get_slice(key).get_dtype()
                if key.endswith(".weight") and dtype not in FLOATS:
                    raise EncoderError(
                        f"The weights of an encoder must be floats of 16 bits or more, but {key} and perhaps others of "
                        f"{name} are {dtype} (quantised). Take the files from before that."
                    )


def check_files(folder: Path, name: str) -> None:
    """Refuses, without loading anything, a folder that holds no encoder that could be loaded.

    Raises:
        EncoderError: pointers of Git LFS, no or a damaged `config.json`, a family that transformers does not know, an
            adapter, weights as a pickle or none.
    """
    if pointers := [path.name for path in sorted(folder.glob("*")) if is_read(path.name) and _is_pointer(path)]:
        raise EncoderError(
            f"The files of an encoder must be there themselves, but of {name} {', '.join(pointers[:N_NAMED])} is a "
            "pointer of Git LFS. Fetch them: `git lfs pull` in the folder, or `hf download`."
        )
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        family = config["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"An encoder must have a {CONFIG} with a `model_type`, but that of {name} cannot be read "
            f"({type(error).__name__}: {error}). Check the name, or fetch it again."
        ) from None
    if family not in CONFIG_MAPPING_NAMES or family not in MODEL_MAPPING_NAMES:
        remedy = "Choose an encoder, or a conversion of this one, that transformers knows by itself"
        if "auto_map" in config:
            raise EncoderError(
                f"An encoder must run without code of its own, but {name} (`model_type` {family!r}) comes with some, "
                f"which is never run here. {remedy}."
            )
        raise EncoderError(
            f"An encoder must be of a family that the installed transformers knows, but {name} is of {family!r}. "
            f"{remedy}, or update transformers."
        )
    if (folder / ADAPTER).is_file():  # with peft installed, transformers reads the base model from elsewhere
        raise EncoderError(
            f"An encoder must be whole, but {name} is an adapter of another one ({ADAPTER}). Merge the two and save "
            "the result; or take the file away, if that is done."
        )
    if others := sorted(_other_weights(folder, config)):
        raise EncoderError(
            f"The weights of an encoder must be in {WEIGHTS[0]} or model-*-of-*.safetensors, as these enter "
            f"fingerprints, but those of {name} are in {', '.join(others[:N_NAMED])}. Save it again with "
            "`save_pretrained`."
        )
    if not any((folder / file).is_file() for file in WEIGHTS):
        raise no_weights(name, any((folder / file).is_file() for file in PICKLED))


def _other_weights(folder: Path, config: Mapping[str, Any]) -> set[str]:
    """Files that transformers would read weights from, by its config or the index, under names that it never writes."""
    named = {config["transformers_weights"]} if config.get("transformers_weights") else set()
    index = folder / WEIGHTS[1]
    if index.is_file() and not (folder / WEIGHTS[0]).is_file():  # which comes first
        try:
            named |= set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return set()  # transformers says what is wrong with it
    return {str(file) for file in named if not re.fullmatch(r"model(-\d+-of-\d+)?\.safetensors", str(file))}


def is_read(file: str) -> bool:
    """Whether an encoder is read from a file of this name (a path within its repository or folder)."""
    return "/" not in file and any(fnmatch.fnmatchcase(file, pattern) for pattern in READ)


def _is_pointer(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(POINTER)) == POINTER


def no_weights(name: str, is_pickled: bool, revision: str | None = None) -> EncoderError:
    """The sentence for weights that are a pickle or not there.

    Args:
        revision: of the same repository, which has them as safetensors.
    """
    if not is_pickled:
        return EncoderError(
            f"The weights of an encoder must be in {WEIGHTS[0]}, but {name} has no such file. Check the name, or give "
            "a folder that has it."
        )
    remedy = (
        f"Read the hub's own conversion: `encoder.revision: {revision}`."
        if revision
        else 'Convert it once (docs/encoders.md, "Pickled weights") and give the folder as `encoder.name`.'
    )
    return EncoderError(
        f"The weights of an encoder must be safetensors, but {name} has only a pickle ({PICKLED[0]}), which can run "
        f"code when it is read. {remedy}"
    )


def unreadable(name: str, error: Exception) -> EncoderError:
    """The sentence for whatever else a library refuses."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return EncoderError(
        f"The encoder must be readable from the hub or a local folder, but {name} is not ({reason}). "
        "Check the name and the connection, or fetch it again: a file may be damaged."
    )


def _class_of(config: PreTrainedConfig, name: str) -> Any:
    """What loads the encoder alone: of a family with a decoder (mT5) without the latter, also where it is gone already.

    Raises:
        EncoderError: the decoder cannot be left out.
    """
    family = config.model_type
    alone = MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES.get(family)
    if alone is not None and alone != MODEL_MAPPING_NAMES[family]:
        return AutoModelForTextEncoding
    if getattr(config, "is_encoder_decoder", False):
        raise EncoderError(
            f"An encoder must be loadable without its decoder, but that of {name} ({family}) is not. Choose another "
            "encoder."
        )
    return AutoModel


def _check_weights(model: PreTrainedModel, report: dict[str, Any], name: str) -> None:
    missing = sorted(key for key in report["missing_keys"] if not _is_left_out(key))
    unexpected = sorted(key for key in report["unexpected_keys"] if _is_of_encoder(model, key))
    misshapen = sorted(found for found in report["mismatched_keys"] if not _is_left_out(found[0]))
    if misshapen:
        shapes = [f"{key} is {list(there)} instead of {list(here)}" for key, there, here in misshapen]
        raise EncoderError(
            f"The weights of an encoder must have the shapes that its {CONFIG} says, but in the file of {name} "
            f"{_some(shapes)}. They belong to different encoders: correct the files, or choose another revision."
        )
    if missing or unexpected:
        found = [f"lacks {_some(missing)}"] if missing else []
        found += [f"has {_some(unexpected)}, which the encoder has no place for"] if unexpected else []
        raise EncoderError(
            f"The weights of an encoder must be those of its {CONFIG}, but the file of {name} {' and '.join(found)}: "
            "the encoder would be random there. Fetch it again, or choose another revision."
        )
    with torch.no_grad():
        damaged = [key for key, tensor in model.named_parameters() if not bool(torch.isfinite(tensor).all())]
    if damaged:
        raise EncoderError(
            f"The weights of an encoder must be finite, but in {name} {_some(damaged)} is not. Fetch it again."
        )


def _is_left_out(key: str) -> bool:
    parts = key.split(".")
    return "pooler" in parts or parts[-1] in BUFFERS


def _is_of_encoder(model: PreTrainedModel, key: str) -> bool:
    """Whether a tensor that was not used is one of the bare encoder rather than of a head, the pooler or a decoder."""
    parts = key.removeprefix(f"{model.base_model_prefix}.").split(".")
    children = {child for child, _ in model.named_children()}
    return parts[0] in children and not _is_left_out(key)


def _some(names: list[str]) -> str:
    more = len(names) - N_NAMED
    return ", ".join(names[:N_NAMED]) + (f" and {more} more tensors" if more > 0 else "")


def _fit_inputs(tokenizer: PreTrainedTokenizerFast, model: PreTrainedModel) -> None:
    """Keeps the tokenizer from making inputs that the model does not take (DistilBERT and ModernBERT: no types).

    Padding goes to the right, whatever its files say: a head reads the first position, and positions count from it.
    """
    tokenizer.padding_side = "right"
    taken = set(inspect.signature(model.forward).parameters)
    n_types = getattr(model.config, "type_vocab_size", None)
    if n_types is not None and n_types < 2:
        taken.discard("token_type_ids")
    tokenizer.model_input_names = [name for name in tokenizer.model_input_names if name in taken]
