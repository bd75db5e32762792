"""Task heads on top of a bare encoder. Both are called with a batch and give logits; `classifier` is the last layer."""

import torch
from torch import nn
from transformers import BatchEncoding, PreTrainedModel

from trainables.stepping.cuda_graphs import recorded_states

DROPOUT = 0.1
INIT_STD = 0.02


class WordTagger(nn.Module):
    """Encoder, dropout, one linear layer: the usual token-classification head (Devlin et al. 2019, section 5.3)."""

    def __init__(self, encoder: PreTrainedModel, n_labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = _linear(encoder.config.hidden_size, n_labels)

    def forward(self, batch: BatchEncoding) -> torch.Tensor:
        """Logits for every sub-word. Shape: (B, T) -> (B, T, n_labels)."""
        logits: torch.Tensor = self.classifier(self.dropout(_hidden(self.encoder, batch)))
        return logits


class PairClassifier(nn.Module):
    """Encoder, and on its first token a hidden layer of tanh and a linear layer, with dropout before each.

    The sequence-classification head of RoBERTa (Liu et al. 2019). BERT's own has the same shape, but starts its hidden
    layer from the weights of next-sentence prediction; ours always starts afresh.
    """

    def __init__(self, encoder: PreTrainedModel, n_labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(DROPOUT)
        self.dense = _linear(encoder.config.hidden_size, encoder.config.hidden_size)
        self.classifier = _linear(encoder.config.hidden_size, n_labels)

    def forward(self, batch: BatchEncoding) -> torch.Tensor:
        """Logits for every pair. Shape: (B, T) -> (B, n_labels)."""
        first_BH = self.dropout(_hidden(self.encoder, batch)[:, 0])
        logits: torch.Tensor = self.classifier(self.dropout(torch.tanh(self.dense(first_BH))))
        return logits


def _hidden(encoder: PreTrainedModel, batch: BatchEncoding) -> torch.Tensor:
    """Output of the last block. Shape: (B, T, H)."""
    inputs = {name: column for name, column in batch.items() if name != "labels"}
    hidden_BTH = recorded_states(encoder, inputs)
    if hidden_BTH is None:
        hidden_BTH = encoder(**inputs).last_hidden_state
    return hidden_BTH


def _linear(n_in: int, n_out: int) -> nn.Linear:
    layer = nn.Linear(n_in, n_out)
    nn.init.normal_(layer.weight, std=INIT_STD)
    nn.init.zeros_(layer.bias)
    return layer
