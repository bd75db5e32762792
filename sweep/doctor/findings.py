"""Finding: one thing that was looked at, how it is, and what to do; and how long a look may take."""

import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

OK: Final = "ok"
NOTE: Final = "note"
STOP: Final = "STOP"
LIMIT_S = 10.0  # for whatever goes over a network


@dataclass(frozen=True)
class Finding:
    """What was found.

    level: "STOP" stops a sweep, "note" may cost time or results. text: a sentence. remedy: what to do; "" where all is
    well.
    """

    subject: str
    level: Literal["ok", "note", "STOP"]
    text: str
    remedy: str = ""


def start(subject: str, look: Callable[[], list[Finding]], limit_s: float = LIMIT_S) -> Callable[[], list[Finding]]:
    """Begins a look that may hang; what is returned waits for it, for `limit_s` at most."""
    found: queue.Queue[list[Finding]] = queue.Queue()

    def run() -> None:
        try:
            found.put(look())
        except Exception as error:  # whatever a library thinks of: the other looks go on
            found.put([Finding(subject, STOP, str(error).strip() or type(error).__name__)])

    threading.Thread(target=run, daemon=True).start()

    def result() -> list[Finding]:
        try:
            return found.get(timeout=limit_s)
        except queue.Empty:
            text = f"did not answer within {limit_s:g} s"
            return [Finding(subject, STOP, text, "Check the network, a proxy and the address.")]

    return result


def report(findings: Iterable[Finding]) -> str:
    """One line a finding, the remedy below it, and a last line that counts."""
    lines: list[str] = []
    n = {OK: 0, NOTE: 0, STOP: 0}
    for finding in findings:
        n[finding.level] += 1
        lines.append(f"{finding.level:5} {finding.subject:10} {' '.join(finding.text.split())}")
        if finding.remedy:
            lines.append(f"{'':16} -> {finding.remedy}")
    verdict = f"{n[STOP]} things stop a sweep" if n[STOP] > 1 else "1 thing stops a sweep" if n[STOP] else "ready"
    return "\n".join([*lines, f"{verdict}; {n[NOTE]} notes, {n[OK]} fine", ""])
