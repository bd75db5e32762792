"""Whether a trial's settings fit the encoder that it has loaded."""

from trainables.encoders.architecture import n_positions
from trainables.encoders.base import Encoder
from trainables.realignment.check import check_settings
from trainables.run_checks import lengths
from trainables.run_config import RunConfig


def check_fit(config: RunConfig, encoder: Encoder) -> None:
    """Compares the settings, every `max_length` above all, with the encoder.

    Raises:
        ValueError: the encoder cannot read so long a text, or realignment settings do not fit it.
    """
    check_settings(config.realign, encoder.model)
    positions = n_positions(encoder.model)
    if positions is None:
        return
    for path, length in lengths(config).items():
        if length > positions:
            raise ValueError(
                f"`{path}` must be at most {positions} (sub-words this encoder can read), but is {length}. Lower it."
            )
