"""Task heads on top of a bare encoder."""

import torch
from torch import nn
from transformers import BatchEncoding, PreTrainedModel

DROPOUT = 0.1
INIT_STD = 0.02


class WordTagger(nn.Module):
    """Encoder, dropout, one linear layer: the usual token-classification head (Devlin et al. 2019, section 5.3)."""

    def __init__(self, encoder: PreTrainedModel, n_labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(encoder.config.hidden_size, n_labels)
        nn.init.normal_(self.classifier.weight, std=INIT_STD)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, batch: BatchEncoding) -> torch.Tensor:
        """Logits for every sub-word. Shape: (B, T) -> (B, T, n_labels)."""
        inputs = {key: value for key, value in batch.items() if key != "labels"}
        logits: torch.Tensor = self.classifier(self.dropout(self.encoder(**inputs).last_hidden_state))
        return logits
