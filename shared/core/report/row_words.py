"""A row's outcome in the words of one language: what was done and what was not, where, why, and what to do.

The texts contain no value, except what was typed beside a row, and those of `values_of`.
"""

from __future__ import annotations

import re
from typing import assert_never

from shared.core.plan.operations import Effect
from shared.core.plan.question import AWAITS_DECISION
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.report.page import Tone
from shared.core.report.texts import Texts
from shared.core.run.documents import Change, RowReport, advice, is_said_by_slots
from shared.core.run.returned_rows import NOT_CORRECTED, NOT_READ
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.said import NOTHING, Said, joined, parts_of
from shared.core.values.states import REDRIVABLE_ROWS, RowState, SlotState

PLACE = re.compile(r"(?:^|; )((?:'(?:[^']|'')+'!|\w+!)?[A-Z]{1,3}[1-9]\d{0,6}): ")
"""A cell address at the beginning of a reason, or of a part of it."""
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


_PLANNED = {
    Tone.NOT_DONE: "outcome.notPossible",
    Tone.KEPT: "outcome.wouldStay",
    Tone.WAITS: "outcome.waitsApart",
}
"""The names of tones that have another name in a plan or a preview."""
_WITHOUT_CHANGE = (Tone.NOT_DONE, Tone.WAITS, Tone.KEPT, Tone.SAME)
"""The tone of a planned row that would change nothing is the first of these that one of its slots has."""
_PREVIEWED = "previewOnly"
_TONES_OF_CODES = {AWAITS_DECISION: Tone.WAITS, NOT_CORRECTED: Tone.NOT_DONE}
"""The codes that say more than the states of their rows."""
STILL_OPEN = (Tone.NOT_DONE, Tone.UNSURE, Tone.PLANNED, Tone.OPEN)
_NOT_CARRIED_OUT = (SlotState.CREATE, SlotState.UPDATE, SlotState.REMOVE)
_SERVICE_SAID = "Graph "
"""The beginning of a sentence about an answer of Microsoft Graph, which is for administrators."""


def tone_of(report: RowReport) -> Tone:
    """The tone of a row's outcome. A row that was not corrected keeps its tone; if it was only planned, nothing was
    done for it."""
    if report.earlier is not None:
        before = tone_of(report.earlier)
        return Tone.NOT_DONE if before in (Tone.PLANNED, Tone.OPEN) else before
    if report.code in _TONES_OF_CODES:
        return _TONES_OF_CODES[report.code]
    if report.code == _PREVIEWED or report.outcome == RowState.PLANNED:
        return _tone_of_plan(report)
    return _TONES[RowState(report.outcome)]


def _tone_of_plan(report: RowReport) -> Tone:
    tones = {tone_of_slot(one, report) for one in report.slots}
    if Tone.PLANNED in tones or report.changes:
        return Tone.PLANNED
    if not tones:
        return Tone.KEPT if report.code == _PREVIEWED else Tone.SAME
    return next(tone for tone in _WITHOUT_CHANGE if tone in tones)


def result_words(report: RowReport, texts: Texts, *, is_plan: bool = False) -> str:
    """The outcome, such as `✓ Done: mobile number added`, with a line for each tone of the row and its slots."""
    shown = report.earlier or report
    lines = [
        texts.say("forSlot", slot=outcome, text=", ".join(words)) if any(words) else outcome
        for each, words in _said_of(shown, texts)
        for outcome in [outcome_words(each, texts, is_plan=is_plan, is_earlier=report.earlier is not None)]
    ]
    if report.remark:
        lines.append(f"{texts.again(report.remark)}.")
    return f"{tone_of(report).sign} " + "\n".join(lines)


def _said_of(report: RowReport, texts: Texts) -> list[tuple[Tone, list[str]]]:
    """The words about the row and about each slot, by tone; those about what was done come first."""
    found: dict[Tone, dict[str, list[str]]] = {}
    """By tone and words: the slots of which the same words are said."""
    is_preview = report.code == _PREVIEWED
    is_said = is_said_by_slots(report.code, report.slots) or any(was_left(one, report) for one in report.slots)
    if not is_said and not (is_preview and report.slots):
        found[tone_of(report)] = {_short(report.code, report.reason, texts): []}
    for one in report.slots:
        tone = tone_of_slot(one, report)
        if tone is not Tone.PLANNED or is_preview or report.outcome != RowState.UNPROCESSED:
            words = found.setdefault(tone, {})
            if why := _why_slot(one, report, texts):
                words.setdefault(why, []).append(slot_name(one.slot, texts))
            else:
                words[_slot_words(one, texts)] = []
    return [
        (
            tone,
            [
                texts.say("aboutSlot", slot=", ".join(slots), text=text) if slots else text
                for text, slots in found[tone].items()
            ],
        )
        for tone in sorted(found, key=lambda tone: tone is not Tone.DONE)
    ]


