"""A phone number whose parts stand in several columns: calling code, area code, number, extension.

Called by `desired`. The parts are joined into one spelling, which is read as if it had been typed into one cell. So a
calling code is evidence exactly as a typed plus, every valid reading is a candidate, and the number never has a digit
that none of the parts has. Behind an area code no subscriber's number begins with 0, so that Excel can only have
removed a zero of the first part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from shared.core.export.country import calling_code_digits
from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import as_written
from shared.core.numbers.column_reading import ColumnReading
from shared.core.numbers.number_format import shown, shown_text, whole_number
from shared.core.numbers.read_number import NumberRead, Regions, number_of
from shared.core.numbers.written_number import WrittenNumber, Zeros, written_number
from shared.core.values.cell import Cell, CellKind, Refusal, is_phone_placeholder, is_placeholder, refuse, visible_text
from shared.core.values.slot import PhoneNumber, PhoneType

_AREA = re.compile(r"[(\[]?\s*\d[\d\s()\[\]./-]*")
_MOST_AREA_DIGITS = 7
_EXTENSION = re.compile(
    r"(?:(?:x|ext|extn|extension|dw|poste|int|tst|wew|lok)[.:]?)?\s*[-#]?\s*(\d{1,7})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class PhoneParts:
    """The cells of one number; None = the export has no such column. A blank cell is one of the kind `BLANK`."""

    number: Cell
    calling_code: Cell | None = None
    area_code: Cell | None = None
    extension: Cell | None = None


@dataclass(frozen=True, slots=True, repr=False)
class _Digits:
    """The digits of the parts around the number; "" = the part says nothing."""

    calling_code: str
    area: str
    extension: str
    has_lost_zeros: bool
    """Whether the area code is stored as a number, so that Excel may have removed its zero."""


def is_unspecified(parts: PhoneParts) -> bool:
    """Whether nothing is said of the number: a calling code and an area code alone are no number."""
    return _says_nothing(parts.number) and (parts.extension is None or _has_no_digits(parts.extension))


def read_joined_number(
    parts: PhoneParts, phone_type: PhoneType, regions: Regions, reading: ColumnReading | None = None
) -> NumberRead | Refusal | None:
    """The one number that the parts make; None = they are unspecified. A refusal names the cell at fault.

    A reading of the column says nothing of a number with a calling code or an area code.
    """
    if is_unspecified(parts):
        return None
    if _says_nothing(parts.number):
        return refuse(parts.number, "partsIncomplete", "the extension stands alone: the number is blank")
    digits = _digits_of(parts)
    return digits if isinstance(digits, Refusal) else _read(parts, digits, phone_type, regions, reading)


def _read(
    parts: PhoneParts, digits: _Digits, phone_type: PhoneType, regions: Regions, reading: ColumnReading | None
) -> NumberRead | Refusal:
    written = _written(parts, digits, phone_type)
    if isinstance(written, Refusal):
        return written
    if written.international or written.spellings[0].startswith("00"):
        return _agreeing(parts, number_of(parts.number, written, phone_type, regions), digits)
    if parts.area_code is None and not digits.calling_code:
        return number_of(parts.number, written, phone_type, regions, reading)
    return _joined(parts, written, digits, phone_type, regions)


def _joined(
    parts: PhoneParts, written: WrittenNumber, digits: _Digits, phone_type: PhoneType, regions: Regions
) -> NumberRead | Refusal:
    """The number behind a calling code, or inside the person's region."""
    area_is_blank = parts.area_code is not None and not digits.area
    if parts.area_code is not None and area_is_blank and _needs_area(digits.calling_code, regions):
        return refuse(parts.area_code, "partsIncomplete", "the area code of the number is blank")
    if not digits.area and not digits.calling_code:
        return number_of(parts.number, written, phone_type, regions)
    first_may_lack_zero = digits.has_lost_zeros if digits.area else written.zeros is Zeros.LIKELY_LOST
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
    """The digits behind the calling code, and the number itself where it repeats the code."""
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
    """Digits that are valid only with a zero in front, which no part has, are refused with that reading."""
    meant = {
        candidate.number: None
        for digits in lacking
        for candidate, _ in as_written(digits, regions.known, international=joined.international)
    }
    if found.code != "numberNotValid" or not meant:
        return found
    cell = parts.number if parts.area_code is None or _has_no_digits(parts.area_code) else parts.area_code
    return refuse(cell, "digitsLost", "a zero in front seems to be lost", tuple(meant))


