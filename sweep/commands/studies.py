"""Commands about studies that are published: `export-study`, `import-study` and `import-published`."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from sweep.commands.waiting import waiting
from sweep.folders import SweepFolder
from sweep.output import say_on_stderr as _say
from sweep.output import show

EXPORT_EPILOG = """\
Writes everything that the sweep's reports are made of into one folder, which may be published: its config, every
record, the memory of its search, the same of NAME-confirm where it has been run, and a README with digests. Paths of
this machine are left out, and a sweep that rests on files of its own (costs, distances, plug-ins) is refused. The same
records give the same bytes. An earlier export of the same sweep is replaced. Models and stages are not part of it.

  realign-sweep export-study my-sweep --to studies/my-sweep
"""
IMPORT_EPILOG = """\
Makes the sweep of a published study, with its runs in MLflow: as if its folder had been copied here. `report`,
`learned`, `trials`, `compare`, `list` and `sync` know it, and `resume` runs the trials that are not there yet. Doing it
again changes nothing; a sweep of this name that holds something else is never touched.

  realign-sweep import-study studies/real
  realign-sweep report real
  realign-sweep import-study studies/real --name theirs --data ../data
  realign-sweep resume theirs
"""


def add_studies(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The parsers of these commands."""
    one = command("export-study", export_study, "write a sweep and its records as a folder to publish", EXPORT_EPILOG)
    one.add_argument("name", metavar="NAME")
    one.add_argument("--to", metavar="FOLDER", required=True, help="a new folder, or an earlier export of this sweep")
    one = command(
        "import-study", import_study, "make the sweep of a published study, with runs in MLflow", IMPORT_EPILOG
    )
    one.add_argument("folder", metavar="FOLDER", help="what `export-study` wrote")
    one.add_argument("--name", help="name of the sweep (default: the study's)")
    one.add_argument("--data", metavar="FOLDER", help="where the study's data lies here, for `resume` and `confirm`")
    one = command(
        "import-published", import_published, "import the paper's published scores as a sweep, with runs in MLflow"
    )
    one.add_argument("--name", default="published", help="name of the sweep (default: published)")


def export_study(options: argparse.Namespace) -> None:
    """Writes a study and prints its folder."""
    SweepFolder.existing(options.mlruns, options.name)  # a wrong name needs nothing more to say so
    with waiting(f"{options.name}: reading its records"):
        from sweep.config.own_languages import sweep_to_read
        from sweep.published.export_study import export_study

        written = export_study(sweep_to_read(options.mlruns, options.name, needs_config=True), Path(options.to), _say)
    show(str(written))


def import_study(options: argparse.Namespace) -> None:
    """Makes the sweeps of a study."""
    from sweep.published.import_study import import_study

    folders = import_study(options.folder, options.mlruns, _say, name=options.name, data=options.data)
    _show_in_mlflow(folders)


def import_published(options: argparse.Namespace) -> None:
    """Imports the paper's scores."""
    from sweep.published.study import import_published

    folder = SweepFolder.below(options.mlruns, options.name)
    import_published(folder, _say)
    _show_in_mlflow([folder])


def _show_in_mlflow(folders: Sequence[SweepFolder]) -> None:
    from sweep.tracking.sync import sync

    for folder in folders:
        _say(str(sync(folder, say=_say)))
    _say(f"realign-sweep report {folders[0].name} --mlruns {folders[0].mlruns}")
