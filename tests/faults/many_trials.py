"""Hundreds of trivial trials on a cluster of three nodes, of which one is killed and to which one is added.

    python -m tests.faults.many_trials --trials 500

Prints how many seconds it took until each slot of the cluster had a trial, and ends with 1 unless every trial was
counted once, with nothing run after its record.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from sweep.config.yaml_reader import write_yaml
from sweep.folders import SweepFolder
from tests.faults.driver import ROOT, Drivers
from tests.faults.nodes import N_CPUS, Nodes
from tests.faults.resume_damage import SWEEP, write_world
from tests.faults.verify import ran_twice, trials_in

N_NODES = 3


def notes_in(steps: Path) -> list[dict[str, float]]:
    """What the trials have noted, in the order of time."""
    lines = steps.read_text().splitlines() if steps.exists() else []
    return sorted((json.loads(line) for line in lines), key=lambda note: note["at_s"])


def seconds_until_filled(notes: list[dict[str, float]], n_slots: int) -> float:
    """From the first step of a trial until so many processes have had one."""
    processes: set[float] = set()
    for note in notes:
        processes.add(note["pid"])
        if len(processes) == n_slots:
            return note["at_s"] - notes[0]["at_s"]
    return float("inf")


def run(root: Path, n_trials: int, seconds: float) -> int:
    """Returns the exit code."""
    write_world(root / "world")
    document = {
        "name": "many", "arms": ["none"], "seeds": list(range(n_trials)), "resources": {"cpu": 1, "gpu": 0},
        "run": {**SWEEP["run"], "data": {"source": "folder", "root": str(root / "world")}},  # type: ignore[dict-item]
    }  # fmt: skip
    (root / "many.yaml").write_text(write_yaml(document))
    folder, steps = SweepFolder.below(root / "mlruns", "many"), root / "mlruns" / "steps.jsonl"
    os.environ |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "REALIGN_FAULTS_N_STEPS": "1",
        "REALIGN_FAULTS_STEP_S": str(seconds),
    }  # fmt: skip
    nodes, drivers = Nodes(), Drivers()
    try:
        address = nodes.exactly(N_NODES)
        command = ["run", str(root / "many.yaml"), "--mlruns", str(folder.mlruns), "--address", address]
        began_s = time.monotonic()
        driver = drivers.start("sleeping", command, {}, root / "said")
        for share, what in ((0.3, "killed"), (0.6, "added")):
            while len(list(folder.records.glob("*.json"))) < share * n_trials and driver.poll() is None:
                time.sleep(0.2)
            if what == "killed":
                found = nodes.some_trial(lambda: driver.poll() is not None)
                assert found is not None
                nodes.lose(found[1])
            else:
                nodes.add()
            n_records = len(list(folder.records.glob("*.json")))
            print(f"{time.monotonic() - began_s:5.0f} s: a node was {what} after {n_records} trials", flush=True)
            if what == "added":
                n_added = len(notes_in(steps))
        code = driver.wait()
    finally:
        drivers.close()
        nodes.close()
    found_trials, notes = trials_in(folder), notes_in(steps)
    wrong = ran_twice(folder, steps)
    print(f"{time.monotonic() - began_s:5.0f} s: the driver has ended with {code}")
    print(f"{len(found_trials)} of {n_trials} trials counted, {len(notes)} steps of one each, ran twice: {wrong}")
    filled_s = seconds_until_filled(notes, N_NODES * N_CPUS)
    print(f"{filled_s:.1f} s until {N_NODES * N_CPUS} slots had a trial (inf: trials end faster than they are begun)")
    known = {note["node"] for note in notes[:n_added]}
    later = [note for note in notes[n_added:] if note["node"] not in known]
    if later:
        waited_s = later[0]["at_s"] - notes[n_added - 1]["at_s"]
        print(f"{waited_s:.1f} s from the added node's joining until a trial on it had taken its step")
    if code or len(found_trials) != n_trials or wrong:
        print((root / "said").read_text()[-2000:])
        return 1
    return 0


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a trial: longer ones show when slots are filled")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        return run(Path(root), options.trials, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
