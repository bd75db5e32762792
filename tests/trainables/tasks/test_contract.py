"""The contract that authors of plug-ins run, over every task of the table."""

import subprocess
import sys

import pytest

from trainables.tasks import TASKS
from trainables.testing import TaskContract


class TestEveryTask(TaskContract):
    @pytest.fixture(autouse=True, params=sorted(TASKS))
    def member(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param

    @pytest.mark.slow
    def test_the_shared_loss_teaches_it_to_the_last_label(self) -> None:
        super().test_the_shared_loss_teaches_it_to_the_last_label()

    @pytest.mark.slow
    def test_a_run_trains_and_scores_it(self) -> None:
        super().test_a_run_trains_and_scores_it()


def test_what_reports_need_of_a_task_needs_no_torch() -> None:
    code = (
        "import sys\nfrom trainables.tasks import TASKS\n"
        "print([(task.name, task.metric, task.title) for task in TASKS.values()])\n"
        "print(sorted({'torch', 'transformers', 'datasets'} & sys.modules.keys()))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    tasks, heavy = run.stdout.splitlines()
    assert "('ner', 'f1', 'NER F1')" in tasks and heavy == "[]"


def test_the_chance_level_is_that_of_guessing_among_the_labels() -> None:
    """NLI has three balanced classes (Conneau et al. 2018); of F1 over entities no share of labels is expected."""
    assert TASKS["nli"].chance == pytest.approx(1 / 3)
    assert TASKS["pos"].chance == pytest.approx(1 / 17)
    assert TASKS["ner"].chance is None
