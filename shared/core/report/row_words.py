"""A row's outcome in the words of one language: what was done and what was not, where, why, and what to do.

Used by the pages and by the columns beside the rows of an export. The words never hold a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from shared.core.plan.operations import Effect
from shared.core.plan.question import AWAITS_DECISION
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.report.page import Tone
from shared.core.report.texts import Texts
from shared.core.run.documents import Change, RowReport, advice, is_not_done, is_said_by_slots
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.states import RowState, SlotState

_PLACE = re.compile(r"(?:^|; )((?:'(?:[^']|'')+'!|\w+!)?[A-Z]{1,3}[1-9]\d{0,6}): ")
_TONES = {
    RowState.CREATED: Tone.DONE,
    RowState.UPDATED: Tone.DONE,
    RowState.REMOVED: Tone.DONE,
    RowState.PARTIAL: Tone.PARTLY,
    RowState.UNCHANGED: Tone.SAME,
    RowState.MERGED: Tone.SAME,
    RowState.SKIPPED: Tone.SAME,
    RowState.KEPT: Tone.KEPT,
    RowState.SUPERSEDED: Tone.KEPT,
    RowState.REFUSED: Tone.NOT_DONE,
    RowState.FAILED: Tone.NOT_DONE,
    RowState.STALE: Tone.NOT_DONE,
    RowState.UNPROCESSED: Tone.NOT_DONE,
    RowState.UNCONFIRMED: Tone.UNSURE,
    RowState.PLANNED: Tone.PLANNED,
    RowState.QUEUED: Tone.OPEN,
    RowState.WAITING: Tone.OPEN,
    RowState.WRITING: Tone.OPEN,
}
_CHANGES = {
    SlotState.CREATED: "change.created",
    SlotState.UPDATED: "change.updated",
    SlotState.REMOVED: "change.removed",
    SlotState.CREATE: "would.create",
    SlotState.UPDATE: "would.update",
    SlotState.REMOVE: "would.remove",
}
_OF_SMS = {
    SlotState.CREATED: "change.on",
    SlotState.UPDATED: "change.on",
    SlotState.REMOVED: "change.off",
    SlotState.CREATE: "would.on",
    SlotState.UPDATE: "would.on",
    SlotState.REMOVE: "would.off",
}


_PLANNED = {Tone.NOT_DONE: "outcome.notPossible", Tone.KEPT: "outcome.wouldStay"}
"""What is called otherwise as long as nothing was done."""
_WITHOUT_CHANGE = (Tone.NOT_DONE, Tone.WAITS, Tone.KEPT, Tone.SAME)
"""What a planned row is called that would change nothing: the first that one of its slots is."""
_PREVIEWED = "previewOnly"
_NOT_CORRECTED = "notCorrected"
"""The reason of such a row is what it needed before."""
_TONES_OF_CODES = {AWAITS_DECISION: Tone.WAITS, _NOT_CORRECTED: Tone.NOT_DONE}
"""The codes that say more than the states of their rows."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One reason why a row needs work."""

    todo: str
    reason: str
    cell: str
    """The address of the cell that it is about; "" = none alone."""
    code: str


def tone_of(report: RowReport) -> Tone:
    if report.code in _TONES_OF_CODES:
        return _TONES_OF_CODES[report.code]
    if report.code == _PREVIEWED or report.outcome == RowState.PLANNED:
        return _tone_of_plan(report)
    return _TONES[RowState(report.outcome)]


def _tone_of_plan(report: RowReport) -> Tone:
    tones = {_tone_of_slot(one, report) for one in report.slots}
    if Tone.PLANNED in tones or report.changes:
        return Tone.PLANNED
    if not tones:
        return Tone.KEPT if report.code == _PREVIEWED else Tone.PLANNED
    return next(tone for tone in _WITHOUT_CHANGE if tone in tones)


def result_words(report: RowReport, texts: Texts, *, is_plan: bool = False) -> str:
    """`✓ Done: mobile number added`; a line for each class of what became of the slots, or of what would."""
    tone = tone_of(report)
    said: dict[Tone, list[str]] = {}
    is_preview = report.code == _PREVIEWED
    if not is_said_by_slots(report.code, report.slots) and not (is_preview and report.slots):
        said[tone] = [_short(report.code, report.reason, texts)]
    for one in report.slots:
        each = _tone_of_slot(one, report)
        if each is not Tone.PLANNED or is_preview or report.outcome != RowState.UNPROCESSED:
            said.setdefault(each, []).append(_slot_words(one, report, texts))
    lines = [
        texts.say("forSlot", slot=_outcome(each, texts, is_plan=is_plan), text=", ".join(words))
        if any(words)
        else _outcome(each, texts, is_plan=is_plan)
        for each, words in sorted(said.items(), key=lambda one: one[0] is not tone)  # beside the sign of the row
    ]
    return f"{tone.sign} " + "\n".join(lines)


