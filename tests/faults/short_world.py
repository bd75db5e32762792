"""What makes the minutes of a sweep seconds, and its clock one that jumps, in processes of the fault suite alone."""

import contextlib
import os
import time
from pathlib import Path

FACTOR = 10.0
"""Heartbeats, the wait for a sign of life and pauses after the tracking server failed are so many times shorter."""
SERVER_FACTOR = 3.0
"""And so is what a silent tracking server is given to answer, which on a busy machine takes seconds."""
CLOCK, SPACE = "REALIGN_FAULTS_CLOCK", "REALIGN_FAULTS_SPACE"

_time, _time_ns = time.time, time.time_ns
real_time_s = _time
"""The machine's own clock, whatever jumps."""


def _shift_s() -> float:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return float(Path(os.environ[CLOCK]).read_text())
    return 0.0


def let_the_clock_jump() -> None:
    """From now on, this process's wall clock is off by the seconds that the file in `CLOCK` says."""
    if CLOCK in os.environ:
        time.time = lambda: _time() + _shift_s()
        time.time_ns = lambda: _time_ns() + int(_shift_s() * 1e9)


def shorten() -> None:
    """In a driver: see `FACTOR`. What `SPACE` names is another machine to whoever looks whether a holder lives."""
    from sweep.tracking import callback, store
    from trainables.store import leases

    leases.HEARTBEAT_S /= FACTOR
    leases.STALE_S /= FACTOR
    callback.PAUSE_S /= FACTOR
    store.IMPATIENT["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(int(15 / SERVER_FACTOR))
    own = leases._space
    leases._space = lambda: os.environ.get(SPACE) or own()
