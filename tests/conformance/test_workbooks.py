"""Every kind of workbook that the app writes is valid for the Open XML SDK, and a result makes no file worse."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from openpyxl.styles import Font

from shared.adapters.workbook.writing.pages import write_pages
from shared.adapters.workbook.writing.template import write_template
from shared.core.plan.operations import Effect
from shared.core.record.drift import Drift, DriftKind, DriftReport
from shared.core.report.drift_pages import drift_pages
from shared.core.report.plan_pages import plan_pages
from shared.core.report.result_pages import refused_page
from shared.core.report.template_pages import FormRules
from shared.core.report.texts import Language, texts_in
from shared.core.run.documents import Change
from shared.core.run.safety_limits import SafetyLimits
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said
from shared.core.values.slot import PhoneNumber, Slot
from shared.core.values.states import RunState
from tests.adapters.workbook import corpus_cells, corpus_structure
from tests.adapters.workbook.packages import unzipped, zipped
from tests.adapters.workbook.reading import opened
from tests.adapters.workbook.results import BAD, GOOD, REPORTS, RUN, result_of
from tests.adapters.workbook.styled import styled_workbook
from tests.conformance.checker import needs_checker, workbook_faults
from tests.conformance.other_writers import by_libreoffice, by_xlsxwriter, from_archives, needs_archives, needs_office

log = logging.getLogger(__name__)

_FONT = re.compile(r"/xl/styles\.xml /x:styleSheet\[1\]/x:fonts\[1\]/x:font\[(?P<number>\d+)\]: .* \[(?P<fault>\w+)\]")
_FORM = FormRules("DE", email_methods=True)
_CHANGE = Change("mobile", Effect.UPDATE, "+1 202 555 0123", "+1 202 555 0124")
_PLANNED = REPORTS | {5: replace(REPORTS[2], changes=(_CHANGE,))}
_READABLE = [odd for odd in (*corpus_structure.CORPUS, *corpus_cells.CORPUS) if odd.rows is not None]


def faults(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """The faults beyond the exemption, each with the name of its file."""
    paths = {name: folder / f"{name}.xlsx" for name in files}
    for name, path in paths.items():
        path.write_bytes(files[name])
    found = [line.removeprefix(f"{folder}/") for line in workbook_faults(list(paths.values()))] if files else []
    return [line for line in found if not _is_openpyxls_font(line, files)]


def _is_openpyxls_font(line: str, files: Mapping[str, bytes]) -> bool:
    """The one exemption: the SDK wants a font's children in one order. ECMA-376 and Excel take any.

    openpyxl has its own, and writes each child once.
    """
    found = _FONT.search(line)
    if found is None or found["fault"] != "Sch_UnexpectedElementContentExpectingComplex":
        return False
    styles = fromstring(unzipped(files[line.partition(".xlsx: ")[0]])["xl/styles.xml"].decode())
    fonts = styles.find("{*}fonts")
    assert fonts is not None
    names = [child.tag.rpartition("}")[2] for child in fonts[int(found["number"]) - 1]]
    return names == [name for name in Font.__elements__ if name in names]


def results(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The result of every file that the app reads, with its formats and as values alone."""
    for name, data in files.items():
        with suppress(FileRefusedError):
            rows = (row for row, _ in opened(data).rows())
            reports = dict(zip(rows, cycle((GOOD, BAD)), strict=False))
            yield f"{name} result", result_of(data, reports=reports)
            yield f"{name} values", result_of(data, reports=reports, full_rows=0)


