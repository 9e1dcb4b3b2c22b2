"""The `_xHHHH_` escapes of OOXML texts (ECMA-376 part 1, ST_Xstring); used where cells are read and written."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold or changes, and the underscore that would begin an escape."""


def unescaped(text: str) -> str:
    """The text as a person sees it; half a surrogate pair becomes U+FFFD."""
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def escaped(text: str) -> str:
    """The text as XML can hold it without loss."""
    return _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
