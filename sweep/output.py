"""The border where text goes out to people: what would steer a terminal is escaped, and passwords in URLs are hidden.

File names, examples of data and what libraries say all stand in lines that we print. A terminal obeys the escape
sequences in them, and a log keeps the passwords: so nothing else in this project prints.
"""

import logging
import re
import sys

from trainables.store.secrets import redacted

__all__ = ["ShownFormatter", "say_on_stderr", "show", "shown"]

# Control characters but for tab and line feed; what turns the direction of text around, or ends a line; halves of
# characters, which stand for the bytes of a file's name that are no UTF-8 and cannot be printed at all.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """`text` as people may see it: `\\x1b` for an escape, `scheme://user:***@host` for a URL with a password."""
    return _STEERING.sub(lambda match: ascii(match[0])[1:-1], redacted(text))


def show(text: str, end: str = "\n") -> None:
    """Prints a command's answer on standard output."""
    print(shown(text), end=end)


def say_on_stderr(text: str, end: str = "\n") -> None:
    """Prints one line of progress, what went wrong, or a question (`end=""`), for people."""
    print(shown(text), end=end, file=sys.stderr, flush=True)


class ShownFormatter(logging.Formatter):
    """For log lines that go to a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, as `shown`."""
        return shown(super().format(record))
