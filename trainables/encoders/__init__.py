"""Encoders: where a trial starts from. One file a provider, one table; `load.py` makes of it what a trial gets."""

from typing import TYPE_CHECKING

from search_spaces.registry import Lazy, Registry

if TYPE_CHECKING:
    from trainables.encoders.base import Provider

ENCODERS: "Registry[Provider]" = Registry(
    "encoder provider",
    {
        "hub": Lazy("trainables.encoders.hub:source"),
        "packaged": Lazy("trainables.encoders.packaged:source"),
        "pretrained": Lazy("trainables.encoders.pretrained:source"),
    },
    group="encoders",
)
