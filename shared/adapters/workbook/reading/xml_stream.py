"""Reads the XML of a part as a stream of elements, so that only a piece of the part is in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO
from xml.parsers import expat

from openpyxl.xml.constants import SHEET_MAIN_NS

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.refusal import refusal
from shared.core.values.said import Said

CHUNK = 64 * 1024
_MAX_TOKEN_BYTES = MIB
"""The most bytes of one tag with its attributes, which expat holds in memory as a whole."""
MAX_DEPTH = 64

Attributes = dict[str, str]


def local_name(name: str) -> str:
    """The name without its prefix. Where local names are compared, any prefix and namespace is accepted."""
    return name.rpartition(":")[2] if ":" in name else name


def attribute(attributes: Attributes, name: str, default: str = "") -> str:
    """The attribute of that local name, preferring the one without a prefix."""
    if name in attributes:
        return attributes[name]
    return next((value for key, value in attributes.items() if local_name(key) == name), default)


def in_main_namespace[Value](**by_name: Value) -> dict[str, Value]:
    """The same values by the full names of SpreadsheetML elements; the parser's namespace separator is a space."""
    return {f"{SHEET_MAIN_NS} {name}": value for name, value in by_name.items()}


def new_parser(namespace_separator: str | None = None) -> expat.XMLParserType:
    """A parser that refuses every document type, and with it every entity (OPC forbids both)."""
    parser = expat.ParserCreate(namespace_separator=namespace_separator)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise refusal("entityDeclared", Said("A part of the workbook declares a document type or entities."))


def chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


def feed(parser: expat.XMLParserType, pieces: Iterable[bytes]) -> Iterator[int]:
    """Feed the pieces; yields the number of bytes fed so far after each, so that the caller may stop.

    Raises ExpatError if the part is not well formed, FileRefusedError if a tag is too large.
    """
    fed = 0
    for piece in pieces:
        parser.Parse(piece, False)  # noqa: FBT003 - pyexpat takes no keywords
        fed += len(piece)
        if fed - parser.CurrentByteIndex > _MAX_TOKEN_BYTES:
            raise refusal(
                "corruptFile",
                Said("A part of the workbook holds a tag of more than {limit} bytes.", limit=_MAX_TOKEN_BYTES),
            )
        yield fed
    parser.Parse(b"", True)  # noqa: FBT003 - as above


def deeper(depth: int) -> int:
    """The depth plus one. Raises FileRefusedError if a part nests deeper than Office ever does.

    Every streaming reader counts its depth, because expat needs memory for each open element.
    """
    if depth >= MAX_DEPTH:
        raise refusal(
            "corruptFile", Said("A part of the workbook nests elements more than {limit} deep.", limit=MAX_DEPTH)
        )
    return depth + 1


def elements(source: IO[bytes]) -> Iterator[tuple[str, Attributes]]:
    """Every element in document order as (path, attributes); a path is made of local names: `workbook/sheets/sheet`.

    Alternatives (`mc:AlternateContent`) are no level of the path: their children count as those of their parent.
    """
    collector = _ElementCollector()
    parser = new_parser()
    parser.StartElementHandler = collector.started
    parser.EndElementHandler = collector.ended
    for _ in feed(parser, chunks(source)):
        yield from collector.found
        collector.found.clear()


_ALTERNATIVES = ("AlternateContent", "Choice", "Fallback")


class _ElementCollector:
    def __init__(self) -> None:
        self.found: list[tuple[str, Attributes]] = []
        self._paths = [""]

    def started(self, name: str, attributes: Attributes) -> None:
        deeper(len(self._paths) - 1)
        parent, local = self._paths[-1], local_name(name)
        if local in _ALTERNATIVES:
            self._paths.append(parent)
            return
        path = f"{parent}/{local}".lstrip("/")
        self._paths.append(path)
        self.found.append((path, attributes))

    def ended(self, _: str) -> None:
        self._paths.pop()
