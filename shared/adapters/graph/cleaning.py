"""Makes a text of the service fit to be logged, stored and shown: no phone number, no address, no sign-in name.

Called by the error table for every code and message that comes from Graph. It would rather take too much than too
little: dates and long figures go as well.
"""

from __future__ import annotations

import re

GONE = "…"
_LONGEST_MESSAGE = 300
_LONGEST_READ = 2000
"""No more of a text is looked at, because the search takes the square of the length of a word."""
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


def cleaned(text: str) -> str:
    """`text` on one line, at most 300 characters, with everything that may be personal replaced by `…`."""
    one_line = " ".join("".join(char if char.isprintable() else " " for char in text[:_LONGEST_READ]).split())
    safe = _PERSONAL.sub(lambda found: found[0] if found["guid"] else GONE, one_line)
    return safe if len(safe) <= _LONGEST_MESSAGE else safe[: _LONGEST_MESSAGE - 1] + GONE


def cleaned_code(text: str) -> str:
    """`text` if it looks like an error code, else ""."""
    return text if _CODE.fullmatch(text) and cleaned(text) == text else ""


def cleaned_request_id(text: str) -> str:
    """`text` if it looks like the id of a request, else ""."""
    return text if _REQUEST_ID.fullmatch(text) and cleaned(text) == text else ""
