"""Arms: the ways to choose realigned languages that a sweep compares, as a sweep file writes them."""

import dataclasses
import re
from dataclasses import dataclass

from search_spaces.criteria import CRITERIA
from search_spaces.criteria.base import Draw
from search_spaces.criteria.parse import parse_criterion
from search_spaces.languages import parse_language
from search_spaces.published.subsets import PUBLISHED, PUBLISHED_SEEDS, PublishedSubset
from search_spaces.ranges import Seed, SetSize, Share
from search_spaces.registry import UnknownNameError, nearest_names
from search_spaces.rules import SubsetRules

FIXED = ("none", "full", "given")
N_LIKELY_SEEDS = 1_000


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One thing that is compared: a way to choose the languages that are realigned.

    criterion: "none" (fine-tune only), "full" (the whole pool), "given" (exactly `languages`), or a criterion as
        `search_spaces.criteria.parse` reads it ("max-sum", "gist(weight=0.5)", "random-family"), which chooses `size`
        languages of the pool.
    size: how many languages; at most, where the rules have a budget.
    seed: of a random choice (0 if not given), or - with `tolerance` - of a near-optimal one; not of the training.
    tolerance: a near-optimal set instead of the best one: it loses at most this share of its gain over random sets.
    languages: exactly these, instead of a criterion.
    published: one of the paper's subsets by name ("most_uriel_en_10"), instead of `languages`; the random ones are
        drawn by `seed`, or by each training seed where it is not given, as in the paper's runs (17, 23, 42, 66).
    distance: instead of `subset.distance`.
    rules: instead of `subset.rules`.
    name: in tables and file names; empty = made from the rest.
    """

    criterion: str = "given"
    size: SetSize | None = None
    seed: Seed | None = None
    tolerance: Share | None = None
    languages: tuple[str, ...] = ()
    published: str = ""
    distance: str | None = None
    rules: SubsetRules | None = None
    name: str = ""


def arm_mapping(arm: object) -> object:
    """The short forms `none`, `full` and a published subset's name; YAML's null is read as `none`, which is what people
    mean by `- ` and `- null`.
    """
    if isinstance(arm, str):
        return {"published": arm} if arm in PUBLISHED else {"criterion": arm}
    return {"criterion": "none"} if arm is None else arm


def checked_arm(arm: Arm, path: str, problems: list[str]) -> Arm:
    """`arm` with canonical languages, its seed and its name; what is wrong with it is appended to `problems`."""
    if arm.published:
        arm = _with_published_languages(arm, path, problems)
    if arm.criterion in FIXED:
        _check_fixed(arm, path, problems)
    else:
        arm = _checked_choice(arm, path, problems)
    languages = canonical_languages(arm.languages, f"{path}.languages", problems)
    arm = dataclasses.replace(arm, languages=languages)
    return dataclasses.replace(arm, name=arm.name or default_arm_name(arm))


def problem_of_seed(criterion: str, seed: int | None, tolerance: float | None) -> str | None:
    """Why a criterion cannot be used with this seed and tolerance, or None.

    Raises:
        ValueError: no such criterion.
    """
    if isinstance(parse_criterion(criterion), Draw):
        return f"must not be given to {criterion!r}, which draws a set and judges none" if tolerance else None
    if seed is not None and tolerance is None:
        return f"is {seed}, but {criterion!r} is deterministic: add a `tolerance` to draw among near-optimal sets"
    return "needs a `seed` to draw among near-optimal sets" if tolerance is not None and seed is None else None


def default_arm_name(arm: Arm) -> str:
    """`none`, `max-sum-10`, `random-10-s3`: unique for what the arm says, and fit for a file name."""
    if arm.criterion == "given":
        return "given-" + "-".join(map(_code, arm.languages))[:40].strip("-")
    seed = "" if arm.seed is None else f"-s{arm.seed}"
    criterion = re.sub(r"[^A-Za-z0-9._-]+", "-", arm.criterion).strip("-")[:50]
    return criterion if arm.size is None else f"{criterion}-{arm.size}{seed}"


def _code(language: str) -> str:
    """Three letters, where these are no other language's: `zho` is Simplified Chinese alone."""
    code = language[:3]
    return code if _tag_or_text(code) == language else language


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


