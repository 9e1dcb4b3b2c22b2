"""The codes of requests that are refused, and the HTTP status of every code that has one of its own.

Codes of rows and files are in docs/outcomes.md.
"""

from __future__ import annotations

from http import HTTPStatus

from shared.core.run.approvers import CODES_OF_APPROVALS
from shared.core.values.codes import CodeInfo

REQUEST_CODES: dict[str, CodeInfo] = {
    "badRequest": CodeInfo("The request does not have the documented form.", ""),
    "notAuthenticated": CodeInfo("The caller is not signed in.", "Send a token of this app's registration."),
    "authenticationDisabled": CodeInfo(
        "App Service authentication is off, so no caller can be identified.",
        "Enable App Service authentication, or set AUTH_MODE to key.",
    ),
    "journalBroken": CodeInfo(
        "The audit journal is not as the app has written it, so nothing is recorded, and no write begins.",
        "Find out who has written to the container of the journal; docs/audit.md says how.",
    ),
    "roleMissing": CodeInfo("The caller lacks an app role.", "Ask for the roles that the message names."),
    "crossSite": CodeInfo(
        "A browser sent this request from another site, or may have.",
        "Call from the same site, or from a program that sends its token or key in a header.",
    ),
    "formNotOurs": CodeInfo(
        "The form was not sent from a page of this console, or the page's cookie is gone.",
        "Open the page again, and send the form from there.",
    ),
    "consoleOff": CodeInfo(
        "The console is off: with AUTH_MODE=key visitors do not sign in, so they cannot be identified.",
        "Use the API, or set AUTH_MODE to entra.",
    ),
    "numberTyped": CodeInfo(
        "The number that was typed is not the number of people who would be written to.",
        "Check the figures of the plan, and type the number that is shown there.",
    ),
    "deepHealthNeedsEntra": CodeInfo(
        "The platform checks no key on this path, so with AUTH_MODE=key the caller is unknown.",
        "Run the doctor from the command line, or set AUTH_MODE to entra.",
    ),
    "numbersForbidden": CodeInfo(
        "The answer would show, or give away, numbers that the caller may not see.",
        "Ask for the role PhoneMethods.ReadNumbers; with AUTH_MODE=key set HTTP_SHOW_NUMBERS.",
    ),
    "looseningNotAllowed": CodeInfo(
        "The options are looser than the settings.", "Omit them, or ask a person with the role Runs.Approve to upload."
    ),
    **CODES_OF_APPROVALS,
    "otherPersonsRun": CodeInfo(
        "Callers without the role Runs.Approve may cancel only runs that they started, and only the caller who checked "
        "a file may start it.",
        "Ask the person who started the run or checked the file, or, to cancel, a person who may approve runs.",
    ),
    "otherTenant": CodeInfo("The caller is of another tenant.", "Sign in with an account of this tenant."),
    "guestRefused": CodeInfo("The caller is a guest in this tenant.", "Sign in with an account of this tenant."),
    "pathNotFound": CodeInfo("The path does not exist.", "See docs/api.md."),
    "methodNotAllowed": CodeInfo("The path does not support this HTTP method.", "See docs/api.md."),
    "runNotFound": CodeInfo("The run does not exist.", "List the runs."),
    "layoutNotFound": CodeInfo("There is no approved layout with this fingerprint.", "List the layouts."),
    "fileNotFound": CodeInfo("The run does not have this file now.", "See the run's state and age."),
    "driftReportNotFound": CodeInfo(
        "There is no drift report yet.", "Start a reconcile: POST /runs with source reconcile."
    ),
    "readinessReportNotFound": CodeInfo(
        "There is no readiness report yet.", "Start a readiness run: POST /runs with source readiness."
    ),
    "cleanUpNotPossible": CodeInfo(
        "A clean-up needs ALLOW_REMOVALS, the permission UserAuthenticationMethod.Read.All and a readiness report.",
        "Start a readiness run and grant the permission; if numbers are to be removed at all, set ALLOW_REMOVALS.",
    ),
    "runNotHeld": CodeInfo("The run is not held.", ""),
    "runNotChecked": CodeInfo(
        "Only a checked file can be started, once and within an hour.", "Check the file again, and start it."
    ),
    "runNotCancellable": CodeInfo(
        "The run is over, is a call for one person, or is one whose dropped export is still being read.", ""
    ),
    "runNotRedrivable": CodeInfo(
        "Only a closed run that has rows, and was neither a preview nor a call for one person, can be redriven, and "
        "at most 19 times.",
        "",
    ),
    "runNotUndoable": CodeInfo("Only a closed run can be undone.", "Wait until it is closed, or cancel it."),
    "nothingToUndo": CodeInfo("The run has changed nothing.", ""),
    "undoTooLate": CodeInfo(
        "The values that were there before the run are deleted after KEEP_CHANGES_DAYS.",
        "Upload a file with the values that are right.",
    ),
    "nothingToRedrive": CodeInfo("The run has no row that a redrive can plan again.", ""),
    "personInOpenRun": CodeInfo(
        "The person is, or may be, in runs that are open or in exports that wait to be read; nothing was erased.",
        "Decide about the runs that the message names or wait until they end, then repeat the call.",
    ),
    "concurrentChange": CodeInfo(
        "What the call concerns changed at the same moment.", "Read it again, and repeat the call."
    ),
    "planChanged": CodeInfo("The decision names another plan than the current one.", "Check the current plan."),
    "ifMatchMissing": CodeInfo("The decision must name the plan.", "Send the run's ETag as If-Match."),
    "bodyTooLarge": CodeInfo("The body is larger than the operation allows.", "Send a smaller body."),
    "unsupportedMediaType": CodeInfo("The operation does not support the media type.", "See docs/api.md."),
    "confirmationMissing": CodeInfo(
        "The call needs a confirmation, because the person may no longer be able to sign in after it.",
        "If this is intended, repeat the call with `confirm=true`.",
    ),
    "phoneTypeFixed": CodeInfo(
        "The type of a phone method never changes.",
        "Create a method of the other type, then delete this one.",
    ),
    "smsSignInMobileOnly": CodeInfo("SMS sign-in works only with the mobile number.", "Use `mobile` in the path."),
    "sourceNotConfigured": CodeInfo("The directory is not configured as a source.", "Set DIRECTORY_SOURCE."),
    "graphUnavailable": CodeInfo(
        "Graph did not answer in time, or not usably; the message says if a change may have been made.",
        "Repeat the call after Retry-After.",
    ),
    "throttled": CodeInfo(
        "The rate limit is reached, so a request was not carried out.", "Repeat the call after Retry-After."
    ),
    "storageUnavailable": CodeInfo("The app's storage cannot be reached.", "Repeat the call after Retry-After."),
    "invalidSettings": CodeInfo("The app's settings are not valid.", "The app's log names the faults."),
    "storageSettings": CodeInfo(
        "The app's settings do not lead to a storage account.", "Correct the settings that the message names."
    ),
    "storageMissing": CodeInfo(
        "A table, queue or container of the app does not exist.", "Create it, or correct the setting that names it."
    ),
    "storageForbidden": CodeInfo(
        "The app's identity may not use a part of its storage.",
        "Give the identity the role that the message names, and check the network rules.",
    ),
    "storedDamaged": CodeInfo(
        "What the app has stored about this is damaged, so it cannot be read.",
        "Repair the property that the message names, in the app's tables.",
    ),
    "concurrentStart": CodeInfo(
        "Another run of the same kind is being started at this moment.", "Repeat the call after Retry-After."
    ),
    "appRefused": CodeInfo(
        "The app itself cannot do this, for the reason in the message.",
        "If the message does not help, look at the app's log.",
    ),
}
"""By code."""

