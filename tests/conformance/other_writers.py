"""Exports that others have written: by XlsxWriter, by LibreOffice, and the test files of other packages.

`make test-conformance` fetches the source archives of the packages in `other_packages.txt` into a folder that is never
committed. Their workbooks are about anything, so the list of people takes the place of the first rows.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped] # the package ships no types

from sandbox.system import ROOT
from tests.adapters.workbook.packages import HEADER, PEOPLE, TABLE, inline_rows, unzipped, zipped

ARCHIVES = sorted((ROOT / ".sandbox/workbooks").glob("*.tar.gz"))
OFFICE = shutil.which("soffice")
needs_archives = pytest.mark.skipif(
    not ARCHIVES, reason="make test-conformance has not fetched the packages of tests/conformance/other_packages.txt"
)
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice's soffice is not on the PATH")

_CELLS = re.compile(r"<(?P<prefix>(?:\w+:)?)sheetData\s*(?:/>|>(?P<rows>.*?)</(?P=prefix)sheetData>)", re.DOTALL)


class OtherWriter:
    """Random exports by XlsxWriter, with the look that people give their lists."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def make(self) -> bytes:
        buffer = BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            page = book.add_worksheet(self._random.choice(("Staff", "Mitarbeiter", "名簿")))
            self._write_people(book, page)
            for decorate in self._random.sample(self._decorations(), self._random.randint(0, 4)):
                decorate(book, page)
        return buffer.getvalue()

    def _write_people(self, book: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        heading = book.add_format({"bold": self._random.random() < 0.5, "bg_color": "#DDEEFF", "text_wrap": True})
        page.write_row(0, 0, HEADER, heading)
        for number, person in enumerate(PEOPLE * self._random.randint(1, 5), 1):
            page.write_row(number, 0, person)

    def _decorations(self) -> list[Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], object]]:
        return [
            lambda _, page: page.freeze_panes(1, 1),
            lambda _, page: page.autofilter(0, 0, 3, 2),
            lambda _, page: page.set_column(0, 2, 30),
            lambda _, page: page.write_comment(1, 1, "checked"),
            lambda _, page: page.data_validation(1, 1, 9, 1, {"validate": "list", "source": ["a", "b"]}),
            lambda book, page: page.conditional_format(
                1, 1, 9, 1, {"type": "no_blanks", "format": book.add_format({"font_color": "#9C0006"})}
            ),
            lambda _, page: page.write_url(20, 4, "https://contoso.example/help", string="help"),
            lambda _, page: page.merge_range(25, 4, 26, 5, "remarks"),
            lambda book, _: book.define_name("Region", '="DE"'),
            lambda _, page: page.set_landscape(),
        ]


def by_xlsxwriter(seeds: range) -> dict[str, bytes]:
    return {f"other {seed}": OtherWriter(seed).make() for seed in seeds}


def from_archives() -> dict[str, bytes]:
    """The workbooks in the archives that were fetched."""
    return {name: _with_people(data) for archive in ARCHIVES for name, data in _workbooks(archive)}


def by_libreoffice(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """The same workbooks, opened and written again by LibreOffice."""
    assert OFFICE is not None
    given, written = folder / "given", folder / "written"
    given.mkdir()
    for name, data in files.items():
        (given / f"{name}.xlsx").write_bytes(data)
    subprocess.run(  # noqa: S603 - LibreOffice
        [
            *(OFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless"),
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(written), *map(str, given.iterdir())),
        ],
        check=True,
        capture_output=True,
    )
    return {f"office {path.stem}": path.read_bytes() for path in written.iterdir()}


def _workbooks(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.name.endswith(".xlsx") and (content := packed.extractfile(member)):
                yield member.name.removesuffix(".xlsx").replace("/", "_"), content.read()


def _with_people(data: bytes) -> bytes:
    """The workbook with the list of people in place of the first rows of its first sheet."""
    parts = unzipped(data)
    first = min(name for name in parts if name.lower().startswith("xl/worksheets/") and name.endswith(".xml"))
    text = parts[first].decode()
    found = _CELLS.search(text)
    assert found is not None
    prefix, rows = found["prefix"], found["rows"] or ""
    each = re.compile(rf'<{prefix}row\b[^>]*?\br="(\d+)"[^>]*?(?:/>|>.*?</{prefix}row>)', re.DOTALL)
    people = re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}", inline_rows())
    below = "".join(row[0] for row in each.finditer(rows) if int(row[1]) > len(TABLE))
    cells = f"<{prefix}sheetData>{people}{below}</{prefix}sheetData>"
    return zipped({**parts, first: text[: found.start()] + cells + text[found.end() :]})
