"""Reads how a phone cell is written: its digits, a plus, an extension, and whether Excel may have removed zeros.

Turns a cell's type, text and number format into digits without any numbering plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto

from shared.core.numbers.number_format import EXCEL_DIGITS, shown, shown_text, whole_number
from shared.core.values.cell import Cell, CellKind, Refusal, refuse, visible_text
from shared.core.values.characters import DASHES, SEPARATORS
from shared.core.values.said import Said

_LONGEST_TEXT = 100
"""Characters; a phone number with country code, brackets and extension has fewer than 40."""
_ROUNDED = re.compile(r"\d{3}0+|\d+0{4,}")
"""Digits that remain of a number shown as 3.16E+10 or 4.91511E+12 in a CSV and read again."""

_SCIENTIFIC = re.compile(r"\d(?:[.,](?P<decimals>\d+))?E\+?(?P<exponent>\d{1,3})", re.IGNORECASE)
_DECIMAL = re.compile(r"\+?\d{3,}[.,]\d{1,2}")
DIRECT_DIAL = r"(?:dw|durchwahl|ddi)[.:]?"
"""Words before direct-dial digits, which lengthen the company's number."""
_EXTENSION = re.compile(
    r"(?P<number>[^a-z;]*\d[^a-z;\d]*)"
    r"(?:(?:;ext=|(?:x|ext|extn|extension|poste|int|interno|toestel|tst|wew|ankn|lok|lokal|ramal)[.:]?)"
    r"\s*(?P<extension>\d{1,7})"
    rf"|{DIRECT_DIAL}\s*-?\s*(?P<direct_dial>\d{{1,7}}))",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\d.*\+"  # a second plus
    r"|\d\s*[,;|&\n]\s*[+(]?\d"  # a separator of lists between digits
    r"|\d{7,}\D+\d{7,}"  # two runs, each as long as a number
    r"|/.*/",
    re.DOTALL,
)
_SPELLING = re.compile(rf"[(\[]?\+{{0,2}}[\s(\[]*\d[\d{SEPARATORS}]*")
_PLAIN = re.compile(r"\+?(?:\d[ ()-]*){1,13}")
"""The usual form of a number, without other signs, and too short to be two numbers, which have 14 digits or more."""
_RUNS = re.compile(r"\d+")
_LAST_DASH = re.compile(rf"[-{DASHES}]\s*(?P<ending>\d+)\s*$")
_OPTIONAL_ZERO = re.compile(
    r"(?P<country>[(\[]?(?:\+{1,2}|00)?\s*\d{1,3}[)\]]?)\s*(?:[(\[]\s*0\s*[)\]]|(?<=\s)0(?=\s+\d\d))(?P<rest>.*)",
    re.DOTALL,
)
_SHORTEST_LOCAL = 5
"""The fewest digits after a slash that belong to the area code before it; fewer are another number's last digits."""


class Zeros(Enum):
    """Whether zeros may be missing at the front."""

    KEPT = auto()
    PERHAPS_LOST = auto()
    """Text of bare digits: as typed, unless it was a number in another program before."""
    LIKELY_LOST = auto()
    """Stored as a number, and no format shows what was typed."""


@dataclass(frozen=True, slots=True, repr=False)
class WrittenNumber:
    """How a number is written, as digits without separators."""

    spellings: tuple[str, ...]
    """Each way to read the digits; several if it is not clear which belong to the number, as with the zero of `(0)`."""
    international: bool = False
    """A plus was written, or shown by the number format, or a calling code stands in a cell of its own."""
    zeros: Zeros = Zeros.KEPT
    groups: tuple[int, ...] = ()
    """How many digits each group has, as typed, or as shown by a format that adds a plus or digits other than zeros;
    () = the grouping is not known."""
    area: str = ""
    """The digits before a slash, which must be an area code: otherwise the cell holds two numbers."""
    extension: str = ""
    direct_dial: str = ""
    """The digits dialled for one desk, in place of the switchboard's zero or after the number; see `direct_dial`."""
    ending: str = ""
    """The digits after the last dash."""


def written_number(cell: Cell) -> WrittenNumber | Refusal:
    """The number as `cell` spells it, or why it is no single number.

    Raises ValueError for a cell that is blank, covered, too long or uncertain.
    """
    match cell.kind:
        case CellKind.TEXT:
            seen = shown_text(cell.number_format, visible_text(cell.text))
            return _unclear_format(cell) if seen is None else _from_text(cell, visible_text(seen))
        case CellKind.INTEGER | CellKind.FLOAT:
            return _from_value(cell, cell.text)
        case CellKind.FORMULA:
            return refuse(cell, "formulaNotCalculated", Said("the formula has no stored result"))
        case CellKind.ERROR:
            return refuse(cell, "cellIsError", Said("the cell holds an Excel error"))
        case CellKind.BOOLEAN:
            return refuse(cell, "cellIsBoolean", Said("the cell holds true or false"))
        case CellKind.DATE:
            return refuse(cell, "cellIsDate", Said("the cell holds a date"))
        case CellKind.BLANK | CellKind.COVERED | CellKind.TOO_LONG | CellKind.UNCERTAIN:
            raise ValueError(f"{cell.address} is {cell.kind}")


