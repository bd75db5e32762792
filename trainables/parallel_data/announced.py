"""AnnouncedData: what data sets on the hub say they hold, without fetching any of it - enough to plan a sweep."""

from collections.abc import Iterable

from search_spaces.languages import Language
from trainables.data.part import Part
from trainables.parallel_data.hub_plan import checked_sets, part_identity, planned
from trainables.run_config import DataConfig
from trainables.store.fingerprint import fingerprint


class AnnouncedData:
    """Stands for the `DataFolder` that a hub configuration would become.

    Raises:
        ValueError: an unknown data set, a language that no data set has, or a setting that no fetching could follow.
    """

    def __init__(self, config: DataConfig) -> None:
        self.config = config
        self.tasks = planned(config, checked_sets(config))

    @property
    def bitext_languages(self) -> tuple[Language, ...]:
        """Languages with English-X sentence pairs, sorted."""
        return self._languages("bitext")

    def labelled_languages(self, part: Part) -> tuple[Language, ...]:
        """Languages of one labelled part, sorted."""
        return self._languages(part.name)

    def bitext_fingerprint(self, languages: Iterable[Language]) -> str:
        """Tells sentence pairs apart by where they come from: they are not here to be hashed."""
        wanted = set(languages)
        pairs = [task for task in self.tasks if task[0].part == "bitext" and task[1] in wanted]
        return fingerprint({language: part_identity(self.config, one, language) for one, language in pairs})

    def _languages(self, part: str) -> tuple[Language, ...]:
        return tuple(sorted({language for data_set, language in self.tasks if data_set.part == part}))
