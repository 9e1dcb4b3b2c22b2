"""Decides whether the stored value of a formula is used.

A stored value is what a program calculated last. It is used if it comes from cells of the same workbook, and through
exact look-ups only. Functions that are not listed here refuse the cell: some give another value each time (NOW) or
reach anywhere (INDIRECT), others may come from a macro or an add-in, or be newer than this list. Files store formulas
with English names and commas (ECMA-376 part 1, 18.17).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.values.cell import FormulaRisk

Names = Mapping[str, Sequence[str]]
"""By defined name, in upper case: its formulas; a name that several sheets define has several."""

_FIXED = (
    "ABS ADDRESS AND AREAS ASC BAHTTEXT BASE CEILING CHAR CHOOSE CLEAN CODE COLUMN COLUMNS CONCATENATE COUNT COUNTA"
    " COUNTBLANK COUNTIF COUNTIFS DATE DATEDIF DATEVALUE DAY DAYS DAYS360 DBCS DECIMAL DGET DOLLAR EDATE EOMONTH"
    " ERROR.TYPE EVEN EXACT FALSE FIND FINDB FIXED FLOOR HLOOKUP HOUR HYPERLINK IF IFERROR INDEX INT ISBLANK ISERR"
    " ISERROR ISEVEN ISLOGICAL ISNA ISNONTEXT ISNUMBER ISODD ISREF ISTEXT JIS LARGE LEFT LEFTB LEN LENB LOG10 LOOKUP"
    " LOWER MATCH MAX MEDIAN MID MIDB MIN MINUTE MOD MONTH MROUND N NA NETWORKDAYS NETWORKDAYS.INTL NOT NUMBERVALUE ODD"
    " OR PHONETIC POWER PRODUCT PROPER QUOTIENT RANK REPLACE REPLACEB REPT RIGHT RIGHTB ROMAN ROUND ROUNDDOWN ROUNDUP"
    " ROW ROWS SEARCH SEARCHB SECOND SIGN SMALL SQRT SUBSTITUTE SUBTOTAL SUM SUMPRODUCT T TEXT TIME TIMEVALUE TRANSPOSE"
    " TRIM TRUE TRUNC TYPE UNICHAR UNICODE UPPER VALUE VLOOKUP WEEKDAY WEEKNUM WORKDAY WORKDAY.INTL XOR YEAR YEARFRAC"
)
_FIXED_SINCE_2010 = (
    "AGGREGATE ANCHORARRAY ARRAYTOTEXT BYCOL BYROW CHOOSECOLS CHOOSEROWS CONCAT DROP ENCODEURL EXPAND FILTER"
    " FORMULATEXT HSTACK IFNA IFS ISFORMULA ISOMITTED ISOWEEKNUM LAMBDA LET MAP REDUCE REGEXEXTRACT REGEXREPLACE"
    " REGEXTEST SCAN SEQUENCE SHEET SHEETS SINGLE SORT SORTBY SWITCH TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL"
    " TOROW TRIMRANGE UNIQUE VALUETOTEXT VSTACK WRAPCOLS WRAPROWS XLOOKUP XMATCH"
)
_KNOWN = frozenset(f"{_FIXED} {_FIXED_SINCE_2010}".split())
_PREFIX = re.compile(r"(?:_XLFN\.|_XLWS\.)+")
_LOCAL = "_XLPM."
"""The prefix with which Excel stores the variables of LET and LAMBDA."""

_EXACT = frozenset({"", "0", "FALSE", "FALSE()"})
_ONE_BY_ONE = frozenset({"", "1", "-1"})
_LAST_ARGUMENTS: dict[str, tuple[tuple[int, bool, frozenset[str]], ...]] = {
    "VLOOKUP": ((3, True, _EXACT),),
    "HLOOKUP": ((3, True, _EXACT),),
    "MATCH": ((2, True, _EXACT),),
    "XLOOKUP": ((4, False, _EXACT), (5, False, _ONE_BY_ONE)),
    "XMATCH": ((2, False, _EXACT), (3, False, _ONE_BY_ONE)),
}
"""For each look-up function the arguments that must ask for an exact match: index from 0, whether it must be given, and
the values that are exact."""
_WILDCARD = re.compile(r'"[^"]*[*?]')

_TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"]|"")*")
    | (?P<sheet>(?:'(?:[^']|'')*'|[^\W\d][\w.]*(?::[^\W\d][\w.]*)?)!)
    | (?P<table>[^\W\d][\w.\\]*\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\])
    | (?P<call>[^\W\d][\w.\\]*\()
    | (?P<cell>\$?[A-Z]{1,3}\$?\d{1,7}(?![\w.])|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}(?![\w.])|\$?\d{1,7}:\$?\d{1,7})
    | (?P<error>\#[A-Z/0]+[!?]?)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?)
    | (?P<name>[^\W\d][\w.\\?]*)
    | (?P<outside>["'\[|])
    | (?P<open>[({])
    | (?P<comma>,)
    | (?P<close>[)}])
    | (?P<sign>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CELL_OF_ROW = re.compile(r"(?<![\w.])(\$?[A-Za-z]{1,3}\$?)\d{1,7}(?![\w.(])")
_MANY_DIGITS = 7
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"""[^\s@"]@[^\s@"]""")
_BOOLEANS = frozenset({"TRUE", "FALSE"})
_MOST_NAMES = 40
_LONGEST = 8_192
"""Excel's own limit for a formula."""


