"""How the tests make results and look into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.result import write_result
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.report.result_pages import PeopleCounts, summary_page
from shared.core.report.texts import Language, texts_in
from shared.core.run.attempts import Attempt
from shared.core.run.documents import RowReport
from shared.core.run.run import Run
from shared.core.values.codes import CODES
from shared.core.values.said import Said
from shared.core.values.states import RunState, SlotState, Source
from tests.adapters.workbook.reading import opened

ENGLISH = texts_in(Language.ENGLISH)
_REFUSED = SlotOutcome("mobile", SlotState.REFUSED, "numberHasLetters", Said("B3: the number has letters in it"))
GOOD = RowReport("created", "applied", Said("The change was made and read back."), "")
BAD = RowReport(
    "refused",
    "numberHasLetters",
    Said("mobile: refused (B3: the number has letters in it)"),
    CODES["numberHasLetters"].remedy,
    "+61 491 570 006",
    slots=(_REFUSED,),
    details=_REFUSED.reason,
)
REPORTS = {2: GOOD, 3: BAD, 4: GOOD}
_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RUN = Run(
    "20260102T030405Z-0123456789",
    RunState.FINISHED,
    Source.BLOB,
    "export.xlsx",
    _AT,
    (Attempt("export"),),
    _AT,
    _AT,
    total=3,
)
OURS = tuple(
    f"Sign-in phone: {name}" for name in ("result", "what to do", "suggestion", "details", "reference", "code")
)
GOOD_BESIDE = ("✓ Done: the change was made", None, None, GOOD.reason, None, "applied")
BAD_BESIDE = (
    "✗ Not done: mobile number – there are letters in the number (B3)",  # noqa: RUF001 - a dash
    BAD.remedy,
    BAD.suggested,
    BAD.details,
    None,
    "numberHasLetters",
)
WORK, SUMMARY = "Sign-in phones to correct", "Sign-in phones summary"


def result_of(
    data: bytes,
    name: str = "export.xlsx",
    reports: Mapping[int, RowReport] = REPORTS,
    *,
    language: Language = Language.ENGLISH,
    key: int | None = None,
    full_rows: int = 20_000,
    table_name: str | None = None,
) -> bytes:
    """The result for three people, of whom the second needs work."""
    texts = texts_in(language)
    counts = PeopleCounts.of(reports, texts)
    return write_result(
        data,
        name,
        opened(data, name, table_name=table_name).parts,
        reports,
        summary=summary_page(RUN, reports, counts, texts),
        people_with_work=counts.work,
        texts=texts,
        key=key,
        full_rows=full_rows,
    )


def said_in(page: Worksheet) -> str:
    """All texts of a sheet in one."""
    return " ".join(str(cell.value) for line in page.iter_rows() for cell in line if cell.value is not None)


def sheets_of(data: bytes) -> dict[str, Worksheet]:
    """The worksheets by title, in order."""
    return {page.title: page for page in load_workbook(BytesIO(data), rich_text=True).worksheets}


def values_of(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """What the cells hold, row by row."""
    return [tuple(cell.value for cell in line) for line in rows]  # type: ignore[attr-defined] # openpyxl's cells
