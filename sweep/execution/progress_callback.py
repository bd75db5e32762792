"""Shows a sweep while it runs: a live display on a terminal, else one quiet line per trial that is over.

A driver-side callback that only looks. Everything goes to standard error; standard output is for results.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from ray import tune
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep.output import shown
from sweep.prediction.time_to_go import TimeToGo
from sweep.records.records import RecordStore, TrialRecord, error_line
from sweep.scores.names import language_names
from sweep.scores.objective import is_told_retrieval
from sweep.search.answer import Answer, answer_of

REFRESHES_A_SECOND = 2
N_NAMED = 4
"""Languages named in a line."""
SHARE = 0.02
"""Of the driver's time that may go into knowing the best set: with hundreds of sets a model of them takes seconds."""
Clock = Callable[[], float]


class ProgressCallback(tune.Callback):
    """Trials done, running and failed, the best so far, stages, rate and time to go.

    Args:
        name: of the sweep. n_trials: in all. records: what is over, also from earlier sessions.
        clock: seconds that only grow.
        to_go: how long it will take, where that was predicted; else it is told from the first trial's end on.
    """

    def __init__(
        self, name: str, n_trials: int, records: RecordStore, clock: Clock = time.monotonic,
        to_go: TimeToGo | None = None,
    ) -> None:  # fmt: skip
        self.name, self.n_trials, self.records, self._clock, self._to_go = name, n_trials, records, clock, to_go
        self._console: Console | None = None
        self._live: Live | None = None
        self._over: dict[str, TrialRecord] = {}  # their outlines: there may be thousands
        self._running: dict[str, dict[str, Any]] = {}
        self._started_s = self._last_end_s = 0.0
        self._n_over_before = 0
        self._best: tuple[int, Answer | None] | None = None
        self._next_best_s = 0.0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_console": None, "_live": None}  # Tune pickles callbacks

    def setup(self, **info: Any) -> None:
        """Starts the display."""
        self._console = Console(stderr=True)
        self._over = {record.trial: record.outline for record in self.records.each() if not record.failed}
        self._n_over_before, self._running, self._started_s = len(self._over), {}, time.monotonic()
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self.render, console=self._console, refresh_per_second=REFRESHES_A_SECOND, transient=True
            )
            self._live.start()

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial has begun."""
        self._running[trial.config["name"]] = {
            "label": _title(trial.config),
            "stage": "loading",
            "since": time.monotonic(),
        }

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """A trial says where it is, and what people should know."""
        if notice := result.get("notice"):
            self._print(f"{_title(trial.config)}: {notice}")
        state = self._running.setdefault(
            trial.config["name"], {"label": _title(trial.config), "since": time.monotonic()}
        )
        state |= {key: result[key] for key in ("stage", "stage_step", "stage_steps", "loss") if key in result}

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial is over."""
        self._end(trial)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial has failed for good."""
        self._end(trial)

    def on_experiment_end(self, trials: list[Any], **info: Any) -> None:
        """Takes the display away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def render(self) -> RenderableType:
        """The display as it stands: a headline, the best trial, one line a running trial."""
        rows = Table.grid(padding=(0, 2))
        for trial in list(self._running.values()):
            n_steps, step = trial.get("stage_steps") or 0, trial.get("stage_step") or 0
            bar = ProgressBar(total=max(1, n_steps), completed=step, width=24)
            steps = f"{step}/{n_steps}" if n_steps else ""
            loss = f"loss {trial['loss']:.3f}" if "loss" in trial else ""
            rows.add_row(
                trial["label"], trial.get("stage", ""), bar, steps, loss, _duration(time.monotonic() - trial["since"])
            )
        return Group(Text(self.headline(), style="bold"), Text(self.best(), style="green"), rows)

    def headline(self) -> str:
        """`quickstart: 3 done, 2 running, 0 failed of 10 | 4.1 trials/min | 1m42s to go`."""
        n_failed = sum(record.failed for record in self._over.values())
        n_done = len(self._over) - n_failed
        text = f"{self.name}: {n_done} done, {len(self._running)} running, {n_failed} failed of {self.n_trials}"
        n_new = len(self._over) - self._n_over_before
        if n_new > 0:
            # Measured at the last end, not now: the rate stands still and the time to go runs down in between.
            trial_s = (self._last_end_s - self._started_s) / n_new
            to_go_s = (self.n_trials - len(self._over)) * trial_s - (time.monotonic() - self._last_end_s)
            text += f" | {60 / max(trial_s, 1e-3):.1f} trials/min"
            text += f" | {_duration(to_go_s if self._to_go is None else self._seconds_to_go())} to go"
        elif self._to_go is not None:
            text += f" | {_duration(self._seconds_to_go())} to go (predicted)"
        return text

    def _seconds_to_go(self) -> float:
        """As predicted, and corrected by what has been seen."""
        assert self._to_go is not None
        now_s = time.monotonic()
        return self._to_go.seconds(sum(now_s - trial["since"] for trial in list(self._running.values())))

    def best(self) -> str:
        """`best so far: subset-gp k=2 #12 (Wolof, Yoruba), 0.612 = posterior mean of its dev score on the search
        languages`: the answer that the report would give now, or would have given a few trials ago.
        """
        n_over = len(self._over)
        if self._best is None or (self._best[0] != n_over and self._clock() >= self._next_best_s):
            started_s = self._clock()
            self._best = n_over, answer_of(list(self._over.values()))
            ended_s = self._clock()
            self._next_best_s = ended_s + (ended_s - started_s) / SHARE
        n_known, answer = self._best
        if answer is None:
            return "best so far: none yet"
        late = f" (after {n_known} trials)" if n_known != n_over else ""
        return f"best so far{late}: {answer}, {answer.score:.3f} = {answer.score_is}"

    def _end(self, trial: Any) -> None:
        name = trial.config["name"]
        running = self._running.pop(name, None)
        record = self.records.get(name)
        if record is None or self._console is None:
            return
        self._over[name] = record.outline
        self._last_end_s = time.monotonic()
        line = self._line(record)
        if self._to_go is not None:
            taken_s = self._last_end_s - running["since"] if running and record.finished else None
            if taken_s is not None:  # a trial that went on from a checkpoint took some of it before
                taken_s = max(taken_s, sum(_stages(record).values()))
            self._to_go.end(name, taken_s)
            if len(self._over) < self.n_trials:
                line += f"; {_duration(self._seconds_to_go())} to go"
        self._print(line)

    def _print(self, line: str) -> None:
        if self._console is not None:
            self._console.print(shown(line), highlight=False, markup=False, soft_wrap=True)

    def _line(self, record: TrialRecord) -> str:
        """`[3/10] max-sum k=2 (Wolof, Yoruba) | seed 0: dev 0.612 in 12s (realign 4.1s, finetune 3.9s)`; tasks are
        added up.
        """
        head = f"[{len(self._over)}/{self.n_trials}] {_named(record.label, record.languages)} | seed {record.seed}"
        if record.failed:
            return f"{head}: FAILED: {error_line(record.error)}"
        if record.status == "stopped":
            last = record.signals[-1]
            return f"{head}: stopped early at {last['name']} {last['value']:.3f}"
        stages = _stages(record)
        seconds = ", ".join(f"{stage} {value:.1f}s" for stage, value in stages.items())
        score = "none" if record.score is None else f"{record.score:.3f}"
        told = "dev retrieval" if is_told_retrieval(record) else "dev"
        return f"{head}: {told} {score} in {_duration(sum(stages.values()))} ({seconds})"


def _stages(record: TrialRecord) -> dict[str, float]:
    """Seconds by kind of stage."""
    stages: dict[str, float] = {}
    for key, value in record.costs.items():
        if key.endswith("_s"):
            stage = key.removesuffix("_s").partition("/")[0]
            stages[stage] = stages.get(stage, 0.0) + value
    return stages


def _title(config: dict[str, Any]) -> str:
    return f"{_named(config['label'], config['subset']['languages'])} | seed {config['seed']}"


def _named(label: str, languages: Iterable[str]) -> str:
    named = language_names(languages, N_NAMED)
    return f"{label} ({named})" if named else label


def _duration(seconds: float) -> str:
    """`42s`, `3m05s`, `2h07m`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
