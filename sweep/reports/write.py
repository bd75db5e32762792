"""Writes tables: Markdown for people, CSV (long, every digit) for programs, LaTeX with booktabs for papers."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sweep.folders import write_atomically
from sweep.records import TrialRecord, error_line
from sweep.reports.groups import ENGLISH_GROUP, GROUPS, ZERO_SHOT_GROUPS
from sweep.reports.leaderboard import leaderboard, stage_times
from sweep.reports.titles import PROBES, TITLES

Rows = list[list[str]]

GROUP_TITLES = {
    "all": "Test, all languages but English",
    "seen": "Test, languages seen in pre-training",
    "unseen": "Test, languages unseen in pre-training",
    "realigned": "Test, languages of the arm's own subset",
    "not realigned": "Test, languages outside the arm's subset",
    ENGLISH_GROUP: "Test, English",
}


def report(records: Sequence[TrialRecord], name: str, form: str = "markdown") -> str:
    """The whole report of one sweep as text.

    Args:
        form: "markdown", "csv" (the leaderboard, long form) or "latex".

    Raises:
        ValueError: no trial has finished, or an unknown form.
    """
    if form not in FORMS:
        raise ValueError(f"The format must be one of {', '.join(FORMS)}, but is {form!r}.")
    if not any(record.finished for record in records):
        why = f": {error_line(records[0].error)}" if records else ""
        raise ValueError(f"A report needs a finished trial, but {name} has none ({len(records)} failed{why}).")
    return FORMS[form](records, name)


def write_reports(records: Sequence[TrialRecord], name: str, folder: Path) -> list[Path]:
    """Writes `report.md` and `report.csv` into `folder` and returns their paths."""
    paths = [folder / "report.md", folder / "report.csv"]
    for path, form in zip(paths, ("markdown", "csv"), strict=True):
        write_atomically(path, report(records, name, form))
    return paths


def _markdown(records: Sequence[TrialRecord], name: str) -> str:
    parts = [f"# {name}", _summary(records)]
    for title, header, rows in _tables(records):
        parts += [f"## {title}", markdown_table(header, rows)]
    parts.append(EXPLANATION)
    failed = [f"- {r.trial}: {error_line(r.error)}" for r in records if not r.finished]
    return "\n\n".join(parts + (["## Failed trials", "\n".join(failed)] if failed else [])) + "\n"


def _latex(records: Sequence[TrialRecord], name: str) -> str:
    tables = [latex_table(header, rows, f"{title} ({name}).") for title, header, rows in _tables(records)]
    return "% needs \\usepackage{booktabs}\n" + "\n".join(tables)


def _csv(records: Sequence[TrialRecord], name: str) -> str:
    table = leaderboard(records)
    table.insert(0, "sweep", name)
    return str(table.to_csv(index=False, lineterminator="\n"))


FORMS: Mapping[str, Callable[[Sequence[TrialRecord], str], str]] = {
    "markdown": _markdown,
    "csv": _csv,
    "latex": _latex,
}

EXPLANATION = (
    "Mean over languages (English left out, each language once, whatever its test sets), then over seeds, ± sample "
    "standard deviation over seeds; in brackets the change against fine-tuning only, paired by seed and language. "
    "`n` counts languages. Arms are in the order of their dev score (the mean over tasks), which is never a reported "
    'score. "Seen" and "unseen" are about the pre-training of the encoder.'
)


def markdown_table(header: Sequence[str], rows: Rows) -> str:
    """A GitHub table; the first column is left-aligned, numbers are right-aligned."""
    widths = [max(len(row[i]) for row in [list(header), *rows]) for i in range(len(header))]
    rule = [":" + "-" * max(2, widths[0] - 1)] + ["-" * max(2, width - 1) + ":" for width in widths[1:]]

    def line(cells: Sequence[str]) -> str:
        padded = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "| " + " | ".join(padded) + " |"

    return "\n".join([line(header), line(rule), *map(line, rows)])


def latex_table(header: Sequence[str], rows: Rows, caption: str) -> str:
    """A table environment with booktabs rules."""
    columns = "l" + "r" * (len(header) - 1)
    lines = [" & ".join(map(_latex_text, row)) + r" \\" for row in [list(header), *rows]]
    return "\n".join(
        [
            r"\begin{table}", r"\centering", rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule",
            *lines[1:], r"\bottomrule", r"\end{tabular}", rf"\caption{{{_latex_text(caption)}}}", r"\end{table}", "",
        ]
    )  # fmt: skip


def _summary(records: Sequence[TrialRecord]) -> str:
    finished = [record for record in records if record.finished]
    n_failed, n_arms = len(records) - len(finished), len({record.arm for record in finished})
    seeds = ", ".join(map(str, sorted({record.seed for record in finished})))
    minutes = (max(record.ended_s for record in finished) - min(record.started_s for record in finished)) / 60
    text = (
        f"{len(finished)} trials finished, {n_failed} failed; {n_arms} arms, training seeds {seeds}; "
        f"{minutes:.1f} minutes from first start to last end."
    )
    n_reused = sum("realign_reused" in record.costs for record in finished)
    return text + (f" Realignments taken from the store: {n_reused}." if n_reused else "")


def _tables(records: Sequence[TrialRecord]) -> list[tuple[str, list[str], Rows]]:
    """(title, header, rows) of every table of the report.

    One task: a table a task (the retrieval probes are others) with a column a group. Several: a table a group with a
    column a task.
    """
    table = leaderboard(records)
    tasks = [task for task in TITLES if task in set(table["task"])]
    columns = {task: TITLES[task].column for task in tasks}
    if len(set(tasks) - set(PROBES)) > 1:
        groups = [group for group in GROUPS if group in set(table["group"])]
        shown = [(GROUP_TITLES[group], table[table["group"] == group], "task", columns) for group in groups]
    else:
        groups_themselves = {group: group for group in ZERO_SHOT_GROUPS}
        shown = [(TITLES[task].table, table[table["task"] == task], "group", groups_themselves) for task in tasks]
    tables = [(title, *_wide(part, across, titles)) for title, part, across, titles in shown]
    return [*tables, ("Seconds a stage, mean over trials", *_times(stage_times(records)))]


def _wide(table: pd.DataFrame, across: str, titles: Mapping[str, str]) -> tuple[list[str], Rows]:
    """Arms down, groups or tasks across; the number of languages stands in the header where all arms agree on it."""
    columns = [column for column in titles if column in set(table[across])]
    sizes = {column: set(table.loc[table[across] == column, "n_group_languages"]) for column in columns}
    shared = {column: sizes[column].pop() for column in columns if len(sizes[column]) == 1}
    rows = []
    for _, of_arm in table.groupby("arm", sort=False):
        first = of_arm.iloc[0]
        cells = of_arm.set_index(across, drop=False)
        shown = [_cell(cells.loc[column], column in shared) if column in cells.index else "-" for column in columns]
        head = [first["label"], str(first["n_languages"]), str(first["n_seeds"]), _number(first["dev_score"])]
        rows.append([*head, *shown])
    header = [f"{titles[column]}, n={shared[column]}" if column in shared else titles[column] for column in columns]
    return ["arm", "realigned on", "seeds", "dev score", *header], rows


def _cell(row: pd.Series, size_is_shared: bool) -> str:
    """`0.612 ± 0.004 (+0.021)`."""
    text = _number(row["mean"])
    if not math.isnan(row["std"]):
        text += f" ± {row['std']:.3f}"
    # Before realignment there is nothing that could have changed.
    if not math.isnan(row["change"]) and not row["task"].endswith("_before"):
        text += f" ({row['change']:+.3f})"
    return text if size_is_shared else f"{text}, n={row['n_group_languages']}"


def _times(table: pd.DataFrame) -> tuple[list[str], Rows]:
    stages = [column for column in table.columns if column.endswith("_s")]
    rows = [
        [row["label"], str(row["n_trials"]), *(f"{row[stage]:.1f}" for stage in stages)] for _, row in table.iterrows()
    ]
    return ["arm", "trials", *(stage.removesuffix("_s").replace("_", " ") for stage in stages)], rows


def _number(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"


def _latex_text(text: str) -> str:
    for plain, escaped in (
        ("\\", r"\textbackslash{}"),
        ("_", r"\_"),
        ("%", r"\%"),
        ("&", r"\&"),
        ("#", r"\#"),
        ("±", r"$\pm$"),
    ):
        text = text.replace(plain, escaped)
    return text
