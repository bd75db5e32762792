"""The page `docs/config.md`: a table of all keys, made of the dataclasses."""

import json
from collections.abc import Iterable
from typing import Any

from sweep.config.keys import Key, all_keys

HEAD = """\
# Every key of a sweep file

<!-- Made by `realign-sweep schema --format markdown`: change the dataclasses and their docstrings, not this page. -->

A sweep file holds what differs from the defaults; everything wrong with it is said at once, with the line, before any
data is read. Values are YAML 1.2: `no` is a text, `017` is seventeen, `1e-4` a number, `null` none. Any key can be set
on the command line as well: `--set run.realign.temperature=0.05`, `--set run.data.max_pairs=null`; a list, and what
stands below a name of your own (`arms`, `space`, `subset.rules.at_least`), as a whole:
`--set 'subset.rules.at_least={area=Africa: 3}'`.

A relative path is meant from the folder in which the command is given, like that of `--data`, and absolute from then
on; one that is only beside the sweep file is refused, with both places. `run.data.files` are meant from
`run.data.root`. An encoder's `name` is a folder where there is one of this name, else a repository of the hub. Keys
marked *how* say how a sweep is carried out and not what it computes: they may differ when it goes on under its name.
`arms[]` holds the keys of each arm, `space.KEY` those of each searched hyper-parameter.

## Scales

`scales` names reductions of the sweep, by dotted keys as `--set` takes them:

```yaml
scales:
  smoke: {run.realign.n_steps: 4, run.finetune.n_steps: 4, seeds: [17], search.n_samples: 3}
```

`realign-sweep run my-sweep.yaml --scale smoke` runs the sweep `my-sweep-smoke`, whose own config holds the reduced
values. `plan`, `doctor`, `data` and `pretrain` take `--scale` too; what `--set` says comes after it. Keys and values of
every scale are checked whenever the file is read.

## In an editor

`realign-sweep schema > sweep.schema.json` writes a JSON schema with names, ranges and meanings. Editors with a YAML
language server complete and check a sweep file that begins with

```yaml
# yaml-language-server: $schema=sweep.schema.json
```

Searchers and tasks of installed plug-ins are in it; those that a file names in `plugins` are not. Of a criterion, which
may have arguments, it says that it is a text.

## Short forms

An arm may be written `none` (fine-tune only), `full` (the whole pool) or as the name of a published subset
(`most_uriel_en_10`), and a language as a name, a two- or three-letter code or a tag (`Swahili`, `sw`, `swh_Latn`).
`resources: auto` is `resources: {auto: true}`.
What differs for a task stands in `by_task`: `{nli: {n_steps: 24544}}`, with the keys of the section itself.
"""


def config_page() -> str:
    """The whole page, as Markdown."""
    groups: dict[str, list[Key]] = {}
    for key in all_keys():
        groups.setdefault(_group(key.path), []).append(key)
    parts = [HEAD, *(_table(name, keys) for name, keys in groups.items())]
    return "\n".join(parts)


def _group(path: str) -> str:
    """The section that a key is shown with: the whole of `run.encoder.pretrain` by itself."""
    return path.rpartition(".")[0]


def _table(group: str, keys: Iterable[Key]) -> str:
    lines = [f"## {f'`{group}`' if group else 'Top level'}\n", "| key | type and range | default | meaning |"]
    lines.append("|---|---|---|---|")
    for key in keys:
        kind = "section, see below" if key.is_section else key.kind
        default = "" if key.is_section else "must be given" if key.is_required else f"`{_plain(key.default)}`"
        meaning = f"{key.meaning} *how*" if key.is_execution else key.meaning
        cells = (f"`{key.path.rpartition('.')[2]}`", kind, default, meaning)
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
