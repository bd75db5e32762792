"""Says that a cluster's head is gone, and how to go on: Ray itself ends the driver then, from outside of Python."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

EVERY_S = 5.0
SILENT_LOOKS = 3  # before something is said: a head that is restarted, or a busy network, may be back by then


class HeadWatch:
    """Looks whether a head answers.

    Args:
        address: HOST:PORT of the head. sweep: the name of the sweep that it runs. say: shows one line.
    """

    def __init__(self, address: str, sweep: str, say: Callable[[str], None]) -> None:
        self.address, self.sweep, self.say = address, sweep, say
        self._n_silent = 0

    def look(self) -> None:
        """Says it once when the head has been silent for some looks, and once when it is back."""
        if self._answers():
            if self._n_silent >= SILENT_LOOKS:
                self.say(f"{self.sweep}: the cluster's head at {self.address} answers again")
            self._n_silent = 0
            return
        self._n_silent += 1
        if self._n_silent == SILENT_LOOKS:
            self.say(
                f"{self.sweep}: the cluster's head at {self.address} must answer, but has been silent for "
                f"{SILENT_LOOKS * EVERY_S:g} s. If it does not come back, Ray ends this command; what was recorded is "
                f"complete: start a cluster and give `realign-sweep resume {self.sweep}` with its `--address`."
            )

    def _answers(self) -> bool:
        host, _, port = self.address.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=EVERY_S):
                return True
        except OSError:
            return False


@contextlib.contextmanager
def watching(watch: HeadWatch) -> Iterator[None]:
    """Looks every few seconds during the block, from a thread of its own."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(EVERY_S):
            watch.look()

    thread = threading.Thread(target=run, name="head", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
