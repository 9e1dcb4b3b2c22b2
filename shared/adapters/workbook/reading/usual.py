"""Reads without the parser, which is slower, the items of a part that are spelled in the usual way.

Excel, LibreOffice, XlsxWriter and openpyxl spell nearly all rows and texts in the few forms that `usual_rows` and
`shared_strings` describe. These forms have only one meaning: they contain no comment, no foreign markup and no
character that a parser changes or forbids. The parser gets everything from the first item on that has another form.
Only the parser refuses files, nothing here does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Protocol
from xml.sax.saxutils import unescape

from shared.adapters.workbook.reading.xml_stream import CHUNK, chunks

HEAD = r"""(?:\xef\xbb\xbf)?
    (?:<\?xml\ version="1\.0"(?:\ encoding="(?i:utf-8)")?(?:\ standalone="(?:yes|no)")?\s?\?>)?\s*"""
"""The text before the root of a part in UTF-8 without a document type. Use it in verbose patterns."""
CHARACTERS = r"[^<>&\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
"""Characters that mean themselves: they do not end a text, and a parser neither changes nor forbids them."""
TEXT_ELEMENT = rf'<t(?:\ xml:space="preserve")?>{CHARACTERS}*+(?:&(?:amp|lt|gt|quot|apos);{CHARACTERS}*+)*+</t>'
_QUOTES = {"&quot;": '"', "&apos;": "'"}


class Taker(Protocol):
    """Reads the usual items of a part."""

    head: re.Pattern[bytes]
    """The text before the first item, without comments, CDATA and processing instructions."""
    end: bytes
    """The end tag of items with content."""

    def begins(self, head: re.Match[bytes]) -> bool:
        """Whether the first item follows `head`, which the parser has read before."""
        ...

    def take(self, text: str) -> int:
        """Read the usual items at the beginning of the text; returns where they end."""
        ...


def without_usual(source: IO[bytes], taker: Taker) -> Iterator[bytes]:
    """Yield the pieces of the part that the parser has to read; `taker` reads the usual items after the first piece."""
    rest = source.read(CHUNK)
    head = taker.head.match(rest)
    if head is not None:
        yield head[0]
        rest = rest[head.end() :]
        if taker.begins(head):
            rest, is_usual = _without_taken(rest, taker)
            while is_usual and (chunk := source.read(CHUNK)):
                yield b""
                rest, is_usual = _without_taken(rest + chunk, taker)
    yield rest
    yield from chunks(source)


def _without_taken(data: bytes, taker: Taker) -> tuple[bytes, bool]:
    """The data after the items that were taken, and whether more may be taken."""
    end = data.rfind(taker.end) + len(taker.end)
    if end < len(taker.end):
        return data, len(data) < CHUNK
    try:
        text = data[:end].decode()
    except UnicodeDecodeError:
        return data, False
    taken = taker.take(text)
    return text[taken:].encode() + data[end:], taken == len(text)


def plain(text: str) -> str:
    """The text that a parser reads in `TEXT_ELEMENT`."""
    return unescape(text, _QUOTES) if "&" in text else text
