"""Fingerprints: the same thing has one, in any process; a thing without a canonical form has none."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from trainables.run_config import EncoderConfig, RunConfig
from trainables.store.fingerprint import canonical, fingerprint


def test_the_order_of_keys_and_the_kind_of_sequence_play_no_part() -> None:
    assert fingerprint({"a": 1, "b": (1, 2)}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 1.0})
    assert fingerprint([1, 2]) != fingerprint([2, 1])


def test_against_sha256_by_another_program() -> None:
    # printf '{"a":[1,"x",null,true]}' | sha256sum
    assert fingerprint({"a": [1, "x", None, True]}) == "aa93e2cb2b6b6a4e2730"


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), float("inf"), Path("x"), object(), {1: 2}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="identity"):
        canonical({"field": [value]})


def test_execution_fields_are_no_identity() -> None:
    config = RunConfig()
    same = replace(config, store="/elsewhere", device="cuda", n_threads=7)
    assert fingerprint(same) == fingerprint(config)
    assert fingerprint(replace(config, seed=1)) != fingerprint(config)
    assert fingerprint(replace(config, encoder=EncoderConfig(n_layers=2))) != fingerprint(config)


@pytest.mark.slow
def test_another_process_computes_the_same() -> None:
    code = (
        "from trainables.store.fingerprint import fingerprint; from trainables.run_config import RunConfig; "
        "print(fingerprint(RunConfig()))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == fingerprint(RunConfig())
