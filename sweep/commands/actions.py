"""What each command of `realign-sweep` does with its options: call, print, return the exit code if it is not 0.

What they need is imported inside them: Ray, torch and MLflow take seconds that `--help` should not. Meanwhile a signal
ends a command that runs trials at once: nothing has begun that is not on disk.
"""

import argparse
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sweep.commands.options import keywords_of_select, rules_of_select
from sweep.commands.sync import run_sync
from sweep.commands.waiting import waiting
from sweep.execution.interruption import AGAIN, INTERRUPTED, Interruption, leaving_at_once
from sweep.folders import CONFIRM_SUFFIX, NAME_PATTERN, SweepFolder, tracking_option
from sweep.output import say_on_stderr as _say
from sweep.output import show

if TYPE_CHECKING:
    from sweep.config.sections import SweepConfig
    from sweep.launch import SweepOutcome

NOTHING_HAD_STARTED = "realign-sweep: interrupted. Nothing had started: give the same command again."


def select(options: argparse.Namespace) -> None:
    """Chooses languages, or prints a Pareto front."""
    _use_languages(options)
    given, rules = keywords_of_select(options), rules_of_select(options)
    if options.pareto:
        from search_spaces.rules import SubsetRules
        from sweep.select.command import front_text

        show(front_text(options.size, options.criterion, options.pareto, rules=SubsetRules(**rules), **given))
        return
    from sweep import api
    from sweep.select.as_json import choice_json
    from sweep.select.report import describe_choice

    choice = api.select(
        options.size, options.criterion, **given, **rules, seed=options.seed, tolerance=options.tolerance,
        solver=options.solver, time_limit_s=options.time_limit, figures=options.figures, say=_say,
    )  # fmt: skip
    show(choice_json(choice) if options.format == "json" else describe_choice(choice))


def languages(options: argparse.Namespace) -> None:
    """Prints what is known of languages."""
    _use_languages(options)
    from search_spaces.choose import parse_pool
    from sweep.select.inventory import inventory_table

    show(inventory_table(parse_pool(options.where), options.format), end="")


def _use_languages(options: argparse.Namespace) -> None:
    """Takes the user's own table, where there is one."""
    if options.languages:
        from pathlib import Path

        from search_spaces.own_languages import read_own_languages, use_languages

        use_languages(read_own_languages(Path(options.languages)), options.languages)


def criteria(options: argparse.Namespace) -> None:
    """Lists the criteria."""
    from sweep.select.report import describe_criteria

    show(describe_criteria())


def standing(options: argparse.Namespace) -> None:
    """Prints the percentiles of the paper's subsets."""
    with waiting("placing subsets among random sets"):
        from sweep.select.standing import standing_table

        text = standing_table(options.names, options.criterion, options.distance)
    show(text, end="")


def run(options: argparse.Namespace) -> int:
    """Runs a sweep."""
    from sweep import api

    n = options.max_concurrent
    with leaving_at_once(lambda: NOTHING_HAD_STARTED, _say):
        config = _config(options, [*options.overrides, *([] if n is None else [f"concurrency={n}"])])
        run = partial(
            api.run_sweep, config, mlruns=options.mlruns, address=options.address, tracking_uri=options.tracking_uri,
            say=_say,
        )  # fmt: skip
        return _sweep(SweepFolder.below(options.mlruns, config.name), options, run)


def resume(options: argparse.Namespace) -> int:
    """Continues a sweep."""
    from sweep import api

    run = partial(
        api.resume, options.name, mlruns=options.mlruns, data=options.data, encoder=options.encoder,
        address=options.address, tracking_uri=options.tracking_uri, say=_say,
    )  # fmt: skip
    return _sweep(SweepFolder.below(options.mlruns, options.name), options, run, _places_again(options))


def _sweep(folder: SweepFolder, options: argparse.Namespace, run: "Callable[[], SweepOutcome]", more: str = "") -> int:
    """Runs a sweep, prints its report and returns the exit code.

    Args:
        more: options that it takes to go on, beside those of all commands that run trials.
    """
    from sweep.api import checked_address

    checked_address(options.address)
    go_on = folder.resume_command + more + _options_again(options)

    outcome: SweepOutcome | None = None

    def last_words() -> str:
        if outcome is not None and not outcome.n_open:
            return f"realign-sweep: {folder.all_over}"
        begun = folder.has_config
        return f"realign-sweep: interrupted. Continue with `{go_on}`." if begun else NOTHING_HAD_STARTED

    with leaving_at_once(last_words, _say):
        try:
            outcome = run()
        except KeyboardInterrupt:
            _say(last_words())
            return INTERRUPTED
        return _outcome(folder, outcome, options.tracking_uri, go_on)


