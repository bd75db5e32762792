"""The section on single languages."""

from itertools import combinations

from sweep.findings.singles_section import singles_section
from tests.sweep.known_world import POOL, SCORED, Record, World


def test_it_says_who_was_tried_and_how_well_they_rank_sets(record_of: Record) -> None:
    gains = {(tag,): i / 100 for i, tag in enumerate(POOL)}
    gains |= {tags: sum(gains[(tag,)] for tag in tags) / 2 for tags in combinations(POOL, 2)}
    world = World(record_of, 0, 0.0, gains)
    trials = [world.trial(f"s-{i}", 0, (tag,), number=i) for i, tag in enumerate(POOL)]
    assert singles_section(trials[:7], SCORED) is None
    alone = singles_section(trials, SCORED)
    assert alone is not None and "cannot be said" in alone.lead and len(alone.tables) == 1
    trials += [world.trial(f"a-{i}", 0, tags) for i, tags in enumerate(combinations(POOL, 2))]
    section = singles_section(trials, SCORED)
    assert section is not None and "for 36 planned sets of 2" in section.lead
    languages, sets = section.tables
    assert [row[:2] for row in languages.rows][0] == ["yor_Latn", "Yoruba"] and len(languages.rows) == 9
    assert sets.rows[0][:4] == ["planned", "2", "36", "1"]
