"""Takes what is spelled as usual out of a part's XML, so that the parser gets only what is left.

Excel, LibreOffice, XlsxWriter and openpyxl spell nearly all rows and texts in the few forms that `usual_rows` and
`shared_strings` describe. In these there is only one thing to read: no comment, no foreign markup, no character that a
parser changes or forbids. From the first item on that is spelled otherwise the parser gets everything, and refuses
what is to be refused: nothing is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Protocol
from xml.sax.saxutils import unescape

from shared.adapters.workbook.reading.xml_stream import CHUNK, chunks

HEAD = r"""(?:\xef\xbb\xbf)?
    (?:<\?xml\ version="1\.0"(?:\ encoding="(?i:utf-8)")?(?:\ standalone="(?:yes|no)")?\s?\?>)?\s*"""
"""What stands before the root of a part in UTF-8 that declares no document type. For verbose patterns, as all here."""
CHARACTERS = r"[^<>&\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
"""Those that stand for themselves: none ends a text, is changed by a parser or forbidden in XML."""
TEXT_ELEMENT = rf'<t(?:\ xml:space="preserve")?>{CHARACTERS}*+(?:&(?:amp|lt|gt|quot|apos);{CHARACTERS}*+)*+</t>'
_QUOTES = {"&quot;": '"', "&apos;": "'"}


class Taker(Protocol):
    """Who reads the items of a part."""

    head: re.Pattern[bytes]
    """What stands before the first item, without comments and the like."""
    end: bytes
    """How every item ends that has content."""

    def begins(self, head: re.Match[bytes]) -> bool:
        """Whether the items begin behind `head`, by what the parser, which has read it, has said."""
        ...

    def take(self, text: str) -> int:
        """Read the usual items at the beginning of the text, and say where they end."""
        ...


def without_usual(source: IO[bytes], taker: Taker) -> Iterator[bytes]:
    """What the parser must be fed with, piece by piece; before each piece `taker` got what stands before it."""
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
    """What stands behind the complete items that are taken, and whether more may be taken."""
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
