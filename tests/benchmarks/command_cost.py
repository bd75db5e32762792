"""What each command costs a person who waits: processor seconds to the first output and to the end.

    python tests/benchmarks/command_cost.py NAME --mlruns mlruns [--data DATA] [--only TITLE] [--against CHECKOUT]

NAME is a sweep with a search that has finished. Processor time (user and system, with all child processes) and not time
on the clock, so that it says something on a busy machine. `--against` runs the commands of another checkout, too.
A command whose first output is that of its end has said nothing before it was done.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


def commands(name: str, other: str, data: str | None) -> dict[str, list[str]]:
    """Title -> arguments of the command; those that read a sweep get `--mlruns` added."""
    found = {
        "--help": ["--help"],
        "plan quickstart": ["plan", "quickstart"],
        "select --size 10": ["select", "--size", "10"],
        "standing": ["standing"],
        "list": ["list"],
        "trials": ["trials", name],
        "compare": ["compare", name, other],
        "learned": ["learned", name],
        "report --no-figures": ["report", name, "--no-figures"],
        "report": ["report", name],
        "report again": ["report", name],
        "doctor": ["doctor"],
    }
    return found | ({"data": ["data", "real-cpu", "--data", data]} if data else {})


def cost(arguments: list[str], checkout: Path) -> tuple[float, float, int]:
    """Processor seconds to the first byte of output and to the end, and the exit code."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "COLUMNS": "80"}
    before = os.times()
    process = subprocess.Popen(
        [sys.executable, "-m", "sweep.commands.main", *arguments], cwd=checkout, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    first = process.stdout.read(1)
    used = _used(process.pid) if first else 0.0
    process.stdout.read()
    process.wait()
    after = os.times()
    total = after.children_user + after.children_system - before.children_user - before.children_system
    return min(used or total, total), total, process.returncode


def _used(pid: int) -> float:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(t.user + t.system + t.children_user + t.children_system for t in (p.cpu_times() for p in family))
    except psutil.Error:  # it has ended
        return 0.0


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--mlruns", default="mlruns")
    parser.add_argument("--other", help="the second sweep of `compare` (default: a copy of the first)")
    parser.add_argument("--data")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--against", type=Path)
    options = parser.parse_args()
    checkouts = [*([options.against.absolute()] if options.against else []), ROOT]
    print("| command | " + " | ".join(f"{path.name}: first, s | end, s" for path in checkouts) + " |")
    print("|:--|" + "--:|--:|" * len(checkouts))
    chosen = commands(options.name, options.other or f"{options.name}-copy", options.data)
    chosen = {title: found for title, found in chosen.items() if not options.only or title in options.only}
    table = {title: [] for title in chosen}
    for checkout in checkouts:
        with tempfile.TemporaryDirectory() as folder:  # reports are written anew
            mlruns = Path(folder) / "mlruns"
            for target in {options.name, options.other or f"{options.name}-copy"}:
                source = Path(options.mlruns) / "sweeps" / (options.other or options.name)
                shutil.copytree(
                    source if target != options.name else source.parent / options.name,
                    mlruns / "sweeps" / target,
                    ignore=shutil.ignore_patterns("figures", "report*"),
                )
                _renamed(mlruns / "sweeps" / target, options.name, target)
            for title, arguments in chosen.items():
                reads = arguments[0] not in ("select", "standing", "--help")
                first, end, code = cost([*arguments, *(["--mlruns", str(mlruns)] if reads else [])], checkout)
                print(f"{checkout.name}, {title}: {first:.1f}, {end:.1f}", file=sys.stderr, flush=True)
                table[title] += [f"{first:.1f}", f"{end:.1f}" + (f" (exit {code})" if code not in (0, 1) else "")]
    for title, cells in table.items():
        print(f"| `{title}` | " + " | ".join(cells) + " |", flush=True)


def _renamed(folder: Path, before: str, after: str) -> None:
    """A copy under another name says so in its records."""
    for path in [*folder.glob("records/*.json"), folder / "config.yaml"]:
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace(f'"sweep": "{before}"', f'"sweep": "{after}"').replace(
                f"name: {before}\n", f"name: {after}\n", 1
            )
        )


if __name__ == "__main__":
    main()