@needs_checker
def test_every_kind_of_workbook_is_valid(tmp_path: Path) -> None:
    """Plan, drift, template, and the result of an ordinary and of a richly formatted export."""
    drift = [DriftReport("id-1", Drift(DriftKind.REMOVED, Slot.MOBILE, PhoneNumber(1, "2025550123")), BAD)]
    refused = replace(
        RUN, state=RunState.FAILED, code="noPersonColumn", message=Said("No column identifies the person.")
    )
    written = {}
    for language in Language:
        texts = texts_in(language)
        written[f"template {language}"] = write_template(_FORM, texts)
        written[f"plan {language}"] = write_pages(plan_pages(RUN, _PLANNED, SafetyLimits(), texts))
        written[f"drift {language}"] = write_pages(drift_pages(RUN, drift, texts))
        written[f"refused {language}"] = write_pages((refused_page(refused, texts),))
    written |= dict(results({"styled": styled_workbook(), **by_xlsxwriter(range(1))}))
    assert [] == faults(tmp_path, written)


@needs_checker
@pytest.mark.long
def test_a_result_makes_no_file_invalid(tmp_path: Path) -> None:
    """Every odd workbook that is valid before is valid after."""
    _stay_valid(tmp_path, {str(odd): odd.make() for odd in _READABLE if odd.file.endswith(".xlsx")}, at_least=40)


@needs_checker
def test_workbooks_of_xlsxwriter_stay_valid(tmp_path: Path) -> None:
    """As above, for two random workbooks."""
    _stay_valid(tmp_path, by_xlsxwriter(range(2)), at_least=2)


@needs_checker
@pytest.mark.long
def test_many_workbooks_of_xlsxwriter_stay_valid(tmp_path: Path) -> None:
    """As above, for 200."""
    _stay_valid(tmp_path, by_xlsxwriter(range(100, 300)), at_least=200)


@needs_checker
@needs_archives
@pytest.mark.long
def test_workbooks_of_other_packages_stay_valid(tmp_path: Path) -> None:
    """As above, for the test files of packages that read and write workbooks."""
    _stay_valid(tmp_path, from_archives(), at_least=120)


@needs_checker
@needs_office
@pytest.mark.long
def test_workbooks_of_libreoffice_stay_valid(tmp_path: Path) -> None:
    """As above, for what LibreOffice makes of all these."""
    files = from_archives() | by_xlsxwriter(range(50))
    _stay_valid(tmp_path, by_libreoffice(files, tmp_path), at_least=50)


DAMAGES = {
    "columns behind the cells": ("xl/worksheets/sheet1.xml", r"(<cols>.*?</cols>)(.*</sheetData>)", r"\2\1"),
    "font with two names": ("xl/styles.xml", r"(<fonts .*?<font>.*?<name [^>]*/>)", r"\1<name val='twice'/>"),
    "font with an unknown child": ("xl/styles.xml", r"(<fonts .*?<font>)", r"\1<unknown/>"),
    "font with a misspelt name": ("xl/styles.xml", r"(<fonts .*?<font>.*?)<name ([^>]*/>)", r"\1<nam \2"),
}
"""The part of a workbook, and what is replaced in it."""


@needs_checker
def test_wrong_workbooks_are_found(tmp_path: Path) -> None:
    """The check is no formality, and the exemption covers nothing else."""
    parts = unzipped(write_template(_FORM, texts_in(Language.ENGLISH)))
    damaged = {}
    for name, (part, right, wrong) in DAMAGES.items():
        text, count = re.subn(right, wrong, parts[part].decode(), count=1, flags=re.DOTALL)
        assert 1 == count
        damaged[name] = zipped({**parts, part: text})
    found = [line.partition(".xlsx: ")[0] for line in faults(tmp_path, damaged)]
    assert list(DAMAGES) == found


def _stay_valid(folder: Path, files: Mapping[str, bytes], at_least: int) -> None:
    """`at_least`: how many are valid, and exports that the app reads."""
    invalid = {line.split(".xlsx:")[0] for line in faults(folder, files)}
    valid = {name: data for name, data in files.items() if name not in invalid}
    written = dict(results(valid))
    log.info("%d workbooks, %d valid before, %d results", len(files), len(valid), len(written))
    assert 2 * at_least <= len(written)
    assert [] == faults(folder, written)
