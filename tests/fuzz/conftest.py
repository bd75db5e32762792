"""The driver beside the tests is a script: its folder is where it imports from."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
