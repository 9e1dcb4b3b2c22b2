"""A workbook that openpyxl unfolds ends the process that writes it, and nothing else."""

from __future__ import annotations

import os
import time
from io import BytesIO

import pytest
from openpyxl import Workbook
from xlsxwriter import Workbook as XlsxWriter  # type: ignore[import-untyped] # the package ships no types

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.xlsx import XlsxSource
from shared.adapters.workbook.writing.annotated import CannotRewriteError, write_annotated
from shared.adapters.workbook.writing.limited_process import ProcessLimits, write_in_process
from shared.adapters.workbook.writing.our_columns import ResultContent
from shared.adapters.workbook.writing.rewritable import judge
from testing.endless import must_end
from tests.adapters.workbook.own_process import run
from tests.adapters.workbook.packages import TABLE, inline_rows, sheet, styles, workbook
from tests.adapters.workbook.results import SUMMARY, result_of, said_in, sheets_of, values_of
from tests.adapters.workbook.styled import styled_workbook
from tests.adapters.workbook.unfolding import content_of, unfolding


def written(content: ResultContent, limits: ProcessLimits | None = None) -> bytes:
    assert isinstance(content.source, XlsxSource)
    return write_in_process(content.source, content, limits)


@pytest.mark.filterwarnings("ignore:Cell B3 is marked as a date")
def test_it_writes_what_would_be_written_here() -> None:
    """Sheet by sheet, cell by cell."""
    content = content_of(styled_workbook())
    assert isinstance(content.source, XlsxSource)
    here, there = (sheets_of(data) for data in (write_annotated(content.source, content), written(content)))
    assert list(here) == list(there)
    assert [values_of(page.iter_rows()) for page in here.values()] == [
        values_of(page.iter_rows()) for page in there.values()
    ]


def _unfold(memory_mib: int) -> None:
    found = run("unfolding", memory_mib)
    assert "memory" in found["said"].lower()
    assert found["appMiB"] < 200
    assert found["processMiB"] <= memory_mib
    assert found["seconds"] < 60


def test_what_unfolds_ends_the_process_alone() -> None:
    """The process stays below its limit, and the app does not grow."""
    _unfold(96)


@pytest.mark.long
def test_gigabytes_end_the_process_alone() -> None:
    """The same with the limit of the app: no process grows beyond 500 MiB or lives for a minute."""
    _unfold(ProcessLimits().memory_bytes // MIB)


@pytest.mark.parametrize("limits", [ProcessLimits(seconds=1), ProcessLimits(answer_bytes=1_000)])
def test_time_and_the_size_of_the_answer_are_limited_too(limits: ProcessLimits) -> None:
    """The process is gone soon after."""
    begun = time.monotonic()
    with pytest.raises(CannotRewriteError):
        written(unfolding() if limits.seconds == 1 else content_of(styled_workbook()), limits)
    assert time.monotonic() - begun < 15


def test_the_process_knows_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads hostile files, and the environment holds connection strings."""
    monkeypatch.setenv("AzureWebJobsStorage", "AccountKey=secret")
    given: list[dict[str, str]] = []

    def refuse(*_: object, env: dict[str, str], **__: object) -> None:
        given.append(env)
        raise OSError

    monkeypatch.setattr("subprocess.run", refuse)
    with pytest.raises(CannotRewriteError):
        written(content_of(workbook(sheet(inline_rows()))))
    assert {"PYTHONPATH"} <= set(given[0]) <= {"PYTHONPATH", "PATH", "LD_LIBRARY_PATH", "TMPDIR"}
    assert "AzureWebJobsStorage" in os.environ


def is_plain(data: bytes) -> bool:
    content = content_of(data)
    assert isinstance(content.source, XlsxSource)
    judgement = judge(content.source, content.sheets, 20_000)
    assert not judgement.why_not
    return judgement.is_plain


def by_openpyxl() -> bytes:
    book, saved = Workbook(), BytesIO()
    for line in TABLE:
        book.worksheets[0].append(line)
    book.save(saved)
    return saved.getvalue()


def by_xlsxwriter() -> bytes:
    saved = BytesIO()
    book = XlsxWriter(saved)
    page = book.add_worksheet()
    page.set_column(0, 2, 30)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, 3, 2)
    for number, line in enumerate(TABLE):
        page.write_row(number, 0, line)
    book.close()
    return saved.getvalue()


def test_plain_workbooks_need_no_process() -> None:
    """As libraries and reports write them: a filter is a defined name, so that one is not plain."""
    assert is_plain(by_openpyxl())
    assert not is_plain(by_xlsxwriter())
    assert is_plain(workbook(sheet(inline_rows())))


@pytest.mark.parametrize(
    "data",
    [
        styled_workbook(),
        workbook(sheet(inline_rows(), after='<mergeCells><mergeCell ref="E1:F2"/></mergeCells>')),
        workbook(sheet(inline_rows(), after="<somethingNew/>")),
        workbook(sheet(inline_rows()), tail="<definedNames><definedName name='A_'>A1</definedName></definedNames>"),
        workbook(sheet(inline_rows((f"{row}@contoso.example", f"+1202555{row:04}", "") for row in range(14_000)))),
    ],
    ids=["styled", "merged", "unknown", "names", "large"],
)
def test_all_others_do(data: bytes) -> None:
    """What may unfold, what nobody knows yet, and what is large."""
    assert not is_plain(data)


def _areas(count: int) -> str:
    areas = " ".join(f"B{row}" for row in range(1, count + 1))
    return (
        f'<conditionalFormatting sqref="{areas}"><cfRule type="expression" priority="1"><formula>LEN(B2)=0</formula>'
        f'</cfRule></conditionalFormatting><dataValidations><dataValidation type="list" sqref="{areas}">'
        '<formula1>"a"</formula1></dataValidation></dataValidations>'
    )


def _tall(count: int) -> str:
    return inline_rows() + "".join(f'<row r="{row}" ht="{row % 90}" customHeight="1"/>' for row in range(5, count + 5))


def _names(count: int) -> str:
    names = (f'<definedName name="N{one}_">N{one * 7}_+Sheet1!$A${one}</definedName>' for one in range(1, count + 1))
    return f"<definedNames>{''.join(names)}</definedNames>"


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ("links, rules and similar elements", workbook(sheet(inline_rows(), after=_areas(30_000)))),
        ("100,000 rows", workbook(sheet(_tall(100_001)))),
        ("5,000 defined names", workbook(sheet(inline_rows()), tail=_names(5_001))),
    ],
    ids=["areas", "rows", "names"],
)
def test_what_openpyxl_would_make_objects_of_is_counted_before(said: str, data: bytes) -> None:
    """A list of areas costs it minutes, a row with a height a kilobyte, a chain of names the square of its length."""
    with must_end(cpu_seconds=60):
        assert said in said_in(sheets_of(result_of(data))[SUMMARY])


def test_nothing_is_printed_about_a_damaged_workbook(capfd: pytest.CaptureFixture[str]) -> None:
    """openpyxl prints a style's number that does not exist; the output of the worker is the host's."""
    sound = styles("0").replace("<fill/>", "<fill><patternFill/></fill>")
    broken = sound.replace("</cellXfs>", '</cellXfs><cellStyles><cellStyle name="Odd" xfId="7"/></cellStyles>')
    result_of(workbook(sheet(inline_rows()), stylesheet=broken))
    assert ("", "") == capfd.readouterr()
