"""The cells of a number that is split over several columns, and the digits that each adds; `phone_parts` joins them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from shared.core.export.country import calling_code_digits
from shared.core.numbers.number_format import seen_in
from shared.core.numbers.written_number import DIRECT_DIAL
from shared.core.values.cell import (
    Cell,
    CellKind,
    Refusal,
    is_empty,
    is_phone_placeholder,
    is_placeholder,
    refuse,
)
from shared.core.values.said import Said

_AREA = re.compile(r"[(\[]?\s*\d[\d\s()\[\]./-]*")
_MOST_AREA_DIGITS = 7
_EXTENSION = re.compile(
    r"(?:(?:x|ext|extn|extension|poste|int|tst|wew|lok)[.:]?)?\s*[-#]?\s*(?P<digits>\d{1,7})", re.IGNORECASE
)
_DIRECT_DIAL = re.compile(rf"(?P<marker>{DIRECT_DIAL})?\s*-?\s*(?P<digits>\d{{1,7}})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PhoneParts:
    """The cells of one number; None = the export has no such column. A blank cell has the kind `BLANK`."""

    number: Cell
    calling_code: Cell | None = None
    area_code: Cell | None = None
    extension: Cell | None = None
    direct_dial: Cell | None = None

    @property
    def behind(self) -> tuple[Cell, ...]:
        """The cells of extension and direct-dial digits."""
        return tuple(cell for cell in (self.extension, self.direct_dial) if cell is not None)


@dataclass(frozen=True, slots=True, repr=False)
class PartDigits:
    """The digits of the parts around the number; "" = the part says nothing."""

    calling_code: str
    area: str
    extension: str = ""
    direct_dial: str = ""
    may_lack_zero: bool = False
    """Whether the area code is stored as a number, so that Excel may have removed its zero."""


def is_unspecified(parts: PhoneParts) -> bool:
    """Whether the number is unspecified; a calling code and an area code alone are no number."""
    return says_nothing(parts.number) and all(map(has_no_digits, parts.behind))


def digits_of(parts: PhoneParts) -> PartDigits | Refusal:
    calling_code = _optional(parts.calling_code)
    code = calling_code_digits(calling_code) if calling_code is not None else ""
    if calling_code is not None and code is None:
        return refuse(calling_code, "partMalformed", Said("the cell holds no calling code"))
    area_code = None if parts.area_code is None or has_no_digits(parts.area_code) else parts.area_code
    area = _area_digits(area_code) if area_code is not None else ""
    if area_code is not None and area is None:
        return refuse(area_code, "partMalformed", Said("the cell holds no area code"))
    may_lack_zero = area_code is not None and area_code.kind is not CellKind.TEXT
    digits = PartDigits(code or "", area or "", may_lack_zero=may_lack_zero)
    for cell in parts.behind:
        if not has_no_digits(cell):
            found = _DIRECT_DIAL.fullmatch(_dialled(cell))
            extension = _EXTENSION.fullmatch(_dialled(cell)) if cell is parts.extension else None
            if found and (cell is parts.direct_dial or found["marker"]):
                digits = replace(digits, direct_dial=found["digits"])
            elif extension:
                digits = replace(digits, extension=extension["digits"])
            else:
                return refuse(cell, "partMalformed", Said("the cell holds no extension or direct-dial digits"))
    return digits


def _area_digits(cell: Cell) -> str | None:
    text = seen_in(cell)
    if text is None or _AREA.fullmatch(text) is None:
        return None
    digits = re.sub(r"\D", "", text)
    return digits if digits.strip("0") and len(digits) <= _MOST_AREA_DIGITS else None


def is_extension(text: str) -> bool:
    """Whether a text is an extension as people write it: `123`, `x123`, `Ext. 123`, `-12`."""
    return _EXTENSION.fullmatch(text) is not None or _DIRECT_DIAL.fullmatch(text) is not None


def _dialled(cell: Cell) -> str:
    """The text of an extension or direct-dial cell; Excel stores `-678` as a negative number."""
    is_negative = cell.kind is CellKind.INTEGER and cell.text.startswith("-")
    return (cell.text if is_negative else seen_in(cell)) or ""


def _optional(cell: Cell | None) -> Cell | None:
    return None if cell is None or says_nothing(cell) else cell


def says_nothing(cell: Cell) -> bool:
    return is_empty(cell) or is_phone_placeholder(cell)


def has_no_digits(cell: Cell) -> bool:
    return is_empty(cell) or is_placeholder(cell)
