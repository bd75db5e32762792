"""The published study's own section of a report: which properties of its sets go with their scores, and which cannot be
told apart.
"""

from collections.abc import Sequence

from search_spaces.distances.sources import load_distances
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.published.scores import group_languages
from sweep.published.study import ORIGIN, PROPERTIES, set_table, what_predicts_scores
from sweep.records.records import TrialRecord
from sweep.reports.document import Section, Table
from sweep.statistics.p_values import p_sampled
from sweep.statistics.predictors import predictor_sentences

TITLE = "Which properties of a set go with its score"
DISTANCE = "featural"
OUTCOMES = {
    "pos/all": "PoS accuracy, all",
    "pos/unseen": "PoS accuracy, unseen",
    "nli/all": "NLI accuracy, all",
    "nli/unseen": "NLI accuracy, unseen",
}


def published_section(records: Sequence[TrialRecord]) -> Section | None:
    """Scores regressed on properties of the sets; None where the records are not those of the published study."""
    if not records or not all(ORIGIN in record.versions for record in records):
        return None
    distances = load_distances(DISTANCE, REALIGNMENT_LANGUAGES).matrix
    found = what_predicts_scores(distances, list(OUTCOMES))
    ranks = set_table(distances)[list(PROPERTIES)].corr(method="spearman")["n_african"]
    together = ", ".join(f"{ranks[name]:+.2f} with {title}" for name, title in PROPERTIES.items() if name in OTHERS)
    unseen = sorted(group_languages("pos", "unseen"))
    points = [
        sentence[0].upper() + sentence[1:]
        for outcome, title in OUTCOMES.items()
        for sentence in predictor_sentences(found[found["outcome"] == outcome], title, PROPERTIES)
        if outcome.endswith("unseen")
    ]
    rows = [
        [
            OUTCOMES[row["outcome"]], PROPERTIES[row["property"]], str(row["n_sets"]),
            *(f"{row[name]:+.2f} ({p_sampled(row[f'{name}_p'])})" for name in ("spearman", "alone", "together")),
            f"{100 * row['explained_by_others']:.0f} %",
        ]
        for _, row in found.iterrows()
    ]  # fmt: skip
    header = ["score", "property", "sets", "rank correlation", "slope alone", "beside the others", "explained by them"]
    return Section(
        title=TITLE,
        paragraphs=[
            "The fixed sets of 5 to 40 languages of the published study, their mean scores over four seeds against "
            f"three properties. These go together (rank correlation of the number of African languages: {together}), "
            f"and all {len(unseen)} unseen PoS test languages are African: a slope says what goes together in these "
            "sets, not what would happen if one property were changed. That needs sets that differ in one of them.",
        ],
        points=points,
        tables=[Table(title="Properties and scores", header=header, rows=rows, note=EXPLAINED, n_text=2)],
    )


OTHERS = tuple(name for name in PROPERTIES if name != "n_african")
EXPLAINED = (
    "Everything standardised; p by 10,000 permutations, which make it uncertain by up to 0.01 (two standard errors, "
    "2 sqrt(p (1 - p) / 10000)), not corrected. Beside the others: the slope where the other "
    "two properties are in the regression too; explained by them: how much of the property itself they explain, near "
    f"100 % = it cannot be told apart from them. Dispersion in standard deviations among random sets of the size "
    f"({DISTANCE} distances)."
)
