"""The sheet of open work, which comes first in a result: one line per row and reason, and how to correct it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.core.report.page import Column, Kind, Line, Page, Paragraph, Table, Title
from shared.core.report.shared_columns import NameColumn
from shared.core.report.texts import Texts


def work_page(
    texts: Texts,
    sheets: Sequence[str],
    key: str,
    name: NameColumn,
    lines: Iterable[Line],
    *,
    people: int,
    has_suggestions: bool,
    is_preview: bool = False,
) -> Page:
    """The page; `sheets` are those with the rows, `key` is the heading of what identifies a person.

    If there are several sheets, the app does not read what is typed on this page; then the page asks for corrections on
    those sheets.
    """
    is_one = len(sheets) == 1
    sheet = () if is_one else (Column(texts.heading("sheet"), 20),)
    suggestion = (Column(texts.heading("suggestion"), 30),) if has_suggestions else ()
    columns = (
        *sheet,
        Column(texts.heading("row"), 8, Kind.ROW),
        Column(key, 34),
        *name.columns,
        Column(texts.heading("todo"), 52, Kind.SENTENCE),
        Column(texts.heading("result"), 40, Kind.OUTCOME),
        Column(texts.heading("cell"), 9),
        Column(texts.heading("column"), 20),
        Column(texts.heading("content"), 40, Kind.INPUT if is_one else Kind.WORD),
        *suggestion,
        Column(texts.heading("reference"), 16, Kind.CODE),
        Column(texts.heading("code"), 20, Kind.CODE),
    )
    title = texts.say("sheet.work")
    first = texts.say("work.type", sheet=sheets[0]) if is_one else texts.say("work.typeBySheet")
    preview = (texts.say("work.preview"),) if is_preview else ()
    how = Paragraph("\n".join((*preview, first, texts.say("work.look"), texts.say("work.upload"))))
    headline = Title(texts.say_how_many("work.headline", people, people=people))
    return Page(title, (headline, how, Table(columns, lines)), texts.page_number)
