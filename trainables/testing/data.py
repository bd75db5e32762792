"""The contracts of a data source (a config -> a whole data folder) and of a published data set (a constant)."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from search_spaces.languages import parse_language
from trainables.data_sets import DATA_SETS
from trainables.data_sets.base import DataSet
from trainables.parallel_data import SOURCES
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

PARTS_WITHOUT_LABELS = ("bitext", "flores")


class SourceContract:
    """name: in the table of data sources. tasks: those that its smallest folder has labels for."""

    name: str
    tasks: ClassVar[tuple[str, ...]] = ()

    def config(self, folder: Path) -> DataConfig:
        """`run.data` for its smallest data; `folder` is empty, for what it may need to read."""
        return DataConfig(source=self.name)

    def test_it_gives_a_whole_data_folder(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            data = SOURCES[self.name](self._config(folder), StageStore(Path(folder) / "store"))
            assert data.bitext_languages, "A data source must give sentence pairs of at least one language."
            tasks = [TASKS[name] for name in self.tasks]
            assert all(data.labelled_languages(task) for task in tasks), f"It must have labels for {self.tasks}."
            data.check(data.bitext_languages, {task: data.labelled_languages(task) for task in tasks})

    def test_it_gives_the_same_text_each_time(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            stores = (StageStore(Path(folder) / name) for name in ("store", "store", "other"))
            folders = [SOURCES[self.name](self._config(folder), store) for store in stores]
            prints = {data.fingerprint(*PARTS_WITHOUT_LABELS, *TASKS.values()) for data in folders}
            assert len(prints) == 1, f"One configuration must give one text, in another store too, but gave {prints}."

    def _config(self, folder: str) -> DataConfig:
        place = Path(folder) / "given"
        place.mkdir(exist_ok=True)
        return self.config(place)


class DataSetContract:
    """name: in the table of data sets.

    rows: (own code, row as its files have it, what `read` must make of it) - at least one where the set is your own.
    """

    name: str
    rows: ClassVar[Sequence[tuple[str, dict[str, Any], tuple[Any, ...] | None]]] = ()

    @property
    def data_set(self) -> DataSet:
        """From the table."""
        return DATA_SETS[self.name]

    def test_it_says_what_it_is(self) -> None:
        one = self.data_set
        assert one.name == self.name and one.name.isalnum(), "The name is used in file names: letters and digits only."
        parts = (*PARTS_WITHOUT_LABELS, *TASKS)
        assert one.part in parts, f"`part` must be one of {', '.join(parts)}, but is {one.part!r}."
        assert one.licence, "A data set must state its licence."
        assert set(one.splits) <= {"train", "dev", "test"}, f"Splits are train, dev and test, not {list(one.splits)}."

    def test_its_codes_are_its_own_and_its_languages_ours(self) -> None:
        one = self.data_set
        for code, tag in one.languages.items():
            assert parse_language(tag) == tag, f"{code!r} must stand for a language tag, but stands for {tag!r}."
            assert one.code_of(tag) == code

    def test_its_rows_are_read(self) -> None:
        for code, row, expected in self.rows:
            found = self.data_set.read(row, code)
            assert found == expected, f"{row} must be read as {expected}, but is as {found}."
            assert code in self.data_set.languages

    def test_what_is_read_can_be_written_and_read_again(self) -> None:
        examples = [found for code, row, _ in self.rows if (found := self.data_set.read(row, code)) is not None]
        if self.data_set.part in TASKS and examples:
            text = TASKS[self.data_set.part].write(examples)
            assert text and text.endswith("\n")
