"""One commit of the encoder for all trials of a sweep, found out once and kept in its folder."""

import dataclasses
import json
from typing import Any

from search_spaces.structured import read_json
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from trainables.encoders.hub import pinned

ENCODER_KEYS = ("encoder.provider", "encoder.name", "encoder.revision")


def with_pinned_encoder(config: SweepConfig, folder: SweepFolder) -> SweepConfig:
    """`config` with the commit of its encoder's revision: the one that the sweep began with, else the one of now.

    A branch of the hub may move while a sweep runs, or before it is resumed; its trials are compared all the same.

    Raises:
        ValueError: the commit cannot be found out.
    """
    encoder = config.run.encoder
    if encoder.provider != "hub" or set(config.space) & set(ENCODER_KEYS):
        return config
    asked = {"name": encoder.name, "revision": encoder.revision}
    known = _known_encoder(folder)
    if known.get("asked") == asked:
        encoder = dataclasses.replace(encoder, revision=known["commit"])
    else:
        encoder = pinned(encoder)
    return dataclasses.replace(config, run=dataclasses.replace(config.run, encoder=encoder))


def remember_encoder(config: SweepConfig, pinned: SweepConfig, folder: SweepFolder) -> None:
    """Writes down the commit that `with_pinned_encoder` found."""
    before, now = config.run.encoder, pinned.run.encoder
    asked = {"name": before.name, "revision": before.revision}
    if now.provider == "hub" and now.revision is not None and _known_encoder(folder).get("asked") != asked:
        write_atomically(folder.encoder, json.dumps({"asked": asked, "commit": now.revision}, indent=1) + "\n")


def _known_encoder(folder: SweepFolder) -> dict[str, Any]:
    if not folder.encoder.exists():
        return {}
    try:
        known = read_json(folder.encoder)
        return {"asked": known["asked"], "commit": str(known["commit"])}
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f"{folder.encoder} must hold the commit that the sweep's encoder is read from, but is damaged. Write it "
            "into `run.encoder.revision` (records name it), or delete the file to take the commit of now."
        ) from None
