"""Confirm: the best sets of a search, trained again with fresh seeds and judged where the search never looked.

The best of many noisy scores is above all lucky. So the sets that a search rates best are run again beside the full
set, no realignment and random sets of their sizes, as an ordinary sweep NAME-confirm, with training seeds that the
search never used. It reports test scores separately for the languages whose dev scores the search was told and for all
others. `SearchLanguages` decides once which languages those are.
"""

import sys
from collections.abc import Collection, Sequence
from typing import Any

from search_spaces.rules import SubsetRules
from sweep import CallableRoom
from sweep.config.arms import Arm
from sweep.config.load import as_mapping, parse_config, saved_config
from sweep.config.paths import with_data_folder, with_encoder_folder
from sweep.config.scales import SCALES
from sweep.config.search_languages import SearchLanguages, told_tasks
from sweep.config.sections import SweepConfig
from sweep.config.space import apply_point, search_seeds
from sweep.execution.pinned_encoder import with_pinned_encoder
from sweep.findings.confirm_results import BEST, COMPARED, CONTROL
from sweep.findings.confirm_section import confirm_report
from sweep.findings.singles import single_languages
from sweep.folders import CONFIRM_SUFFIX, SweepFolder, write_atomically
from sweep.launch import Say, SweepOutcome, run_sweep
from sweep.plan import make_plan
from sweep.records.records import RecordStore, TrialRecord
from sweep.search.languages import search_languages
from sweep.search.tried_sets import Recommend, SearchedSet, best_sets
from sweep.trials.chooser import Chooser
from trainables.mapping import to_mapping

KEPT_OF_SEARCH = ("objective", "languages", "hold_out_frac", "hold_out_seed")
"""Settings of `search` that say what was looked at; the others would make the confirming sweep search again."""


MAX_DRAWS = 50
MOST = 1_000


def confirm_config(
    config: SweepConfig,
    records: Sequence[TrialRecord],
    chooser: Chooser,
    rule: SearchLanguages,
    *,
    n_sets: int = 3,
    n_random: int = 3,
    n_seeds: int = 4,
    recommend: Recommend | None = None,
    compared: Sequence[str] | None = None,
) -> SweepConfig:
    """The sweep that confirms a search: none, full, best-1 ..., arm-NAME for each other arm of the search,
    arm-singles-SIZE (the languages that were best alone, where it screened single languages and has no rules) and
    random-SIZE-sSEED ..., with fresh seeds.

    Training seeds and the seeds of the random sets are above all that the search used. Hyper-parameters that were
    searched are, for every arm, those of the best trial of the best set: only languages differ between arms.

    Args:
        config, records: of the search. chooser: draws random sets by the search's own rules.
        n_random: controls for each size among the best sets; fewer where fewer different sets exist.
        compared: names of the search's own arms to compare with; None = all.

    Raises:
        ValueError: numbers below their least, an arm that the search does not have, or nothing to confirm.
    """
    for name, value, least in (("sets", n_sets, 1), ("random", n_random, 0), ("seeds", n_seeds, 1)):
        if not least <= value <= MOST:
            raise ValueError(
                f"`--{name}` (`n_{name}` in Python) must be from {least} to {MOST:,}, but is {value}. Correct it."
            )
    languages = search_languages(records, rule)
    best = best_sets(records, languages, n_sets, recommend)
    mapping = as_mapping(config)
    repeats = mapping["search"].get("repeats", {}).get("seeds", [])
    used = (*config.seeds, *search_seeds(config), *repeats, *(record.seed for record in records))
    first_seed = 1 + max(used)
    arms = [Arm(criterion="none", name="none"), Arm(criterion="full", name="full")]
    arms += [Arm(languages=found.languages, name=f"{BEST}{i}") for i, found in enumerate(best, start=1)]
    taken = {arm.languages for arm in arms if arm.languages}
    others = compared_arms(config, chooser)
    if compared is not None:
        names = {arm.name.removeprefix(COMPARED): arm for arm in others}
        compared = [name for name in compared if name not in ("none", "full")]  # they are always there
        if strangers := [name for name in compared if name not in names]:
            raise ValueError(
                f"Arms to compare with must be sets of {config.name!r}, but {', '.join(map(repr, strangers))} "
                f"{'is' if len(strangers) == 1 else 'are'} none. Choose among {', '.join(names)}."
            )
        others = [names[name] for name in dict.fromkeys(compared)]
    others += best_singles(config, records, languages, sorted({len(found.languages) for found in best}))
    arms += [arm for arm in others if arm.languages not in taken]
    arms += _controls(chooser, records, [found.languages for found in best], n_random)
    mapping |= {
        "name": config.name + CONFIRM_SUFFIX,
        "description": f"The best {len(best)} sets of {config.name}, trained again with fresh seeds.",
        "arms": [to_mapping(arm) for arm in arms],
        "seeds": list(range(first_seed, first_seed + n_seeds)),
        "run": to_mapping(apply_point(config.run, _settings(best[0]))),
        "space": {},
        "search": {key: value for key, value in mapping["search"].items() if key in KEPT_OF_SEARCH},
    }
    for key in ("scheduler", SCALES):
        mapping.pop(key, None)
    return parse_config(mapping, f"What confirms {config.name}")


