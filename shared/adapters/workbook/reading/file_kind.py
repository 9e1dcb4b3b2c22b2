"""What kind of file this is, judged by its first bytes and then by its name; called first by `open_export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath

from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.refusal import refusal


class FileKind(StrEnum):
    """The kinds that are read."""

    WORKBOOK = "workbook"
    TEXT = "text file"


_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLD_EXCEL = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"{\\rtf", b"%pdf")
_EXTENSIONS = {".xlsx": FileKind.WORKBOOK, ".xlsm": FileKind.WORKBOOK, ".csv": FileKind.TEXT}
_OTHER_ZIPPED = (".xlsb", ".ods")
_SAMPLE = 4096


def file_kind(data: bytes, name: str, limits: FileLimits) -> FileKind:
    """Raises FileRefusedError for a file that is empty, too large, encrypted, of another kind, or misnamed."""
    if not data:
        raise refusal("emptyFile", "The file has 0 bytes.")
    if len(data) > limits.max_file_bytes:
        raise refusal(
            "fileTooLarge",
            f"The file has {len(data):,} bytes; the limit is {limits.max_file_bytes:,}.",
        )
    extension = PurePath(name).suffix.lower()
    found = _kind_by_content(data)
    if found is FileKind.WORKBOOK and extension in _OTHER_ZIPPED:
        raise refusal("unsupportedFormat", f"Files with the extension {extension} are not read.")
    expected = _EXTENSIONS.get(extension)
    if expected is not found:
        endings = " or ".join(ending for ending, kind in _EXTENSIONS.items() if kind is found)
        raise refusal("wrongExtension", f"The file is a {found}, but its name does not end in {endings}.")
    return found


def _kind_by_content(data: bytes) -> FileKind:
    if data.startswith(_COMPOUND_FILE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refusal("encryptedFile", "The workbook is protected by a password.")
        raise refusal("unsupportedFormat", "The file is an Excel 97-2003 file (.xls) or another old Office file.")
    if data.startswith(_OLD_EXCEL):
        raise refusal("unsupportedFormat", "The file is an Excel file from before 1997 (.xls).")
    if data.startswith(_ZIP):
        return FileKind.WORKBOOK
    head = data[:_SAMPLE]
    if head.lstrip().lower().startswith(_MARKUP):
        raise refusal("notAWorkbook", "The file is a web page or another document, not a workbook.")
    if b"\0" in head and not data.startswith(_TEXT_MARKS):
        raise refusal("notAWorkbook", "The file is neither a workbook nor text.")
    if not head.strip():
        raise refusal("emptyFile", "The file contains only white space.")
    return FileKind.TEXT
