"""Refuses a zip in which two readers could find different parts, before anything is unpacked.

Some readers go by the directory at the end, some by the headers before each part, some ignore letter case or accents,
and .NET, Java and Python do not fold names alike. All of them must find the same parts (APPNOTE.TXT 4.3, 4.4, 4.6.9).
"""

from __future__ import annotations

import posixpath
import re
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import unquote

from shared.adapters.workbook.reading.refusal import refusal
from shared.core.values.said import Said

_ENCRYPTED = 0x1
_SIZES_FOLLOW = 0x8
_UTF_8 = 0x800
_OFFICE_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = re.compile(r"/\[\d+\](?:\.last)?\.piece$")
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HEADER = struct.Struct("<4s5H3I2H")
_HEADER_SIGNATURE, _END_SIGNATURE = b"PK\x03\x04", b"PK\x05\x06"
_UNICODE_PATH = 0x7075
_IN_ZIP64 = 0xFFFF_FFFF


def part_key(part: str) -> str:
    """The same key for all spellings of one part name.

    Names are compared without regard to the case of ASCII letters, and a percent-encoded character equals the character
    itself (ECMA-376 part 2, 6.2.2 and annex A). Some writers use backslashes.
    """
    return posixpath.normpath("/" + unquote(part).replace("\\", "/")).lstrip("/").translate(_LOWER)


def check_members(data: bytes, archive: zipfile.ZipFile) -> None:
    """Raises FileRefusedError for a zip that readers could understand differently, or that Office never writes."""
    members = archive.infolist()
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise refusal("encryptedFile", Said("The workbook's parts are encrypted."))
    if any(member.compress_type not in _OFFICE_COMPRESSIONS for member in members):
        raise refusal("corruptFile", Said("The workbook uses a compression method that Office never uses."))
    _check_names(members)
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        _check_gap(data, end, member.header_offset)
        end = _checked_end(data, member)
    _check_gap(data, end, archive.start_dir)
    if data.count(_END_SIGNATURE, archive.start_dir) > 1:
        raise refusal("corruptFile", Said("The workbook's zip has two ends."))


def _check_names(members: list[zipfile.ZipInfo]) -> None:
    names = [part_key(member.filename) for member in members]
    if len(set(map(_folded, names))) < len(names):
        raise refusal("corruptFile", Said("The workbook contains two parts with the same name."))
    if any(_PIECE.search(name) for name in names):
        raise refusal("corruptFile", Said("The workbook contains a part in pieces, which Excel never writes."))
    if any(_CONTROL.search(member.orig_filename) or member.filename != member.orig_filename for member in members):
        raise refusal("corruptFile", Said("The workbook contains a part with two names."))


def _folded(key: str) -> str:
    """A key by which more names are equal than for any reader: no case, no accents, no dots or spaces at the ends."""
    letters = unicodedata.normalize("NFKD", unquote(key)).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return "/".join(segment.strip(" .") for segment in plain.split("/"))


def _check_gap(data: bytes, begin: int, end: int) -> None:
    """Refuse overlapping parts, and a part between two others, where only sizes may stand (4.3.9)."""
    if begin > end or data.find(_HEADER_SIGNATURE, begin, end) >= 0:
        raise refusal("corruptFile", Said("The workbook's zip holds parts that its directory does not name."))


def _checked_end(data: bytes, member: zipfile.ZipInfo) -> int:
    """The end of the part. Raises FileRefusedError if its header differs from the directory."""
    begin = member.header_offset + _HEADER.size
    if begin > len(data):
        raise refusal("corruptFile", Said("The workbook's zip directory points outside the file."))
    signature, _, flags, method, _, _, crc, packed, unpacked, name_size, extra_size = _HEADER.unpack_from(
        data, member.header_offset
    )
    name = data[begin : begin + name_size]
    extra = data[begin + name_size : begin + name_size + extra_size]
    sizes = zip((crc, packed, unpacked), (member.CRC, member.compress_size, member.file_size), strict=True)
    same_sizes = flags & _SIZES_FOLLOW or all(own in (listed, _IN_ZIP64) for own, listed in sizes)
    same_name = name == member.orig_filename.encode("utf-8" if member.flag_bits & _UTF_8 else "cp437")
    renamed = any(tag == _UNICODE_PATH and value[5:] != name for tag, value in _extras(extra))
    if signature != _HEADER_SIGNATURE or method != member.compress_type or not same_sizes or not same_name or renamed:
        raise refusal("corruptFile", Said("A part of the workbook's zip contradicts the directory."))
    return begin + len(name) + len(extra) + member.compress_size


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:  # noqa: PLR2004 - two numbers of two bytes
        tag, size = struct.unpack_from("<HH", extra)
        yield tag, extra[4 : 4 + size]
        extra = extra[4 + size :]
