"""Reads a phone cell into one number, or says why it cannot be sure.

Called by `desired` and by the HTTP API. The law: a number is never guessed. Every way the cell can be read is tried;
only a single valid reading is accepted, and only when the cell or the person's region proves where it belongs:

| the cell                                   | is read                                               |
|--------------------------------------------|-------------------------------------------------------|
| a plus, written or shown by the format     | as it stands                                          |
| `00…`                                      | behind the international prefix, and inside the region |
| other digits                               | inside the region, and as international without a plus |

Two different valid readings are refused with both. A number without a plus that only another country has is refused
with that number as a suggestion: a national number under a wrong region looks the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from phonenumbers import PhoneNumberType

from shared.core import readings
from shared.core.cell import Cell
from shared.core.phone import PhoneNumber, PhoneType
from shared.core.readings import LineType, Reading
from shared.core.refusal import Refusal, refuse
from shared.core.written_number import WrittenNumber, several_numbers, written_number

_SMS_LINES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_VOICE_LINES = _SMS_LINES | {PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP}
ACCEPTED_LINES: dict[PhoneType, frozenset[LineType]] = {
    PhoneType.MOBILE: _SMS_LINES,
    PhoneType.ALTERNATE_MOBILE: _VOICE_LINES,
    PhoneType.OFFICE: _VOICE_LINES | {PhoneNumberType.UAN},
}
"""Graph sends text messages to `mobile` only; the others are called by voice, so a landline will do.

Company-wide numbers (UAN, usual in Austria) reach a desk through an extension. Premium, shared-cost, free, personal,
pager and voicemail numbers are never a person's phone, or cost whoever calls them.
"""


class RegionSource(StrEnum):
    """Where the region of a number came from."""

    NUMBER = "number"
    ROW = "row"
    ACCOUNT = "account"
    FILE = "file"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Regions:
    """ISO 3166 alpha-2 codes, upper case, that may say where a national number belongs; the first that is set wins."""

    row: str | None = None
    account: str | None = None
    file: str | None = None
    app: str | None = None

    @property
    def chosen(self) -> str | None:
        return self.row or self.account or self.file or self.app

    @property
    def source(self) -> RegionSource | None:
        sources = {
            RegionSource.ROW: self.row,
            RegionSource.ACCOUNT: self.account,
            RegionSource.FILE: self.file,
            RegionSource.APP: self.app,
        }
        return next((source for source, region in sources.items() if region), None)


@dataclass(frozen=True, slots=True)
class NumberRead:
    """An accepted number. `region` is None when the number itself names its country."""

    number: PhoneNumber
    region: str | None
    region_source: RegionSource


class _Basis(Enum):
    """What makes a reading more than a possibility."""

    SPELLING = auto()
    REGION = auto()
    NOTHING = auto()


def read_number(cell: Cell, phone_type: PhoneType, regions: Regions) -> NumberRead | Refusal:
    """The one number that `cell` holds. The cell is neither blank nor the word for a removal."""
    written = written_number(cell)
    if isinstance(written, Refusal):
        return written
    region = regions.chosen if regions.chosen and readings.is_known_region(regions.chosen) else None
    found = _readings(written, region)
    refusal = _doubt(cell, written, found, region) or _unfit(cell, written, next(iter(found)), phone_type)
    if refusal:
        return refusal
    (reading, basis), *_ = found.items()
    number = replace(reading.number, extension=written.extension)
    if basis is _Basis.SPELLING or regions.source is None:
        return NumberRead(number, None, RegionSource.NUMBER)
    return NumberRead(number, region, regions.source)


def _readings(written: WrittenNumber, region: str | None) -> dict[Reading, _Basis]:
    """Every valid reading with its best basis."""
    found: dict[Reading, _Basis] = {}
    for digits in written.spellings:
        for reading, basis in _read(digits, region, written):
            found.setdefault(reading, basis)
    return found


def _read(digits: str, region: str | None, written: WrittenNumber) -> Iterator[tuple[Reading, _Basis]]:
    if written.international:
        yield from ((reading, _Basis.SPELLING) for reading in readings.international(digits))
        return
    if digits.startswith("00"):
        yield from ((reading, _Basis.SPELLING) for reading in readings.international(digits[2:]))
    if region:
        yield from ((reading, _Basis.REGION) for reading in readings.national(digits, region))
        if written.may_lack_zeros:
            yield from ((reading, _Basis.REGION) for reading in readings.national(f"0{digits}", region))
    for reading in readings.international(digits):
        at_home = region is not None and reading.number.country_code == readings.country_code(region)
        yield reading, _Basis.REGION if at_home else _Basis.NOTHING


def _doubt(cell: Cell, written: WrittenNumber, found: dict[Reading, _Basis], region: str | None) -> Refusal | None:
    """Why `found` is not one certain number."""
    if written.area and _readings(WrittenNumber((written.area,), written.international), region):
        return several_numbers(cell)
    candidates = tuple(reading.number for reading in found)
    if not candidates:
        where = f"in {region} or with a country code" if region else "with a country code"
        return refuse(cell, "numberNotValid", f"the digits are no valid number {where}")
    if len(candidates) > 1:
        sentence = f"the number can be read in {len(candidates)} valid ways"
        return refuse(cell, "numberAmbiguous", sentence, candidates)
    if _Basis.NOTHING not in found.values():
        return None
    if region is None:
        sentence = "the number has no country code and no country is known for the person"
        return refuse(cell, "regionMissing", sentence, candidates)
    sentence = f"the number is none of {region}, and of another country only if a + is missing"
    return refuse(cell, "plusMissing", sentence, candidates)


def _unfit(cell: Cell, written: WrittenNumber, reading: Reading, phone_type: PhoneType) -> Refusal | None:
    """Why a certain number cannot be a method of this type."""
    if written.extension and phone_type is not PhoneType.OFFICE:
        return refuse(cell, "extensionOfficeOnly", "only an office number can have an extension")
    if reading.line in ACCEPTED_LINES[phone_type] and readings.belongs_to_country(reading.number):
        return None
    if reading.line == PhoneNumberType.FIXED_LINE:
        return refuse(cell, "landlineNotMobile", "the number is a landline, which gets no text messages")
    line = PhoneNumberType.to_string(reading.line).lower().replace("_", " ")
    return refuse(cell, "lineTypeRefused", f"a {line} number cannot be the {phone_type} number of a person")
