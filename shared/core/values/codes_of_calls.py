"""The outcome codes that only calls over HTTP have; `codes` joins them with those of rows, cells and files."""

from __future__ import annotations

from shared.core.values.code_info import CodeInfo

CODES_OF_CALLS: dict[str, CodeInfo] = {
    "methodExists": CodeInfo("The person already has a method of this type.", "Change it instead of creating it."),
    "methodNotFound": CodeInfo("The person has no method of this type.", "Create it instead of changing it."),
    "valueMissing": CodeInfo("The call contains no number or e-mail address.", "Send the value, or remove the method."),
    "quotaReached": CodeInfo(
        "Calls have written to as many people as they may in 24 hours, so nothing was changed.",
        "Put the people into a file and upload it: its run is checked as a whole and may be approved. Or wait until "
        "the time that the reason names.",
    ),
    "valueShared": CodeInfo(
        "More people than allowed would have this number or e-mail address, so nothing was changed.",
        "Set a number or e-mail address of the person's own. If they really share it, put the person into a file and "
        "upload it: an approval of its run is remembered.",
    ),
    "valueIndexKeyMissing": CodeInfo(
        "The app cannot check how many people have this number or e-mail address, so nothing was changed.",
        "Ask your IT department.",
        "Set VALUE_INDEX_KEY to a secret of the key vault; then repeat the call.",
    ),
    "personLocked": CodeInfo("Another run or call is changing this person.", "Repeat the call after some seconds."),
    "callInProgress": CodeInfo(
        "The same call is still being processed.", "Repeat the call after the time in Retry-After."
    ),
    "repeatabilityIdReused": CodeInfo(
        "A different call was made with this Repeatability-Request-ID.", "Use a new id for every new call."
    ),
}
"""By code."""
