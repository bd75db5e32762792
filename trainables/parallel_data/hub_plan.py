"""What the source "hub" is asked to fetch: its data sets as configured, their languages, revisions and identities."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from typing import Any

from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH, Language, parse_language
from trainables.data.labelled_files import DataError
from trainables.data_sets import DATA_SETS
from trainables.data_sets.base import COMMIT, DataSet
from trainables.run_config import DataConfig
from trainables.tasks import TASKS

Planned = tuple[DataSet, Language]

PART_FORMAT = 2  # raise it whenever the same rows would be read as other examples


def unpinned(config: DataConfig) -> list[str]:
    """Names of the configured data sets whose revision is no commit: what it is now is resolved before reading."""
    revisions = {name: config.revisions.get(name, DATA_SETS[name].revision) for name in config.sets}
    return [name for name, text in revisions.items() if not DATA_SETS[name].address and not COMMIT.fullmatch(text)]


def checked_sets(config: DataConfig) -> list[DataSet]:
    """The configured data sets, with the codes that the configuration gives.

    Raises:
        DataError: no bitext is named, a set is named twice, two languages have one code of a set, or a setting is of a
            set that is not, or that cannot have it.
        KeyError, ValueError: an unknown data set or language.
    """
    if twice := [name for name, n in Counter(config.sets).items() if n > 1]:
        raise DataError(f"A data set may be named once in `data.sets`, but {', '.join(twice)} is again. Leave it out.")
    sets = [_with_codes(DATA_SETS[name], config.codes.get(name, {})) for name in config.sets]
    if not any(data_set.part == "bitext" for data_set in sets):
        bitexts = ", ".join(name for name, data_set in DATA_SETS.items() if data_set.part == "bitext")
        raise DataError(
            f"`data.sets` must name a bitext ({bitexts}) for source 'hub', but is {list(config.sets)}. Add one."
        )
    for key in ("revisions", "codes", "languages_of"):
        if stray := sorted(set(getattr(config, key)) - set(config.sets)):
            raise DataError(f"`data.{key}` must be of sets in `data.sets`, but has {', '.join(stray)}. Leave it out.")
    for data_set in sets:
        has_one = "{revision}" in (data_set.address or "{revision}") and not data_set.revisions
        if data_set.name in config.revisions and not has_one:
            raise DataError(
                f"The files of {data_set.name} have no revision in common, but `data.revisions` gives one. Delete it."
            )
    if config.require_pinned and (names := unpinned(config)):
        raise DataError(
            f"A data set must have a commit as its revision, but {', '.join(names)} has none. Give `data.revisions`."
        )
    return sets


def planned(config: DataConfig, sets: list[DataSet]) -> list[Planned]:
    """What is fetched, in the order in which it is written: labelled parts first, of a language the main set first.

    English is fetched from the first set of a part that has it, whatever the configuration asks for. Of n-way parallel
    sentences, only languages are fetched that have anything else, as no other is ever probed.

    Raises:
        DataError: a configured language is in none of the data sets.
    """
    held = {language for data_set in sets for language in data_set.languages.values()}
    wanted = {parse_language(text) for text in config.languages} or held
    pairs = {parse_language(text) for text in config.bitext_languages}
    if missing := sorted((wanted | pairs) - held):
        raise DataError(
            f"A language of `data.languages` must be in one of the data sets {', '.join(config.sets)}, but "
            f"{', '.join(missing)} is in none. Leave it out or add a set to `data.sets`."
        )
    tasks = []
    for data_set in sorted(sets, key=lambda one: one.part == "bitext"):
        mine = (wanted | {ENGLISH}) & set(data_set.languages.values())
        if data_set.name in config.languages_of:
            mine &= _languages_of(config, data_set) | ({ENGLISH} if _is_main(data_set, ENGLISH, sets) else set())
        if data_set.part == "bitext":
            mine = {one for one in mine if data_set is _bitext_of(one, sets, config)} & (pairs or mine)
        tasks += [(data_set, language) for language in sorted(mine)]
    useful = {language for data_set, language in tasks if data_set.part != "flores"} | {ENGLISH}
    return [task for task in tasks if task[0].part != "flores" or task[1] in useful]


def unread(config: DataConfig, tasks: list[Planned]) -> dict[str, list[Language]]:
    """Data set -> languages that `config.languages_of` asks of it and of which nothing is fetched, as nothing is read:
    pairs of languages outside of `bitext_languages`, n-way parallel sentences of languages without other text.
    """
    fetched = {(data_set.name, language) for data_set, language in tasks}
    asked = {name: {parse_language(text) for text in texts} - {ENGLISH} for name, texts in config.languages_of.items()}
    found = {name: sorted(one for one in of if (name, one) not in fetched) for name, of in sorted(asked.items())}
    return {name: languages for name, languages in found.items() if languages}


def part_identity(config: DataConfig, data_set: DataSet, language: Language, revision: str = "") -> dict[str, Any]:
    """Everything that decides what is fetched of one language.

    Args:
        revision: the resolved one; "" = as it is configured, which a branch is not decided by.
    """
    code = data_set.code_of(language)
    assert code is not None
    return {
        "format": PART_FORMAT,
        "data_set": data_set.name,
        "repository": data_set.repository,
        "revision": revision or configured_revision(config, data_set, code),
        "code": code,
        "limit": config.max_pairs if data_set.part == "bitext" else config.max_sentences,
        **DATA_SETS.plugin_identity(data_set.name),
        **(TASKS.plugin_identity(data_set.part) if data_set.part in TASKS else {}),
    }


def configured_revision(config: DataConfig, data_set: DataSet, code: str) -> str:
    """The revision that a language is read from, as the configuration or the data set's constant gives it."""
    return config.revisions.get(data_set.name) or data_set.revisions.get(code) or data_set.revision


