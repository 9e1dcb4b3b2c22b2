"""Reads a phone cell into one number, or says why it cannot be sure.

Called by `desired` and by the HTTP API. The law: a number is never guessed. Every way the cell can be read is tried,
and only a single valid reading is accepted:

| the cell                               | is read                                                                |
|----------------------------------------|------------------------------------------------------------------------|
| a plus, written or shown by the format | as it stands                                                           |
| `00…`                                  | behind the international prefix, and inside the region                 |
| other digits                           | inside the region, and as international without a plus                 |
| bare digits                            | besides, with a zero in front that Excel may have taken away           |

Different valid readings are refused, all shown, unless the groups of digits that somebody typed are usual for one of
them only. A number that only another country has is refused with that number as a suggestion, because a national
number under a wrong region looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from phonenumbers import PhoneNumberType

from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import Candidate
from shared.core.numbers.interpretation import Basis, Interpretation, interpret, is_two_numbers
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.written_number import WrittenNumber, written_number
from shared.core.values.cell import Cell
from shared.core.values.phone import PhoneNumber, PhoneType
from shared.core.values.refusal import Refusal, refuse

_SMS_LINES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_VOICE_LINES = _SMS_LINES | {PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP}
ACCEPTED_LINES: dict[PhoneType, frozenset[LineType]] = {
    PhoneType.MOBILE: _SMS_LINES,
    PhoneType.ALTERNATE_MOBILE: _VOICE_LINES,
    PhoneType.OFFICE: _VOICE_LINES | {PhoneNumberType.UAN},
}
"""Graph sends text messages to `mobile` only; the others are called by voice, so a landline will do there.

Company-wide numbers (UAN, usual in Austria) reach a desk. Premium, shared-cost, free, personal, pager and voicemail
numbers are nobody's own phone, or cost whoever calls them.
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
    """ISO 3166 alpha-2 codes that may say where a national number belongs; the first that is set wins."""

    row: str | None = None
    account: str | None = None
    file: str | None = None
    app: str | None = None

    @property
    def chosen(self) -> str | None:
        first = self.row or self.account or self.file or self.app
        return first.upper() if first else None

    @property
    def source(self) -> RegionSource | None:
        regions = (self.row, self.account, self.file, self.app)
        sources = (RegionSource.ROW, RegionSource.ACCOUNT, RegionSource.FILE, RegionSource.APP)
        return next((source for source, region in zip(sources, regions, strict=True) if region), None)


@dataclass(frozen=True, slots=True)
class NumberRead:
    """An accepted number. `region` is None when the number itself names its country."""

    number: PhoneNumber
    region: str | None
    region_source: RegionSource


def read_number(cell: Cell, phone_type: PhoneType, regions: Regions) -> NumberRead | Refusal:
    """The one number that `cell` holds. The cell is neither blank nor the word for a removal."""
    written = written_number(cell)
    if isinstance(written, Refusal):
        return written
    region = regions.chosen if regions.chosen and numbering_plan.is_known_region(regions.chosen) else None
    if is_two_numbers(written, region):
        return refuse(cell, "severalNumbers", "the cell holds more than one number")
    found = interpret(written, region, ACCEPTED_LINES[phone_type])
    refusal = _doubt(cell, written, found, region) or _unfit(cell, written, next(iter(found)), phone_type)
    if refusal:
        return refusal
    (candidate, basis), *_ = found.items()
    number = candidate.number.with_extension(written.extension) if written.extension else candidate.number
    if basis is Basis.SPELLING or regions.source is None:
        return NumberRead(number, None, RegionSource.NUMBER)
    return NumberRead(number, region, regions.source)


def _doubt(cell: Cell, written: WrittenNumber, found: Interpretation, region: str | None) -> Refusal | None:
    """Why `found` is not one certain number."""
    candidates = tuple(candidate.number for candidate in found)
    if len(candidates) > 1:
        sentence = f"the number can be read in {len(candidates)} valid ways"
        return refuse(cell, "numberAmbiguous", sentence, candidates)
    if candidates and Basis.NOTHING not in found.values():
        return None
    if region is None and not written.international:
        sentence = "the number has no country code and no country is known for the person"
        return refuse(cell, "regionMissing", sentence, candidates)
    if candidates:
        sentence = f"the number is none of {region}, and of another country only if a + is missing"
        return refuse(cell, "plusMissing", sentence, candidates)
    where = "of any country" if written.international else f"in {region} or with a country code"
    return refuse(cell, "numberNotValid", f"the digits are no valid number {where}")


def _unfit(cell: Cell, written: WrittenNumber, candidate: Candidate, phone_type: PhoneType) -> Refusal | None:
    """Why a certain number cannot be a method of this type."""
    if written.extension and phone_type is not PhoneType.OFFICE:
        return refuse(cell, "extensionOfficeOnly", "only an office number can have an extension")
    if candidate.line in ACCEPTED_LINES[phone_type] and numbering_plan.belongs_to_country(
        candidate.number.country_code
    ):
        return None
    if candidate.line == PhoneNumberType.FIXED_LINE:
        return refuse(cell, "landlineNotMobile", "the number is a landline, which gets no text messages")
    line = PhoneNumberType.to_string(candidate.line).lower().replace("_", " ")
    return refuse(cell, "lineTypeRefused", f"a {line} number cannot be the {phone_type} number of a person")
