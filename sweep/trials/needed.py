"""Which languages of published data a sweep needs: sentence pairs of those it may realign on, and of no others."""

import dataclasses

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH
from sweep.config.sections import SweepConfig
from trainables.data_sets import DATA_SETS


def with_needed_languages(config: SweepConfig) -> SweepConfig:
    """`config` whose source "hub" is asked for no sentence pairs that no trial could read.

    That is the pool and what arms name. An encoder of our own is pre-trained on all that the data has, so then nothing
    is left out; nor where the configuration says itself what it wants.
    """
    data = config.run.data
    if data.source != "hub" or data.bitext_languages or config.run.encoder.provider == "pretrained":
        return config
    if config.pool == "all":
        return config
    held = {
        language
        for name in data.sets
        if name in DATA_SETS and DATA_SETS[name].part == "bitext"
        for language in DATA_SETS[name].languages.values()
    }
    wanted = set(config.pool or REALIGNMENT_LANGUAGES).union(*(arm.languages for arm in config.arms))
    if any(arm.published for arm in config.arms):
        wanted |= set(REALIGNMENT_LANGUAGES)
    needed = tuple(sorted((wanted - {ENGLISH}) & held))
    run = dataclasses.replace(config.run, data=dataclasses.replace(data, bitext_languages=needed))
    return dataclasses.replace(config, run=run)
