"""Seeds of streams: fixed for ever, as every score depends on them."""

import subprocess
import sys
from pathlib import Path

from trainables.stepping.derived_seed import derived_seed


def test_against_sha256_by_another_program() -> None:
    """`printf 7/realign | sha256sum`: the first eight bytes, the least significant first, without the lowest bit."""
    assert derived_seed(7, "realign") == int("9ac783223463594e", 16) // 2


def test_data_and_searches_draw_by_it_without_torch() -> None:
    program = "import sys, trainables.stepping.derived_seed; print(sorted({'torch', 'numpy'} & sys.modules.keys()))"
    command, root = [sys.executable, "-c", program], Path(__file__).parents[3]
    assert subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout == "[]\n"
