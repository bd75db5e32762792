"""The page of all keys: fresh, with type, range and default."""

from pathlib import Path

from sweep.config.page import config_page

PAGE = Path(__file__).parents[3] / "docs" / "config.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == config_page(), "make it: realign-sweep schema --format markdown"


def test_the_page_shows_type_range_and_default() -> None:
    page = config_page()
    assert "| `temperature` | a number above 0 and of at most 100 | `0.1` |" in page
    assert "| `provider` | one of 'hub', 'packaged', 'pretrained' | `\"pretrained\"` |" in page
    assert "# yaml-language-server: $schema=" in page
