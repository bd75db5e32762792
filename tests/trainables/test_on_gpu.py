"""What only a machine with a GPU can show: `make gpu-check` runs these and prints a report to paste. Skipped elsewhere.

Nothing here asserts a speed: the report says what was measured.
"""

import dataclasses
import gc
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from trainables.run import Run, release
from trainables.run_config import PretrainConfig, RunConfig
from trainables.stepping.cuda_graphs import recorded_passes, recorded_states
from trainables.stepping.devices import cap_gpu_memory, describe_machine, explaining_gpu_memory
from trainables.trial import RealignTrial

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
]

MIB = 2**20
N_STEPS = 20


@pytest.fixture(scope="module")
def report() -> Iterator[Callable[[str], None]]:
    """Takes lines of the report, which is printed when all tests are over."""
    lines: list[str] = []
    yield lines.append
    print("\n---- GPU report ----", *lines, "---- end of report ----", sep="\n")


@pytest.fixture
def run_of(run_config: RunConfig) -> Callable[..., RunConfig]:
    """(name of its own store, device, fields ...) -> a run of twenty steps a stage."""

    def make(name: str, device: str = "cuda", **fields: Any) -> RunConfig:
        return dataclasses.replace(
            run_config, store=f"{run_config.store}-{name}", device=device,
            realign=dataclasses.replace(run_config.realign, n_steps=N_STEPS),
            finetune=dataclasses.replace(run_config.finetune, n_steps=N_STEPS), **fields,
        )  # fmt: skip

    return make


def finish(config: RunConfig) -> tuple[list[dict[str, Any]], dict[str, list[float]], float]:
    """(scores, losses by stage, seconds) of a run that is let go."""
    started_s = time.perf_counter()
    run = Run(config)
    while not run.done:
        run.advance()
    scores = [row.as_dict() for row in run.scores]
    losses = {stage: list(curve["loss"]) for stage, curve in run.curves.all.items()}
    release(run)
    del run
    gc.collect()
    return scores, losses, time.perf_counter() - started_s


def test_the_machine(report: Callable[[str], None]) -> None:
    device = torch.device("cuda")
    card = torch.cuda.get_device_properties(device)
    capability = ".".join(map(str, torch.cuda.get_device_capability(device)))
    report(f"machine: {describe_machine(device)}, {card.total_memory / 2**30:.1f} GiB, capability {capability}")
    assert describe_machine(device)["driver"] != "unknown"


def test_parity_with_the_cpu(run_of: Callable[..., RunConfig], report: Callable[[str], None]) -> None:
    """Before anything is drawn or trained the two agree; after, dropout's generators differ, and so do the losses."""
    (cpu, cpu_losses, cpu_s), (gpu, gpu_losses, gpu_s) = (finish(run_of(name, name)) for name in ("cpu", "cuda"))
    before = [[row for row in rows if row["task"] == "retrieval_before"] for rows in (cpu, gpu)]
    assert before[0] and before[0] == before[1]
    for stage, losses in cpu_losses.items():
        report(f"loss of {stage}, first and last: CPU {losses[0]:.4f} {losses[-1]:.4f}, GPU "
               f"{gpu_losses[stage][0]:.4f} {gpu_losses[stage][-1]:.4f}")  # fmt: skip
    assert cpu_losses.keys() == gpu_losses.keys()
    report(f"a tiny run: {cpu_s:.1f} s on the CPU, {gpu_s:.1f} s on the GPU with its start")


def test_hidden_states_are_those_of_the_cpu(run_of: Callable[..., RunConfig], report: Callable[[str], None]) -> None:
    run = Run(run_of("hidden"))
    model, tokenizer = run.encoder.model.eval(), run.encoder.tokenizer
    batch = tokenizer(["dog sees cat", "cat"], padding=True, return_tensors="pt")
    with torch.no_grad():
        gpu_BTH = model(**batch.to("cuda")).last_hidden_state.cpu()
        cpu_BTH = model.cpu()(**batch.to("cpu")).last_hidden_state
    release(run)
    report(f"hidden states: largest difference from the CPU {(gpu_BTH - cpu_BTH).abs().max():.2e} (fp32, no TF32)")
    torch.testing.assert_close(gpu_BTH, cpu_BTH, rtol=1e-4, atol=1e-5)


def test_pretraining_on_a_gpu_is_kept_apart(run_of: Callable[..., RunConfig], report: Callable[[str], None]) -> None:
    pretrain = PretrainConfig(
        seen=("swh_Latn", "eng_Latn"),
        vocabulary_size=150,
        n_layers=2,
        hidden_size=8,
        n_heads=2,
        n_steps=5,
        max_length=32,
    )
    config = run_of("pretrain")
    encoder = dataclasses.replace(config.encoder, provider="pretrained", name="", pretrain=pretrain)
    prints = []
    for device in ("cpu", "cuda"):
        run = Run(dataclasses.replace(config, encoder=encoder, device=device))
        prints.append(run.encoder.fingerprint)
        release(run)
    assert prints[0] != prints[1]
    report(f"pre-trained encoders of CPU and GPU: {prints[0]}, {prints[1]}")


