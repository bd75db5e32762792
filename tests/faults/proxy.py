"""What lies between a driver and its tracking server: a TCP proxy that can fall silent."""

import contextlib
import selectors
import socket
import threading
import time


class Proxy:
    """Passes on what it gets, until it is told to be silent: then connections stay open, and nothing is passed on.

    Attributes:
        deaf: while silent, requests still get through; only the answers are lost.
    """

    def __init__(self, port: int) -> None:
        self.target = port
        self.silent, self.deaf = threading.Event(), False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self, seconds: float, deaf: bool) -> None:
        """Is silent for so long; the connections of that time end with it."""
        self.deaf = deaf
        self.silent.set()
        time.sleep(seconds)
        self.silent.clear()

    def close(self) -> None:
        """No further connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self.silent.is_set() and not self.deaf:
                while self.silent.is_set():
                    time.sleep(0.05)
                return
            with socket.create_connection(("127.0.0.1", self.target), timeout=5) as server:
                self._exchange(client, server)

    def _exchange(self, client: socket.socket, server: socket.socket) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            lost = False
            while True:
                for key, _ in ready.select(0.1):
                    came, goes_to = key.fileobj, key.data
                    assert isinstance(came, socket.socket)
                    some = came.recv(65536)
                    if not some:
                        return
                    if self.silent.is_set() and not (self.deaf and goes_to is server):
                        lost = True
                    else:
                        goes_to.sendall(some)
                if lost and not self.silent.is_set():
                    return