_STATUS_OF: dict[HTTPStatus, tuple[str, ...]] = {
    HTTPStatus.BAD_REQUEST: ("badRequest", "confirmationMissing"),
    HTTPStatus.UNAUTHORIZED: ("notAuthenticated",),
    HTTPStatus.FORBIDDEN: (
        "quotaReached",
        "roleMissing", "crossSite", "formNotOurs", "consoleOff", "deepHealthNeedsEntra", "numbersForbidden",
        "looseningNotAllowed",
        *CODES_OF_APPROVALS, "otherPersonsRun", "otherTenant", "guestRefused", "protectedAccount",
        "notInPilot",
        "emailMethodsOff",
    ),
    HTTPStatus.NOT_FOUND: (
        "pathNotFound", "personNotFound", "methodNotFound", "runNotFound", "fileNotFound", "driftReportNotFound",
        "readinessReportNotFound",
        "layoutNotFound",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: ("methodNotAllowed",),
    HTTPStatus.CONFLICT: (
        "personAmbiguous", "methodExists", "alternateNeedsMobile", "smsSignInNeedsMobile", "defaultMethod",
        "changedSincePlan", "newerExport", "phoneNumberNotUnique", "valueShared", "disabledByPolicy", "runNotHeld",
        "runNotChecked", "runNotCancellable", "runNotRedrivable", "nothingToRedrive", "runNotUndoable", "nothingToUndo",
        "undoTooLate", "personInOpenRun", "concurrentChange", "repeatabilityIdReused",
    ),
    HTTPStatus.PRECONDITION_FAILED: ("planChanged",),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("bodyTooLarge", "fileTooLarge"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("unsupportedMediaType",),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("phoneTypeFixed", "smsSignInMobileOnly", "sourceNotConfigured", "numberTyped",
        "cleanUpNotPossible", "appRefused",
    ),
    HTTPStatus.PRECONDITION_REQUIRED: ("ifMatchMissing",),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "authenticationDisabled", "invalidSettings", "journalBroken", "protectedAccountsUnreadable",
        "pilotUnreadable", "permissionMissing", "valueIndexKeyMissing",
        "tokenUnavailable", "tokenRejected", "apiNotAvailable",
        "storageSettings", "storageMissing", "storageForbidden", "storedDamaged", "concurrentStart",
        "storageUnavailable", "outcomeUnknown", "graphUnavailable", "throttled", "personLocked", "callInProgress",
    ),
}  # fmt: skip
STATUS_BY_CODE: dict[str, HTTPStatus] = {code: status for status, codes in _STATUS_OF.items() for code in codes}
"""Codes with their own status. Any other code is 503 if the request may succeed later, else 422: valid but refused."""
