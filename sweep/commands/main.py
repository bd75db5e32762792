"""The command `realign-sweep`: parse, call, print. What it does is in the modules it calls.

Those are imported inside the commands: Ray, torch and MLflow take seconds that `--help` should not.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sweep.api import say_on_stderr as _say
from sweep.commands.options import (
    REPLAY_EPILOG,
    SELECT_EPILOG,
    add_replay,
    add_select,
    keywords_of_select,
    rules_of_select,
)
from sweep.commands.sync import add_sync, run_sync
from sweep.folders import CONFIRM_SUFFIX, SweepFolder

if TYPE_CHECKING:
    from sweep.config.sections import SweepConfig
    from sweep.launch import SweepOutcome
MISTAKE, INTERRUPTED = 2, 130

DESCRIPTION = "Compare subsets of languages to realign a multilingual encoder on: plan, run, resume and report sweeps."
EPILOG = """\
examples:
  realign-sweep languages --where area=Africa             what is known about the languages
  realign-sweep select --size 10                          ten diverse languages, no training needed
  realign-sweep presets                                   the packaged sweeps
  realign-sweep plan quickstart                           trials and languages, without running anything
  realign-sweep run quickstart                            a whole sweep on synthetic languages, minutes on a CPU
  realign-sweep run real-cpu --data ../data --name e5     real languages, real encoder
  realign-sweep run quickstart --name hot --set run.realign.temperature=0.5 --set 'seeds=[0, 1, 2]'
  realign-sweep run my-sweep.yaml --address auto          on the Ray cluster this machine belongs to
  realign-sweep resume e5                                 continue after Ctrl-C, a crash or failed trials
  realign-sweep report e5 --format latex > table.tex
  realign-sweep ui                                        browse all sweeps in MLflow

A sweep file is YAML that holds only what differs from the defaults, for example:

  arms: [none, full, {criterion: max-sum, size: 10}, {languages: [swa, yo, am]}]
  seeds: [0, 1]
  run: {realign: {n_steps: 300, learning_rate: 1e-4}}
"""
RUN_EPILOG = """\
The leaderboard is printed at the end and kept in MLRUNS/sweeps/NAME/report.md. Running the same sweep again under
the same name continues where it stopped; finished trials are never run twice.
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
    except BrokenPipeError:  # the reader has seen enough: `realign-sweep ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk, a folder without rights, a name too long for the file system
        print(f"realign-sweep: {sentence_of(error)}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print("realign-sweep: interrupted. Continue a sweep with `realign-sweep resume NAME`.", file=sys.stderr)
        return INTERRUPTED


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *given: object, **more: object) -> None:
        import sweep

        print(f"realign-sweep {sweep.__version__}")
        parser.exit()


