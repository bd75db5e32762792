"""The command `realign-sweep`: its parser, and what an error becomes. What each command does is in `actions.py`.

Everything else is imported after the signals are ours, so that Ctrl-C is one line from the start.
"""

import argparse
import errno
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from sweep.execution.interruption import AGAIN, INTERRUPTED, as_keyboard_interrupt
from sweep.output import ShownFormatter, say_on_stderr, show, shown

MISTAKE = 2
WITHOUT_SWEEPS = ("select", "languages", "criteria", "standing", "presets", "schema")
"""Commands that read and write no sweep."""

DESCRIPTION = "Compare subsets of languages to realign a multilingual encoder on: plan, run, resume and report sweeps."
EPILOG = """\
examples:
  realign-sweep languages --where area=Africa             what is known about the languages
  realign-sweep select --size 10                          ten diverse languages, no training needed
  realign-sweep presets                                   the packaged sweeps
  realign-sweep doctor quickstart                         what would stop it on this machine, and what to do
  realign-sweep plan quickstart                           trials and languages, without running anything
  realign-sweep run quickstart                            a whole sweep on synthetic languages, minutes on a CPU
  realign-sweep run real-cpu --data ../data --name e5     real languages, real encoder
  realign-sweep run quickstart --name hot --set run.realign.temperature=0.5 --set 'seeds=[0, 1, 2]'
  realign-sweep run my-sweep.yaml --address auto          on the Ray cluster this machine belongs to
  realign-sweep resume e5                                 continue after Ctrl-C, a crash or failed trials
  realign-sweep report e5 --format latex > table.tex
  realign-sweep list                                      all sweeps, and how far each has come
  realign-sweep compare e5 xlmr                           two sweeps, as of two encoders, in one table
  realign-sweep export e5 --to models                     the best trial's models, for `transformers`
  realign-sweep export-study e5 --to studies/e5           all its records, to publish (`import-study` reads them)
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
PLAN_EPILOG = """\
Wall time, core- or GPU-hours, disk and memory are predicted from what was measured here before or, without that, from
recorded trials of the same kind below MLRUNS. `--measure` measures now: it runs two miniatures of a trial, of the
sweep's encoder, data and languages with few steps and sentences, as many side by side as trials would run; a minute
or so. Nothing is left behind but the measurement, and what the sweep itself would begin with (the encoder as it is
loaded, parsed files). `run` then shows the same time to go.

  realign-sweep plan real-cpu --data DATA --measure
  realign-sweep plan real-cpu --data DATA --set run.realign.n_steps=1000     from the measurement before
  realign-sweep plan my-sweep.yaml --set resources=auto --measure            and what `auto` would choose
"""
REPORT_EPILOG = """\
Writes report.html (one page to sort, filter and compare in, which needs no network), report.md, .csv, .tex, every
comparison and figures into MLRUNS/sweeps/NAME/. Where nothing has changed since, it only prints.

  realign-sweep report my-sweep                       the lines that matter, and where the page is
  realign-sweep report my-sweep --format markdown     all tables
  realign-sweep report my-sweep --format latex > table.tex
  xdg-open "$(realign-sweep report my-sweep --format html)"
"""
LEARNED_EPILOG = """\
The table of --csv has a row a language: language,encoder,task,effect,low,high,n_trials,source; effects are fractions of
the development score. `select` ranks languages by it:

  realign-sweep learned my-search --csv effects.csv
  realign-sweep select --size 10 --criterion 'study(table=effects.csv)'

Where single languages were tried first (`search.screen: singles`), --csv-singles writes what each is worth alone.
"""
MOVED_ENCODER = "where the folder of the sweep's encoder lies now, if it was moved"
MOVED_DATA = "where the sweep's data folder (`run.data.root`) lies now, if it was moved"
DOCTOR_EPILOG = """\
Looks at Python, packages, GPUs, Ray's token, the disk and its locks, the stage store, the hub, MLflow, a cluster, and
at a sweep and its data where one is given. Nothing is trained, fetched or left behind.
Exit code: 0 nothing stops a sweep, 1 something does.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 2 after a mistake of the user's, explained on standard error."""
    with as_keyboard_interrupt():
        try:
            return _run(arguments)
        except KeyboardInterrupt:
            say_on_stderr(AGAIN)
            return INTERRUPTED


