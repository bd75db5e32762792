"""Our models as model classes of `transformers`, which compute the same: whoever loads them needs nothing of ours."""

import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, PreTrainedModel

from trainables.tasks.base import Task
from trainables.tasks.heads import PairClassifier, WordTagger


def in_transformers(model: nn.Module, task: Task) -> PreTrainedModel:
    """The same function of the input as a model class of `transformers`, with the task's labels.

    Raises:
        ValueError: the encoder's family keeps its head where we do not know.
    """
    if not isinstance(model, WordTagger | PairClassifier):
        raise ValueError(
            f"A model must have one of our heads to be logged, but that of task {task.name!r} is a "
            f"{type(model).__name__}. Log another task's model."
        )
    config = model.encoder.config
    config.num_labels, config.id2label = len(task.labels), dict(enumerate(task.labels))
    config.label2id = {label: i for i, label in config.id2label.items()}
    auto = AutoModelForTokenClassification if isinstance(model, WordTagger) else AutoModelForSequenceClassification
    known: PreTrainedModel = auto.from_config(config).eval()
    body = getattr(known, known.base_model_prefix)
    places: dict[nn.Module, nn.Module | None] = {model.classifier: known.classifier}
    if isinstance(model, PairClassifier):
        head = known.classifier
        pooler = getattr(body, "pooler", None)
        # RoBERTa has the hidden layer in its head; BERT has it, with the same tanh, in its pooler.
        hidden = getattr(head, "dense", None) or getattr(pooler, "dense", None)
        places = {model.dense: hidden, model.classifier: getattr(head, "out_proj", head)}
    if any(place is None for place in places.values()):
        raise ValueError(
            f"A model must have a known head to be logged, but {type(known).__name__} has none that matches ours. "
            "Log another task's model."
        )
    with torch.no_grad():
        body.load_state_dict(model.encoder.state_dict(), strict=False)  # ours has no pooler
        for ours, theirs in places.items():
            assert theirs is not None
            theirs.load_state_dict(ours.state_dict())
    return known
