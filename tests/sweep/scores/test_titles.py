"""What tasks and their metrics are called."""

from sweep.scores.titles import PROBES, TITLES
from trainables.tasks import TASKS


def test_every_task_of_the_program_has_its_main_metric_and_titles() -> None:
    assert {name: TITLES[name].metric for name in TITLES if name not in PROBES} == {
        name: task.metric for name, task in TASKS.items()
    }
