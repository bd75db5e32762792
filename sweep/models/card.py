"""Model cards: what a model is, for whom, how good, and what to be careful about; with the hub's block of metadata."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from search_spaces.languages import ENGLISH
from sweep.records.records import TrialRecord
from sweep.scores.groups import ENGLISH_GROUP, GROUPS
from sweep.scores.leaderboard import leaderboard
from sweep.scores.names import language_name, language_names
from sweep.scores.titles import TITLES
from trainables.data_sets import DATA_SETS
from trainables.encoders.word_starts import word_starts
from trainables.mapping import from_mapping
from trainables.run_config import EvaluateConfig
from trainables.tasks.base import Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

OWN_LICENCE = "as-base-model-and-data"
PIPELINES = {True: "token-classification", False: "text-classification"}


def model_card(
    record: TrialRecord,
    task: Task,
    records: Sequence[TrialRecord] = (),
    licence: str = "",
    tokenizer: "PreTrainedTokenizerBase | None" = None,
) -> str:
    """Of one task's model.

    Args:
        tokenizer: the model's; how it marks word starts decides how words must be given and read. None = as WordPiece.
        records: of the sweep, for intervals over the seeds of the trial's arm; () = the trial alone.
        licence: identifier of the hub ("mit"); "" = `other`, with a sentence that says why.
    """
    parts = [
        _metadata(record, licence, PIPELINES[task.has_words]),
        f"# {task.name} by {record.label}, seed {record.seed}",
        _head(record, "then fine-tuned in English"),
        _what(record) + f"\n- Labels: {' '.join(task.labels)}",
        f"## Use\n\n{_use(record, task, tokenizer)}",
        f"## Scores\n\n{_table(record, task.name, task.metric, records)}",
        f"## Before you rely on it\n\n{_cautions(record, records)}",
        f"## Licence\n\n{_licences(record, licence)}",
    ]
    return "\n\n".join(parts) + "\n"


def encoder_card(record: TrialRecord, records: Sequence[TrialRecord] = (), licence: str = "") -> str:
    """Of a realigned encoder, which has no head: its scores are those of the tasks that were fine-tuned from it."""
    tasks = [task for task in TITLES if any(row.task == task for row in record.scores)]
    scores = "\n\n".join(_table(record, task, TITLES[task].metric, records) for task in tasks)
    parts = [
        _metadata(record, licence, "feature-extraction"),
        f"# Encoder realigned by {record.label}, seed {record.seed}",
        _head(record, "and not fine-tuned for any task"),
        _what(record),
        f"## Use\n\n{_ENCODER}",
        f"## Scores of what was fine-tuned from it\n\n{scores}",
        f"## Before you rely on it\n\n{_cautions(record, records)}",
        f"## Licence\n\n{_licences(record, licence)}",
    ]
    return "\n\n".join(parts) + "\n"


def _head(record: TrialRecord, then: str) -> str:
    n = len(record.languages)
    if not n:
        return f"An encoder without realignment, {then}, training seed {record.seed}."
    plural = "languages" if n > 1 else "language"
    return f"An encoder realigned on {n} {plural} ({language_names(sorted(record.languages))}), {then}."


def _metadata(record: TrialRecord, licence: str, pipeline: str) -> str:
    languages = sorted({"eng", *(language.split("_")[0] for language in record.languages)})
    encoder = record.config.get("encoder", {})
    lines = ["---", "library_name: transformers", f"pipeline_tag: {pipeline}", "language:"]
    lines += [f"- {language}" for language in languages]
    lines += [f"license: {licence}"] if licence else ["license: other", f"license_name: {OWN_LICENCE}"]
    if encoder.get("provider") == "hub" and not Path(str(encoder.get("name"))).is_absolute():
        lines.append(f"base_model: {encoder['name']}")
    return "\n".join([*lines, "tags:", "- realignment", "- zero-shot", "- realign-sweep", "---"])


def _what(record: TrialRecord) -> str:
    encoder, data = record.config.get("encoder", {}), record.config.get("data", {})
    origin = dict(record.encoder)
    base = origin.get("name") or encoder.get("name") or encoder.get("provider") or "not recorded"
    commit = f" at commit {origin['commit']}" if origin.get("commit") else ""
    named = ", ".join(f"{language_name(tag)} ({tag})" for tag in sorted(record.languages)) or "none"
    sets = ", ".join(data.get("sets", ())) or data.get("source", "not recorded")
    realign = record.config.get("realign", {})
    facts = [
        f"Realigned on: {named}",
        f"Base model: {Path(base).name if Path(base).is_absolute() else base}{commit} ({record.encoder_fingerprint})",
        f"Data: {sets}" + "".join(f", {use} {digest[:12]}" for use, digest in sorted(record.data.items())),
        f"Sweep: {record.sweep}, trial {record.trial}, configuration {record.config_fingerprint}, code "
        f"{record.git_commit or 'not under version control'}",
    ]
    if record.languages and realign.get("n_steps"):
        facts.append(f"Realignment: {realign.get('objective', 'contrastive')}, {realign['n_steps']} steps")
    return "\n".join(f"- {fact}" for fact in facts)


def _use(record: TrialRecord, task: Task, tokenizer: "PreTrainedTokenizerBase | None") -> str:
    """Code that reads an example as `tokenize_tagged` or `tokenize_pairs` did when it was scored."""
    config = from_mapping(EvaluateConfig, record.config.get("evaluate", {})).for_task(task.name)
    text = (_TAGGER if task.has_words else _CLASSIFIER).replace("LENGTH", str(config.max_length))
    if not task.has_words:
        return text
    starts = None if tokenizer is None else word_starts(tokenizer)
    text = text.replace("GIVEN", '[[" " + word for word in words]]' if starts and starts.needs_space else "[words]")
    if tokenizer is None or starts is None or starts.bare_id is None:
        return text.replace("BARE", "").replace("EXCEPT", "").replace("SKIP", "")
    piece = str(tokenizer.convert_ids_to_tokens(starts.bare_id))
    for mark, said in {
        "BARE": f'bare = tokenizer.convert_tokens_to_ids("{piece}")\n',
        "EXCEPT": f" other than a lone word start (`{piece}`), where it has another",
        "SKIP": ' or batch["input_ids"][0, carrier[word]] == bare',
    }.items():
        text = text.replace(mark, said)
    return text


def _table(record: TrialRecord, task: str, metric: str, records: Sequence[TrialRecord]) -> str:
    """This model by groups of languages, its arm over seeds with an interval; then language by language."""
    arm = [one for one in records if one.arm == record.arm and one.finished] or [record]
    own, several = (_board(found, task) for found in ([record], arm))
    rows = [f"| test, {TITLES[task].column} | languages | this model | mean of its arm | 95 % over seeds | seeds |"]
    rows.append("| :-- | --: | --: | --: | --: | --: |")
    for group in GROUPS:
        if group not in own:
            continue
        mean, n, _, _, _ = own[group]
        arm_mean, _, low, high, n_seeds = several.get(group, own[group])
        interval = "-" if math.isnan(low) else f"[{low:.3f}, {high:.3f}]"
        name = group if group == ENGLISH_GROUP else f"{group} (without English)" if group == "all" else group
        rows.append(f"| {name} | {n} | {mean:.3f} | {arm_mean:.3f} | {interval} | {n_seeds} |")
    values = [row for row in record.scores if (row.task, row.metric, row.split) == (task, metric, "test")]
    by_language = [
        f"| {language_name(row.language)} ({row.language}{'.' + row.source if row.source else ''}) | {row.value:.3f} "
        f"| {row.n_total} | {'yes' if row.language in record.languages else 'no'} |"
        for row in sorted(values, key=lambda row: (row.language != ENGLISH, row.language, row.source))
    ]
    header = [f"| language | {metric} | counted | realigned |", "| :-- | --: | --: | :-- |"]
    return "\n".join([*rows, "", *header, *by_language])


def _board(records: Sequence[TrialRecord], task: str) -> dict[str, tuple[float, int, float, float, int]]:
    table = leaderboard(records)
    rows = table[table["task"] == task]
    return {
        str(row.group): (row.mean, int(row.n_group_languages), row.low, row.high, int(row.n_seeds))
        for row in rows.itertuples()
    }


def _cautions(record: TrialRecord, records: Sequence[TrialRecord]) -> str:
    n_arms = len({one.arm for one in records if one.finished})
    said = [
        "Fine-tuned on English alone; every other language is zero-shot.",
        "It was chosen on development data; the scores above are of the test sets.",
    ]
    if n_arms > 1:
        said.append(
            f"It is one of {n_arms} arms of its sweep. If it was chosen as the best of them, its scores are likely "
            "higher than those of another run would be."
        )
    said.append(
        "Intervals are Student's, over training seeds on these very languages (- = one seed): they say nothing about "
        "other languages or other data."
    )
    return "\n".join(f"- {one}" for one in said)


def _licences(record: TrialRecord, licence: str) -> str:
    data = record.config.get("data", {})
    known = {name: DATA_SETS[name].licence for name in data.get("sets", ()) if name in DATA_SETS}
    said = f"The exporter says: {licence}. " if licence else ""
    said += "A model inherits obligations from its base model and its training data"
    if known:
        return said + ":\n\n" + "\n".join(f"- {name}: {text}" for name, text in known.items())
    return f"{said}; look up both before you share it: this program does not know the licences of a folder of files."


_TAGGER = """Give words, not text: a word's label is that of its first pieceEXCEPT.

