"""Ctrl-C and SIGTERM: the first ends a sweep in order, within seconds; the second ends it at once.

In order means: no new trial starts, running ones write a checkpoint, MLflow's runs are closed. Whatever hangs (a disk,
a tracking server, a solver) is left behind after `LIMIT_S`: records and checkpoints are whole at any moment.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LIMIT_S = 9.0
INTERRUPTED = 130
"""The exit code."""
AGAIN = "realign-sweep: interrupted. The same command goes on from what is on disk, or begins again."

Say = Callable[[str], None]


def end_tuning() -> None:
    """Asks Tune to end in order, from within one of its callbacks: by SIGUSR1, for which it listens."""
    if callable(signal.getsignal(signal.SIGUSR1)):
        signal.raise_signal(signal.SIGUSR1)


@contextlib.contextmanager
def as_keyboard_interrupt() -> Iterator[None]:
    """During the block SIGTERM is what Ctrl-C is."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    with _handlers(interrupt):
        yield


@contextlib.contextmanager
def leaving_at_once(last_words: Callable[[], str], say: Say) -> Iterator[None]:
    """During the block a signal ends the process there and then, with these words.

    For the seconds in which libraries are imported, and whenever nothing is left to save: an exception that is raised
    within an import may come out of it as another one, or not at all.
    """

    def leave(number: int, frame: Any) -> None:
        _leave(last_words(), say)

    with _handlers(leave):
        yield


@contextlib.contextmanager
def _handlers(handler: Callable[[int, Any], None]) -> Iterator[None]:
    """`handler` has the signals during the block; elsewhere than in the main thread Python allows none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.signal(one, handler) for one in SIGNALS}
    try:
        yield
    finally:
        for one, earlier in before.items():
            signal.signal(one, earlier)


def _leave(last_words: str, say: Say) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h")  # a live display had hidden the cursor
    say(last_words)
    sys.stderr.flush()
    os._exit(INTERRUPTED)


class Interruption:
    """Catches the signals of one sweep.

    Python's own handlers wait until the main thread is back from a library (a solver, a tokenizer in training); so a
    thread hears of signals too, answers at once, and ends the process when the time is up or at the second signal.

    Args:
        last_words: printed before a process ends that would not end by itself.
        say: shows one line.

    Attributes:
        received: whether there was a signal.
        over: whether all trials are over, asked when a signal comes.
    """

    def __init__(self, last_words: str, say: Say) -> None:
        self.last_words, self.say = last_words, say
        self.received = False
        self.over: Callable[[], bool] = lambda: False
        self._is_handled = False
        self._is_tuning = False
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
        usr1 = signal.getsignal(signal.SIGUSR1)
        try:
            with _handlers(self._handle), self._thread():
                yield self
        except (Exception, SystemExit) as error:
            # What an import, or Ray's own handler while it starts, has made of the signal.
            if self.received and not isinstance(error, ValueError):
                raise KeyboardInterrupt from error
            raise
        finally:
            signal.signal(signal.SIGUSR1, usr1)

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
            self.install()  # Tune may have taken them

    def _handle(self, number: int, frame: Any) -> None:
        if self._is_handled:  # the thread answers to the second one
            return
        self._is_handled = self.received = True
        if not self._is_tuning:
            raise KeyboardInterrupt
        end_tuning()

    def _not_yet(self, number: int, frame: Any) -> None:
        """Tune has not begun to listen."""
        raise KeyboardInterrupt

    @contextlib.contextmanager
    def _thread(self) -> Iterator[None]:
        """A thread to which the system writes the number of each signal as it arrives."""
        reader, writer = socket.socketpair()
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        thread = threading.Thread(target=self._listen, args=(reader,), name="signals", daemon=True)
        thread.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            writer.close()  # the thread ends when it has read what came before
            thread.join()
            reader.close()

    def _listen(self, reader: socket.socket) -> None:
        deadline_s = None
        try:
            while numbers := reader.recv(64):
                for _ in filter(SIGNALS.__contains__, numbers):
                    if deadline_s is not None:
                        raise TimeoutError
                    self.received, deadline_s = True, time.monotonic() + LIMIT_S
                    doing = "all trials are over" if self.over() else "trials that run save their state"
                    self.say(f"stopping: {doing} (a second signal stops at once)")
                if deadline_s is not None:
                    reader.settimeout(max(1e-3, deadline_s - time.monotonic()))
        except TimeoutError:
            _leave(self.last_words, self.say)
