"""TrialCosts: what a trial takes, in plain numbers. Who measures it and who counts with it meet here."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Seconds of a stage: what it takes once, and for each of its units; of the clock and of the processor."""

    fixed_s: float = 0.0
    unit_s: float = 0.0
    fixed_cpu_s: float = 0.0
    unit_cpu_s: float = 0.0

    def seconds(self, n_units: float) -> float:
        """Of the clock."""
        return self.fixed_s + self.unit_s * n_units

    def cpu_seconds(self, n_units: float) -> float:
        """Of the processor."""
        return self.fixed_cpu_s + self.unit_cpu_s * n_units


@dataclass(frozen=True, kw_only=True)
class TrialCosts:
    """What a trial of a kind takes.

    stages: "realign" (a unit is a sub-word of a sentence pair), "finetune/TASK" (an example), "evaluate/TASK",
        "probe_before" and "probe_after" (a sub-word), "setup" (no unit): data, encoder and its checks.
    first_setup_s: what the first trial of a process takes before its first stage, imports included.
    pair_subwords: language -> mean sub-words of a sentence pair, both sides.
    units: what an "evaluate/TASK" or a probe of a whole trial has; "signal": what one look at the probe's few
        languages has.
    memory_bytes: peak resident memory. gpu_bytes: peak allocated on the card; 0 without one.
    busy_frac: of the time, in which the card computes; 0 without one.
    realigned_bytes, finetuned_bytes: of a stored encoder, and of all stored models of a trial. checkpoint_bytes: of the
        state of a training half-way.
    pretraining: of the encoder, where the store has none yet (a unit is a step).
    """

    stages: dict[str, Rate]
    first_setup_s: float
    pair_subwords: dict[str, float] = field(default_factory=dict)
    units: dict[str, float] = field(default_factory=dict)
    memory_bytes: float = 0.0
    gpu_bytes: float = 0.0
    busy_frac: float = 0.0
    realigned_bytes: float = 0.0
    finetuned_bytes: float = 0.0
    checkpoint_bytes: float = 0.0
    pretraining: Rate | None = None
