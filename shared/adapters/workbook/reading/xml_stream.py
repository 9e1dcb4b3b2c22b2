"""Reads the XML of a part as a stream of elements, so that only a piece of the part is in memory.

Used for every part but the rows themselves, which openpyxl reads after `scan` has walked the same bytes through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.refusal import refusal

_CHUNK = 64 * 1024
_MAX_TOKEN_BYTES = MIB
"""One tag with its attributes; expat must hold it whole."""
_MAX_DEPTH = 64

Attributes = dict[str, str]


def local_name(name: str) -> str:
    """The name without its prefix: parts are read by local names, so that foreign prefixes and namespaces fit too."""
    return name.rpartition(":")[2] if ":" in name else name


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
            raise refusal("corruptFile", f"A part of the workbook holds a tag of more than {_MAX_TOKEN_BYTES} bytes.")
        yield fed
    parser.Parse(b"", True)  # noqa: FBT003 - as above


def deeper(depth: int) -> int:
    """One level more; raises FileRefusedError where a part nests deeper than Office ever does.

    Everything that streams counts its depth, because expat keeps memory for each open element.
    """
    if depth >= _MAX_DEPTH:
        raise refusal("corruptFile", f"A part of the workbook nests elements more than {_MAX_DEPTH} deep.")
    return depth + 1


def elements(source: IO[bytes]) -> Iterator[tuple[str, Attributes]]:
    """Every element in document order as (local name, attributes)."""
    collector = _ElementCollector()
    parser = new_parser()
    parser.StartElementHandler = collector.started
    parser.EndElementHandler = collector.ended
    for _ in feed(parser, source):
        yield from collector.found
        collector.found.clear()


class _ElementCollector:
    def __init__(self) -> None:
        self.found: list[tuple[str, Attributes]] = []
        self._depth = 0

    def started(self, name: str, attributes: Attributes) -> None:
        self._depth = deeper(self._depth)
        self.found.append((local_name(name), attributes))

    def ended(self, _: str) -> None:
        self._depth -= 1
