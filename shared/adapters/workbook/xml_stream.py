"""The only door to a part's XML: a stream of elements that never holds more than a piece of the part.

Used for every part but the rows themselves, which openpyxl reads after `scan` has walked the same bytes through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from shared.adapters.workbook.limits import MIB
from shared.adapters.workbook.refusal import refusal

_CHUNK = 64 * 1024
_MAX_TOKEN_BYTES = MIB
"""One tag with its attributes; expat must hold it whole."""

Attributes = dict[str, str]


def local_name(name: str) -> str:
    """The name without its prefix: parts are read by local names, so that foreign prefixes and namespaces fit too."""
    return name.rpartition(":")[2]


def attribute(attributes: Attributes, name: str, default: str = "") -> str:
    """The attribute of that local name."""
    return next((value for key, value in attributes.items() if local_name(key) == name), default)


def new_parser() -> expat.XMLParserType:
    """A parser that refuses every document type, and with it every entity (OPC forbids both)."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise refusal("entityDeclared", "A part of the workbook declares a document type or entities.")


def feed(parser: expat.XMLParserType, source: IO[bytes]) -> Iterator[int]:
    """Feed the source and yield the bytes fed after each chunk, so that the caller may judge progress or stop.

    Raises ExpatError where the part is not well formed.
    """
    fed = 0
    while chunk := source.read(_CHUNK):
        parser.Parse(chunk, False)  # noqa: FBT003 - pyexpat takes no keywords
        fed += len(chunk)
        if fed - parser.CurrentByteIndex > _MAX_TOKEN_BYTES:
            raise refusal("brokenFile", f"A part of the workbook holds a tag of more than {_MAX_TOKEN_BYTES} bytes.")
        yield fed
    parser.Parse(b"", True)  # noqa: FBT003 - as above


class Depth:
    """Counts nesting: Office stays far below the limit, and expat keeps memory for each open element."""

    _LIMIT = 64

    def __init__(self) -> None:
        self.now = 0

    def enter(self) -> None:
        self.now += 1
        if self.now > self._LIMIT:
            raise refusal("brokenFile", f"A part of the workbook nests elements more than {self._LIMIT} deep.")

    def leave(self, _: str) -> None:
        self.now -= 1


def elements(source: IO[bytes]) -> Iterator[tuple[str, Attributes]]:
    """Every element in document order as (local name, attributes)."""
    found: list[tuple[str, Attributes]] = []
    depth = Depth()

    def started(name: str, attributes: Attributes) -> None:
        depth.enter()
        found.append((local_name(name), attributes))

    parser = new_parser()
    parser.StartElementHandler = started
    parser.EndElementHandler = depth.leave
    for _ in feed(parser, source):
        yield from found
        found.clear()
