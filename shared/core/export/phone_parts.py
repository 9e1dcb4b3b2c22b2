"""Joins a phone number from several columns: calling code, area code, number, extension or direct dial.

The parts are joined into one spelling, which is read as if it had been typed into one cell. So a calling code counts
like a typed plus, every valid number is a candidate, and the number has only digits of its parts. After an area code no
subscriber's number begins with 0, so Excel can only have removed a zero of the first part.

An extension is added to the number; the number is refused if the digits may also lengthen it, as in Germany and
Austria. Digits under a heading of direct-dial digits lengthen it.
"""

from __future__ import annotations

from dataclasses import replace

from shared.core.export.part_cells import (
    PartDigits,
    PhoneParts,
    digits_of,
    has_no_digits,
    is_unspecified,
    says_nothing,
)
from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import as_written
from shared.core.numbers.column_reading import ColumnReading
from shared.core.numbers.direct_dial import is_unusually_long, names_a_desk, with_direct_dial
from shared.core.numbers.read_number import NumberRead, Regions, number_of
from shared.core.numbers.written_number import WrittenNumber, Zeros, written_number
from shared.core.values.cell import Refusal, refuse
from shared.core.values.said import Said
from shared.core.values.slot import PhoneNumber, PhoneType


def read_joined_number(
    parts: PhoneParts, phone_type: PhoneType, regions: Regions, reading: ColumnReading | None = None
) -> NumberRead | Refusal | None:
    """The number that the parts make; None = it is unspecified. A refusal names the cell at fault.

    A digit reading does not apply to a number with a calling code, an area code or direct-dial digits.
    """
    if is_unspecified(parts):
        return None
    digits = digits_of(parts)
    if isinstance(digits, Refusal):
        return digits
    found = _read(parts, digits, phone_type, regions, reading)
    if isinstance(found, Refusal) or not digits.extension:
        return found
    longer = _read(parts, replace(digits, extension="", direct_dial=digits.extension), phone_type, regions)
    if isinstance(longer, Refusal) or longer == found or is_unusually_long(longer.number):
        return found
    sentence = Said("the extension may stand behind the number, or be its end")
    return refuse(parts.number, "numberAmbiguous", sentence, (found.number, longer.number))


def _read(
    parts: PhoneParts,
    digits: PartDigits,
    phone_type: PhoneType,
    regions: Regions,
    reading: ColumnReading | None = None,
) -> NumberRead | Refusal:
    written = _written(parts, digits, phone_type)
    if isinstance(written, Refusal):
        return written
    if written.international or written.spellings[0].startswith("00"):
        return _agreeing(parts, number_of(parts.number, written, phone_type, regions), digits)
    if parts.calling_code is not None and not digits.calling_code and regions.row is None:
        return refuse(parts.calling_code, "partsIncomplete", Said("the calling code of the number is blank"))
    if parts.area_code is None and not digits.calling_code:
        return number_of(parts.number, written, phone_type, regions, reading)
    return _joined(parts, written, digits, phone_type, regions)


def _joined(
    parts: PhoneParts, written: WrittenNumber, digits: PartDigits, phone_type: PhoneType, regions: Regions
) -> NumberRead | Refusal:
    """The number after its calling code, or in the person's region."""
    area_is_blank = parts.area_code is not None and not digits.area
    if parts.area_code is not None and area_is_blank and _needs_area(digits.calling_code, regions):
        return refuse(parts.area_code, "partsIncomplete", Said("the area code of the number is blank"))
    if not digits.area and not digits.calling_code:
        return number_of(parts.number, written, phone_type, regions)
    first_may_lack_zero = digits.may_lack_zero if digits.area else written.zeros is Zeros.LIKELY_LOST
    national = [f"{digits.area}{local}" for local in written.spellings]
    if digits.area:
        national += [local for local in written.spellings if _begins_with_area(local, digits.area)]
    spelled = _behind_code(digits.calling_code, national, written.spellings) if digits.calling_code else national
    lacking = _lacking_zero(digits.calling_code, national) if first_may_lack_zero else []
    joined = replace(
        written, spellings=tuple(spelled), international=bool(digits.calling_code), zeros=Zeros.KEPT, groups=(), area=""
    )
    found = number_of(parts.number, joined, phone_type, regions)
    if not lacking:
        return found
    if isinstance(found, NumberRead):
        # The other reading has a digit that no part has, so it only makes this one doubtful.
        return number_of(parts.number, replace(joined, spellings=(*spelled, *lacking)), phone_type, regions)
    return _suggesting_zero(parts, found, lacking, joined, regions)