def _with_published_languages(arm: Arm, path: str, problems: list[str]) -> Arm:
    """`arm` with the languages of its published subset. A saved arm holds them already, which is no contradiction."""
    if arm.criterion != "given" or arm.size is not None:
        problems.append(
            f"`{path}.published` makes an arm by itself, but other fields choose languages too. Delete one."
        )
    given = tuple(sorted(_tag_or_text(text) for text in arm.languages))
    try:
        published = PUBLISHED[arm.published]
        if published.languages is None and arm.seed is None:
            if not given:
                return dataclasses.replace(arm, name=arm.name or arm.published)
            arm = dataclasses.replace(arm, seed=_drawing_seed(published, given, arm.name))
        subset = published.draw(arm.seed)
    except ValueError as error:
        problems.append(f"`{path}.published`: {error}")
        return dataclasses.replace(arm, seed=None)
    if given and given != subset.languages:
        problems.append(
            f"`{path}.languages` must be those of {arm.published!r} where it is given too, but are "
            f"{', '.join(given)}. Delete one of the two."
        )
    name = arm.name or (arm.published if arm.seed is None else f"{arm.published}-s{arm.seed}")
    return dataclasses.replace(arm, languages=subset.languages, name=name)


def _drawing_seed(published: PublishedSubset, languages: tuple[str, ...], name: str) -> int:
    """The seed that drew `languages`: files of the first version hold it in the arm's name at most.

    Raises:
        ValueError: none of the likely ones did.
    """
    in_name = re.findall(r"-s(\d{1,9})$", name)
    for seed in dict.fromkeys([*map(int, in_name), *PUBLISHED_SEEDS, *range(N_LIKELY_SEEDS)]):
        if published.draw(seed).languages == languages:
            return seed
    raise ValueError(
        f"{published.name!r} is drawn at random, so `languages` must be its draw with a known seed, but are not. "
        "Give its `seed`, or the languages alone."
    )


def _tag_or_text(text: str) -> str:
    try:
        return parse_language(text)
    except ValueError:
        return text  # whoever makes the languages canonical says what is wrong with it


def _check_fixed(arm: Arm, path: str, problems: list[str]) -> None:
    if arm.criterion == "given" and not arm.languages and not arm.published:
        problems.append(f"`{path}` must be none, full, a criterion with a size, or languages, but holds none of them.")
    if arm.criterion != "given" and arm.languages:
        problems.append(f"`{path}.languages` makes an arm by itself, but a criterion is given too. Delete one.")
    for field in ("size", "seed", "tolerance", "distance", "rules"):
        drawn = field == "seed" and bool(arm.published)  # what is wrong with it has been said
        if getattr(arm, field) is not None and not drawn:
            problems.append(f"`{path}.{field}` belongs to a criterion, but the arm is {arm.criterion!r}. Delete it.")


def _checked_choice(arm: Arm, path: str, problems: list[str]) -> Arm:
    try:
        criterion = parse_criterion(arm.criterion)
    except ValueError as error:
        near = nearest_names(arm.criterion, [*FIXED, *CRITERIA, *PUBLISHED])
        unknown = isinstance(error, UnknownNameError) and repr(arm.criterion) in str(error)
        more = "" if unknown else f" {error}"  # an unknown name has been said
        problems.append(
            f"`{path}.criterion` must be none, full, given, a published subset or a criterion, but is "
            f"{arm.criterion!r}. Nearest: {near}.{more}"
        )
        return arm
    if arm.languages:
        problems.append(f"`{path}.languages` makes an arm by itself, but a criterion is given too. Delete one.")
    budget = arm.rules.budget if arm.rules else None
    if arm.size is None and budget is None:
        problems.append(f"`{path}.size` must be given for a criterion, but is missing. Give a number of languages.")
    if isinstance(criterion, Draw) and arm.seed is None:
        arm = dataclasses.replace(arm, seed=0)
    if found := problem_of_seed(arm.criterion, arm.seed, arm.tolerance):
        field = "seed" if arm.tolerance is None else "tolerance"
        problems.append(f"`{path}.{field}` {found}.")
    return arm
