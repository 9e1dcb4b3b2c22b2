"""In which encoding a text file is; used by `delimited`."""

from __future__ import annotations

import codecs
import re
from io import BytesIO, TextIOWrapper

from shared.adapters.workbook.reading.refusal import refusal

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LATIN = re.compile(r"cp125[02478]|latin_1|iso8859_(2|3|4|9|10|13|14|15|16)|mac_(roman|latin2|iceland|turkish)")
_WINDOWS = "cp1252"
_GUESS_FROM = 256 * 1024
_CHUNK = 64 * 1024


def encoding_of(data: bytes) -> str:
    """Raises FileRefusedError for bytes that are text in no known encoding."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    if _decodes(data, "utf-8"):
        return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESS_FROM]).best()
    guess = best.encoding if best else _WINDOWS
    # A few accents cannot tell one Western code page from another, and Windows writes this one.
    for encoding in (_WINDOWS, guess) if _LATIN.fullmatch(guess) else (guess,):
        if _decodes(data, encoding):
            return encoding
    raise refusal("notAWorkbook", "The encoding of the text could not be recognised.")


def _decodes(data: bytes, encoding: str) -> bool:
    text = TextIOWrapper(BytesIO(data), encoding)
    try:
        while text.read(_CHUNK):
            pass
    except UnicodeDecodeError:
        return False
    return True
