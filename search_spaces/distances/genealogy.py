"""Genetic distance: how much of their path down the family tree two languages share.

The tree is Glottolog's as URIEL (Littell et al. 2017) holds it, one feature per node above the language.
"""

from collections.abc import Iterable

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.uriel import load_uriel
from search_spaces.inventory import language_info
from search_spaces.languages import Language


def lineages(languages: Iterable[Language]) -> dict[Language, frozenset[str]]:
    """The nodes of the family tree above each language ("F_Indo-European" ...), sorted by language; none: an isolate.

    Raises:
        UrielError: see `load_uriel`.
    """
    family = load_uriel(languages, "family")
    names = np.array(family.features)
    return {
        tag: frozenset(names[row == 1.0].tolist()) for tag, row in zip(family.languages, family.values, strict=True)
    }


def tree_paths(
    languages: Iterable[Language],
) -> tuple[tuple[Language, ...], np.ndarray[tuple[int, int], np.dtype[np.bool_]]]:
    """The sorted languages, and [L, P] whether each of the P nodes lies on a language's path from the root.

    A path ends in a node of the language's own (one for both scripts of a language), so that an isolate has one too.

    Raises:
        UrielError: see `load_uriel`.
    """
    paths = {tag: {*nodes, f"language {language_info(tag).iso639_3}"} for tag, nodes in lineages(languages).items()}
    nodes = {node: number for number, node in enumerate(sorted(set().union(*paths.values())))}
    on_path_LP = np.zeros((len(paths), len(nodes)), dtype=np.bool_)
    for row, path in enumerate(paths.values()):
        on_path_LP[row, sorted(nodes[node] for node in path)] = True
    return tuple(paths), on_path_LP


def genetic(languages: Iterable[Language]) -> DistanceMatrix:
    """1 - (nodes shared) / (nodes of either), each language being the last node of its own path: 0 for the same
    language in two scripts, near 0 for close relatives, 1 for languages of different families.

    Nodes of either less nodes shared is the number of steps from one language over the common ancestor to the other;
    so this is the path length in the tree as a share of the tree that the two span, and a metric (Jaccard). URIEL+
    (Khan et al. 2025) takes the angle between the same vectors without the language itself, which is 0 for any two
    languages of one lowest group. Beware: families that are classified finely have longer paths, hence (at equal
    kinship) slightly other distances.

    Raises:
        UrielError: see `load_uriel`.
    """
    tags, on_path = tree_paths(languages)
    on_path_LN = on_path.astype(np.float64)
    shared_LL = on_path_LN @ on_path_LN.T
    lengths_L = on_path_LN.sum(axis=1)
    return DistanceMatrix(tags, 1.0 - shared_LL / (lengths_L[:, None] + lengths_L[None, :] - shared_LL))
