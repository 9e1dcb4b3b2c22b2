"""Strict OOXML is rewritten as transitional, in pieces; no piece cuts a name in two."""

from __future__ import annotations

from shared.adapters.workbook.reading import archive
from shared.adapters.workbook.reading.archive import Archive, as_transitional
from shared.adapters.workbook.reading.limits import FileLimits
from tests.adapters.workbook.packages import zipped

_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET = "xl/worksheets/sheet1.xml"


def test_a_name_stays_whole_wherever_a_piece_ends_also_in_a_long_tag() -> None:
    """A tag may be longer than a piece."""
    found = set()
    for before in range(archive._CHUNK - len(_STRICT) - 20, archive._CHUNK + 5):  # noqa: SLF001 - the size of a piece
        tag = f'<worksheet hint="{"x" * before}" xmlns=\'{_STRICT}\' other="y"/>'
        parts = {"xl/workbook.xml": f'<workbook xmlns="{_STRICT}"/>', _SHEET: tag}
        with as_transitional(Archive(zipped(parts), FileLimits()), FileLimits()).open(_SHEET) as part:
            found.add(part.read().decode().replace("x" * before, ""))
    assert {f'<worksheet hint="" xmlns=\'{_TRANSITIONAL}\' other="y"/>'} == found
