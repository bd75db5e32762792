"""CUDA graphs: the encoder's passes of a training step, recorded once for each shape and replayed as one launch.

A step of a few sentences has some thousand kernels of microseconds each, and a GPU waits for the process that launches
them. A recording needs shapes that come back, so batches are padded to the next multiple of `LENGTHS`. What is padded
is masked, so the loss is the same up to rounding; but dropout draws for the padding too, so a training with graphs has
other digits than one without, and the stage store keeps them apart (`device_identity`).
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel

from trainables.stepping.ready_rows import IDS, MASK, TYPES

LENGTHS = 16  # positions: recorded lengths are multiples of it

Recorder = Callable[..., Any]
_RECORDED: "WeakKeyDictionary[PreTrainedModel, RecordedPasses]" = WeakKeyDictionary()


@contextlib.contextmanager
def recorded_passes(model: nn.Module, on: bool, record: Recorder | None = None) -> Iterator[None]:
    """Inside, `recorded_states` replays the passes of the encoder in `model`; outside, and where it is not `on`, it
    gives None.

    Enter where the encoder has the parameters that are trained: a recording reads and writes their memory.

    Args:
        record: stands in for `torch.cuda.make_graphed_callables`.
    """
    encoder = next((module for module in model.modules() if isinstance(module, PreTrainedModel)), None)
    if not on or encoder is None or (record is None and encoder.device.type != "cuda"):
        yield
        return
    # A recording keeps the nodes that add up gradients, on the stream that it was made on. That is meant.
    if warns := getattr(torch.autograd.graph, "set_warn_on_accumulate_grad_stream_mismatch", None):
        warns(False)
    _RECORDED[encoder] = RecordedPasses(encoder, record or torch.cuda.make_graphed_callables)
    try:
        yield
    finally:
        del _RECORDED[encoder]


def recorded_states(
    encoder: PreTrainedModel, inputs: Mapping[str, torch.Tensor], layer: int | None = None
) -> torch.Tensor | None:
    """States (B, T, H) of a layer, or None: then compute them without a recording.

    Args:
        layer: index into `hidden_states`; None = what the encoder gives at its end.

    Raises:
        ValueError: the encoder's passes cannot be recorded.
    """
    passes = _RECORDED.get(encoder)
    return passes.states(inputs, layer) if passes else None


class RecordedPasses:
    """The recordings of one training of one encoder."""

    def __init__(self, encoder: PreTrainedModel, record: Recorder) -> None:
        self.encoder, self._record = encoder, record
        self._passes: dict[tuple[Any, ...], Callable[..., torch.Tensor]] = {}
        self._pool: Any = None
        fillers = {IDS: encoder.config.pad_token_id or 0, MASK: 0, TYPES: 0}
        self._fillers: dict[str, int] = fillers
        self._trained = [p for p in encoder.parameters() if p.requires_grad]
        self._longest = getattr(encoder.config, "max_position_embeddings", 0) // LENGTHS * LENGTHS

    def states(self, inputs: Mapping[str, torch.Tensor], layer: int | None) -> torch.Tensor | None:
        """See `recorded_states`. Passes without gradients, and those that add to gradients, are not recorded.

        The latter, as the first replay after `zero_grad` lends its own memory to the parameters' gradients, and a
        second one would overwrite it.
        """
        if not (self.encoder.training and torch.is_grad_enabled() and self._trained):
            return None
        if any(p.grad is not None for p in self._trained):
            return None
        n_positions = inputs[IDS].shape[1]
        longer = -n_positions % LENGTHS
        if not inputs.keys() <= self._fillers.keys() or n_positions + longer > self._longest:
            return None
        padded = {name: functional.pad(inputs[name], (0, longer), value=self._fillers[name]) for name in inputs}
        key = (*padded[IDS].shape, tuple(padded), layer)
        if key not in self._passes:
            self._passes[key] = self._recorded(padded, layer)
        return self._passes[key](*padded.values())[:, :n_positions]

    def _recorded(self, inputs: dict[str, torch.Tensor], layer: int | None) -> Callable[..., torch.Tensor]:
        """Draws nothing of the generators: after a resume, shapes are recorded at other steps."""
        one_pass = _Pass(self.encoder, tuple(inputs), layer)
        is_gpu = self.encoder.device.type == "cuda"
        state = torch.cuda.get_rng_state(self.encoder.device) if is_gpu else None
        if is_gpu and self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        kind = self.encoder.device.type
        try:
            with torch.autocast(kind, enabled=torch.is_autocast_enabled(kind), cache_enabled=False):
                recorded: Callable[..., torch.Tensor] = self._record(
                    one_pass, tuple(tensor.clone() for tensor in inputs.values()), allow_unused_input=True,
                    pool=self._pool,
                )  # fmt: skip
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            raise ValueError(
                "`run.cuda_graphs` needs an encoder whose passes never wait for the GPU, but that of "
                f"{type(self.encoder).__name__} cannot be recorded. Leave it out. ({str(error).partition(chr(10))[0]})"
            ) from error
        if state is not None:
            torch.cuda.set_rng_state(state, self.encoder.device)
        return recorded


class _Pass(nn.Module):
    """(columns of a batch) -> states of a layer, with the encoder's parameters as its own."""

    def __init__(self, encoder: PreTrainedModel, columns: tuple[str, ...], layer: int | None) -> None:
        super().__init__()
        self.encoder, self.columns, self.layer = encoder, columns, layer

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Shape: (B, T) each -> (B, T, H)."""
        inputs = dict(zip(self.columns, tensors, strict=True))
        states: torch.Tensor
        if self.layer is None:
            states = self.encoder(**inputs).last_hidden_state
        else:
            states = self.encoder(**inputs, output_hidden_states=True).hidden_states[self.layer]
        return states
