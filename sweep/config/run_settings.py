"""The part of a sweep file that a trial gets, checked early."""

from trainables.run_checks import problems_of_settings, problems_of_unused
from trainables.run_config import RunConfig

IN_A_FOLDER = ("folder", "files")
"""Sources of data that need `run.data.root`."""


def problems_of_run(run: RunConfig, is_saved: bool = False) -> list[str]:
    """One sentence for each thing that every trial would stumble over, as far as it shows without the data.

    Args:
        is_saved: of a sweep that has begun. An imported one may not know yet where its data lies here: it is reported
            without, and asks for the folder when it goes on.
    """
    problems = []
    if run.data.source in IN_A_FOLDER and not run.data.root and not is_saved:
        problems.append(
            f"`run.data.root` must be a folder for source {run.data.source!r}, but is missing. Give one with `--data`."
        )
    if run.data.source == "files" and not run.data.files:
        problems.append("`run.data.files` must name the files for source 'files', but is empty. See the README.")
    if run.data.source == "hub" and not run.data.sets:
        problems.append("`run.data.sets` must name data sets for source 'hub', but is empty. See the README.")
    found = [*problems_of_settings(run), *problems_of_unused(run)]
    return problems + [in_section(problem, "run") for problem in found]


def in_section(problem: str, section: str) -> str:
    """A problem of a key of `section` as one of the whole file."""
    return problem.replace("`", f"`{section}.", 1)