def sentence_of(error: OSError) -> str:
    """What the operating system refused, in one sentence with the file's name where it gives one."""
    reason = error.strerror or str(error)
    if error.filename is None:
        return f"The operating system must allow what the command does, but does not ({reason})."
    return f"{error.filename} must be usable, but is not ({reason}). Free space or grant access there, or name another."


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("realign-sweep", description=DESCRIPTION, epilog=EPILOG, formatter_class=formatter)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version of realign-sweep and exit")
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
    resume = command("resume", _resume, "continue an interrupted sweep, and run failed trials again")
    resume.add_argument("name", metavar="NAME")
    for sub in (run, resume):
        sub.add_argument("--address", help="join the Ray cluster at this address instead of starting a local Ray")
    takes_config(command("plan", _plan, "show the trials of a sweep, their languages and cost, without running them"))
    takes_config(command("pretrain", _pretrain, "only pre-train the sweep's own encoder into the store"))
    data = command("data", _data, "fetch or open a sweep's data and show its contents, what filters dropped, licences")
    takes_config(data)
    data.add_argument("--aligner-input", metavar="FOLDER", help="also write sentence pairs as fast_align reads them")
    published = command(
        "import-published",
        _import_published,
        "import the paper's published scores as a sweep, with runs in MLflow",
    )
    published.add_argument("--name", default="published", help="name of the sweep (default: published)")
    report = command("report", _report, "print the tables of sweeps, and write them with figures and one HTML page")
    report.add_argument("names", metavar="NAME", nargs="+", help="one sweep, or several side by side")
    report.add_argument("--format", choices=("markdown", "csv", "latex", "html"), default="markdown")
    report.add_argument(
        "--no-figures",
        dest="figures",
        action="store_false",
        help="leave out figures and the HTML page, which take seconds",
    )
    report.add_argument("--facts", metavar="CSV", help="language,column,...: each value of a column is a group")
    report.add_argument("--costs", metavar="CSV", help="language,cost: shown against the scores")
    report.add_argument("--distance", default="featural", help="to the nearest realigned language, as in `select`")
    confirm = command("confirm", _confirm, "run the best sets of a search again, with fresh seeds and controls")
    confirm.add_argument("name", metavar="NAME", help="a sweep with a search; the new one is called NAME-confirm")
    confirm.add_argument("--sets", type=int, default=3, metavar="N", help="number of best sets (default: 3)")
    confirm.add_argument("--random", type=int, default=3, metavar="N", help="number of random controls (default: 3)")
    confirm.add_argument("--seeds", type=int, default=4, metavar="N", help="number of fresh seeds (default: 4)")
    confirm.add_argument("--address", help="join the Ray cluster at this address instead of starting a local Ray")
    learned = command("learned", _learned, "show what a search learned about languages, pairs and sizes")
    learned.add_argument("name", metavar="NAME")
    add_replay(command("replay", _replay, "compare searchers on functions that need no training", REPLAY_EPILOG))
    add_sync(command("sync", _sync, "rebuild a sweep's MLflow runs from its records, and close those left running"))
    ui = command("ui", _ui, "start MLflow's web interface on the store")
    ui.add_argument("--port", type=int, default=5000)
    add_select(command("select", _select, "choose languages by a criterion, without any training", SELECT_EPILOG))
    languages = command("languages", _languages, "show the inventory of languages")
    languages.add_argument(
        "--where", metavar="POOL", default="realignment", help="as in `select --pool` (default: the 65)"
    )
    languages.add_argument("--format", choices=("text", "csv"), default="text")
    command("criteria", _criteria, "list the criteria for `select` and for sweeps, and what each asks for")
    standing = command("standing", _standing, "show the paper's subsets' percentiles under each criterion")
    standing.add_argument("names", metavar="SUBSET", nargs="*", help="published subsets (default: all 53 fixed lists)")
    standing.add_argument("--criterion", action="append", default=[], help="may be repeated (default: all)")
    standing.add_argument("--distance", default="featural", help="as in `select`")
    command("presets", _presets, "list the packaged sweeps")
    schema = command("schema", _schema, "print the JSON schema of a sweep file, for editors")
    schema.add_argument("--format", choices=("json", "markdown"), default="json", help="markdown: a page with all keys")
    return parser


def _select(options: argparse.Namespace) -> None:
    given, rules = keywords_of_select(options), rules_of_select(options)
    if options.pareto:
        from search_spaces.rules import SubsetRules
        from sweep.select.command import front_text

        print(front_text(options.size, options.criterion, options.pareto, rules=SubsetRules(**rules), **given))
        return
    from sweep import api
    from sweep.select.report import describe_choice

    choice = api.select(
        options.size, options.criterion, **given, **rules, seed=options.seed, tolerance=options.tolerance,
        solver=options.solver, time_limit_s=options.time_limit, figures=options.figures, say=_say,
    )  # fmt: skip
    print(describe_choice(choice))


def _languages(options: argparse.Namespace) -> None:
    from search_spaces.choose import parse_pool
    from sweep.select.inventory import inventory_table

    print(inventory_table(parse_pool(options.where), options.format), end="")


def _criteria(options: argparse.Namespace) -> None:
    from sweep.select.report import describe_criteria

    print(describe_criteria())


def _standing(options: argparse.Namespace) -> None:
    from sweep.select.standing import standing_table

    print(standing_table(options.names, options.criterion, options.distance), end="")


def _run(options: argparse.Namespace) -> int:
    n = options.max_concurrent
    config = _config(options, [*options.overrides, *([] if n is None else [f"concurrency={n}"])])
    from sweep import api

    run = partial(api.run_sweep, config, mlruns=options.mlruns, address=options.address, say=_say)
    return _sweep(SweepFolder.below(options.mlruns, config.name), options.address, run)


def _resume(options: argparse.Namespace) -> int:
    from sweep import api

    run = partial(api.resume, options.name, mlruns=options.mlruns, address=options.address, say=_say)
    return _sweep(SweepFolder.below(options.mlruns, options.name), options.address, run)


def _sweep(folder: SweepFolder, address: str | None, run: "Callable[[], SweepOutcome]") -> int:
    """Runs a sweep, prints its report and returns the exit code."""
    go_on = folder.resume_command + (f" --address {shlex.quote(address)}" if address else "")
    try:
        outcome = run()
    except KeyboardInterrupt:
        begun = folder.config.exists()
        _say(f"realign-sweep: interrupted. {f'Continue with `{go_on}`.' if begun else 'Nothing had started.'}")
        return INTERRUPTED
    report = folder.root / "report.md"
    if outcome.records and report.exists():
        print(report.read_text(encoding="utf-8"))
        print(f"records and report: {folder.root}")
        print(f"MLflow store:       {folder.tracking_uri}")
        print(f"open it with:       realign-sweep ui --mlruns {folder.mlruns}")
    if outcome.n_open:
        _say(f"realign-sweep: {outcome.what_is_left} Continue with `{go_on}`.")
        return 1 if outcome.problem else INTERRUPTED
    return 1 if outcome.n_failed else 0