def risk_of(formula: str, names: Names) -> FormulaRisk | None:
    """Why the value of `formula` (without its equals sign) is not used; None = it is used."""
    if len(formula) > _LONGEST:
        return FormulaRisk.OUTSIDE
    judged = _Judge(names).judge(formula)
    return judged.risk or (None if judged.has_reference else FormulaRisk.CONSTANT)


def shape_of(formula: str) -> str:
    """The formula without row numbers, outside of texts; formulas of one shape have the same risk."""
    pieces = formula.split('"')
    pieces[::2] = [_CELL_OF_ROW.sub(r"\g<1>1", piece) for piece in pieces[::2]]
    return '"'.join(pieces)


@dataclass(frozen=True, slots=True)
class _Judged:
    risk: FormulaRisk | None = None
    has_reference: bool = False


@dataclass(slots=True)
class _Call:
    """An open bracket; `name` is that of the function whose arguments it opens, "" = it opens none."""

    name: str
    start: int
    arguments: list[str] = field(default_factory=list)


class _Judge:
    """Judges one formula, and the defined names that it uses."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._judged: dict[str, _Judged] = {}

    def judge(self, formula: str) -> _Judged:
        """Go over the tokens once; return the first risk, or without one whether the formula refers to cells."""
        has_reference = False
        calls: list[_Call] = []
        position = 0
        while match := _TOKEN.match(formula, position):
            position = match.end()
            match match.lastgroup:
                case "cell" | "table":
                    judged = _Judged(has_reference=True)
                case "name":
                    judged = self._named(match[0].upper())
                case "text" | "number":
                    is_format = bool(calls) and calls[-1].name == "TEXT" and bool(calls[-1].arguments)
                    judged = _Judged(None if is_format else _literal_risk(match[0]))
                case "sheet" | "outside":
                    is_outside = match.lastgroup == "outside" or "[" in match[0] or "|" in match[0]
                    judged = _Judged(FormulaRisk.OUTSIDE if is_outside else None)
                case _:
                    judged = _Judged(self._call_risk(formula, match, calls))
            if judged.risk is not None:
                return judged
            has_reference = has_reference or judged.has_reference
        return _Judged(None, has_reference)

    def _call_risk(self, formula: str, match: re.Match[str], calls: list[_Call]) -> FormulaRisk | None:
        """Follow the brackets and commas: functions are judged where they begin, look-ups where they end."""
        match match.lastgroup:
            case "call":
                calls.append(_Call(_PREFIX.sub("", match[0][:-1].upper()), match.end()))
                return self._function_risk(calls[-1].name)
            case "open":
                calls.append(_Call("", match.end()))
            case "comma" if calls:
                calls[-1].arguments.append(formula[calls[-1].start : match.start()])
                calls[-1].start = match.end()
            case "close" if calls:
                ended = calls.pop()
                return _look_up_risk(ended.name, [*ended.arguments, formula[ended.start : match.start()]])
        return None

    def _named(self, name: str) -> _Judged:
        """The risk of a defined name: that of its formulas. One that is not defined, or refers to itself, is a risk."""
        if name in _BOOLEANS or name.startswith(_LOCAL):
            return _Judged()
        if name not in self._judged:
            self._judged[name] = _Judged(FormulaRisk.OUTSIDE)
            formulas = self._names.get(name, ())
            if formulas and len(self._judged) <= _MOST_NAMES:
                found = [self.judge(formula[:_LONGEST]) for formula in formulas]
                risk = next((judged.risk for judged in found if judged.risk), None)
                self._judged[name] = _Judged(risk, all(judged.has_reference for judged in found))
        return self._judged[name]

    def _function_risk(self, name: str) -> FormulaRisk | None:
        """The risk of a call; a function with the name of a defined name is a LAMBDA of the workbook."""
        if name in _KNOWN or name.startswith(_LOCAL):
            return None
        return self._named(name).risk


def _literal_risk(token: str) -> FormulaRisk | None:
    """The risk of a literal: a long number or an e-mail address in the formula itself comes from no cell."""
    is_value = len(_DIGIT.findall(token)) >= _MANY_DIGITS or _ADDRESS.search(token)
    return FormulaRisk.CONSTANT if is_value else None


def _look_up_risk(name: str, arguments: Sequence[str]) -> FormulaRisk | None:
    if name == "LOOKUP":
        return FormulaRisk.APPROXIMATE
    for index, must_be_said, exact in _LAST_ARGUMENTS.get(name, ()):
        given = arguments[index].strip().upper() if index < len(arguments) else None
        if (given is None and must_be_said) or (given is not None and given not in exact):
            return FormulaRisk.APPROXIMATE
    if name in ("VLOOKUP", "HLOOKUP", "MATCH") and _WILDCARD.search(arguments[0]):
        return FormulaRisk.APPROXIMATE
    return None
