"""Every outcome code, its meaning and its remedy: the one table that answers, workbooks and docs/outcomes.md share.

A code never changes its meaning. A remedy tells the reader of a result workbook what to do next; "" = nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeInfo:
    meaning: str
    remedy: str


CODES: dict[str, CodeInfo] = {
    # rows: who
    "keyMissing": CodeInfo("The row names no person.", "Fill the cell that identifies the person."),
    "personNotFound": CodeInfo(
        "No account has this key.", "Check the spelling; a new account may need some minutes to appear."
    ),
    "personAmbiguous": CodeInfo(
        "Several accounts have this key.", "Use the object id or the user principal name for this person."
    ),
    "protectedAccount": CodeInfo(
        "The account is privileged or protected; this app never changes it.",
        "An administrator changes this account by hand.",
    ),
    "wallUnreadable": CodeInfo(
        "Who is protected could not be read, so nothing was changed.",
        "Grant the permission that the run's message names, then redrive the run.",
    ),
    "duplicateRow": CodeInfo("Another row says the same for this person.", ""),
    "contradictingRows": CodeInfo(
        "Several rows want different numbers for this person.", "Keep one row for this person and drop the file again."
    ),
    "sameMobile": CodeInfo(
        "More people than allowed have this mobile number.",
        "Correct the numbers, or raise MAX_SAME_MOBILE if the number is really shared.",
    ),
    # rows: what happened
    "applied": CodeInfo("The change was made and read back.", ""),
    "notYetVisible": CodeInfo("Graph accepted the change; it was not visible yet when read back.", ""),
    "alreadyThere": CodeInfo("The account already has what the row asks for.", ""),
    "nothingAsked": CodeInfo("The row asks for nothing: every phone cell is blank.", ""),
    "keptByPolicy": CodeInfo("The account has another number and the policy keeps it.", ""),
    "changedByPerson": CodeInfo(
        "The person changed the number after this app wrote it; their change is kept.",
        "Ask the person, or correct the export.",
    ),
    "removedByPerson": CodeInfo(
        "Somebody removed the number after this app wrote it; that is kept.", "Ask the person, or correct the export."
    ),
    "numberMasked": CodeInfo(
        "Graph shows only a part of the stored number, so it cannot be compared.", "Check the number by hand."
    ),
    "changedSincePlan": CodeInfo(
        "The account changed between plan and apply; nothing was overwritten.", "Drop the file again."
    ),
    "newerExport": CodeInfo("A newer export already settled this person.", ""),
    "graphRefused": CodeInfo("Graph refused the change.", "See the reason; correct it and redrive the run."),
    "outcomeUnknown": CodeInfo(
        "Graph did not answer clearly and could not be read back in time.", "The next reconcile settles it."
    ),
    "attemptsExhausted": CodeInfo("Every attempt failed.", "See the reason; redrive the run when it is mended."),
    "removalNotAllowed": CodeInfo(
        "The row asks for a removal and removals are switched off.", "Set ALLOW_REMOVALS, or clear the cell."
    ),
    # runs: never reached
    "previewOnly": CodeInfo("The run was a preview.", "Drop the file outside preview/ to apply it."),
    "runCancelled": CodeInfo("The run was cancelled before this row.", "Redrive the run or drop the file again."),
    "runRejected": CodeInfo("The run was rejected.", "Correct the export and drop it again."),
    "runExpired": CodeInfo("Nobody approved the run in time.", "Drop the file again."),
    "runFailed": CodeInfo("The run failed before this row.", "See the run's message."),
}