def compared_arms(config: SweepConfig, chooser: Chooser) -> list[Arm]:
    """The arms that the search itself was compared with, as the sets they are; none and full aside."""
    found = []
    for arm in config.arms:
        subset = chooser.subset(arm)
        if arm.criterion not in ("none", "full") and subset.languages:
            found.append(Arm(languages=tuple(map(str, subset.languages)), name=f"{COMPARED}{arm.name}"))
    return found


def best_singles(
    config: SweepConfig, records: Sequence[TrialRecord], languages: Collection[str], sizes: Sequence[int]
) -> list[Arm]:
    """The languages that were best alone, so many as each size says: what one would take without any search of sets.

    None where single languages were not tried, or fewer than that, and where a set has rules to keep.

    Args:
        languages: whose development scores the search was told.
    """
    if config.subset.rules != SubsetRules():
        return []
    ranked = [str(one.language) for one in single_languages(records, told_tasks(config), languages)]
    return [
        Arm(languages=tuple(sorted(ranked[:size])), name=f"{COMPARED}singles-{size}")
        for size in sizes
        if size < len(ranked)
    ]


def _controls(
    chooser: Chooser, records: Sequence[TrialRecord], best: Sequence[tuple[str, ...]], n_random: int
) -> list[Arm]:
    """Random sets of the sizes of `best`, different from these and from each other."""
    used = [arm.seed for arm in chooser.config.arms] + [record.subset_seed for record in records]
    used += [record.point.get("subset.seed") for record in records]
    seed = 1 + max((seed for seed in used if isinstance(seed, int)), default=-1)
    arms: list[Arm] = []
    taken = set(best)
    for size in sorted({len(languages) for languages in best}):
        n_found = 0
        for _ in range(MAX_DRAWS * n_random):
            drawn = tuple(map(str, chooser.subset(Arm(criterion="random", size=size, seed=seed)).languages))
            if n_found < n_random and len(drawn) == size and drawn not in taken:  # a budget may give smaller sets
                taken.add(drawn)
                n_found += 1
                arms.append(Arm(languages=drawn, name=f"{CONTROL}{size}-s{seed}"))
            seed += 1
            if n_found == n_random:
                break
    return arms


def _settings(best: SearchedSet) -> dict[str, Any]:
    return {key: value for key, value in best.record.point.items() if not key.startswith("subset.")}


def confirm(
    config: SweepConfig,
    folder: SweepFolder,
    rule: SearchLanguages,
    *,
    n_sets: int = 3,
    n_random: int = 3,
    n_seeds: int = 4,
    recommend: Recommend | None = None,
    compared: Sequence[str] | None = None,
    data: str | None = None,
    encoder: str | None = None,
    address: str | None = None,
    tracking_uri: str | None = None,
    say: Say,
) -> SweepOutcome:
    """Runs what is left of NAME-confirm and writes `confirm.md` into its folder.

    Once begun, it keeps its sets and seeds, also where the search has gone on since.

    Args:
        config, folder: of the search, finished or interrupted.
        data, encoder: where the data folder, and the encoder's, lie now, also for a confirming sweep that has begun;
            None = where they were.
        others: see `confirm_config` and `run_sweep`.

    Raises:
        ValueError, ConfigError: nothing to confirm, or anything else that can be known before training starts.
    """
    records = RecordStore(folder.records).all()
    target = SweepFolder(folder.mlruns, folder.name + CONFIRM_SUFFIX)
    if target.has_config:
        say(f"{target.name}: continues with the sets and seeds that it was started with")
        confirmed = with_encoder_folder(with_data_folder(saved_config(target.config), data), encoder)
    else:
        chooser = make_plan(config, folder, fetch=False).chooser
        confirmed = confirm_config(
            with_pinned_encoder(config, folder),
            records,
            chooser,
            rule,
            n_sets=n_sets,
            n_random=n_random,
            n_seeds=n_seeds,
            recommend=recommend,
            compared=compared,
        )
        if (n_best := sum(arm.name.startswith(BEST) for arm in confirmed.arms)) < n_sets:
            say(f"{folder.name}: {n_best} sets have been tried that can be confirmed, of {n_sets} asked for")
    outcome = run_sweep(confirmed, target, address=address, tracking_uri=tracking_uri, say=say)
    if any(record.finished for record in outcome.records) and not (outcome.interrupted and not outcome.n_open):
        write_atomically(target.root / "confirm.md", confirm_report(records, outcome.records, rule, folder.name))
    return outcome


sys.modules[__name__].__class__ = CallableRoom
