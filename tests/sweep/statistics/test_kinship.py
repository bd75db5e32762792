from search_spaces.distances.genealogy import lineages
from search_spaces.inventory import INVENTORY
from sweep.statistics.kinship import families_of, n_unknown


def test_isolates_and_unknown_languages_are_families_of_their_own():
    asked = ["deu_Latn", "eus_Latn", "hin_Deva", "made_Upxx", "other_Upxx", "wol_Latn"]
    found = families_of(asked)
    assert found[0] == found[2] == "Indo-European" and len(set(found)) == 5
    assert n_unknown(asked) == 2


def test_families_are_the_first_branching_of_uriels_tree():
    """Two languages of one family share a node of the tree that URIEL holds, and of two families none."""
    paths = lineages(INVENTORY)
    family = dict(zip(INVENTORY, families_of(INVENTORY), strict=True))
    disagree = [
        (one, other)
        for one in INVENTORY for other in INVENTORY
        if one < other and (family[one] == family[other]) != bool(paths[one] & paths[other])
    ]  # fmt: skip
    assert not disagree
