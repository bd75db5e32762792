"""MLflow's own pages."""

import socket

import pytest

from sweep.folders import SweepFolder
from sweep.tracking.ui import serve


def test_a_port_that_is_taken_is_said(store: SweepFolder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ValueError, match=f"{port} cannot be had"):
            serve(store, port, lambda text: None)
    with pytest.raises(ValueError, match="99999 cannot be had"):
        serve(store, 99999, lambda text: None)
