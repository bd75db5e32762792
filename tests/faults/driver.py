"""The command `realign-sweep` as processes of the fault suite: short minutes, a clock that jumps, and, where asked for,
trials that sleep.

Importing what a driver needs takes most of the processor time of a tiny sweep. So one process imports it, and every
driver is a copy of that process (`Drivers` is the other end):

    python -m tests.faults.driver          # reads {"arguments", "environment", "log", "trials"}, a line a driver
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from tests.faults.short_world import let_the_clock_jump, shorten

ROOT = Path(__file__).parents[2]
POLL_S = 0.05


class Driver:
    """One driver, as `subprocess.Popen` has it.

    Attributes:
        returncode: below 0 where a signal has ended it; None = it runs.
    """

    def __init__(self, pid: int) -> None:
        self.pid, self.returncode = pid, None if pid else -1
        self._over = threading.Event()

    def poll(self) -> int | None:
        """See `returncode`."""
        return self.returncode

    def wait(self, limit_s: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        if not self._over.wait(limit_s):
            raise subprocess.TimeoutExpired("driver", limit_s or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Harmless where it is over."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def ended(self, code: int) -> None:
        """As the process that started it says."""
        self.returncode = code
        self._over.set()


class Drivers:
    """Starts drivers, and hears when they end."""

    def __init__(self) -> None:
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        self._all: dict[int, Driver] = {}
        self._new: list[Driver] = []
        self._born = threading.Semaphore(0)
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, trials: str, arguments: list[str], environment: dict[str, str], log: Path) -> Driver:
        """A driver; `environment` is added to ours."""
        assert self._mother.stdin is not None
        request = {"trials": trials, "arguments": arguments, "environment": environment, "log": str(log)}
        self._mother.stdin.write(json.dumps(request) + "\n")
        self._mother.stdin.flush()
        self._born.acquire()
        return self._new.pop()

    def close(self) -> None:
        """No driver is left."""
        for driver in self._all.values():
            driver.kill()
        self._mother.kill()
        self._mother.wait()

    def _listen(self) -> None:
        assert self._mother.stdout is not None
        for line in self._mother.stdout:
            word, pid, code = line.split()
            if word == "begun":
                self._all[int(pid)] = Driver(int(pid))
                self._new.append(self._all[int(pid)])
                self._born.release()
            else:
                self._all[int(pid)].ended(int(code))


def serve() -> None:
    """Makes a copy of this process for every line, and says when a copy has begun and ended."""
    let_the_clock_jump()
    with contextlib.redirect_stdout(sys.stderr):  # what libraries say while they are imported
        from sweep import api, launch  # noqa: F401 - imported for the copies
        from sweep.commands import actions, main  # noqa: F401
        from tests.faults import sleeping

    shorten()
    running: set[int] = set()
    while True:
        if select.select([sys.stdin], [], [], POLL_S)[0]:
            line = sys.stdin.readline()
            if not line:
                return
            request = json.loads(line)
            pid = os.fork()
            if not pid:
                os._exit(_drive(request, launch, sleeping.SleepingTrial))
            running.add(pid)
            print("begun", pid, 0, flush=True)
        for pid in sorted(running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                running.remove(pid)
                print("ended", pid, os.waitstatus_to_exitcode(status), flush=True)


def _drive(request: dict[str, Any], launch: Any, sleeping: type) -> int:
    """The life of a driver; returns its exit code."""
    os.environ |= request["environment"]
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    nothing = os.open(os.devnull, os.O_RDWR)
    for to, number in ((nothing, 0), (nothing, 1), (log, 2)):
        os.dup2(to, number)
    if request["trials"] == "sleeping":
        launch.RealignTrial = sleeping
        launch.prepare_encoder = lambda config, say: None
    try:
        from sweep.commands.main import main

        code = main(request["arguments"])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # as the interpreter does
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    serve()
