"""The four slots of a person, and the values that fit into them: phone numbers and e-mail addresses.

`str` and `repr` never show a value in clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NoReturn, Self

import phonenumbers

from shared.core.values.said import Said


class Unprintable:
    """Base of values that must not be printed in clear: immutable and never pickled; a copy is the object itself."""

    __slots__ = ()

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not pickled: the bytes would contain its value in clear")


class PhoneType(StrEnum):
    """Graph's `phoneType`. A person has at most one number of each type."""

    MOBILE = "mobile"
    ALTERNATE_MOBILE = "alternateMobile"
    OFFICE = "office"

    @property
    def said(self) -> Said:
        """Its name in a sentence."""
        return Said(self.value)


_STORED_SPELLING = re.compile(r"\+(?P<code>[1-9][0-9]{0,2}) (?P<national>[0-9]+)(?:x(?P<extension>[0-9]+))?")
"""The form that `spelled_for_graph` writes, which nearly every number from Graph has."""
_GRAPH_SPELLING = re.compile(r"\+?(?P<digits>[\d\s().-]+?)\s*(?:[xX]\s*(?P<extension>\d+))?")
_SHOWN_DIGITS = 2


def masked_number(text: str) -> str:
    """A number in any spelling, masked."""
    return f"<number ending in {re.sub(r'[^0-9]', '', text)[-_SHOWN_DIGITS:]}>"


class PhoneNumber(Unprintable):
    """A complete number: country code, national significant number, extension ("" = none).

    Two numbers are equal when their digits and extensions are equal; their spelling does not count.
    `str`, `repr` and `format` show at most the last two digits.
    """

    __slots__ = __match_args__ = ("country_code", "national", "extension")

    country_code: int
    national: str
    extension: str

    def __init__(self, country_code: int, national: str, extension: str = "") -> None:
        set_once = object.__setattr__  # a file has many numbers
        set_once(self, "country_code", country_code)
        set_once(self, "national", national)
        set_once(self, "extension", extension)

    def with_extension(self, extension: str) -> PhoneNumber:
        return PhoneNumber(self.country_code, self.national, extension)

    @property
    def digits(self) -> str:
        return f"{self.country_code}{self.national}"

    def spelled_for_graph(self) -> str:
        """`+CC NSN` or `+CC NSNxEXT`, in clear: only for Graph, for storage, and for those who may see numbers."""
        extension = f"x{self.extension}" if self.extension else ""
        return f"+{self.country_code} {self.national}{extension}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PhoneNumber):
            return NotImplemented
        return (self.digits, self.extension) == (other.digits, other.extension)

    def __hash__(self) -> int:
        return hash(self.digits)

    def __repr__(self) -> str:
        return masked_number(self.digits)

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class MaskedValue:
    """A stored value that Graph does not show completely, so the app cannot compare it with another value."""

    def __str__(self) -> str:
        return "<masked value>"


StoredNumber = PhoneNumber | MaskedValue


def number_from_graph(text: str) -> StoredNumber:
    """The number in Graph's `phoneNumber`; one that cannot be read completely becomes a MaskedValue.

    Graph usually puts a space after the country code. Without it, the first digits that are a country code count.
    """
    stored = _STORED_SPELLING.fullmatch(text)
    if stored is not None and int(stored["code"]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return PhoneNumber(int(stored["code"]), stored["national"], stored["extension"] or "")
    match = _GRAPH_SPELLING.fullmatch(text.strip())
    if match is None:
        return MaskedValue()
    digits = re.sub(r"\D", "", match["digits"])
    head = re.match(r"\+?(\d{1,3})\s", text.strip())
    country_code = int(head[1]) if head else _leading_country_code(digits)
    if not digits or country_code not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return MaskedValue()
    return PhoneNumber(country_code, digits[len(str(country_code)) :], match["extension"] or "")


def _leading_country_code(digits: str) -> int:
    candidates = (int(digits[:length] or 0) for length in (1, 2, 3))
    return next((code for code in candidates if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)


class EmailAddress(Unprintable):
    """`address` is in clear: only for Graph, for storage, and for those who may see numbers."""

    __slots__ = __match_args__ = ("address",)

    address: str

    def __init__(self, address: str) -> None:
        self._set(address=address)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EmailAddress):
            return NotImplemented
        return self.address.casefold() == other.address.casefold()

    def __hash__(self) -> int:
        return hash(self.address.casefold())

    def __repr__(self) -> str:
        return "<e-mail address>"

    __str__ = __repr__


class Slot(StrEnum):
    """A phone slot has the name of its phone type."""

    MOBILE = "mobile"
    ALTERNATE_MOBILE = "alternateMobile"
    OFFICE = "office"
    EMAIL = "email"

    @property
    def said(self) -> Said:
        """Its name in a sentence."""
        return Said(self.value)


PHONE_SLOTS = tuple(Slot(phone_type.value) for phone_type in PhoneType)

SlotValue = PhoneNumber | EmailAddress
"""A value that can be desired in a slot and written into it."""


class Remove(Enum):
    """The desired value of a slot from which the value is to be removed."""

    REMOVE = "remove"


DesiredValue = SlotValue | Remove

StoredValue = SlotValue | MaskedValue
"""A value that can be current in a slot."""

MASKED = "masked"


def value_to_json(value: StoredValue | None) -> str | None:
    """The value in clear: only for storage, and for those who may see numbers."""
    match value:
        case None:
            return None
        case MaskedValue():
            return MASKED
        case EmailAddress():
            return value.address
        case PhoneNumber():
            return value.spelled_for_graph()


def value_from_json(slot: Slot, text: str | None) -> StoredValue | None:
    """The inverse of `value_to_json`."""
    if text is None:
        return None
    if text == MASKED:
        return MaskedValue()
    return EmailAddress(text) if slot is Slot.EMAIL else number_from_graph(text)
