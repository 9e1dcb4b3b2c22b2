"""The outcome codes that version 0.1.0 stored under other names; they are translated when its entities are read."""

from __future__ import annotations

CODE_NOW = {
    "wallUnreadable": "protectedAccountsUnreadable",
    "apiMissing": "apiNotAvailable",
    "contradictingRows": "conflictingRows",
    "alreadyThere": "alreadySet",
    "nothingAsked": "nothingRequested",
    "notInThisCloud": "notAvailableInCloud",
    "accountGone": "accountDeleted",
    "leftExport": "missingFromExport",
    "attemptsExhausted": "retriesExhausted",
    "smsSignInSwitchedOff": "smsSignInNotAllowed",
    "yesNoUnclear": "yesNoInvalid",
    "numberMasked": "valueMasked",
    "numberNotShown": "valueNotShown",
    "oldFormat": "unsupportedFormat",
    "brokenFile": "corruptFile",
    "archiveRatio": "compressionRatioTooHigh",
}


_FORMER = {now: stored for stored, now in CODE_NOW.items()}


def former_code(code: str) -> str:
    """The name that version 0.1.0 used for a code."""
    return _FORMER.get(code, code)


def code_now(stored: str) -> str:
    """The present name of a stored code; most have not changed."""
    return CODE_NOW.get(stored, stored)
