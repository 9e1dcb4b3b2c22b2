"""The date in the name of an export, found by EXPORT_DATE_PATTERN.

The pattern has directives of `strptime`, only those for digits: `%Y%m%d` finds 2026-11-30 in `staff_20261130.xlsx`. It
may stand anywhere in the file's name, but not between other digits.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
"""Number of digits by directive. `strptime` itself accepts fewer, so 2026-1-12 could mean two days in `%Y-%m%d`."""
_DIRECTIVE = re.compile("%(.)")


def pattern_fault(pattern: str) -> str:
    """Why EXPORT_DATE_PATTERN cannot have this value; "" = it can."""
    directives = _DIRECTIVE.findall(pattern)
    has_other = not set(directives) <= set(_DIGITS) or "%" in _DIRECTIVE.sub("", pattern)
    if has_other or len(set(directives)) < len(directives):
        return f"should use each of {', '.join(f'%{one}' for one in _DIGITS)} at most once and no other directive"
    if not {"Y", "y"} & set(directives) or "m" not in directives:
        return "should hold at least a year and a month, such as %Y-%m"
    return ""


def date_in_name(pattern: str, name: str) -> datetime | None:
    """The date in the name of a blob or uploaded file, as UTC; None without a pattern, a match or a date that exists.

    Of several dates the latest counts.
    """
    if not pattern:
        return None
    found = re.finditer(_expression(pattern), PurePosixPath(name).name)
    return max((date for match in found if (date := _parsed(match.group(), pattern))), default=None)


def _expression(pattern: str) -> str:
    literals_and_directives = enumerate(_DIRECTIVE.split(pattern))
    parts = (rf"\d{{{_DIGITS[part]}}}" if index % 2 else re.escape(part) for index, part in literals_and_directives)
    return rf"(?a:(?<!\d){''.join(parts)}(?!\d))"


def _parsed(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return None
