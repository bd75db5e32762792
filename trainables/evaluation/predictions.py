"""Predictions on disk, so that every score can be counted again by another program.

One gzipped JSON-lines file a test set, `<task>/<language>.<split>[.<source>].jsonl.gz`, one line an example, in the
order of the data: its text and gold labels as they were read ("example"), and the two lists that were compared ("gold",
"predicted"; the latter as scored, i.e. after the task's repair). Of a tagged sentence these cover the scored words: one
that was cut off or has no sub-word is in neither.
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from search_spaces.languages import Language


def write_predictions(
    folder: Path,
    name: tuple[str, Language, str, str],
    examples: Sequence[Any],
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
) -> Path:
    """Writes one file below `folder`; the same predictions give the same bytes.

    Args:
        name: task, language, split, source.
    """
    task, language, split, source = name
    path = folder / task / (".".join(filter(None, (language, split, source))) + ".jsonl.gz")
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({"example": asdict(example), "gold": list(g), "predicted": list(p)}, ensure_ascii=False) + "\n"
        for example, g, p in zip(examples, gold, predicted, strict=True)
    ]
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    return path
