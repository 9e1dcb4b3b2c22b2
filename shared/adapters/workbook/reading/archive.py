"""The zip archive that a workbook is: checked before anything is unpacked, with strict OOXML rewritten as transitional.

openpyxl finds no sheets in a strict workbook. The two forms differ in namespaces (ISO 29500-1 against ISO 29500-4), and
in how dates may be written, where openpyxl understands both.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO
from typing import IO

from shared.adapters.workbook.reading.limits import MIB, FileLimits
from shared.adapters.workbook.reading.refusal import refusal, refuse_broken
from shared.adapters.workbook.reading.zip_members import check_members, part_key
from shared.core.values.said import Said

_MAX_MEMBERS = 10_000
_MAX_SMALL_PART = 16 * MIB
_RATIO_MATTERS_FROM = MIB
"""Below this size a high ratio does no harm, and small repetitive parts of harmless files have one."""
_END_OF_DIRECTORY = b"PK\x05\x06"
_LONGEST_END = 22 + 65_535
_MAX_DIRECTORY_BYTES = _MAX_MEMBERS * 200
_STRICT = b"http://purl.oclc.org/ooxml/"
_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(relationships/)?(\w+)")
_KEBAB = {
    b"extendedProperties": b"extended-properties",
    b"customProperties": b"custom-properties",
}
_CHUNK = 256 * 1024


class Archive:
    """The members by part name; several can be open at the same time."""

    def __init__(self, data: bytes, limits: FileLimits) -> None:
        """Raises FileRefusedError for an archive that is broken, encrypted, ambiguous, or too large when unpacked."""
        self.data = data
        _check_directory(data)
        with refuse_broken(Said("The workbook's zip directory")):
            self._zip = zipfile.ZipFile(BytesIO(data))
        check_members(data, self._zip)
        _check_sizes(self._zip.infolist(), limits)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {part_key(name): name for name in self._zip.namelist()}

    @property
    def names(self) -> list[str]:
        return self._zip.namelist()

    @property
    def unpacked_bytes(self) -> int:
        return sum(member.file_size for member in self._zip.infolist())

    def has(self, part: str) -> bool:
        return part_key(part) in self._names

    def size(self, part: str) -> int:
        return self._zip.getinfo(self._names[part_key(part)]).file_size

    def open_small(self, part: str) -> IO[bytes]:
        """Open a part whose content stays in memory. Raises FileRefusedError if it is too large for that."""
        if self.size(part) > _MAX_SMALL_PART:
            raise refusal(
                "archiveTooLarge",
                Said(
                    "A part of the workbook that is read as a whole has more than {limit} MiB.",
                    limit=_MAX_SMALL_PART // MIB,
                ),
            )
        return self.open(part)

    def open(self, part: str) -> IO[bytes]:
        """Raises KeyError when there is no such part."""
        return self._zip.open(self._names[part_key(part)])


def _check_directory(data: bytes) -> None:
    """Check the directory's size first, because zipfile makes an object for each entry before they can be counted."""
    end = data.rfind(_END_OF_DIRECTORY, max(0, len(data) - _LONGEST_END))
    if end < 0:
        raise refusal("truncatedFile", Said("The end of the workbook is missing."))
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if size > end:
        raise refusal("corruptFile", Said("The workbook's zip directory is larger than the file."))
    if size > _MAX_DIRECTORY_BYTES:
        raise refusal(
            "archiveTooLarge",
            Said(
                "The workbook's list of parts has {size} bytes; the limit is {limit}.",
                size=size,
                limit=_MAX_DIRECTORY_BYTES,
            ),
        )


def _check_sizes(members: list[zipfile.ZipInfo], limits: FileLimits) -> None:
    if len(members) > _MAX_MEMBERS:
        raise refusal(
            "archiveTooLarge",
            Said("The workbook has {found} parts; the limit is {limit}.", found=len(members), limit=_MAX_MEMBERS),
        )
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.max_unpacked_bytes:
        raise refusal(
            "archiveTooLarge",
            Said(
                "The workbook unpacks to {size} MiB; the limit is {limit} MiB.",
                size=unpacked // MIB,
                limit=limits.max_unpacked_bytes // MIB,
            ),
        )
    for member in members:
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > _RATIO_MATTERS_FROM and ratio > limits.max_ratio:
            raise refusal(
                "compressionRatioTooHigh",
                Said(
                    "A part of the workbook unpacks to {ratio} times its size; the limit is {limit}.",
                    ratio=ratio,
                    limit=limits.max_ratio,
                ),
            )


def as_transitional(archive: Archive, limits: FileLimits) -> Archive:
    """The archive with strict OOXML rewritten; a transitional archive as it is."""
    if not any(_is_strict(archive, part) for part in ("_rels/.rels", "xl/workbook.xml") if archive.has(part)):
        return archive
    rewritten = BytesIO()
    with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name in archive.names:
            with archive.open(name) as source, target.open(name, "w") as out:
                for piece in _whole_names(source):
                    out.write(_NAME.sub(_transitional_name, piece))
    return Archive(rewritten.getvalue(), limits)


def _is_strict(archive: Archive, part: str) -> bool:
    with archive.open(part) as source:
        return _STRICT in source.read(_CHUNK)


def _whole_names(source: IO[bytes]) -> Iterator[bytes]:
    """Pieces that end before a tag or a quote, so that no name, which has neither in it, is cut in two."""
    pending = b""
    while chunk := source.read(_CHUNK):
        pending += chunk
        cut = max(map(pending.rfind, (b"<", b'"', b"'")))
        if cut <= 0:
            cut = len(pending)
        yield pending[:cut]
        pending = pending[cut:]
    yield pending


def _transitional_name(match: re.Match[bytes]) -> bytes:
    area, relationship, name = match[1], match[2] or b"", match[3]
    return b"http://schemas.openxmlformats.org/%s/2006/%s%s" % (area, relationship, _KEBAB.get(name, name))
