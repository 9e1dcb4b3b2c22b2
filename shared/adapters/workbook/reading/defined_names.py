"""Reads the defined names of a workbook and their formulas."""

from __future__ import annotations

from collections import defaultdict
from typing import IO

from shared.adapters.workbook.reading.formula_risk import Names
from shared.adapters.workbook.reading.xml_stream import (
    Attributes,
    attribute,
    chunks,
    deeper,
    feed,
    local_name,
    new_parser,
)

_NAME = "definedName"


class _Collector:
    """The parser's handlers, for one part."""

    def __init__(self) -> None:
        self.found: defaultdict[str, list[str]] = defaultdict(list)
        self._depth = 0
        self._name: str | None = None
        self._pieces: list[str] = []

    def started(self, name: str, attributes: Attributes) -> None:
        self._depth = deeper(self._depth)
        if local_name(name) == _NAME:
            self._name = attribute(attributes, "name").upper()
            self._pieces.clear()

    def ended(self, name: str) -> None:
        self._depth -= 1
        if self._name is not None and local_name(name) == _NAME:
            self.found[self._name].append("".join(self._pieces))
            self._name = None

    def text(self, data: str) -> None:
        if self._name is not None:
            self._pieces.append(data)


def read_defined_names(source: IO[bytes]) -> Names:
    collector = _Collector()
    parser = new_parser()
    parser.buffer_text = True
    parser.StartElementHandler = collector.started
    parser.EndElementHandler = collector.ended
    parser.CharacterDataHandler = collector.text
    for _ in feed(parser, chunks(source)):
        pass
    return dict(collector.found)
