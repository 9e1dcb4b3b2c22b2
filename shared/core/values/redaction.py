"""Removes phone numbers, e-mail addresses and sign-in names from a text, and all that looks like them, such as dates.

Ids of runs, objects, methods and requests stay.
"""

from __future__ import annotations

import re

from shared.core.values.characters import SEPARATORS, plain_characters

REDACTED = "…"
_LONGEST_MESSAGE = 300
_LONGEST_READ = 2000
"""The most characters of a text that `redacted` reads."""
_LONGEST_LINE, _MOST_LINES = 8_000, 500
_WORD = r"[^\s'\"<>()\[\]{},;:/\\]"
_LONGEST_NAME = 320
"""Characters of the longest e-mail address; without a limit, time grows with the square of a word's length."""
_AT = r"(?:[@\ufe6b]|%(?:25)*40|%EF%BC%A0|&\#(?:0*64|x0*40);|&commat;|\\u0040)"
"""The at sign in a text, in a URL, in a URL within a URL, in HTML, and in JSON."""
_PLUS, _HASH = r"(?:\+|%(?:25)*2B|\\u002b)", r"(?:\#|%(?:25)*23)"
_GAP = rf"(?:[{SEPARATORS}]|%(?:25)*(?:2[089DEF]|5[BD]|[89A-F][\dA-F])|\\u[\dA-F]{{4}})*"
"""Between the digits of a number: what separates them in a cell; in a URL and in JSON, also every sign beyond ASCII."""

_PERSONAL = re.compile(
    rf"""
      (?P<guid>[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})  # object, method and request ids stay
    | (?P<run>\b\d{{8}}T\d{{6}}Z-[0-9a-f]{{10}}\b)
    | (?P<address>{_WORD}{{1,{_LONGEST_NAME}}}{_AT}{_WORD}*|{_AT}{_WORD}+)    # e-mail addresses, sign-in names
    | (?P<guest>{_WORD}{{0,{_LONGEST_NAME}}}{_HASH}EXT{_HASH}{_WORD}*)        # a guest's sign-in name
    | (?P<number>
          {_PLUS}(?:[\s(\[]|%(?:25)*20)*[\dX*](?:{_GAP}[\dX*])*      # +1 202 555 0100x12, +1 XXX-XXX-XX00
        | \(?(?!(?<=%)20|(?<=%2)0)\d(?:{_GAP}[\dX*]){{5,}}         # 0202 555 0100, (202) 555-0100
          # A number without a plus never begins inside a `%20`.
      )
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redacted(text: str) -> str:
    """`text` on one line of at most 300 characters, with `…` for every number, e-mail address and sign-in name."""
    safe = _without(" ".join(_shown(text[:_LONGEST_READ]).split()))
    return safe if len(safe) <= _LONGEST_MESSAGE else safe[: _LONGEST_MESSAGE - 1] + REDACTED


def _shown(text: str) -> str:
    """The text as people read it, with a space for every control, so that nothing hides a number or an address."""
    return "".join(char if char.isprintable() else " " for char in plain_characters(text))


def redacted_lines(text: str) -> str:
    """The redacted text with its lines, as in a traceback; at most 500 lines of 8,000 characters."""
    lines = text.rstrip("\n").split("\n")[:_MOST_LINES]
    return "\n".join(_without(_shown(line[:_LONGEST_LINE])) for line in lines)


def _without(line: str) -> str:
    return _PERSONAL.sub(lambda found: found[0] if found["guid"] or found["run"] else REDACTED, line)