```python
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(FOLDER)
model = AutoModelForTokenClassification.from_pretrained(FOLDER).eval()
words = ["Dogs", "bark", "."]
batch = tokenizer(GIVEN, is_split_into_words=True, truncation=True, max_length=LENGTH, return_tensors="pt")
ids = model(**batch).logits[0].argmax(-1).tolist()
BAREcarrier = {}  # word -> the piece that has its label
for position, word in enumerate(batch.word_ids(0)):
    if word is not None and (word not in carrierSKIP):
        carrier[word] = position
print([model.config.id2label[ids[position]] for position in carrier.values()])
```"""
_CLASSIFIER = """```python
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(FOLDER)
model = AutoModelForSequenceClassification.from_pretrained(FOLDER).eval()
batch = tokenizer("A dog barks.", "An animal makes a noise.", truncation=True, max_length=LENGTH, return_tensors="pt")
print(model.config.id2label[model(**batch).logits[0].argmax(-1).item()])
```"""
_ENCODER = """It has no head and no pooler: use `last_hidden_state`, or fine-tune it for a task of your own.

```python
from transformers import AutoModel, AutoTokenizer

tokenizer, model = AutoTokenizer.from_pretrained(FOLDER), AutoModel.from_pretrained(FOLDER).eval()
vectors = model(**tokenizer("Dogs bark.", return_tensors="pt")).last_hidden_state
```"""
