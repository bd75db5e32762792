"""sweep: composes `search_spaces` and `trainables` into sweeps on Ray, their records, MLflow and reports.

Nothing imports this package. `launch.py` tells the story. What a notebook calls is below, and imported on first use:
`import sweep` loads no library and changes nothing in the process.

    config = sweep.load_config("quickstart", overrides=["seeds=[0]"])
    sweep.run_sweep(config)
    sweep.records("quickstart").groupby(["arm", "task"])["value"].mean()
"""

import inspect
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweep.api import (
        compare,
        confirm,
        export,
        list_sweeps,
        load_config,
        records,
        remove,
        replay,
        report,
        resume,
        run_sweep,
        select,
        trials_with,
    )

    __version__: str

__all__ = [
    "__version__", "compare", "confirm", "export", "list_sweeps", "load_config", "records", "remove", "replay",
    "report", "resume", "run_sweep", "select", "trials_with",
]  # fmt: skip


class CallableRoom(ModuleType):
    """A room of this package that is called like the public function of its name: `sweep.records("quickstart")`.

    Python binds the name of an imported sub-package in its package, over whatever stood there.
    """

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)

    @property
    def _function(self) -> Any:
        return getattr(import_module("sweep.api"), self.__name__.rpartition(".")[2])

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """See the function of this name in `sweep.api`."""
        return self._function(*args, **keywords)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("realign-sweep")
    if name in ("records", "replay", "select"):  # not `confirm`: that room loads Ray
        return import_module(f"sweep.{name}")
    if name in __all__:
        return getattr(import_module("sweep.api"), name)
    raise AttributeError(f"module 'sweep' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
