"""What a run reads, as digests of the content of the files: one for each use, whichever stages come from the store."""

from collections.abc import Iterable, Mapping

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.data.part import Part
from trainables.run_config import RunConfig


def data_digests(config: RunConfig, data: DataFolder, tested: Mapping[Part, Iterable[Language]]) -> dict[str, str]:
    """Use -> digest: "realign" (sentence pairs of the run's languages), "probe" (n-way parallel sentences),
    "finetune/TASK" (the English training set), "evaluate/TASK" (development and test sets of these languages).

    Args:
        tested: the run's tasks, and the languages that each is scored on.
    """
    digests = {}
    if config.languages:
        digests["realign"] = data.bitext_fingerprint([Language(language) for language in config.languages])
    if config.evaluate.n_retrieval and data.flores_languages:
        digests["probe"] = data.fingerprint("flores")
    for task, languages in tested.items():
        digests[f"finetune/{task.name}"] = data.labelled_fingerprint(task, [ENGLISH], ("train",))
        digests[f"evaluate/{task.name}"] = data.labelled_fingerprint(task, languages, ("dev", "test"))
    return digests
