"""A head that is gone is said once, and so is its return."""

import socket

from sweep.execution.head_watch import SILENT_LOOKS, HeadWatch


def test_a_silent_head_is_said_once_and_so_is_its_return() -> None:
    said: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    watch = HeadWatch(f"127.0.0.1:{port}", "tiny", said.append)
    watch.look()
    listener.close()
    for _ in range(SILENT_LOOKS - 1):
        watch.look()
    assert said == []  # it may be back in a moment
    for _ in range(3):
        watch.look()
    assert len(said) == 1 and "`realign-sweep resume tiny`" in said[0] and "\n" not in said[0]
    with socket.create_server(("127.0.0.1", port)):
        watch.look()
        watch.look()
    assert said[1:] == [f"tiny: the cluster's head at 127.0.0.1:{port} answers again"]
