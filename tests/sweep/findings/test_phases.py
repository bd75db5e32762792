"""What a search learned and what confirming found stand where people look: in the reports and in MLflow."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow import MlflowClient

from sweep.commands.report import sections_of
from sweep.config.load import as_mapping, saved_config
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import write_yaml
from sweep.findings.phases import learned_of, search_phases
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.write import ReportOptions, report_several
from sweep.tracking.sync import sync

POOL = ("deu_Latn", "fra_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn", "wol_Latn", "yor_Latn")
Record = Callable[..., TrialRecord]


class Study:
    """A search of 14 trials in which Swahili helps by ten points, and the sweep that confirms it."""

    def __init__(self, folder: SweepFolder, config_of: Callable[..., SweepConfig], record_of: Record) -> None:
        self.folder, self.target = folder, SweepFolder(folder.mlruns, "tiny-confirm")
        self.config_of, self.record_of, self.rng = config_of, record_of, np.random.default_rng(0)

    def trial(self, sweep: str, arm: str, seed: int, languages: tuple[str, ...], number: int | None = None) -> Any:
        mean = 0.5 + 0.1 * ("swh_Latn" in languages) + float(self.rng.normal(0, 0.005))
        rows = tuple(
            {"task": "pos", "metric": "accuracy", "language": language, "split": split,
             "n_correct": round(10**9 * (mean + 0.01 * i)),
             "n_total": 10**9}
            for i, language in enumerate(("eng_Latn", "ell_Grek", "kat_Geor", "wol_Latn", "yor_Latn"))
            for split in ("dev", "test")
        )  # fmt: skip
        return self.record_of(arm, seed, languages, sweep=sweep, number=number, score=mean, scores=rows)

    def search(self) -> list[TrialRecord]:
        space = {"subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [2, 3]}}
        search = {"languages": ["ell_Grek", "wol_Latn"]}
        config = self.config_of(arms=["none", "full"], seeds=[0], space=space, search=search, run={"tasks": ["pos"]})
        records = [self.trial("tiny", "none", 0, ()), self.trial("tiny", "full", 0, POOL)]
        for number in range(14):
            chosen = tuple(sorted(self.rng.choice(POOL, 2 + number % 2, replace=False).tolist()))
            records.append(self.trial("tiny", f"search-{number:04d}", 0, chosen, number))
        return self._write(self.folder, config, records)

    def confirmed(self, seeds: tuple[int, ...] = (1, 2, 3)) -> list[TrialRecord]:
        sets = {
            "none": (), "full": POOL, "best-1": ("swh_Latn", "wol_Latn"),
            "random-2-s0": ("deu_Latn", "jpn_Jpan"), "random-2-s1": ("fra_Latn", "tel_Telu"),
        }  # fmt: skip
        arms = [{"criterion": "none", "name": "none"}, {"criterion": "full", "name": "full"}]
        arms += [{"languages": list(tags), "name": arm} for arm, tags in sets.items() if arm not in ("none", "full")]
        config = self.config_of(name="tiny-confirm", arms=arms, seeds=[1, 2, 3], run={"tasks": ["pos"]})
        records = [self.trial("tiny-confirm", arm, seed, tags) for seed in seeds for arm, tags in sets.items()]
        return self._write(self.target, config, records)

    def _write(self, folder: SweepFolder, config: SweepConfig, records: list[TrialRecord]) -> list[TrialRecord]:
        write_atomically(folder.config, write_yaml(as_mapping(config)))
        for record in records:
            RecordStore(folder.records).write(record)
        return records


@pytest.fixture
def study(folder: SweepFolder, config_of: Callable[..., SweepConfig], record_of: Record) -> Study:
    return Study(folder, config_of, record_of)


def test_a_search_says_what_it_learned_and_what_to_do_next(study: Study) -> None:
    study.search()
    phases = search_phases(study.folder)
    assert phases.confirmed is None and [s.title for s in phases.sections] == [
        "What to do next", "What the search learned",
    ]  # fmt: skip
    assert phases.next_step.endswith("realign-sweep confirm tiny") and list(phases.texts) == ["learned.md"]
    assert phases.learned is not None and "swh_Latn (+" in phases.learned.lead
    assert not search_phases(study.target).sections  # of which there is nothing yet


def test_a_confirmed_search_and_the_sweep_that_confirms_it_show_the_verdict(study: Study) -> None:
    study.search()
    study.confirmed()
    phases = search_phases(study.folder)
    assert [section.title for section in phases.sections] == ["Confirmed with fresh seeds", "What the search learned"]
    assert phases.confirmed is not None and not phases.next_step
    assert (
        phases.confirmed.lead.startswith("best-1 is shown to be better than") is False
    )  # the full set has Swahili too
    assert list(phases.texts) == ["confirm.md", "learned.md"] and "tiny: confirmed" in phases.texts["confirm.md"]
    of_target = search_phases(study.target)
    assert [section.lead for section in of_target.sections] == [phases.confirmed.lead]


def test_confirming_that_is_not_over_says_so(study: Study) -> None:
    study.search()
    study.confirmed(seeds=(1, 2))
    section = search_phases(study.folder).confirmed
    assert section is not None
    assert section.paragraphs[0] == "Not complete: 10 of 15 trials are over. Go on: realign-sweep confirm tiny"


def test_only_sets_that_were_searched_need_costs(study: Study, tmp_path: Path) -> None:
    records = study.search()
    searched = sorted({language for record in records if record.number is not None for language in record.languages})
    (tmp_path / "costs.csv").write_text("language,cost\n" + "".join(f"{language},2\n" for language in searched))
    config = saved_config(study.folder.config)
    config = dataclasses.replace(config, subset=dataclasses.replace(config.subset, costs=str(tmp_path / "costs.csv")))
    full = dataclasses.replace(records[0], number=None, arm="full", languages=(*searched, "zul_Latn"))
    assert learned_of(config, [*records, full]).tables
    with pytest.raises(ValueError, match="lacks zul_Latn"):
        learned_of(config, [*records, dataclasses.replace(full, number=99)])


def test_what_cannot_be_said_is_said_in_its_place(study: Study) -> None:
    records = study.search()
    text = (study.folder.config).read_text().replace("- ell_Grek\n", "- zul_Latn\n")
    study.folder.config.write_text(text)
    section = search_phases(study.folder, {"tiny": records}).learned
    assert section is not None and "zul_Latn has none" in section.paragraphs[0] and not section.tables


def test_a_sweep_without_a_search_has_no_phases(folder: SweepFolder, record_of: Record) -> None:
    RecordStore(folder.records).write(record_of("none", 0))
    assert search_phases(folder).sections == [] and search_phases(folder).summary == []


def test_they_are_sections_of_the_report(study: Study) -> None:
    sweeps = {"tiny": study.search(), "tiny-confirm": study.confirmed()}
    options = ReportOptions(phases=sections_of(study.folder, sweeps, beside_others=False))
    text = report_several({"tiny": sweeps["tiny"]}, "markdown", options)
    assert text.index("## What may be claimed") < text.index("## Confirmed with fresh seeds")
    assert "### Differences on test data" in text and "### Languages" in text
    both = sections_of(study.folder, sweeps, True) + sections_of(study.target, sweeps, True)
    assert [section.title for section in both] == [
        "tiny: confirmed with fresh seeds", "tiny: what the search learned", "tiny-confirm: confirmed with fresh seeds",
    ]  # fmt: skip
    assert not any(section.plots for section in both)  # figures of one name


@pytest.mark.slow
def test_the_page_has_their_figures(study: Study) -> None:
    sweeps = {"tiny": study.search(), "tiny-confirm": study.confirmed()}
    for folder in (study.folder, study.target):
        options = ReportOptions(phases=sections_of(folder, sweeps, beside_others=False))
        page = report_several({folder.name: sweeps[folder.name]}, "html", options)
        assert '<h2 id="confirmed-with-fresh-seeds">' in page
        assert 'alt="Confirmed sets against the full set, no realignment and random sets"' in page
        assert ("What each language adds" in page) == (folder is study.folder)


@pytest.mark.slow
def test_mlflow_has_them_on_the_parent_and_sync_writes_them_again(study: Study) -> None:
    study.search()
    sync(study.folder)
    client = MlflowClient(study.folder.tracking_uri)

    def parent(sweep: str) -> tuple[str, set[str]]:
        (run,) = client.search_runs(["1"], f"tags.`realign_sweep.sweep` = '{sweep}' and tags.kind = 'sweep'")
        files = [*client.list_artifacts(run.info.run_id), *client.list_artifacts(run.info.run_id, "plots")]
        return run.data.tags["mlflow.note.content"], {Path(file.path).name for file in files}

    note, files = parent("tiny")
    assert "realign-sweep confirm tiny" in note and "**What the search learned.** Of 8 languages" in note
    assert {"learned.md", "learned-languages.png", "leaderboard.md"} <= files and "confirm.md" not in files
    study.confirmed()
    sync(study.target)  # shows the verdict on the search's parent too
    note, files = parent("tiny")
    assert "**Confirmed with fresh seeds.**" in note and "realign-sweep confirm" not in note
    assert {"confirm.md", "confirm.png", "learned.md"} <= files
    note, files = parent("tiny-confirm")
    assert "**Confirmed with fresh seeds.**" in note and {"confirm.md", "confirm.png"} <= files
    assert len(client.search_runs(["1"])) == 2 + 16 + 15
