"""Phone numbers as values that compare by digits and never print themselves in clear.

Used by every layer; depends on nothing but the country-code table of `phonenumbers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

from shared.core.values.unprintable import Unprintable


class PhoneType(StrEnum):
    """Graph's `phoneType`: one number of each per person."""

    MOBILE = "mobile"
    ALTERNATE_MOBILE = "alternateMobile"
    OFFICE = "office"


METHOD_IDS: dict[PhoneType, str] = {
    PhoneType.MOBILE: "3179e48a-750b-4051-897c-87b9720928f7",
    PhoneType.ALTERNATE_MOBILE: "b6332ec1-7057-4abe-9331-3d72feddfe41",
    PhoneType.OFFICE: "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
"""The id of each phone method, the same for every user and tenant (Graph reference, phoneAuthenticationMethod)."""

METHOD_TYPES: dict[str, PhoneType] = {method_id: phone_type for phone_type, method_id in METHOD_IDS.items()}

_GRAPH_SPELLING = re.compile(r"\+?(?P<digits>[\d\s().-]+?)\s*(?:[xX]\s*(?P<extension>\d+))?")
_SHOWN_DIGITS = 2


class PhoneNumber(Unprintable):
    """A complete number: country code, national significant number, extension ("" = none).

    Two numbers are equal when their digits and extensions are, however they were spelled.
    `str`, `repr` and `format` show at most the last two digits.
    """

    __slots__ = __match_args__ = ("country_code", "national", "extension")

    country_code: int
    national: str
    extension: str

    def __init__(self, country_code: int, national: str, extension: str = "") -> None:
        self._set(country_code=country_code, national=national, extension=extension)

    def with_extension(self, extension: str) -> PhoneNumber:
        return PhoneNumber(self.country_code, self.national, extension)

    @property
    def digits(self) -> str:
        return f"{self.country_code}{self.national}"

    def spelled_for_graph(self) -> str:
        """`+CC NSN` or `+CC NSNxEXT`, in clear: only for Graph, the ledger and workbooks."""
        extension = f"x{self.extension}" if self.extension else ""
        return f"+{self.country_code} {self.national}{extension}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PhoneNumber):
            return NotImplemented
        return (self.digits, self.extension) == (other.digits, other.extension)

    def __hash__(self) -> int:
        return hash((self.digits, self.extension))

    def __repr__(self) -> str:
        return f"<number ending in {self.digits[-_SHOWN_DIGITS:]}>"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class MaskedValue:
    """A stored value of which Graph shows us only a part, so that it can be neither equal nor different."""

    def __str__(self) -> str:
        return "<masked value>"


StoredNumber = PhoneNumber | MaskedValue


def number_from_graph(text: str) -> StoredNumber:
    """Read Graph's `phoneNumber`; whatever cannot be read completely is masked, never "different".

    The space after the country code is usual but not certain, so without it the country code is
    found by the ITU prefix table.
    """
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