def _from_value(cell: Cell, text: str) -> WrittenNumber | Refusal:
    digits = whole_number(text)
    if digits is None:
        return _malformed(cell)
    if len(digits) > EXCEL_DIGITS:
        return refuse(
            cell,
            "digitsLost",
            Said("the number is longer than the {digits} digits that Excel keeps", digits=EXCEL_DIGITS),
        )
    bare = _bare(cell, digits, Zeros.LIKELY_LOST)
    display = shown(cell.number_format, digits)
    if isinstance(bare, Refusal) or not display.adds:
        return bare
    if not display.text:
        return _unclear_format(cell)
    seen = _from_text(cell, visible_text(display.text))
    if isinstance(seen, Refusal) or seen.international or _digits(display.text).lstrip("0") != digits:
        return seen
    # The format made these zeros, perhaps for longer numbers than this one.
    return replace(seen, spellings=(*seen.spellings, digits), zeros=Zeros.LIKELY_LOST, groups=())


def _bare(cell: Cell, digits: str, zeros: Zeros) -> WrittenNumber | Refusal:
    """A cell of digits alone, which Excel stores, or may have stored, as a number; refused if they look rounded."""
    if _ROUNDED.fullmatch(digits):
        return refuse(cell, "digitsLost", Said("the last digits are zeros, as after rounding by Excel"))
    return WrittenNumber((digits,), zeros=zeros)


def _from_text(cell: Cell, text: str) -> WrittenNumber | Refusal:
    if _PLAIN.fullmatch(text):
        return _spelled(cell, text)
    if len(text) > _LONGEST_TEXT:
        return refuse(cell, "cellTooLong", Said("the cell holds more than {most} characters", most=_LONGEST_TEXT))
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific and len(scientific["decimals"] or "") < int(scientific["exponent"]):
        return refuse(cell, "digitsLost", Said("the number is in scientific notation and has lost digits"))
    if scientific or _DECIMAL.fullmatch(text):
        return _malformed(cell) if text[0] in "+0" else _from_value(cell, text.replace(",", "."))
    if text[:4].lower() == "tel:":
        text = text[4:].lstrip()
    extended = _EXTENSION.fullmatch(text)
    if extended is None:
        return _from_spelling(cell, text)
    number = _from_spelling(cell, extended["number"].rstrip(" ,-"))
    extension, direct_dial = extended["extension"] or "", extended["direct_dial"] or ""
    return number if isinstance(number, Refusal) else replace(number, extension=extension, direct_dial=direct_dial)


def _from_spelling(cell: Cell, text: str) -> WrittenNumber | Refusal:
    if not _RUNS.search(text):
        return refuse(cell, "numberMissing", Said("the cell holds no digits"))
    if any(map(str.isalpha, text)):
        return refuse(cell, "numberHasLetters", Said("the number has letters in it"))
    area, slash, local = text.partition("/")
    if _SEVERAL.search(text) or (slash and len(_digits(local)) < _SHORTEST_LOCAL):
        return _several_numbers(cell)
    if not _SPELLING.fullmatch(text):
        return _malformed(cell)
    return _spelled(cell, text, _digits(area) if slash else "")


def _spelled(cell: Cell, text: str, area: str = "") -> WrittenNumber | Refusal:
    """One number without letters; `area` are the digits before its slash."""
    runs = _RUNS.findall(text)
    digits = "".join(runs)
    if text == digits and not digits.startswith("0"):
        return _bare(cell, digits, Zeros.PERHAPS_LOST)
    optional = _OPTIONAL_ZERO.fullmatch(text) if "0" in runs else None
    without_zero = (_digits(optional["country"] + optional["rest"]),) if optional else ()
    last = _LAST_DASH.search(text) if len(runs) > 1 else None
    return WrittenNumber(
        (digits, *without_zero),
        international="+" in text,
        groups=tuple(map(len, runs)),
        area=area,
        ending=last["ending"] if last else "",
    )


def _several_numbers(cell: Cell) -> Refusal:
    return refuse(cell, "severalNumbers", Said("the cell holds more than one number"))


def _unclear_format(cell: Cell) -> Refusal:
    return refuse(cell, "numberFormatUnclear", Said("the cell's number format does not show the stored digits plainly"))


def _malformed(cell: Cell) -> Refusal:
    return refuse(cell, "numberMalformed", Said("the cell is not written like a phone number"))


def _digits(text: str) -> str:
    return "".join(_RUNS.findall(text))
