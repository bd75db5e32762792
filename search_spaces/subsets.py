"""LanguageSubset: which languages a trial realigns on, and how they came to be chosen."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from search_spaces.languages import Language


@dataclass(frozen=True)
class LanguageSubset:
    """A set of languages, sorted. Two subsets are equal when their languages are, however they were chosen.

    Args:
        languages: each once, in any order; none for fine-tuning without realignment.
        criterion: what chose them: a name in the table CRITERIA, "none", "full", or another word ("listed").
        seed: of a random choice, otherwise None.

    Raises:
        ValueError: a language occurs twice.
    """

    languages: tuple[Language, ...]
    criterion: str = field(compare=False)
    seed: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        twice = sorted({language for language in self.languages if self.languages.count(language) > 1})
        if twice:
            raise ValueError(
                f"A language may occur once in a subset, but {', '.join(twice)} occurs again. Drop the repetition."
            )
        object.__setattr__(self, "languages", tuple(sorted(self.languages)))

    @property
    def label(self) -> str:
        """Short name for tables and run names: "max-sum k=10", "random k=10 s=3", "none", "full"."""
        if self.criterion in ("none", "full"):
            return self.criterion
        seed = "" if self.seed is None else f" s={self.seed}"
        return f"{self.criterion} k={len(self.languages)}{seed}"

    def __len__(self) -> int:
        return len(self.languages)

    def __iter__(self) -> Iterator[Language]:
        return iter(self.languages)

    def __contains__(self, language: object) -> bool:
        return language in self.languages
