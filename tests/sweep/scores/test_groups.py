"""Groups of languages."""

from search_spaces.inventory import INVENTORY
from sweep.scores.groups import is_high_resource, is_low_resource


def test_resource_groups_part_the_classes_of_the_inventory() -> None:
    classes = {tag: info.resource for tag, info in INVENTORY.items() if info.role == "realignment"}
    assert all(is_low_resource(tag) == (own == "<=2") for tag, own in classes.items())
    assert {tag for tag in INVENTORY if is_high_resource(tag)} == {tag for tag, own in classes.items() if own != "<=2"}
    assert is_low_resource("quy_Latn")  # evaluated only, in neither encoder's data
    assert not any(is_low_resource(tag) for tag in ("ces_Latn", "eng_Latn"))  # read by both; the pivot


def test_languages_beyond_the_inventory_are_grouped_by_the_same_rule() -> None:
    assert is_low_resource("glv_Latn") and not is_low_resource("ltz_Latn")  # mBERT read Luxembourgish
    assert not is_high_resource("ltz_Latn") and not is_low_resource("not_a_tag")