def _agreeing(parts: PhoneParts, found: NumberRead | Refusal, digits: _Digits) -> NumberRead | Refusal:
    """A number that names its country itself, unless the other parts say something else."""
    if isinstance(found, Refusal):
        return found
    number: PhoneNumber = found.number
    if digits.calling_code and parts.calling_code is not None and not number.digits.startswith(digits.calling_code):
        return refuse(parts.calling_code, "partsContradict", "the number itself has another calling code")
    area = digits.area.removeprefix(digits.calling_code) if digits.area else ""
    if digits.area and parts.area_code is not None and not _is_area_of(number, {digits.area, area}):
        return refuse(parts.area_code, "partsContradict", "the number itself has another area code")
    return found


def _is_area_of(number: PhoneNumber, areas: set[str]) -> bool:
    region = numbering_plan.main_region(number.country_code)
    trunkless = {numbering_plan.without_national_prefix(number.country_code, region, area) for area in areas}
    starts = {*areas, *(area.lstrip("0") for area in areas), *(area for area in trunkless if area)}
    return any(start and number.national.startswith(start) for start in starts)


def _begins_with_area(local: str, area: str) -> bool:
    """Whether the number repeats its area code; with a zero in front, where one of both has it."""
    return local.lstrip("0").startswith(area.lstrip("0") or area)


def _needs_area(calling_code: str, regions: Regions) -> bool:
    code = numbering_plan.leading_country_code(calling_code) if calling_code else None
    if code is None and regions.known is not None:
        code = numbering_plan.country_code_of(regions.known)
    return code is None or numbering_plan.has_area_codes(code)


def _digits_of(parts: PhoneParts) -> _Digits | Refusal:
    calling_code = _optional(parts.calling_code)
    code = calling_code_digits(calling_code) if calling_code is not None else ""
    if calling_code is not None and code is None:
        return refuse(calling_code, "partMalformed", "the cell holds no calling code")
    area_code = None if parts.area_code is None or _has_no_digits(parts.area_code) else parts.area_code
    area = _area_digits(area_code) if area_code is not None else ""
    if area_code is not None and area is None:
        return refuse(area_code, "partMalformed", "the cell holds no area code")
    cell = parts.extension
    extension = "" if cell is None or _has_no_digits(cell) else _extension_digits(cell)
    if cell is not None and extension is None:
        return refuse(cell, "partMalformed", "the cell holds no extension")
    has_lost_zeros = area_code is not None and area_code.kind is not CellKind.TEXT
    return _Digits(code or "", area or "", extension or "", has_lost_zeros)


def _written(parts: PhoneParts, digits: _Digits, phone_type: PhoneType) -> WrittenNumber | Refusal:
    """What the number's own cell spells, with the extension of the other cell."""
    written = written_number(parts.number)
    if isinstance(written, Refusal) or not digits.extension or parts.extension is None:
        return written
    if phone_type is not PhoneType.OFFICE:
        return refuse(parts.extension, "extensionOfficeOnly", "only an office number can have an extension")
    if written.extension and written.extension != digits.extension:
        return refuse(parts.extension, "partsContradict", "the number itself has another extension")
    return replace(written, extension=digits.extension)


def _area_digits(cell: Cell) -> str | None:
    text = _seen(cell)
    if text is None or _AREA.fullmatch(text) is None:
        return None
    digits = re.sub(r"\D", "", text)
    return digits if digits.strip("0") and len(digits) <= _MOST_AREA_DIGITS else None


def is_extension(text: str) -> bool:
    """Whether a text is an extension as people write it: `123`, `x123`, `Ext. 123`, `-12`."""
    return _EXTENSION.fullmatch(text) is not None


def _extension_digits(cell: Cell) -> str | None:
    text = _seen(cell)
    match = _EXTENSION.fullmatch(text) if text is not None else None
    return match[1] if match else None


def _seen(cell: Cell) -> str | None:
    """The text that a person sees in a cell of digits; None for kinds that cannot hold a part."""
    match cell.kind:
        case CellKind.TEXT:
            text = shown_text(cell.number_format, visible_text(cell.text))
            return None if text is None else visible_text(text)
        case CellKind.INTEGER | CellKind.FLOAT:
            digits = whole_number(cell.text)
            if digits is None:
                return None
            seen = shown(cell.number_format, digits)
            return visible_text(seen.text) if seen.adds else digits
        case _:
            return None


def _optional(cell: Cell | None) -> Cell | None:
    return None if cell is None or _says_nothing(cell) else cell


def _says_nothing(cell: Cell) -> bool:
    return _is_blank(cell) or is_phone_placeholder(cell)


def _has_no_digits(cell: Cell) -> bool:
    return _is_blank(cell) or is_placeholder(cell)


def _is_blank(cell: Cell) -> bool:
    return cell.is_blank or (cell.kind is CellKind.TEXT and not visible_text(cell.text))
