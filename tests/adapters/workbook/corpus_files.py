"""Files that are no workbook, not a whole one, or a harmful one."""

from __future__ import annotations

import random
import zipfile

from tests.adapters.workbook.corpus_cells import one_cell
from tests.adapters.workbook.odd import Odd, read, refused
from tests.adapters.workbook.packages import (
    HEADER,
    inline_rows,
    parts,
    relationships,
    shared,
    sheet,
    string_items,
    strings,
    workbook,
    zipped,
)

_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]>"
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def entity_bomb(xml: str) -> str:
    """The XML behind a document type in which `&j;` means a billion laughs."""
    return _LAUGHS + xml


def valid() -> bytes:
    """Three people in inline strings."""
    return workbook(sheet(inline_rows()))


def _encrypted() -> bytes:
    return _COMPOUND + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 64


def _encrypted_members() -> bytes:
    data = bytearray(valid())
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 8] |= 1
    return bytes(data)


def _binary_workbook() -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"\x83\x01"})


def _opendocument() -> bytes:
    return zipped(
        {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}, zipfile.ZIP_STORED
    )


def _document() -> bytes:
    made = parts(sheet(inline_rows()))
    return zipped(
        {"_rels/.rels": str(made["_rels/.rels"]).replace("xl/workbook", "word/document"), "word/document.xml": "<d/>"}
    )


def _damaged_checksum() -> bytes:
    data = bytearray(zipped(parts(sheet(inline_rows())), zipfile.ZIP_STORED))
    data[data.find(b"contoso")] ^= 1
    return bytes(data)


def _with_part(name: str, content: str) -> bytes:
    return zipped(parts(sheet(inline_rows())) | {name: content})


def _declaring(prolog: str, text: str) -> bytes:
    return workbook(sheet(inline_rows([HEADER, ("ana@contoso.example", "TEXT")]).replace("TEXT", text), prolog=prolog))


def _bomb_by_ratio() -> bytes:
    return one_cell(f'<c r="@" t="inlineStr"><is><t>{"0" * 30_000_000}</t></is></c>')


