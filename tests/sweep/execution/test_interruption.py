"""Signals: the first ends in order, the second at once, and afterwards everything is as before."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from sweep.execution import interruption
from sweep.execution.interruption import Interruption, end_tuning


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
    asked: list[int] = []
    with Interruption("", lambda text: None).watching() as caught, caught.tuning():
        signal.signal(signal.SIGUSR1, lambda number, frame: asked.append(number))  # as Tune does
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked == [signal.SIGUSR1]
        assert sum(isinstance(thread, threading.Timer) for thread in threading.enumerate()) == 1
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for timer in timers:
        timer.join(5)
    assert caught.received and not any(timer.is_alive() for timer in timers)


def test_a_second_signal_leaves_at_once_with_the_command_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    left, said = list[int](), list[str]()

    def leave(code: int) -> Any:
        left.append(code)
        raise SystemExit

    monkeypatch.setattr(interruption.os, "_exit", leave)
    with Interruption("Go on with `realign-sweep resume x`.", said.append).watching() as caught:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            signal.pause()
        with pytest.raises(SystemExit):
            os.kill(os.getpid(), signal.SIGINT)
            signal.pause()
    assert left == [130] and said[-1] == "Go on with `realign-sweep resume x`." and caught.received


def test_without_tune_nobody_is_asked_to_end(tmp_path: Path) -> None:
    """SIGUSR1 would kill a process that does not listen."""
    before = signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    try:
        end_tuning()
    finally:
        signal.signal(signal.SIGUSR1, before)
