"""The many options of `realign-sweep select` and `replay` and what their help says, and options of several commands."""

import argparse
import os
import re
from collections.abc import Sequence
from typing import Any

from sweep.folders import TRACKING_VARIABLE

SELECT_EPILOG = """\
`realign-sweep criteria` lists the criteria. Larger values mean more of it; `least-NAME` is the opposite, and
`0.5*max-sum + 0.5*family-coverage` is a combination.

examples:
  realign-sweep select --size 10                                        the most dispersed ten of the 65
  realign-sweep select --size 10 --criterion facility-location          ten that are close to all the others
  realign-sweep select --size 5 --criterion target-coverage --targets quy,aym,grn
  realign-sweep select --size 10 --criterion max-sum --seed 3 --tolerance 0.1     another set that is nearly as good
  realign-sweep select --size 10 --criterion random-family --seed 0     a control: one of each family, at random
  realign-sweep select --size 10 --at-least 3:area=Africa --at-most 3:area=Africa    one factor held fixed
  realign-sweep select --budget 50000 --costs sentences.csv --at-most 1:family
  realign-sweep select --size 10 --pool uriel                           ten of more than 3,000 languages
  realign-sweep select --budget 9 --pool my.csv --targets my.csv --costs my.csv --criterion target-coverage
  realign-sweep select --size 10 --distance "0.5*featural + 0.5*geographic" --figures out/
  realign-sweep select --size 10 --pareto facility-location             trade max-sum for facility location
"""
REPLAY_EPILOG = """\
examples:
  realign-sweep replay coverage-10 pairs-10 --seeds 10
  realign-sweep replay recorded-pos --searchers random,optuna-tpe,optuna-gp,subset-gp --workers 1,8 --early-stopping 3
  realign-sweep replay my-search --tasks pos             on what a sweep of your own recorded

functions (larger = better, all over languages of the inventory):
  recorded-pos recorded-ner                   trainings of every set of 3 of 24 languages of a synthetic world
  recorded-seeds-pos recorded-seeds-ner       of 3 of 11 languages with six training seeds: two told in turn, worth
  recorded-seeds-pos-first recorded-seeds-ner-first       over the four others; or one told
  study-retrieval-10 study-retrieval-10-first             a model of the published study's trainings, seeds in turn
  published-pos-5 published-pos-10 published-pos-20 published-nli-10      models of the paper's scores
  coverage-5 coverage-10 coverage-20 hidden-10 pairs-10                   made up, noise as published
  mean-3 mean-5 mean-10 mean-pairs-3 mean-pairs-5 mean-pairs-10           made up: sets are as good as their mean
  seeds-coverage-3 seeds-coverage-10 seeds-pairs-3 seeds-pairs-10         made up: seeds in turn, partly their noise,
  seeds-coverage-3-first seeds-coverage-10-first seeds-pairs-3-first seeds-pairs-10-first       or always the first
"""


def add_replay(sub: argparse.ArgumentParser) -> None:
    """The options of `replay`."""
    add = sub.add_argument
    add("functions", metavar="FUNCTION", nargs="+", help="from the list below, a sweep of sets, or a table (.csv.gz)")
    add(
        "--searchers", type=lambda text: re.split(r",(?![^(]*\))", text), default=["random", "optuna-tpe", "subset-gp"],
        help="comma-separated, with options: random,subset-gp(acquisition=ucb) (default: random,optuna-tpe,subset-gp)",
    )  # fmt: skip
    add("--seeds", type=int, default=30, metavar="N", help="runs of each searcher on each function (default: 30)")
    add("--first-seed", type=int, default=0, metavar="N", help="seed of the first run (default: 0)")
    add("--trials", type=int, default=100, metavar="N", help="trials per run (default: 100)")
    add(
        "--workers", type=lambda text: [int(n) for n in text.split(",")], default=[1], metavar="N,...",
        help="trials at a time, under a simulated clock: 1,8 (default: 1)",
    )  # fmt: skip
    add(
        "--early-stopping", type=int, default=0, metavar="FACTOR",
        help="also replay with successive halving on recorded signals: one trial in FACTOR continues at each",
    )  # fmt: skip
    add("--tasks", type=lambda text: text.split(","), default=[], help="tasks of a sweep to search by (default: all)")
    add(
        "--pick", choices=("recommended", "observed"), default="recommended",
        help="the set handed over: the one with the largest posterior mean (default), or the best observed score",
    )  # fmt: skip
    add("--lead", metavar="SEARCHER", help="the one to compare with each of the others (default: subset-gp)")
    add("--jobs", type=int, metavar="N", help="runs at a time (default: number of CPUs)")
    add("--out", default="replay", metavar="FOLDER", help="of rows, report and figures; continued if there (./replay)")


