"""Every kind of workbook that the app writes is valid for the Open XML SDK, and a result makes no file worse."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped] # the package ships no types
from openpyxl import load_workbook

from shared.adapters.workbook.writing.pages import write_pages
from shared.adapters.workbook.writing.template import write_template
from shared.core.plan.operations import Effect
from shared.core.record.drift import Drift, DriftKind, DriftReport
from shared.core.report.drift_pages import drift_pages
from shared.core.report.plan_pages import plan_pages
from shared.core.report.result_pages import refused_page
from shared.core.report.template_pages import FormRules
from shared.core.report.texts import Language, texts_in
from shared.core.run.changes import Change
from shared.core.run.safety_limits import SafetyLimits
from shared.core.values.slot import PhoneNumber, Slot
from shared.core.values.states import RunState
from tests.adapters.workbook import corpus_cells, corpus_structure
from tests.adapters.workbook.packages import HEADER, PEOPLE, unzipped, zipped
from tests.adapters.workbook.results import BAD, REPORTS, RUN, result_of
from tests.adapters.workbook.styled import styled_workbook
from tests.conformance.checker import needs_checker, workbook_faults

_FONT_ORDER = re.compile(
    r"/xl/styles\.xml /x:styleSheet\[1\]/x:fonts\[1\]/x:font\[\d+\]: The element has unexpected child element "
    r"'[^']*:(b|i|strike|color|sz|u|vertAlign|name|family|charset|scheme|condense|extend|outline|shadow)'\. "
    r"\[Sch_UnexpectedElementContentExpectingComplex\]"
)
"""The one exemption: the SDK wants a font's children in one order. ECMA-376 and Excel take any, and openpyxl has its
own."""
_FORM = FormRules("DE", email_methods=True)
_CHANGE = Change("mobile", Effect.UPDATE, "+1 202 555 0123", "+1 202 555 0124")
_PLANNED = REPORTS | {5: replace(REPORTS[2], changes=(_CHANGE,))}
_READABLE = [odd for odd in (*corpus_structure.CORPUS, *corpus_cells.CORPUS) if odd.rows is not None]


def faults(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """The faults beyond the exemption, each with the name of its file."""
    paths = []
    for name, data in files.items():
        path = folder / f"{name}.xlsx"
        path.write_bytes(data)
        paths.append(path)
    found = workbook_faults(paths) if paths else []
    return [line.removeprefix(f"{folder}/") for line in found if not _FONT_ORDER.search(line)]


def results(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The result of every file, with its formats and as values alone."""
    for name, data in files.items():
        yield f"{name} result", result_of(data)
        yield f"{name} values", result_of(data, full_rows=0)


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


@needs_checker
def test_every_kind_of_workbook_is_valid(tmp_path: Path) -> None:
    """Plan, drift, template, and the result of an ordinary and of a richly formatted export."""
    drift = [DriftReport("id-1", Drift(DriftKind.REMOVED, Slot.MOBILE, PhoneNumber(1, "2025550123")), BAD)]
    refused = replace(RUN, state=RunState.FAILED, code="noPersonColumn", message="No column identifies the person.")
    written = {}
    for language in Language:
        texts = texts_in(language)
        written[f"template {language}"] = write_template(_FORM, texts)
        written[f"plan {language}"] = write_pages(plan_pages(RUN, _PLANNED, SafetyLimits(), texts))
        written[f"drift {language}"] = write_pages(drift_pages(RUN, drift, texts))
        written[f"refused {language}"] = write_pages((refused_page(refused, texts),))
    written |= dict(results({"styled": styled_workbook(), "plain": OtherWriter(0).make()}))
    assert [] == faults(tmp_path, written)


@needs_checker
@pytest.mark.long
def test_a_result_makes_no_file_invalid(tmp_path: Path) -> None:
    """Every odd workbook that is valid before is valid after."""
    _stays_valid(tmp_path, {str(odd): odd.make() for odd in _READABLE if odd.file.endswith(".xlsx")})


@needs_checker
def test_workbooks_of_another_writer_stay_valid(tmp_path: Path) -> None:
    """As above, for 20 random workbooks that XlsxWriter has written."""
    _stays_valid(tmp_path, {f"other {seed}": OtherWriter(seed).make() for seed in range(20)})


@needs_checker
@pytest.mark.long
def test_many_workbooks_of_another_writer_stay_valid(tmp_path: Path) -> None:
    """As above, for 200."""
    _stays_valid(tmp_path, {f"other {seed}": OtherWriter(seed).make() for seed in range(100, 300)})


@needs_checker
def test_an_element_out_of_order_is_found(tmp_path: Path) -> None:
    """The check is no formality: columns behind the cells are a fault, and so is a font that is none."""
    parts: dict[str, str | bytes] = dict(unzipped(write_template(_FORM, texts_in(Language.ENGLISH))))
    page = next(name for name in parts if name.startswith("xl/worksheets/sheet"))
    content = parts[page]
    text = content.decode() if isinstance(content, bytes) else content
    columns = re.search(r"<cols>.*?</cols>", text)
    assert columns is not None
    parts[page] = text.replace(columns[0], "").replace("</sheetData>", f"</sheetData>{columns[0]}")
    assert load_workbook(BytesIO(zipped(parts))).worksheets
    assert 1 == len(faults(tmp_path, {"wrong": zipped(parts)}))


def _stays_valid(folder: Path, files: Mapping[str, bytes]) -> None:
    invalid = {line.split(".xlsx:")[0] for line in faults(folder, files)}
    valid = {name: data for name, data in files.items() if name not in invalid}
    assert valid
    assert [] == faults(folder, dict(results(valid)))
