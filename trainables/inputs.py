"""What a run starts from, by content: its data and its encoder. Who goes on with a run, or with a sweep, compares."""

from collections.abc import Mapping

from search_spaces.languages import ENGLISH, Language
from trainables.data.digests import data_digests
from trainables.data.folder import READING, DataFolder
from trainables.data.part import Part
from trainables.encoders.loading import READ
from trainables.evaluation.evaluated import evaluated_languages
from trainables.parallel_data.corpus import FORMAT
from trainables.parallel_data.hub_plan import PART_FORMAT
from trainables.run_config import RunConfig
from trainables.store.fingerprint import fingerprint
from trainables.tasks import TASKS


def way_of_reading() -> str:
    """What the digests of this version are comparable by: of another version's, the same files may have others."""
    return fingerprint({"folder": READING, "corpus": FORMAT, "part": PART_FORMAT, "encoder": READ})


def digests_of(config: RunConfig, data: DataFolder) -> dict[str, str]:
    """`data_digests` of a run: of each task the test sets that it is scored on.

    Raises:
        DataError, ValueError: a language of the run is not in the data.
    """
    tested: dict[Part, list[Language]] = {}
    for task in (TASKS[name] for name in config.tasks):
        english = {ENGLISH} & set(data.labelled_languages(task))
        tested[task] = sorted(english | set(evaluated_languages(task, data, config.evaluate.for_task(task.name))))
    return data_digests(config, data, tested)


def inputs_fingerprint(config: RunConfig, data: DataFolder, origin: Mapping[str, str]) -> str:
    """Hash of data and encoder, wherever they lie and whichever libraries read them.

    Args:
        origin: of the encoder (`trainables.encoders.base.Encoder`).
    """
    encoder = {key: value for key, value in origin.items() if key != "name"}
    return fingerprint({"way": way_of_reading(), "data": digests_of(config, data), "encoder": encoder})
