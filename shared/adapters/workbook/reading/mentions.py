"""Whether a file names a person in any text, also in hidden texts, comments and links."""

from __future__ import annotations

import codecs
import html
import re

from shared.adapters.workbook.reading.archive import Archive
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.refusal import refuse_broken
from shared.core.run.erasure import Sought
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said

_ZIP = b"PK"
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BYTE_ORDER_MARK = "\ufeff"
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
"""The encodings of exports, as far as they differ in ASCII characters."""
_NOT_TEXT = (bytes.fromhex("d0cf11e0a1b11ae1"), b"%PDF")
"""Files whose text may be packed or encrypted: old or protected Office files, and PDF."""
_REFERENCE = re.compile(r'<c\b[^>]*\bt="s"[^>]*>.*?</c>', re.DOTALL)
"""A cell whose number is the index of a shared string."""
_END_OF_TEXT = re.compile(r"</(?!(?:\w+:)?(?:r|t)>)[^>]*>")
"""Every end tag, except those of the formatted parts of one text."""
_TAG = re.compile(r"<[^>]*>")


def mentions(data: bytes, sought: Sought, limits: FileLimits) -> bool | None:
    """Whether the file names the person; None = it cannot be searched, because it is encrypted, for instance."""
    if data.startswith(_ZIP):
        try:
            archive = Archive(data, limits)
            with refuse_broken(Said("A part of the workbook")):
                return any(_is_in_part(archive, name, sought) for name in archive.names)
        except FileRefusedError:
            return None
    encodings = _ENCODINGS if b"\0" in data else _ENCODINGS[:1]
    if any(sought.is_in(data.decode(encoding, "replace").lstrip(_BYTE_ORDER_MARK)) for encoding in encodings):
        return True
    return None if data.startswith(_NOT_TEXT) else False


def _is_in_part(archive: Archive, name: str, sought: Sought) -> bool:
    with archive.open(name) as part:
        data = part.read()
    markup = html.unescape(data.decode("utf-16" if data.startswith(_WIDE) else "utf-8", "replace"))
    texts = _TAG.sub("", _END_OF_TEXT.sub("\n", _REFERENCE.sub("", markup)))
    return sought.is_addressed_in(markup) or sought.is_in(texts)
