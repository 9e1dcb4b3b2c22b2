"""The dates in the name of an export, found by EXPORT_DATE_PATTERN.

The pattern has directives of `strptime`, only those for digits: `%Y%m%d` finds 2026-11-30 in `staff_20261130.xlsx`. It
may stand anywhere in the file's name, but not between other digits. Text in the pattern selects one of several dates:
`-%Y%m%d` finds the end of `20260101-20261231`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
"""Number of digits by directive. `strptime` itself accepts fewer, so 2026-112 could mean two days in `%Y-%m%d`."""
_DIRECTIVE = re.compile("%(.)")
_NOT_BETWEEN_DIGITS = r"(?:(?<!\d)|(?!\d))"


def pattern_fault(pattern: str) -> str:
    """Why EXPORT_DATE_PATTERN cannot have this value; "" = it can."""
    directives = _DIRECTIVE.findall(pattern)
    has_other = not set(directives) <= set(_DIGITS) or "%" in _DIRECTIVE.sub("", pattern)
    if has_other or len(set(directives)) < len(directives):
        return f"should use each of {', '.join(f'%{one}' for one in _DIGITS)} at most once and no other directive"
    if not {"Y", "y"} & set(directives) or "m" not in directives:
        return "should hold at least a year and a month, such as %Y-%m"
    return ""


def dates_in_name(pattern: str, name: str) -> tuple[datetime, ...]:
    """The different dates in the name of a blob or uploaded file, as UTC, the earliest first.

    There is none without a pattern, a match, or a date that exists.
    """
    if not pattern:
        return ()
    found = re.finditer(_expression(pattern), PurePosixPath(name).name)
    return tuple(sorted({date for match in found if (date := _parsed(match.group(), pattern))}))


def _expression(pattern: str) -> str:
    literals_and_directives = enumerate(_DIRECTIVE.split(pattern))
    parts = (rf"\d{{{_DIGITS[part]}}}" if index % 2 else re.escape(part) for index, part in literals_and_directives)
    return f"(?a:{_NOT_BETWEEN_DIGITS}{''.join(parts)}{_NOT_BETWEEN_DIGITS})"


def _parsed(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return None
