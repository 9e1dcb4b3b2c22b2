"""DIRECTORY_SOURCE: which properties fill which slots, and what a delta page says in cells."""

from __future__ import annotations

import pytest

from shared.core.export.directory_source import ChangedUser, DirectorySource
from shared.core.values.slot import Slot

SOURCE = DirectorySource.parse(
    (
        "mobile = mobilePhone",
        "office=businessPhones",
        "email=otherMails",
        "alternateMobile=onPremisesExtensionAttributes.extensionAttribute15",
    )
)


def test_each_property_is_selected_once() -> None:
    """Extension attributes can only be had together."""
    two = DirectorySource.parse(
        (
            "mobile=onPremisesExtensionAttributes.extensionAttribute1",
            "office=onPremisesExtensionAttributes.extensionAttribute2",
        )
    )

    assert ("mobilePhone", "businessPhones", "otherMails", "onPremisesExtensionAttributes") == SOURCE.properties
    assert ("onPremisesExtensionAttributes",) == two.properties
    assert SOURCE == DirectorySource.parse(str(SOURCE).split(";"))


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, {}),
        ({"mobilePhone": None, "businessPhones": []}, {Slot.MOBILE: "", Slot.OFFICE: ""}),
        ({"mobilePhone": " 202 555 0142 "}, {Slot.MOBILE: "202 555 0142"}),
        ({"businessPhones": ["+1 2025550142"], "displayName": "x"}, {Slot.OFFICE: "+1 2025550142"}),
        ({"otherMails": ["a@example.com", "b@example.com"]}, {Slot.EMAIL: "a@example.com; b@example.com"}),
        (
            {"onPremisesExtensionAttributes": {"extensionAttribute15": "1", "extensionAttribute1": "2"}},
            {Slot.ALTERNATE_MOBILE: "1"},
        ),
        ({"onPremisesExtensionAttributes": {"extensionAttribute1": "2"}}, {Slot.ALTERNATE_MOBILE: ""}),
        ({"onPremisesExtensionAttributes": None}, {Slot.ALTERNATE_MOBILE: ""}),
        ({"mobilePhone": 5}, {Slot.MOBILE: ""}),
    ],
)
def test_what_a_page_says_of_a_user(properties: dict[str, object], expected: dict[Slot, str]) -> None:
    """No value and nothing said are two things; several values are left to be refused, never chosen from."""
    assert expected == SOURCE.cells(ChangedUser("id", properties))


@pytest.mark.parametrize(
    "text", ["mobile", "mobile=", "phone=mobilePhone", "mobile=displayName", "mobile=extensionAttribute1"]
)
def test_a_pair_that_cannot_be_used_is_named(text: str) -> None:
    """The complaint lists what is possible."""
    with pytest.raises(ValueError, match=r"a slot is one of mobile, .*extensionAttribute15"):
        DirectorySource.parse((text,))


def test_a_slot_has_one_source() -> None:
    """Which of two would count is nobody's to guess."""
    with pytest.raises(ValueError, match="mobile once"):
        DirectorySource.parse(("mobile=mobilePhone", "mobile=businessPhones"))
