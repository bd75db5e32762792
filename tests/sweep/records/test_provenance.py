"""What a record says of the software behind it."""

import hashlib
from collections.abc import Callable

from search_spaces.plugins import load_plugins
from sweep.records.provenance import versions


def test_a_plugin_is_recorded_by_its_source(plugin_file: Callable[[str, str], str]) -> None:
    assert not [name for name in versions() if name.startswith("plug-in")]
    text = "SOURCES = {}\n"
    load_plugins([plugin_file("recorded_plugin", text)])
    digest = hashlib.sha256(f"recorded_plugin.py\0{len(text)}\0{text}".encode()).hexdigest()[:32]
    assert versions()["plug-in recorded_plugin"] == f"source {digest}"
