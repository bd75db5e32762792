"""TimeToGo: how long a running sweep still takes, from what was predicted and what has been seen since."""

from collections.abc import Mapping


class TimeToGo:
    """Seconds until a sweep ends: what was predicted, corrected by how long trials have taken that are over.

    Args:
        trial_s: trial -> predicted seconds; "" = of any other. n_left: trials. n_at_a_time: of them.
    """

    PRIOR_S = 60.0
    """The prediction counts like so many seconds of finished trials."""

    def __init__(self, trial_s: Mapping[str, float], n_left: int, n_at_a_time: int) -> None:
        self._trial_s, self._n_at_a_time = dict(trial_s), max(1, n_at_a_time)
        self._predicted_s = self._taken_s = 0.0
        known = sum(seconds for name, seconds in trial_s.items() if name)
        n_known = sum(1 for name in trial_s if name)
        self._left_s = known + max(0, n_left - n_known) * trial_s.get("", 0.0)

    def end(self, trial: str, taken_s: float | None) -> None:
        """A trial is over.

        Args:
            taken_s: seconds; None = it says nothing of others, as it has failed or was stopped.
        """
        predicted_s = self._trial_s.get(trial, self._trial_s.get("", 0.0))
        self._left_s = max(0.0, self._left_s - predicted_s)
        if taken_s is None:
            return
        self._predicted_s, self._taken_s = self._predicted_s + predicted_s, self._taken_s + taken_s

    def seconds(self, running_s: float) -> float:
        """Until the last trial ends.

        Args:
            running_s: that the running trials have taken by now, together.
        """
        ratio = (self._taken_s + self.PRIOR_S) / (self._predicted_s + self.PRIOR_S)
        left_s = max(0.0, ratio * self._left_s - running_s)
        return left_s / self._n_at_a_time
