"""Signals: the first ends in order, the second at once, and afterwards everything is as before."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sweep.execution import interruption
from sweep.execution.interruption import Interruption, as_keyboard_interrupt, end_tuning, leaving_at_once

ROOT = Path(__file__).parents[3]


class Left(list[int]):
    """Exit codes with which the process would have ended, instead of its end."""

    def wait(self) -> None:
        """Until it would have."""
        while not self:
            time.sleep(0.001)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Left:
    left = Left()
    monkeypatch.setattr(interruption.os, "_exit", left.append)
    return left


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "signals"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_outside_of_tune_the_first_signal_is_a_keyboard_interrupt(number: signal.Signals) -> None:
    before, said = signal.getsignal(number), list[str]()
    with pytest.raises(KeyboardInterrupt), Interruption("Go on with `x`.", said.append).watching() as caught:
        os.kill(os.getpid(), number)
        signal.pause()
    assert caught.received and signal.getsignal(number) == before and "stopping" in said[0]


def test_inside_of_tune_it_asks_tune_to_end_and_the_watchdog_goes_with_the_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TUNE_DISABLE_SIGINT_HANDLER", raising=False)
    asked, said = list[int](), list[str]()
    with Interruption("", said.append).watching() as caught, caught.tuning():
        signal.signal(signal.SIGUSR1, lambda number, frame: asked.append(number))  # as Tune does
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked == [signal.SIGUSR1] and threads() == ["signals"]
    assert caught.received and not threads() and len(said) == 1 and "stopping" in said[0]


def test_a_second_signal_leaves_at_once_with_the_command_to_go_on(left: Left) -> None:
    said = list[str]()
    with Interruption("Go on with `realign-sweep resume x`.", said.append).watching() as caught:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            signal.pause()
        os.kill(os.getpid(), signal.SIGINT)
        left.wait()
    assert left == [130] and said[-1] == "Go on with `realign-sweep resume x`." and caught.received


def test_what_hangs_is_left_behind_although_no_handler_of_ours_runs(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the main thread is within a library, or where the library has taken the signal."""
    monkeypatch.setattr(interruption, "LIMIT_S", 0.01)
    said = list[str]()
    with Interruption("Go on.", said.append).watching():
        signal.signal(signal.SIGTERM, lambda number, frame: None)
        os.kill(os.getpid(), signal.SIGTERM)
        left.wait()
    assert left == [130] and "stopping" in said[0] and said[1:] == ["Go on."]


def test_what_an_import_makes_of_the_signal_is_an_interruption_and_a_mistake_stays_one() -> None:
    for raised, comes in ((ImportError, KeyboardInterrupt), (SystemExit, KeyboardInterrupt), (ValueError, ValueError)):
        with pytest.raises(comes), Interruption("", lambda text: None).watching():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                signal.pause()
            except KeyboardInterrupt:
                raise raised from None
    with pytest.raises(ImportError), Interruption("", lambda text: None).watching():
        raise ImportError


def test_while_nothing_has_begun_a_signal_ends_the_process_with_its_last_words(left: Left) -> None:
    said = list[str]()
    before = signal.getsignal(signal.SIGTERM)
    with as_keyboard_interrupt():
        with leaving_at_once(lambda: "Go on.", said.append):
            os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
    assert left == [130] and said == ["Go on."] and signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sweep_that_is_stopped_while_libraries_are_imported_says_how_to_go_on(
    number: signal.Signals, tmp_path: Path
) -> None:
    """In place of Ray and torch stands a module that waits, as they do for seconds."""
    waits = "import pathlib, time\npathlib.Path('importing').touch()\nwhile True: time.sleep(0.01)\n"
    for name in ("ray", "torch"):
        (tmp_path / f"{name}.py").write_text(waits)
    driver = subprocess.Popen(
        [sys.executable, "-m", "sweep.commands.main", "run", "quickstart", "--name", "x"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}, cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while driver.poll() is None and not (tmp_path / "importing").exists():
        time.sleep(0.01)
    driver.send_signal(number)
    _, said = driver.communicate()
    assert driver.returncode == 130
    assert said == "realign-sweep: interrupted. Nothing had started: give the same command again.\n"


def test_without_tune_nobody_is_asked_to_end(tmp_path: Path) -> None:
    """SIGUSR1 would kill a process that does not listen."""
    before = signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    try:
        end_tuning()
    finally:
        signal.signal(signal.SIGUSR1, before)
