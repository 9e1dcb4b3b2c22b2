"""Recognises by its content which kind of file an export is, and opens it as a `RowSource` of that kind."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath

from shared.adapters.workbook.reading.delimited import DelimitedSource
from shared.adapters.workbook.reading.encodings import utf_16_without_bom
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.source import RowSource
from shared.core.values.said import Said


def open_source(data: bytes, name: str, limits: FileLimits) -> RowSource:
    """Open the file as rows. Raises FileRefusedError."""
    if _file_kind(data, name, limits) is _FileKind.TEXT:
        return DelimitedSource(data, limits)
    from shared.adapters.workbook.reading.xlsx import XlsxSource

    return XlsxSource(data, limits)


class _FileKind(StrEnum):
    """The kinds that are read."""

    WORKBOOK = "workbook"
    TEXT = "text file"


_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_RIGHTS_MANAGED = ("DRMEncrypted", "DRMContent")
"""Names inside the compound file of a document under rights management ([MS-OFFCRYPTO] 1.3.1)."""
_BASE64_ZIP = b"UEsDB"
_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
_FEW = 3
_OLD_EXCEL = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"{\\rtf", b"%pdf")
_EXTENSIONS = {".xlsx": _FileKind.WORKBOOK, ".xlsm": _FileKind.WORKBOOK, ".csv": _FileKind.TEXT}
_OTHER_ZIPPED = (".xlsb", ".ods")
_SAMPLE = 4096


def _file_kind(data: bytes, name: str, limits: FileLimits) -> _FileKind:
    """Raises FileRefusedError for a file that is empty, too large, encrypted, of another kind, or misnamed."""
    if not data:
        raise refusal("emptyFile", Said("The file has 0 bytes."))
    if len(data) > limits.max_file_bytes:
        raise refusal(
            "fileTooLarge",
            Said("The file has {size} bytes; the limit is {limit}.", size=len(data), limit=limits.max_file_bytes),
        )
    extension = PurePath(name).suffix.lower()
    found = _kind_by_content(data)
    if found is _FileKind.WORKBOOK and extension in _OTHER_ZIPPED:
        raise refusal(
            "unsupportedFormat", Said("Files with the extension {extension} are not read.", extension=extension)
        )
    expected = _EXTENSIONS.get(extension)
    if expected is not found:
        endings = " / ".join(ending for ending, kind in _EXTENSIONS.items() if kind is found)
        raise refusal(
            "wrongExtension",
            Said(
                "The file is a {kind}, but its name does not end in {endings}.", kind=Said(found.value), endings=endings
            ),
        )
    return found


def _kind_by_content(data: bytes) -> _FileKind:
    if data.startswith(_BASE64_ZIP) or (data.startswith(_ZIP) and data[:_SAMPLE].count(_REPLACED) > _FEW):
        raise refusal("changedInTransfer", Said("The file is a workbook whose bytes a program has treated as text."))
    if data.startswith(_COMPOUND_FILE):
        if any(name.encode("utf-16-le") in data for name in _RIGHTS_MANAGED):
            raise refusal(
                "labelProtected", Said("The file is encrypted by a sensitivity label or by rights management.")
            )
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refusal("encryptedFile", Said("The workbook is protected by a password."))
        raise refusal("unsupportedFormat", Said("The file is an Excel 97-2003 file (.xls) or another old Office file."))
    if data.startswith(_OLD_EXCEL):
        raise refusal("unsupportedFormat", Said("The file is an Excel file from before 1997 (.xls)."))
    if data.startswith(_ZIP):
        return _FileKind.WORKBOOK
    head = data[:_SAMPLE]
    if head.lstrip().lower().startswith(_MARKUP):
        raise refusal("notAWorkbook", Said("The file is a web page or another document, not a workbook."))
    if b"\0" in head and not data.startswith(_BYTE_ORDER_MARKS) and utf_16_without_bom(data) is None:
        raise refusal("notAWorkbook", Said("The file is neither a workbook nor text."))
    if not head.strip():
        raise refusal("emptyFile", Said("The file contains only white space."))
    return _FileKind.TEXT