def _with_codes(data_set: DataSet, codes: Mapping[str, str]) -> DataSet:
    if not codes:
        return data_set
    given: dict[Language, str] = {}
    for name, code in codes.items():
        language = parse_language(name)
        if given.setdefault(language, code) != code:
            raise DataError(
                f"A language may have one code in `data.codes.{data_set.name}`, but {language} has {given[language]!r} "
                f"and {code!r}. Leave one out."
            )
    kept = {code: language for code, language in data_set.languages.items() if language not in given}
    owners = [*kept.items(), *((code, language) for language, code in given.items())]
    for code, n in Counter(code for code, _ in owners).items():
        if n > 1:  # whose text it is would be lost, and with it the test set of the other
            both = " and ".join(str(language) for one, language in owners if one == code)
            raise DataError(
                f"A code of {data_set.name} must be of one language, but with `data.codes` {code!r} is of {both}. Give "
                "another code, or leave it out."
            )
    return dataclasses.replace(data_set, languages=kept | {code: language for language, code in given.items()})


def _languages_of(config: DataConfig, data_set: DataSet) -> set[Language]:
    asked = {parse_language(text) for text in config.languages_of[data_set.name]}
    if strange := sorted(asked - set(data_set.languages.values())):
        raise DataError(
            f"`data.languages_of.{data_set.name}` must be languages of that set, but {', '.join(strange)} is not. "
            "Leave it out, or give its code in `data.codes`."
        )
    wanted = {parse_language(text) for text in config.languages} or asked
    if unwanted := sorted(asked - wanted - {ENGLISH}):
        raise DataError(
            f"`data.languages_of.{data_set.name}` must be of the languages in `data.languages`, but "
            f"{', '.join(unwanted)} is not. Add it there, or leave it out here."
        )
    return asked


def _is_main(data_set: DataSet, language: Language, sets: list[DataSet]) -> bool:
    same = [one for one in sets if one.part == data_set.part and language in one.languages.values()]
    return bool(same) and same[0] is data_set


def _bitext_of(language: Language, sets: list[DataSet], config: DataConfig) -> DataSet | None:
    """The data set whose pairs a language uses: one that `languages_of` asks for it, else of those that it leaves free
    the one that the inventory names, else the first; None where `languages_of` leaves none."""
    having = [one for one in sets if one.part == "bitext" and language in one.languages.values()]
    asked = [one for one in having if one.name in config.languages_of and language in _languages_of(config, one)]
    free = asked or [one for one in having if one.name not in config.languages_of]
    corpus = INVENTORY[language].corpus if language in INVENTORY else ""
    return next((one for one in free if corpus and one.corpus == corpus), free[0] if free else None)