def _behind_code(code: str, national: list[str], alone: tuple[str, ...]) -> list[str]:
    """The digits after the calling code, and also the number itself if it repeats the code."""
    plain = str(numbering_plan.leading_country_code(code))
    bases = dict.fromkeys((code, plain))
    return [
        *(f"{base}{digits}" for base in bases for digits in national),
        *(local for local in alone if local.startswith(plain)),
    ]


def _lacking_zero(code: str, national: list[str]) -> list[str]:
    plain = str(numbering_plan.leading_country_code(code)) if code else ""
    return [f"{plain}0{digits}" for digits in national if not digits.startswith("0")]


def _suggesting_zero(
    parts: PhoneParts, found: Refusal, lacking: list[str], joined: WrittenNumber, regions: Regions
) -> Refusal:
    """The refusal of digits that are valid only with a zero which no part has; it suggests that number."""
    meant = {
        candidate.number: None
        for digits in with_direct_dial(replace(joined, spellings=tuple(lacking))).spellings
        for candidate, _ in as_written(digits, regions.known, international=joined.international)
    }
    if found.code != "numberNotValid" or not meant:
        return found
    cell = parts.number if parts.area_code is None or has_no_digits(parts.area_code) else parts.area_code
    return refuse(cell, "digitsLost", Said("a zero in front seems to be lost"), tuple(meant))


def _agreeing(parts: PhoneParts, found: NumberRead | Refusal, digits: PartDigits) -> NumberRead | Refusal:
    """A number that has its country code itself, unless the other parts contradict it."""
    if isinstance(found, Refusal):
        return found
    number: PhoneNumber = found.number
    if digits.calling_code and parts.calling_code is not None and not number.digits.startswith(digits.calling_code):
        return refuse(parts.calling_code, "partsContradict", Said("the number itself has another calling code"))
    area = digits.area.removeprefix(digits.calling_code) if digits.area else ""
    if digits.area and parts.area_code is not None and not _is_area_of(number, {digits.area, area}):
        return refuse(parts.area_code, "partsContradict", Said("the number itself has another area code"))
    return found


def _is_area_of(number: PhoneNumber, areas: set[str]) -> bool:
    region = numbering_plan.main_region(number.country_code)
    trunkless = {numbering_plan.without_national_prefix(number.country_code, region, area) for area in areas}
    starts = {*areas, *(area.lstrip("0") for area in areas), *(area for area in trunkless if area)}
    return any(start and number.national.startswith(start) for start in starts)


def _begins_with_area(local: str, area: str) -> bool:
    """Whether the number repeats its area code; either may have a zero in front."""
    return local.lstrip("0").startswith(area.lstrip("0") or area)


def _needs_area(calling_code: str, regions: Regions) -> bool:
    code = numbering_plan.leading_country_code(calling_code) if calling_code else None
    if code is None and regions.known is not None:
        code = numbering_plan.country_code_of(regions.known)
    return code is None or numbering_plan.has_area_codes(code)


def _written(parts: PhoneParts, digits: PartDigits, phone_type: PhoneType) -> WrittenNumber | Refusal:
    """The number's own cell as written, with the extension or direct-dial digits of the other cell."""
    if says_nothing(parts.number):
        return refuse(parts.number, "partsIncomplete", Said("the extension stands alone: the number is blank"))
    written = written_number(parts.number)
    return written if isinstance(written, Refusal) else _with_end(parts, written, digits, phone_type)


def _with_end(
    parts: PhoneParts, written: WrittenNumber, digits: PartDigits, phone_type: PhoneType
) -> WrittenNumber | Refusal:
    own = written.extension or written.direct_dial
    cell = next((cell for cell in parts.behind if not has_no_digits(cell)), None)
    if cell is None:
        is_whole = own or names_a_desk(written) or phone_type is PhoneType.MOBILE
        if parts.direct_dial is None or is_whole:
            return written
        return refuse(parts.direct_dial, "partsIncomplete", Said("the direct-dial digits of the number are blank"))
    if phone_type is not PhoneType.OFFICE:
        return refuse(cell, "extensionOfficeOnly", Said("only an office number can have an extension"))
    if own and own not in {digits.extension, digits.direct_dial}:
        return refuse(cell, "partsContradict", Said("the number itself has another extension"))
    return written if own else replace(written, extension=digits.extension, direct_dial=digits.direct_dial)
