"""The command: from folders to files."""

import subprocess
import sys

import pytest

from sweep import api


def test_a_report_without_figures_needs_neither_matplotlib_nor_all_of_scipys_statistics() -> None:
    code = "import sys, sweep.commands.report; sys.exit('matplotlib' in sys.modules or 'scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_report_is_of_a_sweep() -> None:
    with pytest.raises(ValueError, match="must be of a sweep, but none is named"):
        api.report([])
