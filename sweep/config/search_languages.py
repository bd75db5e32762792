"""What a search may look at: development scores of what, and in which languages (SearchLanguages)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from search_spaces.languages import ENGLISH
from sweep.config.sections import SearchConfig, SweepConfig
from trainables.evaluation.scores import RETRIEVAL


@dataclass(frozen=True, kw_only=True)
class SearchLanguages:
    """Whose dev scores a search is told; English never counts.

    Only scores are held out: a held-out language may still be realigned, as the search never learns what that did to
    its score.

    languages: "all", "seen" or "unseen" (in the encoder's pre-training), or a list of tags.
    hold_out_frac: share of these that is put aside, drawn by `seed`; rounded, but at least one is put aside and one
        is left: there must be two.
    """

    languages: str | tuple[str, ...] = "all"
    hold_out_frac: float = 0.0
    seed: int = 0

    def among(self, dev_languages: Iterable[str], seen: Collection[str] | None = None) -> tuple[str, ...]:
        """The search languages, sorted.

        Args:
            dev_languages: all that have dev scores. seen: what the encoder saw in pre-training; None = not known.

        Raises:
            ValueError: a rule that cannot be applied, or no language left.
        """
        if not 0 <= self.hold_out_frac < 1:
            raise ValueError(
                f"`search.hold_out_frac` must be at least 0 and below 1, but is {self.hold_out_frac}. Change it."
            )
        scored = sorted(set(dev_languages) - {ENGLISH})
        chosen = [language for language in scored if self._wants(language, seen)]
        if isinstance(self.languages, tuple) and (lacking := sorted(set(self.languages) - set(scored))):
            raise ValueError(
                f"`search.languages` must have dev scores in the data, but {', '.join(lacking)} has none. Leave it out."
            )
        if not chosen:
            raise ValueError(f"A search needs the dev scores of a language, but {self.languages!r} leaves none.")
        n_out = round(self.hold_out_frac * len(chosen)) if self.hold_out_frac else 0
        if self.hold_out_frac:
            if len(chosen) < 2:
                raise ValueError(
                    f"`search.hold_out_frac` needs two languages or more with dev scores, but there is {chosen[0]} "
                    "only. Delete it, or widen `search.languages`."
                )
            n_out = min(max(1, n_out), len(chosen) - 1)
        put_aside = np.random.default_rng(self.seed).permutation(len(chosen))[:n_out].tolist()
        return tuple(language for i, language in enumerate(chosen) if i not in put_aside)

    def _wants(self, language: str, seen: Collection[str] | None) -> bool:
        if isinstance(self.languages, tuple):
            return language in self.languages
        if self.languages == "all":
            return True
        if self.languages not in ("seen", "unseen"):
            raise ValueError(
                f"`search.languages` must be all, seen, unseen or a list, but is {self.languages!r}. Choose one."
            )
        if seen is None:
            raise ValueError(
                f"`search.languages: {self.languages}` needs to know what the encoder was pre-trained on, which is not "
                "known. Give a list."
            )
        return (language in seen) == (self.languages == "seen")


def told_tasks(config: SweepConfig) -> tuple[str, ...]:
    """Names in the score rows whose development scores trials are chosen by: see `SearchConfig.objective`."""
    return (RETRIEVAL,) if config.search.objective == "retrieval" else config.run.tasks


def rule_of(search: SearchConfig) -> SearchLanguages:
    """The rule that a sweep's config states."""
    return SearchLanguages(languages=search.languages, hold_out_frac=search.hold_out_frac, seed=search.hold_out_seed)
