"""Draws the controls of real.yaml: tens that differ in dispersion, in nearness to the tested languages or in newness.

    python studies/draw_controls.py FOLDER SWEEP.yaml     # the data, and whose encoder it is; prints lines for `arms`

Of 200,000 random tens, those with the most extreme value of one among the sets whose dispersion and nearness, as far as
they are not varied, are the median's.
"""

import sys
from pathlib import Path

import numpy as np

from search_spaces.distances.sources import load_distances
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH
from sweep.config.load import load_config
from sweep.statistics.set_properties import random_sum
from trainables.data.folder import DataFolder
from trainables.pretraining.corpus import resolve_seen
from trainables.tasks import TASKS

N_SETS, SIZE, N_CONTROLS = 200_000, 10, 2
BAND = {"dispersion": 0.15, "nearness": 0.005}  # around the median, where a property is held fixed
EXTREME = 0.005  # share of the sets in the band

data = DataFolder(Path(sys.argv[1]))
seen = resolve_seen(load_config(sys.argv[2], data=sys.argv[1]).run.encoder.pretrain.seen, data)
tested = sorted(set(data.labelled_languages(TASKS["pos"])) - {ENGLISH})
pool = sorted(REALIGNMENT_LANGUAGES)
featural = load_distances("featural", pool).matrix.block(pool)
genetic = load_distances("genetic", {*pool, *tested}).matrix
position = {language: i for i, language in enumerate(genetic.languages)}
to_tested = genetic.values[np.ix_([position[t] for t in tested], [position[p] for p in pool])]

rng = np.random.default_rng(0)
sets = [rng.choice(len(pool), SIZE, replace=False) for _ in range(N_SETS)]
mean, deviation = random_sum(featural, SIZE)
values = {
    "dispersion": np.array([(featural[np.ix_(chosen, chosen)].sum() / 2 - mean) / deviation for chosen in sets]),
    "nearness": np.array([1 - to_tested[:, chosen].min(axis=1).mean() for chosen in sets]),
    "newness": np.array([np.mean([pool[j] not in seen for j in chosen]) for chosen in sets]),
}
for varied, names in (("dispersion", "disperse alike"), ("nearness", "near far"), ("newness", "new known")):
    band = np.ones(N_SETS, dtype=bool)
    for fixed in BAND.keys() - {varied}:
        band &= np.abs(values[fixed] - np.median(values[fixed])) < BAND[fixed]
    low, high = np.quantile(values[varied][band], [EXTREME, 1 - EXTREME])
    extremes = (values[varied] >= high, values[varied] <= low)
    for name, extreme in zip(names.split(), extremes, strict=True):
        for n, i in enumerate(np.flatnonzero(band & extreme)[:N_CONTROLS], start=1):
            languages = ", ".join(sorted(str(pool[j])[:3] for j in sets[i]))
            facts = f"dispersion {values['dispersion'][i]:+.2f}, nearness {values['nearness'][i]:.3f}, "
            print(f"  - {{name: {name}-{n}, languages: [{languages}]}}  # {facts}{10 * values['newness'][i]:.0f} new")