def _config(options: argparse.Namespace, overrides: Sequence[str]) -> "SweepConfig":
    from sweep import api

    return api.load_config(options.sweep, name=options.name, data=options.data, overrides=overrides)


def _plan(options: argparse.Namespace) -> None:
    config = _config(options, options.overrides)
    from sweep.plan import plan_text

    print(plan_text(config, SweepFolder.below(options.mlruns, config.name)))


def _pretrain(options: argparse.Namespace) -> None:
    config = _config(options, options.overrides)
    from sweep.execution.prepare import pretrain_encoder

    print(pretrain_encoder(config, SweepFolder.below(options.mlruns, config.name), _say))


def _data(options: argparse.Namespace) -> int:
    config = _config(options, options.overrides)
    from pathlib import Path

    from sweep.commands.data import describe_data, describe_leaks, look_at_files, open_data, write_aligner_input

    folder = SweepFolder.below(options.mlruns, config.name)
    data = open_data(config, folder)
    looks = look_at_files(data)
    print(describe_data(data, looks), end="")
    if not any(look.refused for look in looks):
        print("\n" + describe_leaks(config, folder, data), end="")
    if options.aligner_input:
        written = write_aligner_input(data, Path(options.aligner_input), config.run.realign.explicit().words)
        _say(f"written: {len(written)} files in {options.aligner_input}")
    return 1 if any(look.refused for look in looks) else 0


def _import_published(options: argparse.Namespace) -> None:
    from sweep.published.study import import_published
    from sweep.tracking.sync import sync

    folder = SweepFolder.below(options.mlruns, options.name)
    import_published(folder, _say)
    _say(str(sync(folder, say=_say)))
    _say(f"realign-sweep report {options.name} --mlruns {options.mlruns}")


def _report(options: argparse.Namespace) -> None:
    from sweep import api

    text = api.report(
        options.names, mlruns=options.mlruns, form=options.format, facts=options.facts, costs=options.costs,
        distance=options.distance, figures=options.figures, say=_say,
    )  # fmt: skip
    print(text, end="")


def _confirm(options: argparse.Namespace) -> int:
    from sweep import api

    outcome = api.confirm(
        options.name, mlruns=options.mlruns, n_sets=options.sets, n_random=options.random, n_seeds=options.seeds,
        address=options.address, say=_say,
    )  # fmt: skip
    written = SweepFolder.below(options.mlruns, f"{options.name}{CONFIRM_SUFFIX}").root / "confirm.md"
    if written.is_file():
        print(written.read_text(encoding="utf-8"), end="")
    if outcome.n_open:
        go_on = SweepFolder.below(options.mlruns, options.name).resume_command.replace(" resume ", " confirm ", 1)
        _say(f"realign-sweep: {outcome.what_is_left} Continue with `{go_on}`.")
        return INTERRUPTED
    return 1 if outcome.n_failed else 0


def _learned(options: argparse.Namespace) -> None:
    folder = SweepFolder.existing(options.mlruns, options.name)
    from sweep.commands.report import run_learned

    print(run_learned(folder, _say), end="")


def _replay(options: argparse.Namespace) -> None:
    from sweep import api

    text = api.replay(
        options.functions, searchers=options.searchers, seeds=options.seeds, first_seed=options.first_seed,
        trials=options.trials, workers=options.workers, early_stopping=options.early_stopping, tasks=options.tasks,
        pick=options.pick, lead=options.lead, jobs=options.jobs, out=options.out, mlruns=options.mlruns, say=_say,
    )  # fmt: skip
    print(text, end="")


def _sync(options: argparse.Namespace) -> None:
    folder = SweepFolder.existing(options.mlruns, options.name, to_read=True)
    run_sync(folder, tracking_uri=options.tracking_uri, best_model=options.best_model, say=_say)


def _ui(options: argparse.Namespace) -> None:
    from sweep.tracking.ui import serve

    serve(SweepFolder.below(options.mlruns, "ui"), options.port, _say)


def _presets(options: argparse.Namespace) -> None:
    from sweep.config.presets import presets
    from sweep.config.yaml_reader import read_yaml

    for name, path in presets().items():
        print(f"{name:16} {' '.join(str(read_yaml(path).get('description', '')).split())}")


def _schema(options: argparse.Namespace) -> None:
    import json

    from sweep.config.page import config_page
    from sweep.config.schema import json_schema

    print(config_page() if options.format == "markdown" else json.dumps(json_schema(), indent=1), end="")


if __name__ == "__main__":
    sys.exit(main())
