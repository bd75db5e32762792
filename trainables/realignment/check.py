"""What of a realignment's settings can only be refused once the encoder is known; all of it before any training."""

from transformers import PreTrainedModel

from trainables.encoders.architecture import blocks
from trainables.realignment.alignments import ALIGNMENTS
from trainables.realignment.objectives import OBJECTIVES
from trainables.run_config import RealignConfig


def check_settings(config: RealignConfig, model: PreTrainedModel) -> None:
    """Refuses names that do not exist, numbers that do not fit `model`, and settings that exclude each other.

    Raises:
        ValueError: the first mistake, with its remedy.
    """
    config = config.explicit()
    n_blocks = model.config.num_hidden_layers
    is_of_words = OBJECTIVES[config.objective].unit == "word"
    ALIGNMENTS.check(config.alignments)
    if is_of_words and config.pooling == "prefix":
        raise ValueError(
            "`realign.pooling` of words must be 'mean' or 'first_subword', but is 'prefix'. Choose one of them."
        )
    if not -(n_blocks + 1) <= config.layer <= n_blocks:
        raise ValueError(
            f"`realign.layer` must be between {-(n_blocks + 1)} and {n_blocks} for this encoder ({n_blocks} blocks; "
            f"0 = embeddings), but is {config.layer}."
        )
    if config.freeze != "none" and not 1 <= config.n_frozen_blocks <= n_blocks:
        raise ValueError(
            f"`realign.n_frozen_blocks` must be between 1 and {n_blocks} (blocks of this encoder), but is "
            f"{config.n_frozen_blocks}. Half of them is usual; or set `realign.freeze: none`."
        )
    if blocks(model) is None:
        family = f"{type(model).__name__} has no list of blocks of its own"
        if config.freeze != "none":
            raise ValueError(
                f"`realign.freeze` needs an encoder whose blocks can be told apart, but {family}. Set none."
            )
        if is_of_words and config.alignments == "similarity":
            raise ValueError(
                f"`realign.alignments: similarity` reads a middle block of the encoder, but {family}. Use 'dictionary' "
                "or 'pharaoh', or an objective of sentences."
            )
    if config.protocol == "during" and (config.freeze != "none" or config.freeze_embeddings):
        raise ValueError(
            "`realign.freeze` needs a realignment of its own, but `realign.protocol` is 'during'. Set the protocol to "
            "'before', or freeze nothing."
        )