def _outcome(tone: Tone, texts: Texts, *, is_plan: bool) -> str:
    return texts.say(_PLANNED[tone] if is_plan and tone in _PLANNED else f"outcome.{tone}")


def todo_words(report: RowReport, texts: Texts) -> str:
    return advice(report.code, report.slots, texts.todo, lambda slot, text: _for_slot(slot, text, texts))


def details_of(report: RowReport, texts: Texts) -> str:
    """The particulars; what became of each slot is said by the outcome."""
    return texts.again(report.details if report.slots else report.reason)


def work_items(report: RowReport, texts: Texts) -> Iterator[WorkItem]:
    """Every reason why the row needs work.

    None for a row that only its run has kept from being carried out, or of which nothing was to be changed.
    """
    not_done = [one for one in report.slots if is_not_done(one)]
    for one in not_done:
        if todo := texts.todo(one.code):
            reason = _about_slot(one.slot, texts.short(one.code), texts)
            yield WorkItem(todo, reason, _first_place(one.reason), one.code)
    is_said = any(one.code == report.code for one in not_done)
    if is_said or report.outcome == RowState.UNPROCESSED or tone_of(report) is Tone.SAME:
        return
    if todo := texts.todo(report.code):
        yield WorkItem(todo, _reason_of_row(report, texts), _first_place(report.reason), report.code)


def _reason_of_row(report: RowReport, texts: Texts) -> str:
    short = texts.short(report.code)
    if report.code != _NOT_CORRECTED:
        return short
    return texts.say("aboutSlot", slot=short, text=texts.again(report.reason))


def needs_work(report: RowReport, texts: Texts) -> bool:
    return any(True for _ in work_items(report, texts))


def slot_name(slot: str, texts: Texts) -> str:
    return texts.say(f"slot.{slot}")


def planned_words(change: Change, texts: Texts) -> str:
    """`Mobile number would be replaced`."""
    return capital(change_words(change.of, SlotState(change.effect), texts))


def capital(words: str) -> str:
    """With a first letter that begins a sentence."""
    return words[:1].upper() + words[1:]


def values_of(change: Change, texts: Texts) -> tuple[str, str]:
    """Old and new value of a change, in clear."""
    if change.of == SMS_SIGN_IN:
        switch = (texts.say("on"), texts.say("off"))
        return switch if change.effect is Effect.REMOVE else (switch[1], switch[0])
    return change.old or texts.say("nothing"), change.new or texts.say("nothing")


def change_words(slot: str, state: SlotState, texts: Texts) -> str:
    """What was done to a slot, or would be done."""
    return texts.say((_OF_SMS if slot == SMS_SIGN_IN else _CHANGES)[state], slot=slot_name(slot, texts))


def _tone_of_slot(one: SlotOutcome, report: RowReport) -> Tone:
    match one.state:
        case SlotState.CREATED | SlotState.UPDATED | SlotState.REMOVED:
            return Tone.DONE
        case SlotState.UNCHANGED:
            return Tone.SAME
        case SlotState.KEPT:
            return Tone.WAITS if one.code == AWAITS_DECISION else Tone.KEPT
        case SlotState.REFUSED:
            return Tone.NOT_DONE
        case SlotState.CREATE | SlotState.UPDATE | SlotState.REMOVE:
            return Tone.UNSURE if report.is_over else Tone.PLANNED
        case _:
            assert_never(one.state)


def _slot_words(one: SlotOutcome, report: RowReport, texts: Texts) -> str:
    match _tone_of_slot(one, report):
        case Tone.NOT_DONE | Tone.KEPT | Tone.WAITS:
            return _about_slot(one.slot, _short(one.code, one.reason, texts), texts)
        case Tone.SAME:
            return texts.say("change.unchanged", slot=slot_name(one.slot, texts))
        case Tone.UNSURE:
            return texts.say("unclear", slot=slot_name(one.slot, texts))
        case _:
            return change_words(one.slot, one.state, texts)


def _short(code: str, reason: str, texts: Texts) -> str:
    places = ", ".join(dict.fromkeys(_PLACE.findall(reason)))
    short = texts.short(code)
    return texts.say("inCell", what=short, cell=places) if places else short


def _first_place(reason: str) -> str:
    found = _PLACE.search(reason)
    return found[1] if found else ""


def _for_slot(slot: str, text: str, texts: Texts) -> str:
    return texts.say("forSlot", slot=capital(slot_name(slot, texts)), text=text)


def _about_slot(slot: str, text: str, texts: Texts) -> str:
    return texts.say("aboutSlot", slot=slot_name(slot, texts), text=text)
