"""The command `realign-sweep`: parse, call, print. What it does is in the modules it calls.

Those are imported inside the commands: Ray, torch and MLflow take seconds that `--help` should not.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sweep.config import SweepConfig
    from sweep.folders import SweepFolder

MISTAKE, INTERRUPTED = 2, 130

DESCRIPTION = "Compare subsets of languages to realign a multilingual encoder on: plan, run, resume and report sweeps."
EPILOG = """\
examples:
  realign-sweep presets                                   what there is to run
  realign-sweep plan quickstart                           trials and languages, without running anything
  realign-sweep run quickstart                            a whole sweep on synthetic languages, minutes on a CPU
  realign-sweep run real-cpu --data ../data --name e5     real languages, real encoder
  realign-sweep run quickstart --name hot --set run.realign.temperature=0.5 --set 'seeds=[0, 1, 2]'
  realign-sweep run my-sweep.yaml --address auto          on the Ray cluster this machine belongs to
  realign-sweep resume e5                                 goes on after Ctrl-C, a crash or failed trials
  realign-sweep report e5 --format latex > table.tex
  realign-sweep ui                                        browse all sweeps in MLflow

A sweep file is YAML with the differences from the defaults only, for example:

  arms: [none, full, {criterion: max-sum, size: 10}, {languages: [swa, yo, am]}]
  seeds: [0, 1]
  run: {realign: {n_steps: 300, learning_rate: 1e-4}}
"""
RUN_EPILOG = """\
The leaderboard is printed at the end and kept in MLRUNS/sweeps/NAME/report.md. Running the same sweep under the same
name again goes on where it stopped; finished trials are never run twice.
Exit code: 0 all trials finished, 1 some failed, 2 a mistake in the input, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 2 after a mistake of the user's, explained on standard error."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except ValueError as error:
        print(f"realign-sweep: {error}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print("realign-sweep: interrupted. A sweep goes on with `realign-sweep resume NAME`.", file=sys.stderr)
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("realign-sweep", description=DESCRIPTION, epilog=EPILOG, formatter_class=formatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, help_text: str, epilog: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=help_text,
            description=help_text[0].upper() + help_text[1:] + ".",
            epilog=epilog,
            formatter_class=formatter,
        )
        sub.add_argument("--mlruns", default="mlruns", help="folder of records, stores and MLflow (default: ./mlruns)")
        sub.set_defaults(command=function)
        return sub

    def takes_config(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("sweep", metavar="PRESET_OR_YAML", help="a preset (see `presets`) or a .yaml file")
        sub.add_argument("--name", help="name of the sweep (default: the preset's or the file's)")
        sub.add_argument("--data", metavar="FOLDER", help="data folder (bitext/, flores/, pos/), instead of `run.data`")
        sub.add_argument(
            "--set", dest="overrides", metavar="KEY=VALUE", action="append", default=[],
            help="override one setting by its dotted key, value in YAML; may be repeated",
        )  # fmt: skip

    run = command("run", _run, "run a sweep", RUN_EPILOG)
    takes_config(run)
    run.add_argument("--max-concurrent", type=int, metavar="N", help="at most N trials at a time")
    resume = command("resume", _resume, "go on with an interrupted sweep, running failed trials again")
    resume.add_argument("name", metavar="NAME")
    for sub in (run, resume):
        sub.add_argument("--address", help="join the Ray cluster at this address instead of starting a local Ray")
    takes_config(command("plan", _plan, "show the trials of a sweep, their languages and cost, and run nothing"))
    takes_config(command("pretrain", _pretrain, "pre-train the sweep's own encoder into the store, and nothing else"))
    report = command("report", _report, "print a sweep's tables and write them beside its records")
    report.add_argument("name", metavar="NAME")
    report.add_argument("--format", choices=("markdown", "csv", "latex"), default="markdown")
    ui = command("ui", _ui, "start MLflow's web interface on the store")
    ui.add_argument("--port", type=int, default=5000)
    command("presets", _presets, "list the packaged sweeps")
    return parser


def _run(options: argparse.Namespace) -> int:
    from sweep.config import load_config
    from sweep.folders import SweepFolder

    overrides = [
        *options.overrides,
        *([f"concurrency={options.max_concurrent}"] if options.max_concurrent is not None else []),
    ]
    config = load_config(options.sweep, name=options.name, data=options.data, overrides=overrides)
    return _sweep(config, SweepFolder.below(options.mlruns, config.name), options.address)


def _resume(options: argparse.Namespace) -> int:
    from sweep.config import saved_config

    folder = _existing(options)
    return _sweep(saved_config(folder.config), folder, options.address)


def _sweep(config: "SweepConfig", folder: "SweepFolder", address: str | None) -> int:
    from sweep.launch import run_sweep
    from sweep.reports.write import report

    outcome = run_sweep(config, folder, address=address, say=_say)
    if outcome.records:
        print(report(outcome.records, config.name))
        print(f"records and report: {folder.root}")
        print(f"MLflow store:       {folder.tracking_uri}")
        print(f"open it with:       realign-sweep ui --mlruns {folder.mlruns}")
    if outcome.n_open:
        _say(f"realign-sweep: {outcome.n_open} trials are left. Go on with `realign-sweep resume {config.name}`.")
        return INTERRUPTED
    return 1 if outcome.n_failed else 0


def _plan(options: argparse.Namespace) -> None:
    from sweep.config import load_config
    from sweep.folders import SweepFolder
    from sweep.plan import describe, make_plan

    config = load_config(options.sweep, name=options.name, data=options.data, overrides=options.overrides)
    print(describe(make_plan(config, SweepFolder.below(options.mlruns, config.name))))


def _pretrain(options: argparse.Namespace) -> None:
    from sweep.config import load_config
    from sweep.folders import SweepFolder
    from sweep.prepare import pretrain_encoder

    config = load_config(options.sweep, name=options.name, data=options.data, overrides=options.overrides)
    print(pretrain_encoder(config, SweepFolder.below(options.mlruns, config.name), _say))


def _report(options: argparse.Namespace) -> None:
    from sweep.records import RecordStore
    from sweep.reports.write import report, write_reports

    folder = _existing(options)
    records = RecordStore(folder.records).all()
    print(report(records, folder.name, options.format), end="")
    for path in write_reports(records, folder.name, folder.root):
        _say(f"written: {path}")


def _ui(options: argparse.Namespace) -> None:
    from sweep.folders import SweepFolder
    from sweep.mlflow_ui import serve

    serve(SweepFolder.below(options.mlruns, "ui"), options.port, _say)


def _presets(options: argparse.Namespace) -> None:
    from sweep.config import presets
    from sweep.yaml_reader import read_yaml

    for name, path in presets().items():
        print(f"{name:16} {' '.join(str(read_yaml(path).get('description', '')).split())}")


def _existing(options: argparse.Namespace) -> "SweepFolder":
    """The folder of the sweep that the user named."""
    from search_spaces.registry import nearest_names
    from sweep.folders import SweepFolder

    folder = SweepFolder.below(options.mlruns, options.name)
    if not folder.config.exists():
        names = folder.names()
        near = (
            f"Nearest: {nearest_names(options.name, names)}."
            if names
            else "There is none yet: start one with `realign-sweep run`."
        )
        raise ValueError(
            f"A sweep must have been started in {folder.mlruns} to go on with it, but {options.name!r} was not. {near}"
        )
    return folder


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
