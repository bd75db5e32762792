"""The published facts that the data of search_spaces are checked against; not part of the repository."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture
def shared_file():
    """Path of a file below ../shared, or skips the test where it is missing."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"needs ../shared/{name}, which is not here")
        return path

    return find