def outcome_words(tone: Tone, texts: Texts, *, is_plan: bool = False, is_earlier: bool = False) -> str:
    """The name of the tone. `is_plan` = of a plan or a preview, where nothing was tried."""
    if is_earlier and (tone is Tone.DONE or tone in STILL_OPEN):
        return texts.say("outcome.doneBefore" if tone is Tone.DONE else "outcome.stillOpen")
    return texts.say(_PLANNED[tone] if is_plan and tone in _PLANNED else f"outcome.{tone}")


def todo_words(report: RowReport, texts: Texts) -> str:
    """What to do. For a row that was not corrected: the same as before, and what to do with a remark beside it."""
    if report.earlier is None:
        is_nothing_to_do = report.code == _PREVIEWED and tone_of(report) is not Tone.PLANNED
        code = "" if is_nothing_to_do else report.code
        return advice(code, report.slots, texts.todo, lambda slot, text: _for_slot(slot, text, texts))
    before = todo_words(report.earlier, texts)
    parts = [f"{before} {once_more(report, texts)}".strip(), texts.todo(NOT_READ) if report.remark else ""]
    return "\n".join(filter(None, parts))


def once_more(report: RowReport, texts: Texts) -> str:
    """How to have the row tried again, if its earlier outcome is one of REDRIVABLE_ROWS; else ""."""
    before = report.earlier
    is_tried = before is not None and before.outcome in REDRIVABLE_ROWS
    return texts.say("todo.onceMore") if is_tried else ""


def details_of(report: RowReport, texts: Texts) -> str:
    """The details for administrators and approvers; the outcome of each slot is not repeated."""
    return texts.again(_details(report))


def details_for_hr(report: RowReport, texts: Texts) -> str:
    """The details without the answers of Microsoft Graph."""
    return texts.again(without_answers(_details(report)))


def _details(report: RowReport) -> Said:
    shown = report.earlier or report
    return shown.details if shown.slots else shown.reason


def without_answers(said: Said) -> Said:
    """The sentence without the answers of Microsoft Graph."""
    if said.template.startswith(_SERVICE_SAID):
        return NOTHING
    separator, parts = parts_of(said)
    if len(parts) == 1:
        return said
    if separator == ": " and parts[0].template.startswith(_SERVICE_SAID):
        return NOTHING
    return joined(separator, map(without_answers, parts))


def slot_name(slot: str, texts: Texts) -> str:
    return texts.say(f"slot.{slot}")


def planned_words(change: Change, texts: Texts) -> str:
    """`Mobile number would be replaced`."""
    return capital(change_words(change.of, SlotState(change.effect), texts))


def capital(words: str) -> str:
    """The text with a capital first letter."""
    return words[:1].upper() + words[1:]


def values_of(change: Change, texts: Texts) -> tuple[str, str]:
    """Old and new value of a change, in clear."""
    if change.of == SMS_SIGN_IN:
        switch = (texts.say("on"), texts.say("off"))
        return switch if change.effect is Effect.REMOVE else (switch[1], switch[0])
    return change.old or texts.say("nothing"), change.new or texts.say("nothing")


def change_words(slot: str, state: SlotState, texts: Texts) -> str:
    """The words for a change of a slot that was made, or would be made."""
    return texts.say((_OF_SMS if slot == SMS_SIGN_IN else _CHANGES)[state], slot=slot_name(slot, texts))


def tone_of_slot(one: SlotOutcome, report: RowReport) -> Tone:
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
            return _TONES[RowState(report.outcome)] if report.is_over else Tone.PLANNED
        case _:
            assert_never(one.state)


def was_left(one: SlotOutcome, report: RowReport) -> bool:
    """Whether the row ended before the slot was done or confirmed; the row's code says why."""
    return report.is_over and one.state in _NOT_CARRIED_OUT


def _why_slot(one: SlotOutcome, report: RowReport, texts: Texts) -> str:
    """Why the slot was not set as the row asks; "" = it was, or would be."""
    if was_left(one, report):
        return _short(report.code, report.reason, texts)
    is_open = tone_of_slot(one, report) in (Tone.NOT_DONE, Tone.KEPT, Tone.WAITS)
    return _short(one.code, one.reason, texts) if is_open else ""


def _slot_words(one: SlotOutcome, texts: Texts) -> str:
    if one.state is SlotState.UNCHANGED:
        return texts.say("change.unchanged", slot=slot_name(one.slot, texts))
    return change_words(one.slot, one.state, texts)


def _short(code: str, reason: str, texts: Texts) -> str:
    places = ", ".join(dict.fromkeys(PLACE.findall(reason)))
    short = texts.short(code)
    return texts.say("inCell", what=short, cell=places) if places else short


def _for_slot(slot: str, text: str, texts: Texts) -> str:
    return texts.say("forSlot", slot=capital(slot_name(slot, texts)), text=text)


def about_slot(slot: str, text: str, texts: Texts) -> str:
    return texts.say("aboutSlot", slot=slot_name(slot, texts), text=text)
