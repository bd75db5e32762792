"""Tables of effects: read as they are written, damaged ones refused, and the criterion that sums them."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from search_spaces import study_effects
from search_spaces.choose import choose
from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES as POOL_65
from search_spaces.inventory import language_info
from search_spaces.languages import ENGLISH
from search_spaces.problem import SelectionProblem
from search_spaces.rules import SubsetRules
from search_spaces.selection import select
from search_spaces.study_effects import effects_of, packaged_table, read_effects
from search_spaces.subset_space import SubsetSpace
from search_spaces.testing.criteria import POOL

TABLE = Path(__file__).with_name("effects.csv")
HEAD = "language,encoder,task,effect,low,high,n_trials,source\n"


def problem(size: int, least: int | None = None) -> SelectionProblem:
    flat = np.zeros((len(POOL) + 1, len(POOL) + 1))
    return SelectionProblem(
        space=SubsetSpace(pool=POOL, min_size=least or size, max_size=size),
        distances=DistanceMatrix((*POOL, ENGLISH), flat),
    )


def test_a_table_is_read_row_by_row() -> None:
    effects = {effect.language: effect for effect in read_effects(TABLE)}
    assert len(effects) == 9
    swahili = effects[POOL[6]]
    assert (swahili.language, swahili.effect, swahili.low, swahili.high) == ("swh_Latn", 0.014, 0.010, 0.018)
    assert swahili.n_trials == 12
    assert str(swahili.population) == "encoder made-up, task pos+ner; numbers of no study, for tests"


def test_the_best_set_is_that_of_the_largest_effects_and_is_proven() -> None:
    """By hand: zul 1.1, swh 1.4, eus 0.9 of the table; fra, deu and jpn are the least."""
    best = select(problem(3), f"study(table={TABLE})", n_random=0)
    assert best.subset.languages == ("eus_Latn", "swh_Latn", "zul_Latn")
    assert best.optimal and best.value == pytest.approx(3.4)
    worst = select(problem(3), f"least-study(table={TABLE})", n_random=0)
    assert worst.subset.languages == ("deu_Latn", "fra_Latn", "jpn_Jpan") and worst.optimal
    upto = select(problem(9, least=1), f"study(table={TABLE})", n_random=0)  # what harms stays out
    assert upto.subset.languages == tuple(tag for tag in POOL if tag not in ("deu_Latn", "fra_Latn"))
    assert upto.optimal


def test_rules_and_costs_are_kept_by_the_proven_best_set(tmp_path: Path) -> None:
    """Against all sets that keep them."""
    costs = {tag: 1.0 + i for i, tag in enumerate(POOL)}
    (tmp_path / "costs.csv").write_text("language,cost\n" + "".join(f"{tag},{cost}\n" for tag, cost in costs.items()))
    rules = SubsetRules(budget=13, forbid=("swh_Latn",), require=("deu_Latn",))
    found = choose(
        4, f"study(table={TABLE})", pool=POOL, rules=rules, costs=tmp_path / "costs.csv", n_random=0
    ).selection  # fmt: skip
    effect = {one.language: 100 * one.effect for one in read_effects(TABLE)}
    allowed = [
        chosen
        for size in (1, 2, 3, 4)
        for chosen in combinations(POOL, size)
        if "deu_Latn" in chosen and "swh_Latn" not in chosen and sum(costs[tag] for tag in chosen) <= 13
    ]
    assert found.optimal and found.value == pytest.approx(max(sum(effect[t] for t in chosen) for chosen in allowed))


def test_a_language_without_an_estimate_is_named(tmp_path: Path) -> None:
    table = tmp_path / "some.csv"
    table.write_text("".join(line + "\n" for line in TABLE.read_text().splitlines() if "zul" not in line))
    with pytest.raises(
        ValueError, match="needs an estimate for the criterion 'study', but 1 have none: zul_Latn. Forb"
    ):
        select(problem(3), f"study(table={table})", n_random=0)


def test_one_of_several_populations_is_named(tmp_path: Path) -> None:
    table = tmp_path / "two.csv"
    table.write_text(TABLE.read_text() + "swh,other,pos,0.5,0.4,0.6,3,x\n")
    effects = read_effects(table)
    assert len(effects_of(effects, encoder="made-up")) == len(effects_of(effects, task="pos+ner")) == 9
    for given, n in (({}, 2), ({"task": "nli"}, 0)):
        with pytest.raises(
            ValueError, match=rf"name {n}\. There are: encoder made-up, .*; encoder other, task pos; x\."
        ):
            effects_of(effects, **given)
    chosen = select(problem(2), f"study(task=pos+ner,table={table})", n_random=0)
    assert chosen.subset.languages == ("swh_Latn", "zul_Latn")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "must have a row"),
        ("swh,e,pos,0.1,0.2,0.3,4,s\n", "0.2 to 0.3 does not hold 0.1"),
        ("swh,e,pos,0.1,0,nan,4,s\n", "a finite number"),
        ("swh,e,pos,0.1,0,0.3,4.5,s\n", "`n_trials` must be a whole number"),
        ("swh,e,,0.1,0,0.3,4,s\n", "must say its `task`"),
        ("qqq,e,pos,0.1,0,0.3,4,s\n", "line 2: .*qqq"),
        ("swh,e,pos,0.1,0,0.3,4,s\nSwahili,e,pos,0.1,0,0.3,4,s\n", "two of swh_Latn"),
    ],
)
def test_what_is_no_estimate_is_refused(rows: str, said: str, tmp_path: Path) -> None:
    table = tmp_path / "bad.csv"
    table.write_text(HEAD + rows)
    with pytest.raises(ValueError, match=said):
        read_effects(table)


def test_without_a_packaged_table_one_must_be_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(study_effects.importlib.resources, "files", lambda package: tmp_path)
    assert packaged_table() is None
    with pytest.raises(ValueError, match=r"comes without. Give a table of your own: study\(table=FILE.csv\)"):
        select(problem(3), "study", n_random=0)
    (tmp_path / "study_effects.csv").write_text(TABLE.read_text())
    assert select(problem(3), "study", n_random=0).value == pytest.approx(3.4)


def test_the_basis_names_population_and_intervals() -> None:
    criterion = parse_criterion(f"0.5*least-study(table={TABLE}) + 0.5*max-sum")
    lines = criterion.basis(("swh_Latn",))
    assert lines[0].startswith("estimates of encoder made-up, task pos+ner")
    assert re.fullmatch(r"swh_Latn \+1.40 \[\+1.00, \+1.80\] \(12 trials\)", lines[-1])


def test_with_many_languages_and_a_budget_the_best_set_is_that_of_an_integer_program(tmp_path: Path) -> None:
    """Against scipy's solver: 65 languages, a budget, at most one of a family."""
    rng = np.random.default_rng(3)
    points, costs = rng.normal(0, 1, len(POOL_65)).round(3), rng.integers(1, 9, len(POOL_65)).astype(float)
    rows = [f"{tag},e,pos,{v / 100},{v / 100 - 1},{v / 100 + 1},1,s\n" for tag, v in zip(POOL_65, points, strict=True)]
    (tmp_path / "effects.csv").write_text(HEAD + "".join(rows))
    (tmp_path / "costs.csv").write_text(
        "language,cost\n" + "".join(f"{tag},{cost}\n" for tag, cost in zip(POOL_65, costs, strict=True))
    )
    families = [language_info(tag).family for tag in POOL_65]
    limits = [[float(family == one) for family in families] for one in sorted(set(families))]
    best = milp(
        -points, integrality=np.ones(len(points)), bounds=Bounds(0, 1),
        constraints=LinearConstraint(
            np.array([costs, np.ones(len(points)), *limits]), -np.inf, [20, 8] + [1] * len(limits)
        ),
    )  # fmt: skip
    rules = SubsetRules(budget=20, at_most={"family": 1})
    found = choose(
        8, f"study(table={tmp_path / 'effects.csv'})", rules=rules, costs=tmp_path / "costs.csv", n_random=0
    ).selection  # fmt: skip
    assert found.optimal and found.value == pytest.approx(-best.fun)
