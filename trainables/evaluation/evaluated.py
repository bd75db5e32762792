"""Which test sets a task is evaluated on: all that the data holds, or those that `evaluate.languages` lists."""

from collections.abc import Sequence

from search_spaces.languages import Language, parse_language
from trainables.data.folder import DataFolder
from trainables.data.part import Part
from trainables.run_config import EvaluateConfig

TestSet = tuple[Language, str]
"""Language and source; "" is the source of the plain file."""


def parse_listed(texts: Sequence[str]) -> dict[Language, set[str] | None]:
    """Language -> its listed sources, None = all: of entries "sw", "sw/panx" and "sw/" (its main test set).

    Raises:
        ValueError: an unknown language.
    """
    listed: dict[Language, set[str] | None] = {}
    for text in texts:
        name, slash, source = text.partition("/")
        language = parse_language(name)
        known = listed.get(language, set())
        listed[language] = None if known is None or not slash else known | {source}
    return listed


def evaluated_sets(part: Part, data: DataFolder, config: EvaluateConfig) -> tuple[TestSet, ...]:
    """The test sets of a task, sorted.

    Args:
        part: the task.
        config: the task's own, as `for_task` gives it.

    Raises:
        ValueError: a listed language or source has no test set.
    """
    held = {language: data.sources(part, language) for language in data.labelled_languages(part)}
    if not config.languages:
        return tuple((language, source) for language, sources in held.items() for source in sources)
    found = []
    for language, sources in sorted(parse_listed(config.languages).items()):
        have = held.get(language, ())
        if missing := sorted((sources or set()) - set(have)) or ([""] if not have else []):
            wanted = f"{language}/{missing[0]}" if have else language
            raise ValueError(
                f"`evaluate.languages` must list test sets that `{part.name}` has, but {wanted} is none of "
                f"{', '.join(f'{language}/{one}' for one in have) or 'them'}. Leave it out of the list, or list other "
                "ones for this task in `evaluate.by_task`."
            )
        found += [(language, source) for source in have if sources is None or source in sources]
    return tuple(found)


def evaluated_languages(part: Part, data: DataFolder, config: EvaluateConfig) -> tuple[Language, ...]:
    """The languages of `evaluated_sets`, sorted."""
    return tuple(sorted({language for language, _ in evaluated_sets(part, data, config)}))
