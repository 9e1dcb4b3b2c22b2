"""Strict OOXML rewritten as the transitional form, in memory; openpyxl sees no sheets in a strict workbook.

Called by `xlsx` when it opens a workbook. The two forms differ in namespaces and in how dates may be written; the
latter openpyxl reads (ISO 29500-1 against ISO 29500-4).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO

from shared.adapters.workbook.reading.archive import Archive
from shared.adapters.workbook.reading.limits import FileLimits

_STRICT = b"http://purl.oclc.org/ooxml/"
_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(relationships/)?(\w+)")
_KEBAB = {
    b"extendedProperties": b"extended-properties",
    b"customProperties": b"custom-properties",
}
_CHUNK = 256 * 1024


def as_transitional(archive: Archive, limits: FileLimits) -> Archive:
    """The archive itself when it is transitional already."""
    if not any(_is_strict(archive, part) for part in ("_rels/.rels", "xl/workbook.xml") if archive.has(part)):
        return archive
    rewritten = BytesIO()
    with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name in archive.names:
            with archive.open(name) as source, target.open(name, "w") as out:
                for piece in _whole_tags(source):
                    out.write(_NAME.sub(_transitional_name, piece))
    return Archive(rewritten.getvalue(), limits)


def _is_strict(archive: Archive, part: str) -> bool:
    with archive.open(part) as source:
        return _STRICT in source.read(_CHUNK)


def _whole_tags(source: IO[bytes]) -> Iterator[bytes]:
    """Pieces that never end within a tag, so that no name is cut in two."""
    pending = b""
    while chunk := source.read(_CHUNK):
        pending += chunk
        cut = pending.rfind(b"<")
        if cut <= 0:
            cut = len(pending)
        yield pending[:cut]
        pending = pending[cut:]
    yield pending


def _transitional_name(match: re.Match[bytes]) -> bytes:
    area, relationship, name = match[1], match[2] or b"", match[3]
    return b"http://schemas.openxmlformats.org/%s/2006/%s%s" % (area, relationship, _KEBAB.get(name, name))
