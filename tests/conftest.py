"""What all tests share: one thread a process, hypothesis that does not mind a busy machine, and `--cpu-durations` to
find slow tests.
"""

import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from search_spaces import plugins

# Tests run side by side: a second thread of each would wait for the other's core, and costs four times the CPU. The
# libraries read this when they are loaded, here and in every process that a test starts.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

CPU_S = pytest.StashKey[float]()


@pytest.fixture
def plugin_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], str]]:
    """(name, text) -> path of a plug-in of that name; nothing of it is left for the next test."""
    monkeypatch.setattr(plugins, "_loaded", {})
    before = set(sys.modules)

    def write(name: str, text: str) -> str:
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        return str(path)

    yield write
    plugins.source_digest.cache_clear()
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) == str(tmp_path / f"{name}.py"):
            del sys.modules[name]


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cpu-durations", type=int, default=0, metavar="N",
        help="list the N tests that took most CPU time, subprocesses included; above 1 s a test belongs to `slow`",
    )  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that may take longest come first: one that begins last keeps one process at work and the other idle."""
    allowed_s: dict[Path, float] = {}
    for item in items:
        mark = item.get_closest_marker("timeout")
        allowed_s[item.path] = max(allowed_s.get(item.path, 0.0), float(mark.args[0]) if mark else 0.0)
    items.sort(key=lambda item: -allowed_s[item.path])  # stable


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    item.stash[CPU_S] = cpu_s()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call":
        report.user_properties.append(("cpu_s", cpu_s() - item.stash[CPU_S]))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not (n := config.getoption("--cpu-durations")):
        return
    passed = terminalreporter.stats.get("passed", [])
    found = sorted(((dict(r.user_properties).get("cpu_s", 0.0), r.nodeid) for r in passed), reverse=True)
    terminalreporter.section(f"{n} tests that took most CPU time (seconds, fixtures included)")
    for seconds, name in found[:n]:
        terminalreporter.write_line(f"{seconds:8.2f}  {name}")
