"""How the tests open files: with the real header rules, and with a count of rows that shares no code with ours."""

from __future__ import annotations

import posixpath
import zipfile
from io import BytesIO
from xml.dom.minidom import Element

from defusedxml.expatbuilder import parseString

from shared.adapters.workbook.reading.opened_export import ExportFile
from testing.exports import opened

__all__ = ["counted_by_tree", "opened", "texts"]

Rows = list[tuple[int, tuple[str, ...]]]


def texts(export: ExportFile) -> Rows:
    """All rows, complete, as texts, up to the last column with a heading."""
    width = len(export.header.headings)
    return [(row, tuple(cell.text for cell in cells[:width])) for row, cells in export.rows()]


def counted_by_tree(data: bytes, export: ExportFile) -> int:
    """Rows with content below the header, counted in a tree of the whole sheet."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = {name.casefold(): name for name in archive.namelist()}
        listed = _elements(archive.read(names["xl/workbook.xml"]), "sheet")
        ref = next(_attribute(sheet, "id") for sheet in listed if _attribute(sheet, "name") == export.sheet)
        related = _elements(archive.read(names["xl/_rels/workbook.xml.rels"]), "Relationship")
        target = next(_attribute(item, "Target") for item in related if _attribute(item, "Id") == ref)
        path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        rows = _elements(archive.read(names[path.casefold()]), "row")
    count = at = 0
    for row in rows:
        at = int(float(_attribute(row, "r") or at + 1))
        inside = [child for cell in row.childNodes for child in cell.childNodes]
        count += at > export.header_row and any(_local(child.nodeName) in ("v", "is", "f") for child in inside)
    return count


def _elements(xml: bytes, name: str) -> list[Element]:
    found = parseString(xml.decode(), namespaces=False).getElementsByTagName("*")
    return [element for element in found if _local(element.tagName) == name]


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.attributes.items() if _local(key) == name), "")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
