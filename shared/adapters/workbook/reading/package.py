"""The parts of a workbook: its sheets, tables, number formats, date system and time of saving.

Parts are found by relationship or by their usual name, and elements by the path of local names, so that foreign
prefixes, absolute paths and missing optional parts do not matter, and an element of an extension is not taken for the
standard's element of the same local name.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import IO

from shared.adapters.workbook.reading.archive import Archive
from shared.adapters.workbook.reading.defined_names import read_defined_names
from shared.adapters.workbook.reading.formula_risk import Names
from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.source import ExcelTable, Sheet
from shared.adapters.workbook.reading.xml_stream import attribute, elements
from shared.adapters.workbook.reading.zip_members import part_key
from shared.core.values.said import Said

_XML_TRUE = ("1", "true")
_HIDDEN = ("hidden", "veryHidden")
_MAX_SHEETS = 1_000
_RELATIONSHIP = "Relationships/Relationship"
_WORKBOOK = "xl/workbook.xml"
_CORE = "docProps/core.xml"
_CUSTOM = "docProps/custom.xml"
_MAX_PROPERTIES_BYTES = 64 * 1024


class Package:
    """The parts of one workbook and their relationships."""

    def __init__(self, archive: Archive) -> None:
        """Raises FileRefusedError when this is no workbook, and `refusal.BROKEN` when a part is missing or broken."""
        self.archive = archive
        self._workbook_part = _workbook_part(archive)
        self._relationships = list(islice(self._related(self._workbook_part), _MAX_SHEETS * 10))
        self.uses_1904_dates = False
        self.sheets: list[Sheet] = []
        with archive.open_small(self._workbook_part) as source:
            self._read_workbook(source)
        self._check_sheets()

    def _read_workbook(self, source: IO[bytes]) -> None:
        parts = {ref: (kind, part) for ref, kind, part in self._relationships}
        if len(parts) < len(self._relationships):
            raise refusal("corruptFile", Said("Two relationships of the workbook have the same id."))
        date_systems = set()
        for path, attributes in elements(source):
            if path == "workbook/workbookPr":
                date_systems.add(attribute(attributes, "date1904").lower() in _XML_TRUE)
            elif path == "workbook/sheets/sheet" and attribute(attributes, "id"):
                kind, part = parts[attribute(attributes, "id")]
                if kind == "worksheet":
                    visible = attribute(attributes, "state") not in _HIDDEN
                    self.sheets.append(Sheet(attribute(attributes, "name"), part, visible))
        if len(date_systems) > 1:
            raise refusal("corruptFile", Said("The workbook names two date systems."))
        self.uses_1904_dates = True in date_systems

    def _check_sheets(self) -> None:
        if len(self.sheets) > _MAX_SHEETS:
            raise refusal(
                "archiveTooLarge",
                Said("The workbook has more than {limit} sheets, which is the limit.", limit=_MAX_SHEETS),
            )
        names = {sheet.name.casefold() for sheet in self.sheets}
        parts = {part_key(sheet.part) for sheet in self.sheets}
        for what in (names, parts):
            if len(what) < len(self.sheets):
                raise refusal("corruptFile", Said("Two sheets of the workbook have the same name or the same content."))

    def _related(self, part: str) -> Iterator[tuple[str, str, str]]:
        """Relationship id, kind and target of every relationship of the part inside the package."""
        folder, _, file = part.rpartition("/")
        relationships = f"{folder}/_rels/{file}.rels".lstrip("/")
        if not self.archive.has(relationships):
            return
        with self.archive.open(relationships) as source:
            for path, attributes in elements(source):
                if path == _RELATIONSHIP and attribute(attributes, "TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", folder, attribute(attributes, "Target")))
                    yield attribute(attributes, "Id"), posixpath.basename(attribute(attributes, "Type")), target

    def part_of_kind(self, kind: str) -> str | None:
        """The workbook's part of that relationship kind, or the part with the usual name; None = neither exists.

        Raises FileRefusedError if several parts have the kind: Excel shows one of them, and some readers know only the
        usual name.
        """
        found = {part_key(part): part for _, related, part in self._relationships if related == kind}
        usual = f"xl/{kind}.xml"
        if self.archive.has(usual):
            found.setdefault(part_key(usual), usual)
        if len(found) > 1:
            raise refusal(
                "corruptFile", Said("The workbook has {found} parts of the kind {kind}.", found=len(found), kind=kind)
            )
        return next((part for part in found.values() if self.archive.has(part)), None)

    def number_formats(self) -> dict[int, str]:
        """Style id (a cell's `s`) to number format code; a style that is not listed is General."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        own: dict[int, str] = {}
        used: list[int] = []
        part = self.part_of_kind("styles")
        if part is None:
            return {}
        with self.archive.open_small(part) as source:
            for path, attributes in elements(source):
                if path == "styleSheet/numFmts/numFmt":
                    number = int(attributes["numFmtId"])
                    if own.setdefault(number, attributes["formatCode"]) != attributes["formatCode"]:
                        raise refusal("corruptFile", Said("The workbook gives two number formats the same id."))
                elif path == "styleSheet/cellXfs/xf":
                    used.append(int(attributes.get("numFmtId", "0")))
        codes = BUILTIN_FORMATS | own
        return {style: codes.get(number, "General") for style, number in enumerate(used)}

    def count_styles(self) -> int:
        part = self.part_of_kind("styles")
        if part is None:
            return 0
        with self.archive.open_small(part) as source:
            return sum(1 for _ in elements(source))

    @cached_property
    def defined_names(self) -> Names:
        with self.archive.open_small(self._workbook_part) as source:
            return read_defined_names(source)

    def tables(self, sheet: Sheet) -> list[ExcelTable]:
        """The tables on the sheet."""
        parts = [part for _, kind, part in self._related(sheet.part) if kind == "table" and self.archive.has(part)]
        return [table for part in parts for table in self._read_table(part)]

    def _read_table(self, part: str) -> Iterator[ExcelTable]:
        from openpyxl.utils.cell import range_boundaries

        with self.archive.open_small(part) as source:
            for path, attributes in elements(source):
                if path == "table":
                    left, top, right, bottom = range_boundaries(attributes["ref"])
                    if left is None or top is None or right is None or bottom is None:
                        raise ValueError
                    title = attributes.get("displayName") or attributes.get("name", "")
                    totals = int(attributes.get("totalsRowCount", "0"))
                    yield ExcelTable(title, int(top), int(bottom) - totals, int(bottom), int(left), int(right))

    def modified(self) -> datetime | None:
        """When the workbook was last saved, as it says itself (dcterms:modified); None = not known."""
        from defusedxml.ElementTree import fromstring

        if not self.archive.has(_CORE) or self.archive.size(_CORE) > _MAX_PROPERTIES_BYTES:
            return None
        with self.archive.open(_CORE) as source:
            found = fromstring(source.read(), forbid_dtd=True).find("{http://purl.org/dc/terms/}modified")
        if found is None or not found.text:
            return None
        try:
            moment = datetime.fromisoformat(found.text)
        except ValueError:
            return None  # an unreadable date is no reason to refuse the file
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def custom_property(self, name: str) -> str | None:
        """The text of a custom property; None = none was found."""
        from defusedxml.ElementTree import fromstring

        if not self.archive.has(_CUSTOM) or self.archive.size(_CUSTOM) > _MAX_PROPERTIES_BYTES:
            return None
        with self.archive.open(_CUSTOM) as source:
            content = source.read()
        if name.encode() not in content:
            return None
        found = next((one for one in fromstring(content, forbid_dtd=True) if one.get("name") == name), None)
        return None if found is None else "".join(found.itertext()).strip()


def _workbook_part(archive: Archive) -> str:
    if archive.has("mimetype") or archive.has("xl/workbook.bin"):
        raise refusal(
            "unsupportedFormat", Said("The file is an OpenDocument sheet (.ods) or a binary workbook (.xlsb).")
        )
    found: dict[str, str] = {}
    if archive.has("_rels/.rels"):
        with archive.open("_rels/.rels") as source:
            for path, attributes in elements(source):
                if path == _RELATIONSHIP and attribute(attributes, "Type").endswith("/officeDocument"):
                    part = posixpath.normpath(posixpath.join("/", attribute(attributes, "Target"))).lstrip("/")
                    if posixpath.dirname(part) not in ("word", "ppt") and archive.has(part):
                        found[part_key(part)] = part
    if archive.has(_WORKBOOK):
        found.setdefault(part_key(_WORKBOOK), _WORKBOOK)
    if len(found) > 1:
        raise refusal("corruptFile", Said("The file has {found} parts that may be its workbook.", found=len(found)))
    if found:
        return next(iter(found.values()))
    raise refusal("notAWorkbook", Said("The file is an archive without a workbook in it."))
