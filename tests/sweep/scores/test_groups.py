"""Groups of languages."""

from search_spaces.inventory import INVENTORY
from sweep.scores.groups import HIGH_RESOURCE, LOW_RESOURCE


def test_resource_groups_part_the_classes_of_the_inventory() -> None:
    assert not LOW_RESOURCE & HIGH_RESOURCE
    classes = {tag: info.resource for tag, info in INVENTORY.items() if info.role == "realignment"}
    assert {tag for tag, own in classes.items() if own == "<=2"} == LOW_RESOURCE & set(classes)
    assert {tag for tag, own in classes.items() if own != "<=2"} == HIGH_RESOURCE
    assert "quy_Latn" in LOW_RESOURCE  # evaluated only, in neither encoder's data
    assert not {"ces_Latn", "eng_Latn"} & (LOW_RESOURCE | HIGH_RESOURCE)  # evaluated only and read by both; the pivot