def _outcome(folder: SweepFolder, outcome: "SweepOutcome", tracking_uri: str | None, go_on: str) -> int:
    if outcome.interrupted and not outcome.n_open:
        _say(f"realign-sweep: {folder.all_over}")
        return INTERRUPTED
    from sweep.commands.report import brief_text

    if outcome.records and (text := brief_text(folder.root)):
        show(text)
        show(f"records and tables: {folder.root}")
        if tracking_uri or folder.database.exists():
            show(f"MLflow store:       {tracking_uri or folder.tracking_uri}")
            show(f"open it with:       realign-sweep ui --mlruns {folder.mlruns}{tracking_option(tracking_uri)}")
        if folder.optuna.exists():
            show(f"Optuna study:       optuna-dashboard sqlite:///{folder.optuna}")
    if outcome.n_open:
        _say(f"realign-sweep: {outcome.what_is_left} Continue with `{go_on}`.")
        return 1 if outcome.problem else INTERRUPTED
    return 1 if outcome.n_failed else 0


def _places_again(options: argparse.Namespace) -> str:
    """Where data and encoder of a sweep lie that was begun elsewhere: the sweep itself keeps the places that it began
    with.
    """
    given = {"--data": options.data, "--encoder": options.encoder}
    return "".join(f" {option} {shlex.quote(folder)}" for option, folder in given.items() if folder)


def _options_again(options: argparse.Namespace) -> str:
    """What a sweep is continued with; a password in an address is left for the reader to fill in."""
    address = f" --address {shlex.quote(options.address)}" if options.address else ""
    return address + tracking_option(options.tracking_uri)


def _config(options: argparse.Namespace, overrides: Sequence[str]) -> "SweepConfig":
    from sweep import api

    return api.load_config(
        options.sweep, name=options.name, data=options.data, languages=options.languages, scale=options.scale,
        overrides=overrides,
    )  # fmt: skip


def _config_of_sweep(options: argparse.Namespace) -> "SweepConfig | None":
    """Of a sweep that was started, where its name is given and nothing that would make it another one."""
    changed = options.name or options.data or options.languages or options.scale or options.overrides
    if changed or not NAME_PATTERN.fullmatch(options.sweep):
        return None
    folder = SweepFolder.below(options.mlruns, options.sweep)
    if not folder.has_config or options.sweep.endswith((".yaml", ".yml")):
        return None
    from sweep.config.load import saved_config

    return saved_config(folder.config)


def plan(options: argparse.Namespace) -> None:
    """Prints what a sweep would run."""
    config = _config(options, options.overrides)
    folder = SweepFolder.below(options.mlruns, config.name)
    if options.measure:
        from sweep.prediction.command import plan_text

        text = plan_text(config, folder, measuring=True, say=_say)
    else:
        with waiting(f"{config.name}: reading the data, choosing languages, checking everything"):
            from sweep.prediction.command import plan_text

            text = plan_text(config, folder)
    if options.scale:
        from sweep.config.scales import read_scale, settings_text

        show(f"scale {options.scale}: {settings_text(read_scale(options.sweep, options.scale))}\n")
    show(text)


def doctor(options: argparse.Namespace) -> int:
    """Looks for what would stop a sweep; 1 where something does."""
    with waiting("looking at this machine"):
        from sweep.api import checked_address
        from sweep.doctor.examine import examine
        from sweep.doctor.findings import STOP, report

        findings = examine(
            options.sweep, name=options.name, data=options.data, languages=options.languages,
            scale=options.scale, overrides=options.overrides, mlruns=options.mlruns,
            address=checked_address(options.address), tracking_uri=options.tracking_uri,
        )  # fmt: skip
    show(report(findings), end="")
    return 1 if any(finding.level == STOP for finding in findings) else 0


def pretrain(options: argparse.Namespace) -> None:
    """Pre-trains the sweep's own encoder."""
    config = _config(options, options.overrides)
    from sweep.execution.prepare import pretrain_encoder

    with Interruption(AGAIN, _say).watching():
        show(pretrain_encoder(config, SweepFolder.below(options.mlruns, config.name), _say))


