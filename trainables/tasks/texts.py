"""All text of a data folder as one fingerprint: for what is made of every sentence there is."""

from trainables.data.folder import DataFolder
from trainables.store.fingerprint import fingerprint
from trainables.tasks import TASKS


def texts_fingerprint(data: DataFolder) -> str:
    """Hash of sentence pairs, n-way parallel sentences and the labelled text of every task.

    A part that is not there adds nothing; that of a plug-in's task also how the plug-in reads it.
    """
    files = data.fingerprint("bitext", "flores", *TASKS.values())
    plugins: dict[str, str] = {}
    for name in TASKS:
        if (data.root / name).is_dir():
            plugins |= TASKS.plugin_identity(name)
    return fingerprint({"files": files, "plug-ins": plugins}) if plugins else files
