"""The outcome codes of rows, runs and calls; `codes` joins them with those of cells and files."""

from __future__ import annotations

from shared.core.values.code_info import CodeInfo, redrivable

CODES_OF_ROWS: dict[str, CodeInfo] = {
    "keyMissing": CodeInfo("The row does not identify a person.", "Fill the cell that identifies the person."),
    "personNotFound": redrivable(
        "No account has this key, or the account was deleted.",
        "Check the spelling. A new account may take some minutes to appear; then redrive the run.",
    ),
    "personAmbiguous": redrivable(
        "Several accounts have this key.",
        "Use the object id or the user principal name for this person.",
    ),
    "protectedAccount": CodeInfo(
        "The account is protected: this app never changes it.",
        "An administrator has to change this account by hand.",
    ),
    "protectedAccountsUnreadable": redrivable(
        "The app could not read which accounts are protected, so it changed nothing.",
        "Grant the permission that the reason names, then redrive the run.",
    ),
    "notInPilot": redrivable(
        "The roll-out is limited to a pilot group, and the account is not a member.",
        "Add the person to the group that PILOT_GROUP_ID names, or empty that setting; then redrive the run.",
    ),
    "pilotUnreadable": redrivable(
        "The app could not read the members of the pilot group, so it changed nothing.",
        "Correct PILOT_GROUP_ID or grant the permission that the reason names, then redrive the run.",
    ),
    "permissionMissing": redrivable(
        "The app lacks a Graph permission that the row needs.",
        "Grant the permission that the reason names, then redrive the run.",
    ),
    "tokenRejected": redrivable(
        "Graph did not accept the app's token.",
        "Check the managed identity and GRAPH_CLOUD, then redrive the run.",
    ),
    "apiNotAvailable": redrivable(
        "The Graph service that the app calls does not offer this operation.",
        "Check GRAPH_CLOUD and GRAPH_BASE_URL, then redrive the run.",
    ),
    "personHasLeft": CodeInfo("The file says that the person has left, so the row asks for nothing.", ""),
    "rowNotInForce": CodeInfo(
        "The row does not apply today, so it asks for nothing.",
        "Export the current version of the list, with one row per person.",
    ),
    "dateUnclear": CodeInfo(
        "The cell holds no date that can be read in only one way.",
        "Format the column as a date, or write the date as 2026-01-31.",
    ),
    "rowReplaced": CodeInfo(
        "A later row of this person applies today, so this one asks for nothing.",
        "Export the current version of the list, with one row per person.",
    ),
    "duplicateRow": CodeInfo("Another row asks for the same values for this person.", ""),
    "joinedRow": CodeInfo("Another row stands for this person, also with the values of this row.", ""),
    "conflictingRows": CodeInfo(
        "Several rows ask for different values for this person.",
        "Keep one row for this person, or make these rows agree, and upload the file again.",
    ),
    "sameMobile": CodeInfo(
        "More people than allowed have this mobile number.",
        "Give each person a number of their own; if they really share it, ask your administrator.",
    ),
    "applied": CodeInfo("The change was made and read back.", ""),
    "changePlanned": CodeInfo("The row would change the account; nothing is written yet.", ""),
    "notYetVisible": CodeInfo("Graph accepted the change but did not show it yet when it was read back.", ""),
    "alreadySet": CodeInfo("The account already has the values that the row asks for.", ""),
    "nothingRequested": CodeInfo("The row asks for nothing: its cells are blank.", ""),
    "alternateNeedsMobile": CodeInfo(
        "Graph allows an alternate mobile number only with a mobile number.", "Fill the mobile cell as well."
    ),
    "noNumberLeft": CodeInfo(
        "The app cannot write the number of this row, and the removals would leave the person without a number.",
        "Clear the cells that ask for removals and upload the file again. The result then says why the number "
        "cannot be written.",
    ),
    "defaultMethod": redrivable(
        "The number is the person's default sign-in method, which Graph does not allow to be deleted.",
        "Ask the person to choose another default sign-in method, then redrive the run.",
    ),
    "notAvailableInCloud": CodeInfo(
        "Graph does not offer this feature in the tenant's cloud.",
        "Clear the cell, or correct the setting that the reason names.",
    ),
    "smsSignInDisabled": CodeInfo(
        "The change was made and SMS sign-in was disabled. The person may no longer be able to sign in by SMS.",
        "Make sure that the person has another way to sign in.",
    ),
    "smsSignInNeedsMobile": CodeInfo(
        "SMS sign-in needs a mobile number, and the person has none.", "Fill the mobile cell as well."
    ),
    "smsSignInUnknown": CodeInfo(
        "Graph does not show whether SMS sign-in is enabled, so it is not changed.",
        "Check the person's methods by hand.",
    ),
    "disabledByPolicy": redrivable(
        "The authentication methods policy does not allow SMS sign-in for this person.",
        "Include the person in the policy's SMS sign-in and redrive the run, or clear the cell.",
    ),
    "phoneNumberNotUnique": redrivable(
        "Another account uses this number for SMS sign-in.",
        "Find out who owns the number. Remove it from the other account, then redrive the run.",
    ),
    "bothChanged": CodeInfo(
        "The person and HR both changed the value, so the person's value is kept.", "Ask the person which one is right."
    ),
    "keptByPolicy": CodeInfo("The account has another value, and the setting ON_EXISTING keeps it.", ""),
    "changedByPerson": CodeInfo(
        "The value was changed outside this app after the app wrote it, so the current value is kept.",
        "Ask the person, or correct the export.",
    ),
    "removedByPerson": CodeInfo(
        "The value was removed outside this app after the app wrote it, so it is not set again.",
        "Ask the person, or correct the export.",
    ),
    "writeLost": CodeInfo(
        "The value that the app wrote never became visible, and the account still has the previous value.",
        "Set RECONCILE_MODE to repair, or upload the export again.",
    ),
    "accountDeleted": CodeInfo("The account was deleted.", ""),
    "missingFromExport": CodeInfo(
        "The last full export no longer names the person.", "Decide whether the person has left."
    ),
    "accountDisabled": CodeInfo("The account is disabled.", "Decide whether the person has left."),
    "valueMasked": CodeInfo(
        "Graph shows only a part of the current number or address, so it cannot be compared.",
        "Check the account by hand.",
    ),
    "valueNotShown": CodeInfo(
        "Graph stores a number or address in this slot but does not show it, so it cannot be compared.",
        "Check the account by hand. Graph does not show the numbers of Azure AD B2C accounts.",
    ),
    "changedSincePlan": CodeInfo(
        "The account changed between plan and apply, so nothing was overwritten.",
        "Redrive the run or upload the file again.",
    ),
    "newerExport": CodeInfo("A newer export has already set this person's values.", ""),
    "graphRefused": CodeInfo("Graph refused the change.", "Correct what the reason names and redrive the run."),
    "outcomeUnknown": CodeInfo(
        "Graph did not confirm the change, and it could not be read back in time.",
        "The next reconcile finds out whether the change was made.",
    ),
    "retriesExhausted": CodeInfo(
        "Every retry failed.", "Correct the cause that the reason gives, then redrive the run."
    ),
    "removalNotAllowed": redrivable(
        "The row asks for a removal, and the settings do not allow removals.",
        "Clear the cell, or ask your administrator to remove the number.",
    ),
    "previewOnly": CodeInfo("The run was a preview.", "Upload the file outside preview/ to apply it."),
    "runCancelled": CodeInfo(
        "The run was cancelled before this row was processed.", "Redrive the run or upload the file again."
    ),
    "runRejected": CodeInfo("The run was rejected.", "Correct the export and upload it again."),
    "runExpired": CodeInfo("The run was not approved in time.", "Upload the file again, or start the run again."),
    "rowsMissing": CodeInfo(
        "The table Rows holds fewer or more rows of this run than the export has.",
        "Find out who deleted or added entities in the table Rows, and upload the file again.",
    ),
    "runFailed": CodeInfo("The run failed before this row was processed.", "Read the run's message."),
    # calls for one person
    "methodExists": CodeInfo("The person already has a method of this type.", "Change it instead of creating it."),
    "methodNotFound": CodeInfo("The person has no method of this type.", "Create it instead of changing it."),
    "valueMissing": CodeInfo("The call contains no number or address.", "Send the value, or remove the method."),
    "personLocked": CodeInfo("Another run or call is changing this person.", "Repeat the call after some seconds."),
    "callInProgress": CodeInfo(
        "The same call is still being processed.", "Repeat the call after the time in Retry-After."
    ),
    "repeatabilityIdReused": CodeInfo(
        "A different call was made with this Repeatability-Request-ID.", "Use a new id for every new call."
    ),
}
"""By code."""