def test_memory_returns_to_its_floor(run_of: Callable[..., RunConfig], report: Callable[[str], None]) -> None:
    finish(run_of("warm"))  # libraries keep workspaces of their own
    floor = torch.cuda.memory_allocated()
    for n in range(3):
        finish(run_of(f"floor-{n}"))
    report(f"memory after a run: {floor / MIB:.1f} MiB, after three more {torch.cuda.memory_allocated() / MIB:.1f} MiB")
    assert torch.cuda.memory_allocated() <= floor + MIB


def test_too_little_memory_is_one_sentence_and_the_next_run_works(
    run_of: Callable[..., RunConfig], report: Callable[[str], None]
) -> None:
    card = torch.cuda.get_device_properties(0)
    torch.cuda.empty_cache()
    try:
        cap_gpu_memory(torch.device("cuda"), 1e-4)
        with pytest.raises(torch.OutOfMemoryError) as caught, explaining_gpu_memory("realign"):
            torch.empty(card.total_memory // 100, dtype=torch.uint8, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert str(caught.value).startswith("The stage realign must fit into the trial's share of the GPU")
    report(f"out of memory: {caught.value}")
    assert finish(run_of("after"))[0]


def test_the_same_digits_again(run_of: Callable[..., RunConfig], report: Callable[[str], None]) -> None:
    for deterministic in (False, True):
        runs = [finish(run_of(f"again-{deterministic}-{n}", deterministic=deterministic)) for n in range(2)]
        same = runs[0][:2] == runs[1][:2]
        report(f"deterministic={deterministic}: two runs {'are the same' if same else 'DIFFER'}, {runs[1][2]:.2f} s")
        assert same or not deterministic
    assert finish(run_of("off"))[0]  # the switch goes off again in the same process
    assert not torch.are_deterministic_algorithms_enabled()


def test_bf16(run_of: Callable[..., RunConfig], report: Callable[[str], None]) -> None:
    if not torch.cuda.is_bf16_supported(including_emulation=False):
        with pytest.raises(ValueError, match="Use fp32"):
            Run(run_of("bf16", precision="bf16"))
        report("bf16: refused, the card has none")
        return
    scores, losses, _ = finish(run_of("bf16", precision="bf16"))
    assert scores and all(loss == loss for stage in losses.values() for loss in stage)
    report(f"bf16: last losses { ({stage: round(values[-1], 4) for stage, values in losses.items()}) }")


def test_a_checkpoint_goes_on_on_the_gpu(run_of: Callable[..., RunConfig], tmp_path: Path) -> None:
    whole = finish(run_of("whole", deterministic=True))
    config = run_of("cut", deterministic=True, checkpoint_steps=1)
    cut = Run(config)
    while cut.stage != "finetune/pos" or not cut.training.step:
        cut.advance()
    cut.save(tmp_path)
    release(cut)
    again = Run(config)
    again.load(tmp_path)
    while not again.done:
        again.advance()
    assert [row.as_dict() for row in again.scores] == whole[0]
    release(again)


@pytest.mark.slow
def test_two_trials_share_a_card(run_of: Callable[..., RunConfig], report: Callable[[str], None]) -> None:
    """Under Tune, with half of a GPU each: both end with the same scores as one alone."""
    import ray
    from ray import tune

    alone = finish(run_of("one", deterministic=True))[0]
    ray.init(num_cpus=2, num_gpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        trainable = tune.with_resources(RealignTrial, {"cpu": 1, "gpu": 0.5})
        runs = [dataclasses.asdict(run_of(f"shared-{n}", "auto", deterministic=True)) for n in range(2)]
        results = tune.Tuner(
            trainable, param_space={"name": "shared", "run": tune.grid_search(runs)},
            run_config=tune.RunConfig(verbose=0, storage_path=str(Path(runs[0]["store"]).parent / "tune")),
        ).fit()  # fmt: skip
        assert [result.metrics["scores"] for result in results] == [alone, alone]
        peaks = [result.metrics["costs"]["peak_gpu_bytes"] / MIB for result in results]
        report(f"two trials on one card: peaks {peaks[0]:.0f} and {peaks[1]:.0f} MiB, as alone to the last digit")
        assert results[0].metrics["machine"]["device"] == torch.cuda.get_device_name(0)
    finally:
        ray.shutdown()


@pytest.mark.slow
def test_a_step_of_a_real_size(run_of: Callable[..., RunConfig], report: Callable[[str], None]) -> None:
    """A BERT of the base size with random weights: seconds a step and the peak, for the report."""
    from transformers import BertConfig, BertModel

    for precision in ("fp32", "bf16"):
        if precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
            continue
        torch.cuda.reset_peak_memory_stats()
        model = BertModel(BertConfig(vocab_size=120_000)).cuda().train()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-5, fused=True)
        ids_BT = torch.randint(0, 120_000, (32, 96), device="cuda")
        for step in range(13):
            if step == 3:
                torch.cuda.synchronize()
                started_s = time.perf_counter()
            with torch.autocast("cuda", dtype=torch.bfloat16, enabled=precision == "bf16"):
                loss = model(input_ids=ids_BT).last_hidden_state.float().pow(2).mean()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        torch.cuda.synchronize()
        step_ms = 100 * (time.perf_counter() - started_s)
        peak = torch.cuda.max_memory_allocated() / 2**30
        report(f"BERT base, 120,000 pieces, 32 x 96, {precision}: {step_ms:.1f} ms a step, peak {peak:.1f} GiB")
        del model, optimizer, ids_BT, loss
        torch.cuda.empty_cache()


def test_cuda_graphs(
    run_of: Callable[..., RunConfig], report: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recorded steps give the same digits again, also after a restart in the middle of the realignment."""
    plain = finish(run_of("plain", deterministic=True))
    graphs = [finish(run_of(f"graphs-{n}", deterministic=True, cuda_graphs=True)) for n in range(2)]
    assert graphs[0][:2] == graphs[1][:2]
    monkeypatch.setattr("trainables.staged.BITE_S", 0.0)  # one step at a time
    first, later = (Run(run_of(f"restart-{n}", deterministic=True, cuda_graphs=True)) for n in range(2))
    while first.stage != "realign" or first.training.step < N_STEPS // 2:
        first.advance()
    first.save(tmp_path)
    release(first)
    later.load(tmp_path)
    while not later.done:
        later.advance()
    assert [row.as_dict() for row in later.scores] == graphs[0][0]
    release(later)
    for stage, losses in plain[1].items():
        report(f"loss of {stage}, first and last: plain {losses[0]:.4f} {losses[-1]:.4f}, with CUDA graphs "
               f"{graphs[0][1][stage][0]:.4f} {graphs[0][1][stage][-1]:.4f}")  # fmt: skip
    report(f"a tiny run: {plain[2]:.1f} s plain, {graphs[1][2]:.1f} s with CUDA graphs")


def test_recorded_gradients_are_those_of_a_plain_pass(
    run_of: Callable[..., RunConfig], report: Callable[[str], None]
) -> None:
    run = Run(run_of("gradients"))
    model = run.encoder.model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if hasattr(module, "dropout_prob"):
            module.dropout_prob = 0.0
    inputs = dict(run.encoder.tokenizer(["dog sees cat", "cat"], padding=True, return_tensors="pt").to("cuda"))
    mask = inputs["attention_mask"].unsqueeze(-1)

    def learn() -> bool:  # a function, so that no graph is held when it ends
        model.zero_grad(set_to_none=True)
        recorded = recorded_states(model, inputs)
        states = model(**inputs).last_hidden_state if recorded is None else recorded
        (states * mask).pow(3).sum().backward()
        return recorded is not None

    gradients: list[list[torch.Tensor]] = []
    for on in (False, True):
        with recorded_passes(model, on):
            assert [learn(), learn()] == [on, on]  # the second replays what was recorded
            gradients.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
    release(run)
    assert len(gradients[0]) == len(gradients[1])
    off = max(((a - b).norm() / b.norm().clamp(min=1e-12)).item() for a, b in zip(*gradients, strict=True))
    report(f"recorded gradients: largest relative difference from a plain pass {off:.1e}")
    assert off < 1e-3


@pytest.mark.parametrize("cuda_graphs", [False, True])
def test_no_step_waits_for_the_gpu(
    run_of: Callable[..., RunConfig],
    report: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    cuda_graphs: bool,
) -> None:
    """But for two things: the loss, which is read after every step here, and else in blocks; and transformers, which
    looks whether anything is padded, where its passes are not recorded.
    """
    monkeypatch.setattr("trainables.staged.BITE_S", 0.0)  # one step at a time
    run = Run(run_of(f"waits-{cuda_graphs}", cuda_graphs=cuda_graphs))
    waits: dict[str, Counter[str]] = {}
    while not run.done:
        stage, step = str(run.stage), run.training.step
        is_watched = stage.split("/")[0] in ("realign", "finetune") and 5 <= step < 15
        torch.cuda.set_sync_debug_mode("warn" if is_watched else "default")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run.advance()
        if is_watched:
            waits.setdefault(stage, Counter()).update(
                f"{Path(warning.filename).name}:{warning.lineno}"
                for warning in caught
                if "synchroniz" in str(warning.message) and Path(warning.filename).name != "readings.py"
            )
    torch.cuda.set_sync_debug_mode("default")
    release(run)
    report(f"waits for the GPU in ten steps, cuda_graphs={cuda_graphs}: {waits}")
    known = set() if cuda_graphs else {"masking_utils.py"}
    assert {place.partition(":")[0] for places in waits.values() for place in places} <= known
