"""Ctrl-C and SIGTERM: the first ends a sweep in order, within seconds; the second ends it at once.

In order means: no new trial starts, running ones write a checkpoint, MLflow's runs are closed. Whatever hangs (a disk,
a tracking server) is left behind after `LIMIT_S`: records and checkpoints are whole at any moment.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LIMIT_S = 9.0
EXIT_CODE = 130


def end_tuning() -> None:
    """Asks Tune to end in order, from within one of its callbacks: by SIGUSR1, for which it listens."""
    if callable(signal.getsignal(signal.SIGUSR1)):
        signal.raise_signal(signal.SIGUSR1)


class Interruption:
    """Catches the signals of one sweep.

    Args:
        last_words: printed before a process ends that would not end by itself.
        say: shows one line.

    Attributes:
        received: whether there was a signal.
    """

    def __init__(self, last_words: str, say: Callable[[str], None]) -> None:
        self.last_words, self.say = last_words, say
        self.received = False
        self._is_tuning = False
        self._watchdog: threading.Timer | None = None
        self._is_main = threading.current_thread() is threading.main_thread()

    def install(self) -> None:
        """Takes the signals over, again after Ray has taken them."""
        if self._is_main:  # elsewhere Python allows no handlers, and nobody sends signals
            for one in SIGNALS:
                signal.signal(one, self._handle)

    @contextlib.contextmanager
    def watching(self) -> Iterator["Interruption"]:
        """Has the signals during the block. Outside of `tuning`, the first one raises KeyboardInterrupt."""
        if not self._is_main:
            yield self
            return
        before = {one: signal.getsignal(one) for one in (*SIGNALS, signal.SIGUSR1)}
        self.install()
        try:
            yield self
        finally:
            if self._watchdog is not None:
                self._watchdog.cancel()
            for one, handler in before.items():
                signal.signal(one, handler)

    @contextlib.contextmanager
    def tuning(self) -> Iterator[None]:
        """During the block, which runs Tune, the first signal asks Tune to end."""
        if not self._is_main:
            yield
            return
        os.environ["TUNE_DISABLE_SIGINT_HANDLER"] = "1"
        signal.signal(signal.SIGUSR1, self._not_yet)
        self.install()
        self._is_tuning = True
        try:
            yield
        finally:
            self._is_tuning = False

    def _handle(self, number: int, frame: Any) -> None:
        if self.received:
            self._leave()
        self.received = True
        self.say("stopping: running trials save their state (a second signal stops at once)")
        self._watchdog = threading.Timer(LIMIT_S, self._leave)
        self._watchdog.daemon = True
        self._watchdog.start()
        if not self._is_tuning:
            raise KeyboardInterrupt
        end_tuning()

    def _not_yet(self, number: int, frame: Any) -> None:
        """Tune has not begun to listen."""
        raise KeyboardInterrupt

    def _leave(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\x1b[?25h")  # a live display had hidden the cursor
        self.say(self.last_words)
        sys.stderr.flush()
        os._exit(EXIT_CODE)