def add_tracking_uri(sub: argparse.ArgumentParser) -> None:
    """The MLflow store of a command: the option, else MLFLOW_TRACKING_URI, else the sweep's own."""
    sub.add_argument(
        "--tracking-uri", metavar="URI", default=os.environ.get(TRACKING_VARIABLE) or None,
        help="an MLflow server (http://HOST:PORT) or another MLflow database (default: $MLFLOW_TRACKING_URI, else the "
        "one in MLRUNS); a server's user and password, or token, are taken from MLFLOW_TRACKING_USERNAME and "
        "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
    )  # fmt: skip


def add_select(sub: argparse.ArgumentParser) -> None:
    """The options of `select`."""
    add = sub.add_argument
    add("--size", type=int, metavar="K", help="how many languages (at most, with --budget)")
    add("--min-size", type=int, metavar="K", help="least number, where --size or --budget is an upper limit")
    add("--criterion", default="max-sum", help="what makes a set good (default: max-sum); see `realign-sweep criteria`")
    add(
        "--pool", default="realignment",
        help="what to choose from: realignment (default, the 65), inventory (119), uriel (all that URIEL describes, "
        "over 3,000), all (ISO 639-3), a published subset, a CSV file (column `pool`), languages (sw,yo,am), or "
        "column=value, joined by & (resource=3 & seen_by_xlmr=seen; uriel & area=Africa)",
    )  # fmt: skip
    add("--languages", metavar="CSV", help="a table of languages of your own: iso,script,name,family,...")
    add(
        "--distance", default="featural",
        help="featural (default), syntactic, phonological, inventory, genetic, geographic, script, file:PATH.csv, "
        "features:PATH.csv, or a mix: 0.5*featural + 0.5*geographic; featural(missing=observed) uses no imputed values",
    )  # fmt: skip
    add("--features", default="syntactic", help="features that feature-entropy and similar criteria use")
    add("--anchor", default="eng_Latn", help="in every set, but not counted (default: English); none = no anchor")
    add(
        "--targets", metavar="POOL",
        help="languages that target-coverage and worst-target serve, as in --pool; of a CSV file, those that "
        "its column `target` marks with yes or a weight",
    )  # fmt: skip
    add("--require", metavar="LANGUAGES", help="always chosen: sw,yo")
    add("--forbid", metavar="LANGUAGES", help="never chosen: ja,ko")
    add("--at-least", metavar="N:GROUP", action="append", default=[], help="2:script=Latn, 1:area=Africa, 1:family")
    add("--at-most", metavar="N:GROUP", action="append", default=[], help="1:family, 3:area=Africa, 2:afri_only")
    add("--budget", type=float, help="total cost at most; needs --costs")
    add("--costs", metavar="CSV", help="language,cost: sentences to collect, money ...; may be the file of --pool")
    add("--facts", metavar="CSV", help="language,column,...: further columns for groups and stratified draws")
    add("--seed", type=int, help="seed of a draw; with --tolerance, of a draw among near-optimal sets")
    add(
        "--tolerance", type=float, help="near-optimal: loses at most this share of the best set's gain over random ones"
    )
    add("--solver", choices=("auto", "exact", "local", "greedy"), default="auto")
    add("--time-limit", type=float, default=30.0, metavar="S", help="limit of the exact solver (default: 30 seconds)")
    add("--pareto", metavar="CRITERION", help="the Pareto front of --criterion and this one, not one set")
    add("--format", choices=("text", "json"), default="text", help="json: everything that the text says, for programs")
    add("--figures", metavar="FOLDER", help="also draw a map and a tree of the distances (PNG) into this folder")


def keywords_of_select(options: argparse.Namespace) -> dict[str, Any]:
    """The options of `select` as `sweep.select` takes them, without rules and without what one set alone has."""
    return {
        "pool": options.pool, "distance": options.distance, "features": options.features,
        "anchor": None if options.anchor.lower() == "none" else options.anchor, "targets": options.targets,
        "costs": options.costs, "facts": options.facts, "min_size": options.min_size,
    }  # fmt: skip


def rules_of_select(options: argparse.Namespace) -> dict[str, Any]:
    """The rules among the options of `select`: require, forbid, at_least, at_most, budget.

    Raises:
        ValueError: a limit that is not N:GROUP.
    """
    return {
        "require": _words(options.require), "forbid": _words(options.forbid), "budget": options.budget,
        "at_least": _limits("--at-least", options.at_least), "at_most": _limits("--at-most", options.at_most),
    }  # fmt: skip


def arm_names(text: str) -> tuple[str, ...]:
    """Names of arms, also with the languages in brackets that reports print beside them.

    Raises:
        argparse.ArgumentTypeError: there is none.
    """
    names = _words(re.sub(r"\([^()]*\)", "", text))
    if not names:
        raise argparse.ArgumentTypeError("must be given the name of an arm or several, but holds none")
    return names


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _limits(option: str, texts: Sequence[str]) -> dict[str, int]:
    limits = {}
    for text in texts:
        number, colon, group = text.partition(":")
        if not colon or not number.strip().isdecimal() or not group.strip():
            raise ValueError(f"`{option}` must be given N:GROUP, like 1:family or 3:area=Africa, but is {text!r}.")
        limits[group.strip()] = int(number)
    return limits
