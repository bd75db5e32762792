"""Arms: the ways to choose realigned languages that a sweep compares, as a sweep file writes them."""

import dataclasses
from dataclasses import dataclass

from search_spaces.criteria import CRITERIA
from search_spaces.languages import parse_language
from search_spaces.registry import nearest_names


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One thing that is compared: a way to choose the languages that are realigned.

    criterion: "none" (fine-tune only), "full" (the whole pool), "given" (exactly `languages`) or a name of
        `search_spaces.criteria.CRITERIA`, which chooses `size` languages of the pool.
    seed: of a random choice (0 if not given); not the seed of the training.
    name: in tables and file names; empty = made from the rest.
    """

    criterion: str = "given"
    size: int | None = None
    seed: int | None = None
    languages: tuple[str, ...] = ()
    name: str = ""


def arm_mapping(arm: object) -> object:
    """The short forms `none`, `full`; YAML's null is read as `none`, which is what people mean by `- ` and `- null`."""
    if isinstance(arm, str):
        return {"criterion": arm}
    return {"criterion": "none"} if arm is None else arm


def checked_arm(arm: Arm, path: str, problems: list[str]) -> Arm:
    """`arm` with canonical languages, its seed and its name; what is wrong with it is appended to `problems`."""
    known = ["none", "full", "given", *sorted(CRITERIA)]
    if arm.criterion not in known:
        problems.append(
            f"`{path}.criterion` must be one of {', '.join(known)}, but is {arm.criterion!r}. "
            f"Nearest: {nearest_names(arm.criterion, known)}."
        )
    elif arm.criterion == "given" and not arm.languages:
        problems.append(f"`{path}` must be none, full, a criterion with a size, or languages, but holds none of them.")
    elif arm.criterion in CRITERIA and (arm.size is None or arm.size < 1):
        problems.append(f"`{path}.size` must be at least 1 language, but is {arm.size}. Give a size.")
    if arm.criterion not in CRITERIA and arm.size is not None:
        problems.append(f"`{path}.size` belongs to a criterion, but the arm is {arm.criterion!r}. Delete it.")
    if arm.criterion != "given" and arm.languages:
        problems.append(f"`{path}.languages` makes an arm by itself, but a criterion is given too. Delete one.")
    seeded = arm.criterion in CRITERIA and CRITERIA[arm.criterion].uses_seed
    if arm.seed is not None and (not seeded or arm.seed < 0):
        problems.append(f"`{path}.seed` must be the seed (from 0) of a random choice, but is {arm.seed}. Delete it.")
    if seeded and arm.seed is None:
        arm = dataclasses.replace(arm, seed=0)
    languages = canonical_languages(arm.languages, f"{path}.languages", problems)
    arm = dataclasses.replace(arm, languages=languages)
    return dataclasses.replace(arm, name=arm.name or default_arm_name(arm))


def default_arm_name(arm: Arm) -> str:
    """`none`, `max-sum-10`, `random-10-s3`: unique for what the arm says, and fit for a file name."""
    if arm.criterion == "given":
        return "given-" + "-".join(language[:3] for language in arm.languages)[:40].strip("-")
    seed = "" if arm.seed is None else f"-s{arm.seed}"
    return arm.criterion if arm.size is None else f"{arm.criterion}-{arm.size}{seed}"


def canonical_languages(languages: tuple[str, ...], path: str, problems: list[str]) -> tuple[str, ...]:
    """Sorted tags; unknown and repeated languages are appended to `problems`."""
    tags: list[str] = []
    for i, text in enumerate(languages):
        try:
            tags.append(parse_language(text))
        except ValueError as error:
            problems.append(f"`{path}[{i}]`: {error}")
    for tag in sorted({tag for tag in tags if tags.count(tag) > 1}):
        problems.append(f"`{path}` may name a language once, but names {tag} {tags.count(tag)} times.")
    return tuple(sorted(set(tags)))
