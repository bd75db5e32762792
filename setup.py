"""The long description for package indexes: README.md, whose links into the repository become plain words there."""

import re
from pathlib import Path

from setuptools import setup

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)")
IMAGE = re.compile(r"!\[[^\]]*\]\((?!https?:)[^)]+\)\n*")


def description() -> str:
    """README.md without images and links that are relative to the repository."""
    text = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    return LINK.sub(r"\1", IMAGE.sub("", text))


setup(long_description=description(), long_description_content_type="text/markdown")