def command() -> NoReturn:
    """The command as a process of its own."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if code == INTERRUPTED:  # all is on disk, Ray has been stopped, and to take torch and Ray apart takes seconds
        os._exit(code)
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(ShownFormatter())  # warnings name files
    options = build_parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except ValueError as error:
        say_on_stderr(f"realign-sweep: {error}")
        return MISTAKE
    except BrokenPipeError:  # the reader has seen enough: `realign-sweep ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk, a folder without rights, a name too long for the file system
        say_on_stderr(f"realign-sweep: {sentence_of(error)}")
        return MISTAKE


class _Parser(argparse.ArgumentParser):
    """Quotes what was typed as it may be shown."""

    def error(self, message: str) -> NoReturn:
        """Exits with 2, as argparse does."""
        super().error(shown(message))


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *given: object, **more: object) -> None:
        import sweep

        show(f"realign-sweep {sweep.__version__}")
        parser.exit()


def sentence_of(error: OSError) -> str:
    """What the operating system refused, in one sentence with the file's name where it gives one."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f"where {error.filename} is written" if error.filename else "where the command writes"
        return f"There must be room {where}, but there is none ({reason}). Free space, then give the command again."
    if error.filename is None:
        return f"The operating system must allow what the command does, but does not ({reason})."
    return f"{error.filename} must be usable, but is not ({reason}). Free space or grant access there, or name another."


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    from sweep.commands import actions
    from sweep.commands.options import REPLAY_EPILOG, SELECT_EPILOG, add_replay, add_select, add_tracking_uri, arm_names
    from sweep.commands.studies import add_studies
    from sweep.commands.sweeps import add_sweeps
    from sweep.commands.sync import add_sync

    formatter = argparse.RawDescriptionHelpFormatter
    parser = _Parser("realign-sweep", description=DESCRIPTION, epilog=EPILOG, formatter_class=formatter)
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
        if name not in WITHOUT_SWEEPS:
            sub.add_argument("--mlruns", default="mlruns", help="folder of records, stores and MLflow (./mlruns)")
        sub.set_defaults(command=function)
        return sub

    def takes_config(sub: argparse.ArgumentParser, optional: bool = False) -> None:
        n = "?" if optional else None
        sub.add_argument("sweep", metavar="PRESET_OR_YAML", nargs=n, help="a preset (see `presets`) or a .yaml file")
        sub.add_argument("--name", help="name of the sweep (default: the preset's or the file's)")
        sub.add_argument("--data", metavar="FOLDER", help="data folder (bitext/, flores/, pos/), instead of `run.data`")
        sub.add_argument("--languages", metavar="CSV", help="a table of languages of your own (iso,script,name,...)")
        sub.add_argument(
            "--scale", metavar="SCALE", help="a reduction that the file has in `scales`, run as the sweep NAME-SCALE"
        )  # fmt: skip
        sub.add_argument(
            "--set", dest="overrides", metavar="KEY=VALUE", action="append", default=[],
            help="override one setting by its dotted key, value in YAML; may be repeated",
        )  # fmt: skip

    run = command("run", actions.run, "run a sweep", RUN_EPILOG)
    takes_config(run)
    run.add_argument("--max-concurrent", type=int, metavar="N", help="at most N trials at a time")
    resume = command("resume", actions.resume, "continue an interrupted sweep, and run failed trials again")
    resume.add_argument("name", metavar="NAME")
    resume.add_argument("--data", metavar="FOLDER", help=MOVED_DATA)
    resume.add_argument("--encoder", metavar="FOLDER", help=MOVED_ENCODER)
    for sub in (run, resume):
        sub.add_argument("--address", help="join the Ray cluster at this address instead of starting a local Ray")
        add_tracking_uri(sub)
    plan = command(
        "plan", actions.plan, "show the trials of a sweep, their languages and what they will take", PLAN_EPILOG
    )
    takes_config(plan)
    plan.add_argument("--measure", action="store_true", help="run miniatures of a trial, to predict what it takes")
    doctor = command(
        "doctor", actions.doctor, "look for what would stop a sweep here, and say what to do", DOCTOR_EPILOG
    )
    takes_config(doctor, optional=True)
    doctor.add_argument("--address", help="also join the Ray cluster at this address and ask its nodes")
    add_tracking_uri(doctor)
    takes_config(command("pretrain", actions.pretrain, "only pre-train the sweep's own encoder into the store"))
    data = command(
        "data", actions.data, "fetch or open a sweep's data and show its contents, what filters dropped, licences"
    )
    takes_config(data)
    data.add_argument("--aligner-input", metavar="FOLDER", help="also write sentence pairs as fast_align reads them")
    add_studies(command)
    report = command(
        "report", actions.report, "print what matters of sweeps, and write tables, figures and a page to play with",
        REPORT_EPILOG,
    )  # fmt: skip
    report.add_argument("names", metavar="NAME", nargs="+", help="one sweep, or several side by side")
    report.add_argument("--format", choices=("text", "markdown", "csv", "latex", "html"), default="text",
                        help="text: the lines that matter (default); html: the page's path")  # fmt: skip
    report.add_argument(
        "--no-figures", dest="figures", action="store_false", help="leave out the figures of papers, which take seconds"
    )
    report.add_argument("--facts", metavar="CSV", help="language,column,...: each value of a column is a group")
    report.add_argument("--costs", metavar="CSV", help="language,cost: shown against the scores")
    report.add_argument("--distance", default="featural", help="to the nearest realigned language, as in `select`")
    confirm = command("confirm", actions.confirm, "run the best sets of a search again, with fresh seeds and controls")
    confirm.add_argument("name", metavar="NAME", help="a sweep with a search; the new one is called NAME-confirm")
    confirm.add_argument("--sets", type=int, default=3, metavar="N", help="number of best sets (default: 3)")
    confirm.add_argument("--random", type=int, default=3, metavar="N", help="number of random controls (default: 3)")
    confirm.add_argument("--seeds", type=int, default=4, metavar="N", help="number of fresh seeds (default: 4)")
    confirm.add_argument(
        "--arms", type=arm_names, metavar="NAME,...",
        help="arms of the search to compare with, as its report names them; none and full always are (default: all)",
    )  # fmt: skip
    confirm.add_argument("--address", help="join the Ray cluster at this address instead of starting a local Ray")
    confirm.add_argument("--data", metavar="FOLDER", help=MOVED_DATA)
    confirm.add_argument("--encoder", metavar="FOLDER", help=MOVED_ENCODER)
    add_tracking_uri(confirm)
    add_sweeps(command)
    learned = command(
        "learned", actions.learned, "show what a search learned about languages, pairs and sizes", LEARNED_EPILOG
    )
    learned.add_argument("name", metavar="NAME")
    learned.add_argument("--csv", metavar="FILE", help="also write what each language adds, with intervals, as a table")
    learned.add_argument(
        "--csv-singles", metavar="FILE", help="the same of trials of one language alone (`search.screen: singles`)"
    )
    learned.add_argument(
        "--note", metavar="TEXT", default="", help="what else a reader of these tables must know, added to their source"
    )
    add_replay(command("replay", actions.replay, "compare searchers on functions that need no training", REPLAY_EPILOG))
    add_sync(
        command("sync", actions.sync, "rebuild what a sweep's trackers (MLflow, Optuna ...) show from its records")
    )
    ui = command("ui", actions.ui, "start MLflow's web interface on the store, or say where the server's is")
    add_tracking_uri(ui)
    ui.add_argument("--port", type=int, default=5000)
    add_select(
        command("select", actions.select, "choose languages by a criterion, without any training", SELECT_EPILOG)
    )
    languages = command("languages", actions.languages, "show what is known of languages")
    languages.add_argument(
        "--where", metavar="POOL", default="realignment", help="as in `select --pool` (default: the 65)"
    )
    languages.add_argument("--languages", metavar="CSV", help="a table of languages of your own (iso,script,name,...)")
    languages.add_argument("--format", choices=("text", "csv"), default="text")
    command("criteria", actions.criteria, "list the criteria for `select` and for sweeps, and what each asks for")
    standing = command("standing", actions.standing, "show the paper's subsets' percentiles under each criterion")
    standing.add_argument("names", metavar="SUBSET", nargs="*", help="published subsets (default: all 53 fixed lists)")
    standing.add_argument("--criterion", action="append", default=[], help="may be repeated (default: all)")
    standing.add_argument("--distance", default="featural", help="as in `select`")
    command("presets", actions.presets, "list the packaged sweeps")
    schema = command("schema", actions.schema, "print the JSON schema of a sweep file, for editors")
    schema.add_argument("--format", choices=("json", "markdown"), default="json", help="markdown: a page with all keys")
    return parser


if __name__ == "__main__":
    command()
