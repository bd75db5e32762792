"""A prediction in words: what a sweep takes, a table of its stages, and what dominates."""

from sweep.prediction.predict import Prediction, StageSum

HOW_TO = (
    "how long it takes is not known yet: `realign-sweep plan ... --measure` runs miniatures of a trial, which takes a "
    "minute or so"
)
WORDS = {
    "setup": "loading data and encoder", "between": "between trials", "realign": "realignment",
    "probe_before": "the probe before realignment", "probe_after": "the probe after realignment",
}  # fmt: skip


def title(stage: str) -> str:
    """A stage for people: `fine-tuning on pos`."""
    kind, _, task = stage.partition("/")
    if task:
        return f"{'fine-tuning on' if kind == 'finetune' else 'evaluation of'} {task}"
    return WORDS.get(stage, stage)


def headline(prediction: Prediction) -> str:
    """`about 1 h 07 min (from 6 recorded trials of the same kind), 2 trials at a time`."""
    most = "at most about" if prediction.is_bound else "about"
    n = prediction.n_at_a_time
    at_a_time = "one trial" if n == 1 else f"{n} trials"
    return f"{most} {duration(prediction.wall_s)} ({prediction.source}), {at_a_time} at a time"


def prediction_text(prediction: Prediction) -> str:
    """Everything that is predicted, the stages as a table."""
    lines = [f"time: {headline(prediction)}"]
    bill = [f"{amount(prediction.cpu_s / 3600)} core-hours of trials"]
    if prediction.pretraining_cpu_s:
        bill.append(f"{amount(prediction.pretraining_cpu_s / 3600)} of pre-training")
    if prediction.gpu:
        bill.insert(0, f"{amount(prediction.gpu_s / 3600)} GPU-hours")
    lines.append(f"bill: {', '.join(bill)}")
    lines.append(f"disk: {_disk(prediction)}")
    lines.append(f"memory: {_memory(prediction)}")
    if prediction.stages:
        lines += ["", *_table(prediction), "", dominating(prediction)]
    if prediction.is_bound:
        lines.append("a search may end, and a scheduler stop trials, earlier than counted here")
    return "\n".join(lines)


def dominating(prediction: Prediction) -> str:
    """`78 % of the trials' time is fine-tuning on pos`; pre-training where it takes longer than all of them."""
    if prediction.pretraining_s > prediction.trials_s / prediction.n_at_a_time:
        share = prediction.pretraining_s / prediction.wall_s
        return f"{share:.0%} of the time is pre-training the encoder, once".replace("%", " %")
    stage, most = max(prediction.stages.items(), key=lambda item: item[1].clock_s)
    share = most.clock_s / prediction.trials_s if prediction.trials_s else 0.0
    return f"{share:.0%} of the trials' time is {title(stage)}".replace("%", " %")


def _table(prediction: Prediction) -> list[str]:
    rows = [("stage", "s a trial", "times", "share")]
    if prediction.pretraining_s:
        rows.append(("pre-training the encoder", f"{prediction.pretraining_s:,.1f}", "1", ""))
    for stage, of_stage in sorted(prediction.stages.items(), key=lambda item: -item[1].clock_s):
        rows.append((title(stage), f"{_each_s(of_stage):,.1f}", str(of_stage.n), _share(of_stage, prediction)))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in (1, 2, 3))]).rstrip()
        for row in rows
    ]


def _each_s(stage: StageSum) -> float:
    return stage.clock_s / stage.n if stage.n else 0.0


def _share(stage: StageSum, prediction: Prediction) -> str:
    return f"{100 * stage.clock_s / prediction.trials_s:.0f} %" if prediction.trials_s else ""


def _disk(prediction: Prediction) -> str:
    known = prediction.disk_bytes
    kept = "not known from records" if known is None else f"{size(known)} when it is over"
    while_running = prediction.checkpoint_bytes
    return kept + (f", up to {size(while_running)} more for checkpoints" if while_running else "")


def _memory(prediction: Prediction) -> str:
    n = prediction.n_at_a_time
    text = f"{size(prediction.memory_bytes)} a trial"
    text += f", {size(n * prediction.memory_bytes + prediction.driver_bytes)} for {n} at a time and Ray"
    return text + (f"; {size(prediction.gpu_bytes)} of a trial's card" if prediction.gpu_bytes else "")


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`, `9 days 4 h`: as exact as a prediction is."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} days {hours} h"


def amount(value: float) -> str:
    """Two digits that count: `0.031`, `2.4`, `1,300`."""
    return f"{float(f'{value:.2g}'):,g}"


def size(n_bytes: float) -> str:
    """`0.8 GB`, `620 MB`: of 10^9 and 10^6 bytes."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
