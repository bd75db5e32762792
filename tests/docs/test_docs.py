"""The documentation: it builds without a warning, its relative links lead somewhere, and the code it shows works."""

import gzip
import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from search_spaces.choose import make_problem
from search_spaces.searchers.base import Searcher
from search_spaces.solvers.local import solve_local
from trainables.data.labelled_files import DataError, InferencePair
from trainables.encoders import hub
from trainables.encoders.base import Source
from trainables.realignment.objectives.base import Units
from trainables.run_config import EncoderConfig

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "extending.md").read_text(), re.DOTALL)
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])


def shown(name: str) -> Any:
    """What the block of docs/extending.md that defines `name` makes of it."""
    (block,) = [block for block in BLOCKS if re.search(rf"^(class|def) {name}\b|^{name} = ", block, re.MULTILINE)]
    namespace: dict[str, Any] = {"__name__": "shown", "Path": Path}
    if not block.startswith('"""'):  # the reader, which goes into a file that is there
        exec("from trainables.data.labelled_files import DataError, InferencePair, read_rows", namespace)
    exec(compile(block, "docs/extending.md", "exec"), namespace)
    return namespace[name]


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "index.html").is_file()
    page = (tmp_path / "site" / "comparison.html").read_text()
    assert "typdiv-sampling" in page and "<table" in page
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]+\.(?:js|css|woff2?)", page)  # nothing from elsewhere


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        assert target.startswith(("http://", "https://")) or (page.parent / target).exists(), target


def test_the_criterion_finds_the_best_of_all_sets() -> None:
    pool = ("deu", "fin", "hin", "jpn", "swh", "tur", "wol", "yor")
    problem, _ = make_problem(3, pool=pool)
    objective = shown("MedianDistance")().bind(problem)
    every = np.array(list(itertools.combinations(range(8), 3)))
    distances = problem.pair_distances("any")
    by_hand = [float(np.median([distances[a, b], distances[a, c], distances[b, c]])) for a, b, c in every]
    assert objective.values(every) == pytest.approx(by_hand)
    assert solve_local(objective, problem.space).value == pytest.approx(max(by_hand))
    assert objective.values(np.array([[0], [5]])).tolist() == [0.0, 0.0]


def test_the_searcher_climbs_and_goes_on_after_being_saved() -> None:
    problem, _ = make_problem(2, pool=("deu", "fin", "hin", "swh", "tur", "yor"))
    kind: type[Searcher] = shown("ExchangeSearcher")

    def told(searcher: Searcher, n: int) -> list[tuple[str, ...]]:
        asked: list[tuple[str, ...]] = []
        for _ in range(n):
            (languages,) = searcher.ask()
            searcher.tell(languages, float(len({"swh_Latn", "yor_Latn"} & set(languages))))
            asked.append(languages)
        return asked

    whole, first = kind(problem, seed=1), kind(problem, seed=1)
    asked = told(whole, 12)
    half = told(first, 6)
    second = kind(problem)
    second.load(first.state())
    assert half + told(second, 6) == asked
    assert len(set(asked)) == 12 and ("swh_Latn", "yor_Latn") in asked
    assert len(set(asked[0]) & set(asked[1])) == 1  # the second set is one exchange from the first


def test_the_objective_is_zero_for_perfect_alignment_only() -> None:
    objective = shown("CosineObjective")(4, 0, 0.1)
    vectors = torch.eye(4)[[0, 0, 1, 2]].requires_grad_()
    same, other = torch.tensor([[0, 1]]), torch.tensor([[0, 1], [2, 3]])
    assert objective(Units(vectors, same, targets_KH=3 * torch.eye(4)[[0]])).item() == pytest.approx(0.0, abs=1e-6)
    loss = objective(Units(vectors, other, targets_KH=torch.eye(4)[[0, 1]]))
    assert loss.item() == pytest.approx(0.5)  # one of the two other sides is orthogonal to its target
    loss.backward()
    assert vectors.grad is not None and vectors.grad.abs().sum() > 0
    with pytest.raises(ValueError, match="frozen encoder"):
        objective(Units(vectors, same))


def test_the_provider_gives_the_same_fresh_weights_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    small = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    trained = BertModel(small, add_pooling_layer=False)
    pretend = Source(identity={"provider": "hub", "name": "x"}, seen=None, load=lambda: (trained, None))  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(hub, "source", lambda *_: pretend)
    source: Callable[..., Source] = shown("source")
    made = source(EncoderConfig(provider="hub", name="x"), None, None)
    before = torch.random.get_rng_state()
    one, two = made.load()[0].state_dict(), made.load()[0].state_dict()
    assert torch.equal(torch.random.get_rng_state(), before)  # it does not disturb the trial's own random numbers
    name = "encoder.layer.0.attention.self.query.weight"
    assert torch.equal(one[name], two[name]) and not torch.equal(one[name], trained.state_dict()[name])
    assert made.seen == frozenset() and made.identity["like"] == pretend.identity


def test_the_data_set_reads_its_rows() -> None:
    data_set = shown("TATOEBA_SMALL")
    assert data_set.code_of("zho_Hans") == "cn" and data_set.code_of("swh_Latn") == "sw"
    assert data_set.config.format(code="sw") == "en-sw"
    assert data_set.read({"translation": {"en": "dogs", "sw": "mbwa"}}, "sw") == ("dogs", "mbwa")
    assert data_set.read({"translation": {"en": "dogs", "sw": " "}}, "sw") is None


def test_the_task_and_its_reader(tmp_path: Path) -> None:
    task, read = shown("PARAPHRASE"), shown("read_paraphrases")
    path = tmp_path / "test.tsv.gz"
    path.write_bytes(gzip.compress(b"dogs bark\tbark dogs\tdifferent\na\tb\tsame\n"))
    assert read(path) == [InferencePair("dogs bark", "bark dogs", "different"), InferencePair("a", "b", "same")]
    path.write_bytes(gzip.compress(b"a\tb\tperhaps\n"))
    with pytest.raises(DataError, match="line 1 has 'perhaps'"):
        read(path)
    assert task.score([["same"], ["same"]], [["same"], ["different"]]) == {"accuracy": (1, 2)}
