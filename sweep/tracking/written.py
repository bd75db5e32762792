"""Which records a tracker that writes files has written, so that nothing is written twice."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from sweep.folders import write_atomically
from sweep.records.records import TrialRecord
from sweep.tracking.base import Tracker
from sweep.tracking.names import record_digest
from sweep.tracking.results import by_end


class Written:
    """One small file a trial in `folder`, which holds the digest of the record that was written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, record: TrialRecord) -> bool:
        """Whether this very record was written."""
        path = self.folder / record.trial
        return path.is_file() and path.read_text(encoding="ascii", errors="replace") == record_digest(record)

    def add(self, record: TrialRecord) -> None:
        """It was."""
        write_atomically(self.folder / record.trial, record_digest(record))


class FileTracker(Tracker):
    """A tracker that writes files and notes in `written` which records they show."""

    written: Written

    @abstractmethod
    def close_trial(self, record: TrialRecord) -> None:
        """Writes a record and notes it."""

    def catch_up(self, records: Sequence[TrialRecord]) -> int:
        """Writes what is missing or outdated."""
        missing = [record for record in by_end(records) if not self.written.has(record)]
        for record in missing:
            self.close_trial(record)
        return len(missing)
