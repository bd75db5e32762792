"""Which records a tracker that writes files has written, so that nothing is written twice."""

from pathlib import Path

from sweep.folders import write_atomically
from sweep.records.records import TrialRecord
from sweep.tracking.names import record_digest


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
