"""Says at once what a command is about to do where that takes longer than a second."""

import contextlib
import sys
from collections.abc import Iterator

from sweep.output import say_on_stderr, shown


@contextlib.contextmanager
def waiting(text: str) -> Iterator[None]:
    """A spinner on a terminal while the block runs, else one line; on standard error, before anything is imported."""
    if not sys.stderr.isatty():
        say_on_stderr(f"{text} ...")
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(shown(text)):
        yield
