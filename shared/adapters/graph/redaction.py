"""Redacts texts of Graph before they are logged, stored or shown: phone numbers, addresses and sign-in names.

Called for every code, message and request id of an answer. It redacts too much rather than too little: dates and long
figures too.
"""

from __future__ import annotations

import re

REDACTED = "…"
_LONGEST_MESSAGE = 300
_LONGEST_READ = 2000
"""Characters that are read at most, because the search time grows with the square of the length of a word."""
_WORD = r"[^\s'\"<>()\[\]{},;:/\\]"

_PERSONAL = re.compile(
    rf"""
      (?P<guid>[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})  # object, method and request ids stay
    | (?P<address>{_WORD}+(?:@|%40){_WORD}*|(?:@|%40){_WORD}+)                # mail addresses, sign-in names
    | (?P<guest>{_WORD}*(?:\#|%23)EXT(?:\#|%23){_WORD}*)                      # a guest's sign-in name
    | (?P<number>
          (?:\+|%2B)[\s(]*[\dX*](?:[\s().\-/]*[\dX*])*      # +1 202 555 0100x12, +1 XXX-XXX-XX00
        | \(?\d(?:[\s().\-/]*[\dX*]){{5,}}                  # 0202 555 0100, (202) 555-0100
      )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}")
_REQUEST_ID = re.compile(r"[0-9A-Za-z\-]{1,64}")


def redacted(text: str) -> str:
    """`text` on one line of at most 300 characters, with all that may be personal data replaced by `…`."""
    one_line = " ".join("".join(char if char.isprintable() else " " for char in text[:_LONGEST_READ]).split())
    safe = _PERSONAL.sub(lambda found: found[0] if found["guid"] else REDACTED, one_line)
    return safe if len(safe) <= _LONGEST_MESSAGE else safe[: _LONGEST_MESSAGE - 1] + REDACTED


def safe_code(text: str) -> str:
    """`text` if it looks like an error code, else ""."""
    return text if _CODE.fullmatch(text) and redacted(text) == text else ""


def safe_request_id(text: str) -> str:
    """`text` if it looks like the id of a request, else ""."""
    return text if _REQUEST_ID.fullmatch(text) and redacted(text) == text else ""
