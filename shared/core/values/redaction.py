"""Removes what may be personal data from a text: phone numbers, e-mail addresses, sign-in names, and dates to be safe.

The answers of Graph and the telemetry use it. Ids of runs, objects, methods and requests stay.
"""

from __future__ import annotations

import re

REDACTED = "…"
_LONGEST_MESSAGE = 300
_LONGEST_READ = 2000
"""The most characters of an answer that are searched."""
_LONGEST_LINE, _MOST_LINES = 8_000, 500
_WORD = r"[^\s'\"<>()\[\]{},;:/\\]"
_LONGEST_NAME = 320
"""Characters of the longest e-mail address; without a limit, time grows with the square of a word's length."""
_GAP = r"(?:[\s().\-\u2010-\u2015\u2212\u00b7\[\]/]|%20)*"
"""Between the digits of a number: every sign with which one is read, and spaces in a URL."""

_PERSONAL = re.compile(
    rf"""
      (?P<guid>[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})  # object, method and request ids stay
    | (?P<run>\b\d{{8}}T\d{{6}}Z-[0-9a-f]{{10}}\b)
    | (?P<address>{_WORD}{{1,{_LONGEST_NAME}}}(?:@|%40){_WORD}*|(?:@|%40){_WORD}+)    # e-mail addresses, sign-in names
    | (?P<guest>{_WORD}{{0,{_LONGEST_NAME}}}(?:\#|%23)EXT(?:\#|%23){_WORD}*)        # a guest's sign-in name
    | (?P<number>
          (?:\+|%2B)(?:[\s(\[]|%20)*[\dX*](?:{_GAP}[\dX*])*      # +1 202 555 0100x12, +1 XXX-XXX-XX00
        | \(?(?!(?<=%)20|(?<=%2)0)\d(?:{_GAP}[\dX*]){{5,}}         # 0202 555 0100, (202) 555-0100; begins in no %20
      )
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redacted(text: str) -> str:
    """`text` on one line of at most 300 characters, in which `…` replaces everything that may be personal data."""
    one_line = " ".join("".join(char if char.isprintable() else " " for char in text[:_LONGEST_READ]).split())
    safe = _without(one_line)
    return safe if len(safe) <= _LONGEST_MESSAGE else safe[: _LONGEST_MESSAGE - 1] + REDACTED


def redacted_lines(text: str) -> str:
    """The same with its lines, as in a traceback; at most 500 lines of 8,000 characters."""
    return "\n".join(_without(line[:_LONGEST_LINE]) for line in text.splitlines()[:_MOST_LINES])


def _without(line: str) -> str:
    return _PERSONAL.sub(lambda found: found[0] if found["guid"] or found["run"] else REDACTED, line)
