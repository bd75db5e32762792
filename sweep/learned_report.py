"""What a search learned, beside its best set: which languages helped, which pairs, what mattered, at what size.

From the records of a search: contributions of single languages (datamodel) and the same from a Gaussian process over
sets, pairs that complement or replace each other, the share of variance that goes with each searched choice, the front
of score against size or cost, and how the best so far grew. All is said with its sample size, and not at all where
there are too few trials: with as many languages as trials, figures without intervals would be read as findings.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from scipy import stats

from sweep.learned import (
    MIN_TOGETHER,
    Score,
    Search,
    best_so_far,
    front,
    importances,
    language_effects,
    language_pairs,
    surrogate_effects,
)
from sweep.records import TrialRecord
from sweep.reports.figures import BLUE, VERMILION, new_figure, save_figure
from sweep.reports.write import markdown_table

MIN_TRIALS_FOR_PAIRS = 40


N_SHOWN = 10


def learned_report(
    records: Sequence[TrialRecord], *, score: Score | None = None, costs: Mapping[str, float] | None = None
) -> str:
    """What the search learned, as Markdown; one sentence where there are too few trials.

    Args:
        records: of the sweep; only searched, finished trials count.
        score: what the search was told of a record (None = `TrialRecord.score`); None = leave it out.
        costs: of every language; None = the front is against the number of languages.
    """
    search = Search.of(records, score, costs)
    if search.refusal:
        return search.refusal + "\n"
    n_languages = len(search.surrogate.space.candidates)
    sizes = str(search.sizes[0]) if len(search.sizes) == 1 else f"{search.sizes[0]} to {search.sizes[-1]}"
    head = (
        f"{len(search.records)} finished trials of {len(set(search.sets))} different sets of {sizes} languages, "
        f"{n_languages} languages tried. Scores are development scores in points; intervals are 95 %, given the model. "
        "All describe this search's trials: the confirm phase says what holds."
    )
    parts = ["# What the search learned", head, "## How the best so far grew", _growth(search)]
    parts += ["## Languages", _language_table(search), "## Pairs", _pair_tables(search)]
    parts += ["## What mattered", _importance_table(search)]
    return "\n\n".join([*parts, f"## Score against {_cost_title(search)}", _front_table(search)]) + "\n"


def learned_figures(
    records: Sequence[TrialRecord],
    folder: Path,
    *,
    score: Score | None = None,
    costs: Mapping[str, float] | None = None,
) -> list[Path]:
    """Writes learned-best.png, learned-languages.png and learned-front.png; none where there are too few trials.

    Args: see `learned_report`.
    """
    search = Search.of(records, score, costs)
    if search.refusal:
        return []
    drawn = {"best": _draw_growth(search), "languages": _draw_languages(search), "front": _draw_front(search)}
    paths = {folder / f"learned-{name}.png": axes for name, axes in drawn.items()}
    for path, axes in paths.items():
        save_figure(axes, path)
    return list(paths)


def _growth(search: Search) -> str:
    best, believed = best_so_far(search)
    marks = sorted({n for e in range(6) for n in (10**e, 2 * 10**e, 5 * 10**e) if n < len(best)} | {len(best)})
    rows = [[str(n), _points(best[n - 1]), _points(believed[n - 1])] for n in marks]
    table = markdown_table(["trials", "best observed", "now believed of it"], rows)
    return (
        f"{table}\n\nThe best observed of many noisy scores is partly luck. What is believed of it is less so, and the "
        "more reliably the more sets were tried several times."
    )


def _language_table(search: Search) -> str:
    effects, surrogate = language_effects(search), surrogate_effects(search)
    limit = float(stats.norm.ppf(1 - 0.025 / len(effects)))
    shown = effects if len(effects) <= 2 * N_SHOWN else [*effects[:N_SHOWN], *effects[-N_SHOWN:]]
    rows = []
    for effect in shown:
        value, error = surrogate.get(effect.language, (float("nan"), float("nan")))
        reach = 1.96 * effect.sd
        rows.append(
            [
                effect.language, _signed(effect.mean),
                f"[{_signed(effect.mean - reach)}, {_signed(effect.mean + reach)}]",
                "yes" if effect.sd > 0 and abs(effect.mean) > limit * effect.sd else "no",
                f"{_signed(value)} ± {100 * error:.1f}", str(effect.n_with),
            ]
        )  # fmt: skip
    title = "in place of an average one" if len(search.sizes) == 1 else "Shapley value"
    n_clear = sum(e.sd > 0 and abs(e.mean) > limit * e.sd for e in effects)
    against = " in place of an average language" if len(search.sizes) == 1 else ""
    text = (
        f"{n_clear} of {len(effects)} languages have an effect that is clear of 0 when corrected (Bonferroni) for "
        f"their number. The contribution is what a language adds{against} if effects add up (datamodel); beside it the "
        "same by a Gaussian process over sets, where they need not, ± the error of its sampling only."
    )
    if len(shown) < len(effects):
        text += f" Shown are the {N_SHOWN} largest and the {N_SHOWN} smallest of {len(effects)}."
    header = ["language", "contribution", "95 %", "clear of 0", f"surrogate: {title}", "trials with it"]
    return f"{text}\n\n{markdown_table(header, rows)}"


def _pair_tables(search: Search) -> str:
    n = len(search.records)
    if n < MIN_TRIALS_FOR_PAIRS:
        return f"Pairs need at least {MIN_TRIALS_FOR_PAIRS} finished trials, but there are {n}: run more trials."
    found = language_pairs(search)
    if not found:
        return "No pair of languages was together in two trials of sets that leave two languages out."
    limit = float(stats.norm.ppf(1 - 0.025 / len(found)))
    n_clear = sum(x.sd > 0 and abs(x.mean) > limit * x.sd for x in found)
    text = (
        f"Of {len(found)} pairs that were together in at least {MIN_TOGETHER} trials, {n_clear} are clear of 0 when "
        "corrected (Bonferroni) for their number. Above 0 two languages complement each other, below 0 one replaces "
        "the other; the most certain first."
    )
    rows = [
        [f"{x.first} + {x.second}", "complement" if x.mean > 0 else "replace", _signed(x.mean), f"{100 * x.sd:.1f}"]
        for x in found[:N_SHOWN]
    ]
    return f"{text}\n\n{markdown_table(['pair', 'they', 'together', 'sd'], rows)}"


def _importance_table(search: Search) -> str:
    found = importances(search)
    if not found:
        return "No choice but the languages themselves took several values, or too many values for so few trials."
    rows = [[x.choice.removeprefix("subset."), str(x.n_values), f"{100 * x.share:.0f} %", f"{x.p:.3f}"] for x in found]
    text = (
        f"Share of the variance of {len(search.records)} scores that goes with a choice, beside the other choices and "
        "beyond chance; p by permutation, not corrected. An adaptive search tries good values more often than others."
    )
    return f"{text}\n\n{markdown_table(['choice', 'values', 'share', 'p'], rows)}"


def _front_table(search: Search) -> str:
    rows = [
        [f"{p.cost:g}", f"{_points(p.mean)} ± {100 * p.sd:.1f}", str(p.n_trials), " ".join(p.languages)]
        for p in front(search)
    ]
    return markdown_table([_cost_title(search), "believed score", "trials", "languages"], rows)


def _draw_growth(search: Search) -> Axes:
    best, believed = best_so_far(search)
    axes = new_figure(6.0, 3.6)
    trials = np.arange(1, len(best) + 1)
    axes.plot(trials, 100 * search.scores, ".", color="0.7", markersize=4, label="trial")
    axes.step(trials, 100 * best, where="post", color=BLUE, label="best observed so far")
    axes.step(trials, 100 * believed, where="post", color=VERMILION, label="now believed of it")
    return _finished(axes, "trials", "development score, points", f"{len(best)} trials")


def _draw_languages(search: Search) -> Axes:
    effects = language_effects(search)[::-1]
    axes = new_figure(6.0, 1.2 + 0.19 * len(effects))
    means, sds = (100 * np.array([getattr(e, name) for e in effects]) for name in ("mean", "sd"))
    axes.errorbar(means, np.arange(len(effects)), xerr=1.96 * sds, fmt="o", color=BLUE, markersize=4, linewidth=1)
    axes.axvline(0.0, color="0.6", linewidth=0.8)
    axes.set_yticks(np.arange(len(effects)), [f"{e.language} ({e.n_with})" for e in effects], fontsize=7)
    axes.set_ylim(-0.8, len(effects) - 0.2)
    return _finished(axes, "contribution, points, 95 %", "", f"{len(search.scores)} trials (with the language)", False)


def _draw_front(search: Search) -> Axes:
    axes, found = new_figure(6.0, 3.6), front(search)
    costs = [search.cost(languages) for languages in search.sets]
    axes.plot(costs, 100 * search.scores, ".", color="0.7", markersize=4, label="trial")
    x, means, sds = ([getattr(p, name) for p in found] for name in ("cost", "mean", "sd"))
    errors = 196 * np.array(sds)
    axes.errorbar(x, 100 * np.array(means), yerr=errors, fmt="o-", color=BLUE, markersize=4, label="front, believed")
    return _finished(axes, _cost_title(search), "development score, points", f"{len(search.scores)} trials")


def _finished(axes: Axes, x: str, y: str, title: str, legend: bool = True) -> Axes:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(title, fontsize=9)
    if legend:
        axes.legend(frameon=False, fontsize=8)
    return axes


def _cost_title(search: Search) -> str:
    return "number of languages" if search.costs is None else "cost"


def _points(value: float) -> str:
    return f"{100 * value:.1f}"


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-0.0", "+0.0")
