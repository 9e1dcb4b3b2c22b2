"""The reasons why a row needs work; the sheet of open work has a line for each.

The texts contain no value, except what was typed beside a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum

from shared.core.report.page import Tone
from shared.core.report.row_words import (
    PLACE,
    STILL_OPEN,
    about_slot,
    once_more,
    slot_name,
    tone_of,
    tone_of_slot,
    was_left,
)
from shared.core.report.texts import Texts
from shared.core.run.documents import RowReport, is_not_done
from shared.core.run.returned_rows import NAMES_OTHER_ROWS, NOT_CORRECTED, NOT_READ
from shared.core.values.codes import CODES
from shared.core.values.states import RowState

_SLOT_OF = {"sameMobile": "mobile", "alternateNeedsMobile": "mobile", "smsSignInNeedsMobile": "mobile"}
"""By code: the slot that its remedy is about, if that is not the refused slot."""


class Work(IntEnum):
    """The kinds of work, in the order of the sheet of open work."""

    TYPE = 0
    """Type into the one cell that the line shows."""
    LOOK = 1
    """Look at more than one cell, or at a remark."""
    ASK = 2
    """Ask the IT department."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One reason why a row needs work."""

    todo: str
    reason: str = field(repr=False)
    """It may contain what HR has typed beside a row."""
    cell: str
    """The address of the cell that it is about; "" = the whole row, or the reason names no cell."""
    code: str
    tone: Tone = Tone.NOT_DONE
    slot: str = ""
    """The slot that it is about; "" = the whole row."""

    @property
    def wants_cell(self) -> bool:
        return self.code in CODES and CODES[self.code].in_cell

    @property
    def work(self) -> Work:
        """The kind of work, if the line shows no cell to type into."""
        return Work.ASK if self.code not in CODES or CODES[self.code].is_for_others else Work.LOOK


def work_items(report: RowReport, texts: Texts) -> Iterator[WorkItem]:
    """Every reason why the row needs work.

    Empty if nothing was to be changed, or if the row was not applied only because its run ended.
    """
    if report.earlier is not None:
        yield from _items_again(report, report.earlier, texts)
        return
    not_done = [one for one in report.slots if is_not_done(one)]
    for one in not_done:
        if todo := texts.todo(one.code):
            reason = about_slot(one.slot, texts.short(one.code), texts)
            tone = tone_of_slot(one, report)
            slot = _SLOT_OF.get(one.code, one.slot)
            yield WorkItem(todo, reason, _first_place(one.reason), one.code, tone, slot)
    is_said = any(one.code == report.code for one in not_done)
    if is_said or report.outcome == RowState.UNPROCESSED or tone_of(report) is Tone.SAME:
        return
    if todo := texts.todo(report.code):
        yield _item_of_row(report, todo, texts)


def _item_of_row(report: RowReport, todo: str, texts: Texts) -> WorkItem:
    left = [one.slot for one in report.slots if was_left(one, report)]
    reason = texts.short(report.code)
    if report.code == NOT_CORRECTED or (report.code in NAMES_OTHER_ROWS and report.reason):
        reason = texts.say("aboutSlot", slot=reason, text=texts.again(report.reason))
    elif left:
        names = ", ".join(slot_name(slot, texts) for slot in left)
        reason = texts.say("aboutSlot", slot=names, text=reason)
    tone = tone_of(report)
    shown = Tone.NOT_DONE if tone is Tone.PARTLY else tone
    slot = _SLOT_OF.get(report.code, left[0] if left else "")
    return WorkItem(todo, reason, _first_place(report.reason), report.code, shown, slot)


def _items_again(report: RowReport, before: RowReport, texts: Texts) -> Iterator[WorkItem]:
    """The work of a row that was not corrected, and what to do with texts typed beside it."""
    items = list(work_items(before, texts))
    for item in items:
        open_still = texts.say("forSlot", slot=texts.say("outcome.stillOpen"), text=item.reason)
        todo = f"{item.todo} {once_more(report, texts)}".strip()
        yield replace(item, todo=todo, reason=open_still if item.tone in STILL_OPEN else item.reason)
    if not items and report.code == NOT_CORRECTED:
        yield WorkItem(texts.todo(NOT_CORRECTED), texts.short(NOT_CORRECTED), "", NOT_CORRECTED)
    if report.remark:
        yield WorkItem(texts.todo(NOT_READ), texts.again(report.remark), "", NOT_READ, tone_of(report))


def needs_work(report: RowReport, texts: Texts) -> bool:
    return any(True for _ in work_items(report, texts))


def _first_place(reason: str) -> str:
    found = PLACE.search(reason)
    return found[1] if found else ""
