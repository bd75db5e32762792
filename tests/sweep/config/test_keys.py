"""The keys of a sweep file: each has a meaning, none is lacking."""

from sweep.config.keys import all_keys
from sweep.config.sections import SweepConfig
from trainables.mapping import flatten, to_mapping


def test_every_key_has_a_meaning_and_no_key_is_missing() -> None:
    keys = {key.path: key for key in all_keys()}
    assert [key.path for key in keys.values() if not key.meaning] == []
    # Counted independently: the complete plain config, as it is written into a sweep's folder.
    written = flatten(to_mapping(SweepConfig(name="x")))
    assert written.keys() - keys.keys() == set()
    assert {"arms[].criterion", "arms[].rules.at_most", "space.KEY.loguniform"} <= keys.keys()