def data(options: argparse.Namespace) -> int:
    """Shows a sweep's data; 1 where a file cannot be read."""
    config = _config_of_sweep(options) or _config(options, options.overrides)
    from pathlib import Path

    folder = SweepFolder.below(options.mlruns, config.name)
    with waiting("reading every file"):
        from sweep.commands.data import (
            describe_data,
            describe_leaks,
            describe_refused,
            look_at_files,
            look_before_building,
            open_data,
            write_aligner_input,
        )

        looks = look_before_building(config)
    if any(look.refused for look in looks):
        show(describe_refused(config, looks), end="")
        return 1
    data = open_data(config, folder)
    with waiting(f"reading every file of {data.root}"):
        looks = look_at_files(data)
    show(describe_data(data, looks), end="")
    if not any(look.refused for look in looks):
        show("\n" + describe_leaks(config, folder, data), end="")
    if options.aligner_input:
        written = write_aligner_input(data, Path(options.aligner_input), config.run.realign.explicit().words)
        _say(f"written: {len(written)} files in {options.aligner_input}")
    return 1 if any(look.refused for look in looks) else 0


def report(options: argparse.Namespace) -> None:
    """Prints what matters, and writes tables, figures and a page."""
    for name in options.names:
        SweepFolder.existing(options.mlruns, name, to_read=True)  # a wrong name needs nothing more to say so
    with waiting(f"{', '.join(options.names)}: comparing arms, drawing what has changed"):
        from sweep import api

        text = api.report(
            options.names, mlruns=options.mlruns, form=options.format, facts=options.facts, costs=options.costs,
            distance=options.distance, figures=options.figures, say=_say,
        )  # fmt: skip
    show(text, end="")


def confirm(options: argparse.Namespace) -> int:
    """Confirms a search."""
    from sweep import api

    with leaving_at_once(lambda: AGAIN, _say):
        outcome = api.confirm(
            options.name, mlruns=options.mlruns, n_sets=options.sets, n_random=options.random, n_seeds=options.seeds,
            arms=options.arms, data=options.data, encoder=options.encoder, address=options.address,
            tracking_uri=options.tracking_uri, say=_say,
        )  # fmt: skip
    if outcome.interrupted and not outcome.n_open:
        _say(AGAIN)
        return INTERRUPTED
    written = SweepFolder.below(options.mlruns, f"{options.name}{CONFIRM_SUFFIX}").root / "confirm.md"
    if written.is_file():
        show(written.read_text(encoding="utf-8"), end="")
    if outcome.n_open:
        go_on = SweepFolder.below(options.mlruns, options.name).resume_command.replace(" resume ", " confirm ", 1)
        go_on += _places_again(options) + _options_again(options)
        _say(f"realign-sweep: {outcome.what_is_left} Continue with `{go_on}`.")
        return INTERRUPTED
    return 1 if outcome.n_failed else 0


def learned(options: argparse.Namespace) -> None:
    """Prints what a search learned."""
    from pathlib import Path

    from sweep.config.own_languages import sweep_to_read

    folder = sweep_to_read(options.mlruns, options.name, needs_config=True)
    with waiting(f"{options.name}: estimating what each language and pair added"):
        from sweep.commands.report import run_learned

        table, singles = (Path(path) if path else None for path in (options.csv, options.csv_singles))
        text = run_learned(folder, _say, table, singles, options.note)
    show(text, end="")


def replay(options: argparse.Namespace) -> None:
    """Compares searchers."""
    from sweep import api

    text = api.replay(
        options.functions, searchers=options.searchers, seeds=options.seeds, first_seed=options.first_seed,
        trials=options.trials, workers=options.workers, early_stopping=options.early_stopping, tasks=options.tasks,
        pick=options.pick, lead=options.lead, jobs=options.jobs, out=options.out, mlruns=options.mlruns, say=_say,
    )  # fmt: skip
    show(text, end="")


def sync(options: argparse.Namespace) -> None:
    """Rebuilds what trackers show."""
    from sweep.config.own_languages import sweep_to_read

    folder = sweep_to_read(options.mlruns, options.name)
    run_sync(
        folder, tracking_uri=options.tracking_uri, trackers=options.trackers, best_model=options.best_model, say=_say
    )  # fmt: skip


def ui(options: argparse.Namespace) -> None:
    """Serves MLflow's pages."""
    from sweep.tracking.ui import serve

    serve(SweepFolder.below(options.mlruns, "ui"), options.port, _say, options.tracking_uri)


def presets(options: argparse.Namespace) -> None:
    """Lists the presets."""
    from sweep.config.presets import presets
    from sweep.config.yaml_reader import read_yaml

    for name, path in presets().items():
        show(f"{name:16} {' '.join(str(read_yaml(path).get('description', '')).split())}")


def schema(options: argparse.Namespace) -> None:
    """Prints the schema, or the page of keys."""
    import json

    from sweep.config.page import config_page
    from sweep.config.schema import json_schema

    show(config_page() if options.format == "markdown" else json.dumps(json_schema(), indent=1), end="")
