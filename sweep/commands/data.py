"""`realign-sweep data`: what a sweep's data holds, language by language, and the input that word aligners read."""

from pathlib import Path

from search_spaces.languages import Language
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.plan import with_store
from trainables.data.folder import DataFolder
from trainables.parallel_data import SOURCES
from trainables.parallel_data.corpus import corpus_report, corpus_table
from trainables.realignment.alignments.pharaoh import fast_align_input
from trainables.shared_stages import open_store
from trainables.tasks import TASKS


def open_data(config: SweepConfig, folder: SweepFolder) -> DataFolder:
    """The data of a sweep, fetched or filtered first where its source says so.

    Raises:
        ValueError: data that cannot be had or read.
    """
    run = with_store(config, folder).run
    return SOURCES[run.data.source](run.data, open_store(run))


def describe_data(data: DataFolder) -> str:
    """Where the data lies; files with what filters dropped and licences where that is known, else counts of pairs."""
    lines = [f"data: {data.root}", ""]
    if entries := corpus_report(data.root):
        return "\n".join(lines) + corpus_table(entries)
    lines.append("| language | sentence pairs | " + " | ".join(TASKS) + " |")
    lines.append("|---|---:|" + "---|" * len(TASKS))
    held = {task: set(data.labelled_languages(TASKS[task])) for task in TASKS}
    everyone = sorted(set(data.bitext_languages).union(*held.values()))
    for language in everyone:
        pairs = len(data.bitext(language)) if language in data.bitext_languages else 0
        lines.append(
            f"| {language} | {pairs:,} | " + " | ".join(_sources(data, part, language, held) for part in TASKS) + " |"
        )
    return "\n".join(lines) + "\n"


def write_aligner_input(data: DataFolder, folder: Path, words: str) -> list[Path]:
    """One file a language, `<iso639_3>.txt`, with lines "English words ||| other words" for fast_align or eflomal.

    Line i is the i-th sentence pair; save the aligner's output as `<iso639_3>.pharaoh` for `realign.alignments_root`.
    """
    written = []
    for language in data.bitext_languages:
        path = folder / f"{language[:3]}.txt"
        write_atomically(path, "\n".join(fast_align_input(data.bitext(language), words)) + "\n")
        written.append(path)
    return written


def _sources(data: DataFolder, part: str, language: Language, held: dict[str, set[Language]]) -> str:
    if language not in held[part]:
        return ""
    return ", ".join(source or "yes" for source in data.sources(TASKS[part], language))
