"""Findings as text, and looks that hang or fail."""

import threading

from sweep.doctor.findings import NOTE, OK, STOP, Finding, report, start


def test_each_finding_is_a_line_with_what_to_do_below_and_the_last_line_counts() -> None:
    found = [Finding("disk", OK, "78 GB free"), Finding("hub", STOP, "does not\nanswer", "Set HF_ENDPOINT.")]
    assert report(found).splitlines() == [
        "ok    disk       78 GB free",
        "STOP  hub        does not answer",
        "                 -> Set HF_ENDPOINT.",
        "1 thing stops a sweep; 0 notes, 1 fine",
    ]
    assert report([Finding("clock", NOTE, "is off")]).splitlines()[-1] == "ready; 1 notes, 0 fine"


def test_a_look_that_hangs_or_fails_is_a_finding() -> None:
    def broken() -> list[Finding]:
        raise RuntimeError("no route")

    (hangs,) = start("hub", lambda: threading.Event().wait() or [], limit_s=0.01)()
    assert hangs.level == STOP and "did not answer within 0.01 s" in hangs.text and hangs.remedy
    assert start("hub", broken)() == [Finding("hub", STOP, "no route")]
    assert start("hub", lambda: [Finding("hub", OK, "answers")])()[0].level == OK
