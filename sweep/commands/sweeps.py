"""Commands about sweeps that are there: `list`, `rm`, `compare`, `trials` and `export`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from sweep.commands.waiting import waiting
from sweep.folders import SweepFolder
from sweep.output import say_on_stderr as _say
from sweep.output import show

LIST_EPILOG = """\
States: running = a process holds the sweep; interrupted = trials are left, or have failed and would run again
(`resume`); complete; imported = scores of a publication; unreadable = the last lines say why. "best" is the
development score of the sweep's one answer, see docs/searching.md: of a search what its model believes (the posterior
mean, not the plain mean of a leaderboard), of planned arms the mean; size is that of the sweep's own folder, without
the shared stage store.

  realign-sweep list --format json | jq -r '.[] | select(.state == "interrupted") | .name'
"""
RM_EPILOG = """\
The folder of the sweep is deleted for good, its runs in MLflow are marked as deleted (`mlflow gc` empties MLflow's
bin). Stages in the store (realigned encoders, scores, kept models) stay, as other sweeps may share them: the same sweep
run again takes them from there.

  realign-sweep rm my-sweep              says what would go, and asks
  realign-sweep rm my-sweep --yes        does not ask
"""
COMPARE_EPILOG = """\
Arms are in both sweeps where their names are, or where both have one and the same set of languages. Differences are the
second minus the first, paired by seed and language, with the intervals and corrections of every report
(docs/statistics.md). Give both sweeps the same `seeds` and data.

  realign-sweep compare mbert xlmr
  realign-sweep compare mbert xlmr --format csv > differences.csv
"""
TRIALS_EPILOG = """\
Languages: tags, ISO codes or names. Several must all be in the set, or none of them.

  realign-sweep trials my-search --with jpn               trials that realigned on Japanese, and what is known of it
  realign-sweep trials my-search --with jpn,kor --without zho
  realign-sweep trials my-search --with jpn --format csv

Trials with and without a language differ in other languages too. What the language adds is therefore estimated over all
sets at once, as `realign-sweep learned` does; what each test language gained is against fine-tuning only.
"""
EXPORT_EPILOG = """\
Writes FOLDER/TASK for each task: safetensors, tokenizer, configuration with labels, and a model card (README.md) with
the languages, data, scores and what to be careful about. TRIAL is a trial or an arm (its best trial); without one, the
sweep's one answer is meant. Needs `run.keep_models: true` when the trial ran, or --train.

  realign-sweep export my-sweep --to models
  realign-sweep export my-sweep full-seed0 --to models --task ner
  realign-sweep export my-sweep full --encoder --to models       before fine-tuning: always in the store

  from transformers import AutoModelForTokenClassification, AutoTokenizer
  model = AutoModelForTokenClassification.from_pretrained("models/pos")
  model.push_to_hub("me/my-tagger"); AutoTokenizer.from_pretrained("models/pos").push_to_hub("me/my-tagger")

or, with the card, in one line: hf upload me/my-tagger models/pos
"""


def add_sweeps(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The parsers of these commands."""
    one = command("list", list_sweeps, "list the sweeps in --mlruns, and how far each has come", LIST_EPILOG)
    one.add_argument("--format", choices=("text", "json"), default="text")
    one = command("rm", remove, "remove a sweep and its runs in MLflow", RM_EPILOG)
    one.add_argument("name", metavar="NAME")
    one.add_argument("--yes", action="store_true", help="do not ask")
    one = command("compare", compare, "show two sweeps in one table, as of two encoders", COMPARE_EPILOG)
    one.add_argument("first", metavar="A")
    one.add_argument("second", metavar="B")
    one.add_argument("--format", choices=("markdown", "csv"), default="markdown")
    one = command(
        "trials", trials, "show the trials that realigned on a language, and what it was worth", TRIALS_EPILOG
    )
    one.add_argument("name", metavar="NAME")
    one.add_argument("--with", dest="having", metavar="LANGUAGES", default="", help="all of them in the set: jpn,kor")
    one.add_argument("--without", dest="lacking", metavar="LANGUAGES", default="", help="none of them in the set")
    one.add_argument("--format", choices=("markdown", "csv"), default="markdown")
    one = command("export", export, "write a trial's models as Hugging Face folders", EXPORT_EPILOG)
    one.add_argument("name", metavar="NAME")
    one.add_argument("trial", metavar="TRIAL", nargs="?", help="a trial or an arm (default: the sweep's best)")
    one.add_argument("--to", metavar="FOLDER", required=True, help="gets a folder for each task, or `encoder`")
    one.add_argument("--encoder", action="store_true", help="the realigned encoder before fine-tuning, not the tasks'")
    one.add_argument("--task", dest="tasks", action="append", default=[], help="not all tasks; may be repeated")
    one.add_argument("--train", action="store_true", help="train again here what the store has not kept")
    one.add_argument("--license", default="", metavar="ID", help="for the card, e.g. cc-by-nc-4.0 (default: other)")


def list_sweeps(options: argparse.Namespace) -> None:
    """Prints the sweeps."""
    with waiting("reading the records of all sweeps"):
        from sweep.catalogue.listing import list_sweeps, listing_text

        text = listing_text(list_sweeps(options.mlruns), options.format)
    show(text, end="")


def remove(options: argparse.Namespace) -> int:
    """Removes a sweep; 1 where the person says no."""
    SweepFolder.existing(options.mlruns, options.name, to_read=True)  # a wrong name needs nothing more to say so
    from sweep.catalogue.removal import planned_removal, remove_sweep

    _say(str(planned_removal(options.name, options.mlruns)))
    if not options.yes:
        if not sys.stdin.isatty():
            raise ValueError("`rm` must be answered or given `--yes`, but nobody can answer here. Add `--yes`.")
        _say(f"Remove {options.name}? [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            _say("Nothing was removed.")
            return 1
    removed = remove_sweep(options.name, options.mlruns)
    _say(" ".join(filter(None, (f"{options.name} is removed.", removed.unmarked))))
    return 0


def compare(options: argparse.Namespace) -> None:
    """Prints two sweeps side by side."""
    for name in (options.first, options.second):
        SweepFolder.existing(options.mlruns, name, to_read=True)
    with waiting(f"comparing {options.second} with {options.first}"):
        from sweep.commands.report import run_compare

        text = run_compare(options.first, options.second, options.mlruns, options.format)
    show(text, end="")


def trials(options: argparse.Namespace) -> None:
    """Prints the trials with or without languages."""
    SweepFolder.existing(options.mlruns, options.name, to_read=True)
    with waiting(f"{options.name}: reading its records"):
        from sweep.commands.report import run_trials

        text = run_trials(options.name, options.mlruns, options.having, options.lacking, options.format)
    show(text, end="")


def export(options: argparse.Namespace) -> None:
    """Writes models and prints their folders."""
    from sweep import api

    written = api.export(
        options.name, options.trial, to=Path(options.to), mlruns=options.mlruns, encoder=options.encoder,
        tasks=options.tasks, train=options.train, licence=options.license, say=_say,
    )  # fmt: skip
    show("\n".join(map(str, written)))
