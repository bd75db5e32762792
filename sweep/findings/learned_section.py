"""What a search learned, beside its best set: which languages helped, which pairs, what mattered, at what size.

From the records of a search: what single languages add, by a Gaussian process over sets, pairs that complement or
replace each other, the share of variance that goes with each searched choice, the front of score against size or cost,
and how the best so far grew. All is said with its sample size, and not at all where there are too few trials: with as
many languages as trials, figures without intervals would be read as findings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from search_spaces.searchers.learned import Contribution
from sweep.findings.learned import (
    MIN_TOGETHER,
    Importance,
    Score,
    Search,
    best_so_far,
    front,
    importances,
    language_effects,
    language_pairs,
)
from sweep.records.records import TrialRecord
from sweep.reports.document import Bars, Document, Plot, Rows, Section, Table
from sweep.reports.figures import BLUE, VERMILION, figure_of, new_figure, save_plot, tidy
from sweep.reports.text_forms import markdown
from sweep.scores.names import language_name
from sweep.scores.objective import told_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "What the search learned"
MIN_TRIALS_FOR_PAIRS = 40


N_SHOWN = 10


def learned_section(
    records: Sequence[TrialRecord], *, score: Score | None = None, costs: Mapping[str, float] | None = None
) -> Section:
    """What the search learned: a sentence that matters, tables and figures; one sentence for too few trials.

    Args:
        records: of the sweep; only searched, finished trials count.
        score: what the search was told of a record (None = `TrialRecord.score`); None = leave it out.
        costs: of every language; None = the front is against the number of languages.
    """
    search = Search.of(records, score, costs)
    if search.refusal:
        return Section(title=TITLE, paragraphs=[search.refusal])
    n_languages = len(search.surrogate.space.candidates)
    sizes = str(search.sizes[0]) if len(search.sizes) == 1 else f"{search.sizes[0]} to {search.sizes[-1]}"
    head = (
        f"{len(search.records)} finished trials of {len(set(search.sets))} different sets of {sizes} languages, "
        f"{n_languages} languages tried. Scores are {told_words(records)} in points; intervals are 95 %, given the "
        "model. They describe the trials of this search; the confirm phase says what holds."
    )
    effects, mattered = language_effects(search), importances(search)
    found = [_growth_table(search), _language_table(search, effects), _pair_table(search)]
    found += [_importance_table(search, mattered)]
    found += [_front_table(search)] if _has_front(search) else []
    return Section(
        title=TITLE,
        lead=_lead(effects),
        paragraphs=[head, *(text for text in found if isinstance(text, str))],
        tables=[table for table in found if isinstance(table, Table)],
        plots=_plots(search, effects),
        bars=learned_bars(effects, mattered),
    )


def learned_report(
    records: Sequence[TrialRecord], *, score: Score | None = None, costs: Mapping[str, float] | None = None
) -> str:
    """`learned_section` as Markdown, without its figures. Args: see there."""
    return learned_markdown(learned_section(records, score=score, costs=costs))


def learned_markdown(section: Section) -> str:
    """A text of its own; one sentence where there are too few trials."""
    if not section.tables:
        return "\n\n".join(section.paragraphs) + "\n"
    return markdown(Document(title=section.title, sections=[replace(section, title="")]))


def learned_figures(
    records: Sequence[TrialRecord],
    folder: Path,
    *,
    score: Score | None = None,
    costs: Mapping[str, float] | None = None,
) -> list[Path]:
    """Writes the section's figures as PNG (`learned-best.png` ...); none where there are too few trials.

    Args: see `learned_section`.
    """
    plots = learned_section(records, score=score, costs=costs).plots
    paths = {folder / f"{plot.name}.png": plot.figure for plot in plots}
    for path, figure in paths.items():
        save_plot(figure, path)
    return list(paths)


def _clear(effects: Sequence[Contribution]) -> list[Contribution]:
    """Those whose interval, corrected for their number (Bonferroni), leaves 0 out."""
    limit = float(special.ndtri(1 - 0.025 / max(1, len(effects))))
    return [effect for effect in effects if effect.sd > 0 and abs(effect.mean) > limit * effect.sd]


def _lead(effects: Sequence[Contribution]) -> str:
    clear = _clear(effects)
    if not clear:
        return f"No language is shown to help or harm: all {len(effects)} are within the uncertainty of these trials."
    names = {
        "helped": [f"{e.language} ({_signed(e.mean)})" for e in clear if e.mean > 0],
        "harmed": [f"{e.language} ({_signed(e.mean)})" for e in clear[::-1] if e.mean < 0],
    }
    said = [f"{len(found)} {verb}: {', '.join(found[:N_SHOWN])}" for verb, found in names.items() if found]
    return (
        f"Of {len(effects)} languages, {'; '.join(said)} (points of development score): clear of 0 when corrected for "
        "their number, given the model and trials that the search chose itself."
    )


def _growth_table(search: Search) -> Table:
    best, believed = best_so_far(search)
    marks = sorted({n for e in range(6) for n in (10**e, 2 * 10**e, 5 * 10**e) if n < len(best)} | {len(best)})
    return Table(
        title="How the best so far grew",
        header=["trials", "best observed", "now believed of it"],
        rows=[[str(n), _points(best[n - 1]), _points(believed[n - 1])] for n in marks],
        note="The best observed of many noisy scores is partly luck. What the model believes of it is less so, and is "
        "more reliable when more sets were tried several times. It is of the set with the best score observed, given "
        "all trials; the best set that a report names is chosen before seeds are repeated, by what was believed then.",
    )


def _language_table(search: Search, effects: Sequence[Contribution]) -> Table:
    clear = _clear(effects)
    shown = effects if len(effects) <= 2 * N_SHOWN else [*effects[:N_SHOWN], *effects[-N_SHOWN:]]
    rows: Rows = []
    for effect in shown:
        reach = 1.96 * effect.sd
        rows.append(
            [
                effect.language, _signed(effect.mean),
                f"[{_signed(effect.mean - reach)}, {_signed(effect.mean + reach)}]",
                "yes" if effect in clear else "no", str(effect.n_with),
            ]
        )  # fmt: skip
    low, high = search.surrogate.usual_sizes
    what = (
        f"what a language gives in place of an average one in random sets of {low}"
        if low == high
        else f"the mean of what a language adds to random sets of {low} to {high - 1} (Shapley value over these sizes)"
    )
    text = (
        f"It adds: {what}, with the posterior interval of a Gaussian process over sets, conditional on its kernel and "
        "on normal noise. Sizes are those of the middle 80 % of the trials; nothing is said about others. "
        f"{len(clear)} of {len(effects)} languages are clear of 0 when corrected (Bonferroni) for "
        "their number."
    )
    if len(shown) < len(effects):
        text += f" Shown are the {N_SHOWN} largest and the {N_SHOWN} smallest of {len(effects)}."
    return Table(
        title="Languages", header=["language", "adds", "95 %", "clear of 0", "trials with it"], rows=rows, note=text
    )


def _pair_table(search: Search) -> Table | str:
    n = len(search.records)
    if n < MIN_TRIALS_FOR_PAIRS:
        return f"Pairs need at least {MIN_TRIALS_FOR_PAIRS} finished trials, but there are {n}: run more trials."
    found = language_pairs(search)
    if not found:
        return "No pair of languages was together in two trials of sets that leave two languages out."
    limit = float(special.ndtri(1 - 0.025 / len(found)))
    n_clear = sum(x.sd > 0 and abs(x.mean) > limit * x.sd for x in found)
    counted = f"Of {len(found)} pairs that were together in at least {MIN_TOGETHER} trials, "
    if not n_clear:  # a table of noise would be read as findings
        return f"{counted}none is clear of 0 when corrected (Bonferroni) for their number."
    rows = [
        [f"{x.first} + {x.second}", "complement" if x.mean > 0 else "replace", _signed(x.mean), f"{100 * x.sd:.1f}"]
        for x in found[:N_SHOWN]
    ]
    return Table(
        title="Pairs", header=["pair", "they", "together", "sd"], rows=rows, n_text=2,
        note=f"{counted}{n_clear} {'is' if n_clear == 1 else 'are'} clear of 0 when corrected (Bonferroni) for their "
        "number. Above 0 two languages complement each other, below 0 one replaces the other; the most certain first.",
    )  # fmt: skip


def _importance_table(search: Search, found: Sequence[Importance]) -> Table | str:
    if not found:
        return "Apart from the languages, no choice took several values, or each took too many for so few trials."
    return Table(
        title="What mattered",
        header=["choice", "values", "share", "p"],
        rows=[
            [x.choice.removeprefix("subset."), str(x.n_values), f"{100 * x.share:.0f} %", f"{x.p:.3f}"] for x in found
        ],
        note=f"Share of the variance of {len(search.records)} scores that goes with a choice, given the other choices "
        "and beyond chance; p by permutation, not corrected. An adaptive search tries good values more often than "
        "others.",
    )


def _has_front(search: Search) -> bool:
    """Where all sets cost the same there is nothing to trade."""
    return len({search.cost(languages) for languages in search.sets}) > 1


def _front_table(search: Search) -> Table:
    return Table(
        title=f"Score against {_cost_title(search)}",
        header=["languages", _cost_title(search), "believed score", "trials"],
        rows=[
            [" ".join(p.languages), f"{p.cost:g}", f"{_points(p.mean)} ± {100 * p.sd:.1f}", str(p.n_trials)]
            for p in front(search)
        ],
        note="From the cheapest set to the one that is believed best: each is believed better than all that cost no "
        "more. ± is the standard deviation of the belief.",
    )


def learned_bars(effects: Sequence[Contribution], mattered: Sequence[Importance]) -> list[Bars]:
    """What the tables of languages and of choices say, for the interactive page."""
    clear, reach = _clear(effects), 1.96
    languages = Bars(
        title="What each language adds", names=[language_name(e.language) for e in effects],
        values=[e.mean for e in effects], lows=[e.mean - reach * e.sd for e in effects],
        highs=[e.mean + reach * e.sd for e in effects], filled=[e in clear for e in effects],
        note="Points of development score, by a Gaussian process over sets; 95 % intervals given the model. Filled: "
        "clear of 0 when corrected (Bonferroni) for the number of languages.",
    )  # fmt: skip
    choices = Bars(
        title="What mattered", names=[x.choice.removeprefix("subset.") for x in mattered], unit="share",
        values=[x.share for x in mattered], filled=[x.p <= 0.05 for x in mattered],
        note="Share of the variance of scores that goes with a choice, beyond the others and beyond chance. Filled: "
        "p is at most 0.05 by permutation, not corrected.",
    )  # fmt: skip
    return [one for one in (languages, choices) if one.names]


def _plots(search: Search, effects: Sequence[Contribution]) -> list[Plot]:
    n = f"{len(search.scores)} searched trials"
    plots = [
        Plot(
            name="learned-best", title="How the best so far grew", draw=lambda: figure_of(_draw_growth(search)),
            caption=f"{n} in the order of asking; what the search was told of each, and what a Gaussian process over "
            "all of them now believes of the best one so far.",
        ),
        Plot(
            name="learned-languages", title="What each language adds", draw=lambda: figure_of(_draw_languages(effects)),
            caption=f"What each language adds, by a Gaussian process over sets from {n}, 95 % intervals, not corrected "
            "for the number of languages; in brackets the trials with the language. Filled: clear of 0 when corrected "
            "(Bonferroni).",
        ),
    ]  # fmt: skip
    if _has_front(search):
        plots.append(
            Plot(
                name="learned-front", title=f"Score against {_cost_title(search)}",
                draw=lambda: figure_of(_draw_front(search)),
                caption=f"{n}; bars are 95 % intervals of what is believed, given the model.",
            )
        )  # fmt: skip
    return plots


def _draw_growth(search: Search) -> "Axes":
    best, believed = best_so_far(search)
    axes = new_figure(6.4, 3.6)
    trials = np.arange(1, len(best) + 1)
    axes.plot(trials, 100 * search.scores, ".", color="0.65", markersize=5, label="one trial")
    axes.step(trials, 100 * best, where="post", color=BLUE, label="best observed so far")
    axes.step(trials, 100 * believed, where="post", color=VERMILION, linestyle="--", label="now believed of it")
    return _finished(axes, "trials", "development score, points")


def _draw_languages(effects: Sequence[Contribution]) -> "Axes":
    shown = effects[::-1]
    axes = new_figure(6.0, 1.0 + 0.17 * len(shown))
    clear = _clear(shown)
    for place, effect in enumerate(shown):
        colour = "0.35" if effect not in clear else BLUE if effect.mean > 0 else VERMILION
        axes.errorbar(
            100 * effect.mean, place, xerr=196 * effect.sd, fmt="o", color=colour, markersize=4, linewidth=1,
            markerfacecolor=colour if effect in clear else "white",
        )  # fmt: skip
    axes.axvline(0.0, color="0.3", linewidth=0.8, zorder=0)
    _finished(axes, "contribution, points of development score", "", legend=False, grid="x")
    axes.set_yticks(range(len(shown)), [f"{e.language} ({e.n_with})" for e in shown], fontsize=7)
    axes.set_ylim(-0.8, len(shown) - 0.2)
    return axes


def _draw_front(search: Search) -> "Axes":
    axes, found = new_figure(6.4, 3.6), front(search)
    costs = [search.cost(languages) for languages in search.sets]
    axes.plot(costs, 100 * search.scores, ".", color="0.65", markersize=5, label="one trial")
    x, means, sds = ([getattr(p, name) for p in found] for name in ("cost", "mean", "sd"))
    errors = 196 * np.array(sds)
    axes.errorbar(x, 100 * np.array(means), yerr=errors, fmt="o-", color=BLUE, markersize=4, label="front, believed")
    return _finished(axes, _cost_title(search), "development score, points")


def _finished(axes: "Axes", x: str, y: str, legend: bool = True, grid: Literal["both", "x"] = "both") -> "Axes":
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
    tidy(axes, grid)
    if legend:
        axes.legend(frameon=False, fontsize=8)
    return axes


def _cost_title(search: Search) -> str:
    return "number of languages" if search.costs is None else "cost"


def _points(value: float) -> str:
    return f"{100 * value:.1f}"


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-0.0", "+0.0")