def incompressible(size: int) -> str:
    """Text that packs badly, so that the ratio says nothing."""
    return random.Random(1).randbytes(size // 2).hex()


def _one_huge_cell() -> bytes:
    return one_cell(f'<c r="@" t="inlineStr"><is><t>{incompressible(6_000_000)}</t></is></c>')


def _one_huge_tag() -> bytes:
    return one_cell(f'<c r="@" t="inlineStr" x="{incompressible(3_000_000)}"><is><t>1</t></is></c>')


def _nested(depth: int) -> bytes:
    filler = f"<!--{incompressible(400_000)}-->"
    return workbook(sheet(inline_rows() + filler + "<a>" * depth + "</a>" * depth))


def _many_sheets(count: int) -> bytes:
    made = parts(sheet(inline_rows()), names=("People",))
    more = "".join(f'<sheet name="{i}" sheetId="{i + 2}" r:id="rId{i + 2}"/>' for i in range(count - 1))
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace("</sheets>", f"{more}</sheets>")
    targets = [("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, count + 1)]
    made["xl/_rels/workbook.xml.rels"] = relationships(*targets)
    return zipped(made | {f"xl/worksheets/sheet{i}.xml": sheet("") for i in range(2, count + 1)})


def _one_part_for_two_sheets() -> bytes:
    made = parts(sheet(inline_rows()), sheet(inline_rows()))
    made["xl/_rels/workbook.xml.rels"] = relationships(*[("worksheet", "worksheets/sheet1.xml")] * 2)
    return zipped(made)


def _one_id_for_two_sheets() -> bytes:
    made = parts(sheet(inline_rows()), sheet(inline_rows()))
    made["xl/_rels/workbook.xml.rels"] = str(made["xl/_rels/workbook.xml.rels"]).replace("rId2", "rId1")
    return zipped(made)


def _large_stylesheet() -> bytes:
    made = parts(sheet(inline_rows()), stylesheet=" " * 17_000_000)
    return zipped(made, zipfile.ZIP_STORED)


CORPUS: list[Odd] = [
    refused("no bytes", lambda: b"", "emptyFile"),
    refused("white space", lambda: b" \r\n\r\n", "emptyFile", "export.csv"),
    refused("password", _encrypted, "encryptedFile"),
    refused("encrypted members", _encrypted_members, "encryptedFile"),
    refused("old excel", lambda: _COMPOUND + b"\0" * 600, "unsupportedFormat", "export.xls"),
    refused("old excel under a new name", lambda: _COMPOUND + b"\0" * 600, "unsupportedFormat"),
    refused("ancient excel", lambda: b"\x09\x08\x10\x00" + b"\0" * 60, "unsupportedFormat", "export.xls"),
    refused("binary workbook", _binary_workbook, "unsupportedFormat", "export.xlsx"),
    refused("opendocument", _opendocument, "unsupportedFormat", "export.xlsx"),
    refused("binary workbook under its name", _binary_workbook, "unsupportedFormat", "export.xlsb"),
    refused("opendocument under its name", _opendocument, "unsupportedFormat", "export.ods"),
    refused("workbook under an old name", valid, "wrongExtension", "export.xls"),
    refused("workbook named as text", valid, "wrongExtension", "export.csv"),
    refused("text named as workbook", lambda: b"upn;mobile\na;b\n", "wrongExtension"),
    refused("unknown extension", valid, "wrongExtension", "export.pdf"),
    refused("no extension", valid, "wrongExtension", "export"),
    refused("web page", lambda: b"<html><table></table></html>", "notAWorkbook"),
    refused("picture", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "notAWorkbook", "export.csv"),
    refused("text document", _document, "notAWorkbook"),
    refused("empty archive", lambda: zipped({}), "notAWorkbook"),
    refused("truncated by half", lambda: valid()[: len(valid()) // 2], "truncatedFile"),
    refused("truncated by a few bytes", lambda: valid()[:-30], "truncatedFile"),
    refused("damaged checksum", _damaged_checksum, "corruptFile"),
    refused("packed by bzip2", lambda: zipped(parts(sheet(inline_rows())), zipfile.ZIP_BZIP2), "corruptFile"),
    refused("sheet cut off", lambda: workbook(sheet(inline_rows())[:-40]), "corruptFile"),
    refused("sheet of no xml", lambda: _with_part("xl/worksheets/sheet1.xml", "nothing"), "corruptFile"),
    refused("workbook of no xml", lambda: _with_part("xl/workbook.xml", "<workbook"), "corruptFile"),
    refused("strings of no xml", lambda: one_cell(shared(0), shared_strings=string_items("<si>")), "corruptFile"),
    refused("entity bomb", lambda: _declaring(_LAUGHS, "&j;"), "entityDeclared"),
    refused("entity from outside", lambda: _declaring(_OUTSIDE, "&e;"), "entityDeclared"),
    refused("document type alone", lambda: _declaring('<!DOCTYPE x SYSTEM "x.dtd">', "1"), "entityDeclared"),
    refused(
        "entity bomb in the strings",
        lambda: one_cell(shared(0), shared_strings=strings("a").replace("<sst", _LAUGHS + "<sst", 1)),
        "entityDeclared",
    ),
    refused(
        "entity bomb in the properties",
        lambda: _with_part("docProps/core.xml", _LAUGHS + "<x>&j;</x>"),
        "entityDeclared",
    ),
    refused("zip bomb by ratio", _bomb_by_ratio, "compressionRatioTooHigh"),
    refused("one huge cell", _one_huge_cell, "sheetTooLarge"),
    refused("one huge tag", _one_huge_tag, "corruptFile"),
    refused("a million levels", lambda: _nested(1_000_000), "corruptFile"),
    refused("ten thousand parts", lambda: zipped({f"{i}": b"" for i in range(10_001)}), "archiveTooLarge"),
    refused(
        "two sheets of one name", lambda: workbook(sheet(""), sheet(""), names=("People", "people")), "corruptFile"
    ),
    refused("two sheets of one part", _one_part_for_two_sheets, "corruptFile"),
    refused("two sheets of one id", _one_id_for_two_sheets, "corruptFile"),
    refused("a thousand and one sheets", lambda: _many_sheets(1_001), "archiveTooLarge"),
    refused("stylesheet too large", _large_stylesheet, "archiveTooLarge"),
    read("a thousand sheets", lambda: _many_sheets(1_000)),
    read("a thousand other parts", lambda: zipped(parts(sheet(inline_rows())) | {f"x/{i}": b"" for i in range(1_000)})),
]
