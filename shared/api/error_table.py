"""The codes that only HTTP answers have, and the one table from code to status.

Read by `errors`; docs/api.md shows both. Codes of rows and files are in docs/outcomes.md.
"""

from __future__ import annotations

from http import HTTPStatus

from shared.core.values.codes import CodeInfo

REQUEST_CODES: dict[str, CodeInfo] = {
    "badRequest": CodeInfo("The request does not have the documented form; `details` has every fault.", ""),
    "notAuthenticated": CodeInfo("Nobody is signed in.", "Send a token of this app's registration."),
    "authenticationDisabled": CodeInfo(
        "App Service authentication is off, so nobody can be recognised.",
        "Switch it on, or set AUTH_MODE to key.",
    ),
    "roleMissing": CodeInfo("The caller lacks the app role.", "Ask for one of the roles that the message names."),
    "crossSite": CodeInfo("A browser sent this from another site.", "Call from a program or from the same site."),
    "deepHealthNeedsEntra": CodeInfo(
        "The platform checks no key on this path, so with AUTH_MODE=key nobody is known here.",
        "Run the doctor from the command line, or set AUTH_MODE to entra.",
    ),
    "numbersForbidden": CodeInfo(
        "A workbook holds numbers in clear, and the caller may not see them.",
        "Ask for the role PhoneMethods.ReadNumbers; with AUTH_MODE=key set HTTP_SHOW_NUMBERS.",
    ),
    "looseningNotAllowed": CodeInfo(
        "The options are looser than the settings.", "Leave them out, or have somebody with Runs.Approve upload."
    ),
    "secondPersonRequired": CodeInfo("Who started a run may not approve it.", "Ask a colleague."),
    "secondPersonUnknown": CodeInfo(
        "A second person is required, and a key does not tell who holds it.", "Set AUTH_MODE to entra."
    ),
    "pathNotFound": CodeInfo("There is no such path.", "See docs/api.md."),
    "methodNotAllowed": CodeInfo("The path does not take this method.", "See docs/api.md."),
    "runNotFound": CodeInfo("There is no such run.", "List the runs."),
    "fileNotFound": CodeInfo("The run left no such file, or not yet.", "See the run's state."),
    "driftReportNotFound": CodeInfo("No reconcile has finished yet.", "Start one: POST /runs with source reconcile."),
    "runNotHeld": CodeInfo("The run does not wait for a decision.", ""),
    "runNotCancellable": CodeInfo("The run is over, or still being read.", ""),
    "runNotRedrivable": CodeInfo("Only a finished export that was no preview can be redriven.", ""),
    "nothingToRedrive": CodeInfo("The run left nothing undone.", ""),
    "concurrentChange": CodeInfo("Somebody else changed the run at this moment.", "Read it and decide again."),
    "planChanged": CodeInfo("If-Match names another plan than the one that waits.", "Look at the plan again."),
    "ifMatchMissing": CodeInfo("An approval names the plan it approves.", "Send the run's ETag as If-Match."),
    "bodyTooLarge": CodeInfo("The body has more bytes than this call takes.", "Send only what is documented."),
    "unsupportedMediaType": CodeInfo("The call does not take this media type.", "See docs/api.md."),
    "confirmationMissing": CodeInfo(
        "The person may no longer be able to sign in.", "Repeat the call with `confirm=true` if that is meant."
    ),
    "phoneTypeFixed": CodeInfo(
        "The type of a phone method never changes.",
        "Create a method of the other type, then delete this one.",
    ),
    "smsSignInMobileOnly": CodeInfo("Only with a mobile number can anybody sign in by SMS.", "Name the mobile."),
    "sourceNotConfigured": CodeInfo("The directory is no source of numbers.", "Set DIRECTORY_SOURCE."),
    "graphUnavailable": CodeInfo("Graph did not answer; nothing was done.", "Repeat the call after Retry-After."),
    "throttled": CodeInfo("Graph or the app limits the rate; nothing was done.", "Repeat the call after Retry-After."),
    "storageUnavailable": CodeInfo("The app's storage does not answer.", "Repeat the call after Retry-After."),
    "invalidSettings": CodeInfo("The app's settings cannot be used.", "The app's log names every fault."),
}
"""By code."""

_STATUS_OF: dict[HTTPStatus, tuple[str, ...]] = {
    HTTPStatus.BAD_REQUEST: ("badRequest", "confirmationMissing"),
    HTTPStatus.UNAUTHORIZED: ("notAuthenticated",),
    HTTPStatus.FORBIDDEN: (
        "roleMissing", "crossSite", "deepHealthNeedsEntra", "numbersForbidden", "looseningNotAllowed",
        "secondPersonRequired", "secondPersonUnknown", "protectedAccount",
    ),
    HTTPStatus.NOT_FOUND: (
        "pathNotFound", "personNotFound", "methodNotFound", "runNotFound", "fileNotFound", "driftReportNotFound",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: ("methodNotAllowed",),
    HTTPStatus.CONFLICT: (
        "personAmbiguous", "methodExists", "alternateNeedsMobile", "smsSignInNeedsMobile", "defaultMethod",
        "changedSincePlan", "newerExport", "phoneNumberNotUnique", "disabledByPolicy", "runNotHeld",
        "runNotCancellable", "runNotRedrivable", "nothingToRedrive", "concurrentChange", "repeatabilityIdReused",
    ),
    HTTPStatus.PRECONDITION_FAILED: ("planChanged",),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("bodyTooLarge", "fileTooLarge"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("unsupportedMediaType",),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("phoneTypeFixed", "smsSignInMobileOnly", "sourceNotConfigured"),
    HTTPStatus.PRECONDITION_REQUIRED: ("ifMatchMissing",),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "authenticationDisabled", "invalidSettings", "protectedAccountsUnreadable", "permissionMissing",
        "tokenRejected", "apiNotAvailable",
        "storageUnavailable", "outcomeUnknown", "graphUnavailable", "throttled", "personLocked", "callInProgress",
    ),
}  # fmt: skip
STATUS_BY_CODE: dict[str, HTTPStatus] = {code: status for status, codes in _STATUS_OF.items() for code in codes}
"""Codes with a status of their own. Any other is 422: what was asked for is understood and refused."""
