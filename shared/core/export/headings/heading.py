"""The meaning of one heading by itself: the role that it names, whose value it means, and whether it is understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core.export.fields import Field
from shared.core.numbers.column_reading import ColumnReading
from shared.core.values.said import NOTHING, Said
from shared.core.values.slot import PhoneType

EMAIL_NOT_USED = Said("e-mail addresses are not used")

GROUP_SEPARATOR = " / "
"""Separates the group heading and the heading below it in texts for people."""


_LONGEST_HEADING = 60
_PRIVATE = re.compile(r"@|(?:\d\D*){5}")


class Topic(StrEnum):
    """What a heading is about, even if not every word is known."""

    PHONE = "a phone"
    PART_OF_NUMBER = "a part of a phone number"
    EMAIL = "an e-mail"
    COUNTRY = "a country"
    PERSON = "a person"  # identifies a person: an id, a sign-in name
    OTHER_PERSON = "another person"  # an emergency contact, manager, spouse, assistant …
    PHONE_TYPE = "a phone type"
    STATUS = "a status"
    DATE = "a date"

    @property
    def said(self) -> Said:
        return Said(self.value)


@dataclass(frozen=True, slots=True)
class Role:
    """What a column is used as. `phone` says which phone a part of a number (`PARTS`) belongs to; None = not said, or
    no part. `reading` is the digit reading of a column of phones; None = not decided."""

    field: Field
    phone: PhoneType | None = None
    reading: ColumnReading | None = None

    def __str__(self) -> str:
        name = f"{self.phone}.{self.field}" if self.phone else self.field.value
        return f"{name}:{self.reading}" if self.reading else name

    @property
    def without_reading(self) -> Role:
        return replace(self, reading=None)


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading, with its group heading if there is one.

    | role | known | topics | example |
    |---|---|---|---|
    | set | True | any | `Mobile (Work)`, `Vorwahl`, `Work Country` |
    | None | True | any | known and not used: `Fax`, `Emergency contact phone`, `Department` |
    | None | False | not empty | about something that matters, and not understood: `Moblie phone`, `Phone for Audit` |
    | None | True | empty, `weak` | has only words without a subject, such as `New`: the values say what it is |
    | None | False | not empty, `weak` | every word is known, and the values say what it is: `Number`, `Type`, `id` |
    | None | False | empty | says nothing about phones, people or countries: `Canteen` |
    """

    text: str
    """As shown; `{group} / {heading}` under a group heading. "" for a blank heading."""
    role: Role | None
    known: bool
    topics: frozenset[Topic]
    weak: bool = False
    """Whether the values must agree before the role is believed: `Office`, `Contact Phone`, `Country Code`, `Prefix`,
    `Phone`. Without a role: whether the values decide if the column matters at all: `Contact`, `Code`, `Location`,
    `Area`, `Username`."""
    other_person: bool = False
    """Whether the column describes somebody else than the person of the row. `Manager` and `Manager ID` alone only name
    another person: they have only the topic."""
    rank: int = 0
    """Of several headings with one role, except keys, that with the highest rank is used: an authentication phone (3)
    before a work mobile (2), one that does not say whose it is (1) and a private one (0); the country of the work place
    (2) before that of the home (0)."""
    why: Said = NOTHING
    """For HR: what the heading is understood to be, for instance `a fax number`."""

    @property
    def is_known_unused(self) -> bool:
        """Whether the heading is known and not used, which hardly any value can change."""
        return self.known and self.role is None and not self.weak

    def without_email_methods(self) -> Heading:
        """The heading if e-mail methods are off.

        One of e-mail addresses is then known and not used, unless it names a key.
        """
        says_address = not self.known and {Topic.EMAIL} <= self.topics <= {Topic.EMAIL, Topic.OTHER_PERSON}
        if not (says_address if self.role is None else self.role.field is Field.EMAIL):
            return self
        return replace(self, role=None, known=True, weak=False, why=EMAIL_NOT_USED)


def shown_heading(text: str) -> str:
    """The heading for people; "" = it looks like a number or an e-mail address, which may be a person's."""
    return "" if _PRIVATE.search(text) else text[:_LONGEST_HEADING]
