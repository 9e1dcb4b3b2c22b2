"""The outcome codes of rows and runs; `codes` joins them with those of calls, cells and files."""

from __future__ import annotations

from shared.core.values.code_info import (
    ASK_ADMINISTRATOR,
    NOTHING_TO_CORRECT,
    CodeInfo,
    in_cell,
    redrivable,
    redrivable_in_cell,
)

_FILL_MOBILE = "Format the mobile cell as Text, then write +, country code and number."

_SET_BY_CALL = "If the export's value is right, set it with a call for this person; the app then knows it as its own."

CODES_OF_ROWS: dict[str, CodeInfo] = {
    "keyMissing": in_cell(
        "The row does not identify a person.", "Format the cell that identifies the person as Text, then fill it."
    ),
    "notCorrected": CodeInfo(
        "The row is as it was returned, so nothing was done for it.",
        "Correct it as the reason says, and upload the workbook again. If nothing is to be corrected, upload the "
        "list itself.",
    ),
    "asReturned": CodeInfo(
        "The row was done before and is as it was returned, so nothing was done for it again.",
        "",
    ),
    "correctionsDiffer": CodeInfo(
        "A cell of the row was corrected in two places, and the two differ.",
        "Write the same into both cells that the reason names, and upload the workbook again.",
    ),
    "correctionNotRead": CodeInfo(
        "Something was typed beside the row in a column of the app, which is not read, and the row itself is as it "
        "was returned.",
        "Type it into the cell of your list that it belongs to, and upload the workbook again. Remarks belong in a "
        "column of your own.",
    ),
    "personNotFound": redrivable_in_cell(
        "No account has this key, or the account was deleted.",
        "Format the cell that identifies the person as Text, then correct it; if it is right, ask your IT department "
        "whether the person has an account.",
        "A new account may take some minutes to appear; then redrive the run.",
    ),
    "personAmbiguous": redrivable(
        "Several accounts have this key.",
        "Ask your IT department which account is the person's. Then upload a file of this person alone, with a "
        "column objectId or userPrincipalName.",
        "Correct the property that several accounts share, then redrive the run; or tell HR the person's object id.",
    ),
    "protectedAccount": CodeInfo(
        "The account is protected: this app never changes it.",
        f"{NOTHING_TO_CORRECT}: ask your IT department to change this account by hand.",
        "Change the account by hand.",
    ),
    "protectedAccountsUnreadable": redrivable(
        "The app could not read which accounts are protected, so it changed nothing.",
        ASK_ADMINISTRATOR,
        "Correct what the reason names, such as PROTECTED_GROUP_ID, an entry of PROTECTED_IDS, or a permission that is "
        "not granted, then redrive the run.",
    ),
    "notInPilot": redrivable(
        "The roll-out is limited to a pilot group, and the account is not a member.",
        f"{NOTHING_TO_CORRECT}: ask your IT department when the person joins the pilot group.",
        "If the person is to take part, add the person to the group that PILOT_GROUP_ID names, then redrive the run.",
    ),
    "pilotUnreadable": redrivable(
        "The app could not read the members of the pilot group, so it changed nothing.",
        ASK_ADMINISTRATOR,
        "Correct what the reason names, such as PILOT_GROUP_ID or a permission that is not granted, then redrive the "
        "run.",
    ),
    "permissionMissing": redrivable(
        "The app lacks a Graph permission that the row needs.",
        ASK_ADMINISTRATOR,
        "Grant the permission that the reason names, then redrive the run.",
    ),
    "awaitsDecision": CodeInfo(
        "The row asks for a value about which a person has to decide before the account is changed.",
        f"{NOTHING_TO_CORRECT}: ask your IT department to decide about this person.",
        "Answer in the held run of questions: replace or leave.",
    ),
    "answersNotUsable": CodeInfo(
        "The answers do not fit the run: it asks no such questions.", "Get the run's rows and answer by their numbers."
    ),
    "leftAsDecided": CodeInfo(
        "A person has decided to leave the account as it is; the question comes again when the current or the desired "
        "value changes.",
        "",
    ),
    "emailMethodsOff": redrivable(
        "The app does not use e-mail methods, so none is read or changed.",
        ASK_ADMINISTRATOR,
        "If e-mail methods are to be used, set EMAIL_METHODS to true and grant the permission.",
    ),
    "phoneDeliveryEnded": redrivable(
        "Microsoft no longer delivers text messages and calls for sign-in, so a new number would not work.",
        f"{NOTHING_TO_CORRECT}: ask your IT department whether your organisation has a telecom provider of "
        "its own, or which other method the person can register.",
        "Set up a telecom provider in Microsoft Entra, set PHONE_DELIVERY to own-provider, then redrive the run; or "
        "have people register a passkey.",
    ),
    "numberNeeded": CodeInfo(
        "The person still needs a number to sign in or to reset the password, so it was not removed.",
        "Nothing to correct: the person keeps the number.",
        "Have the person register a passkey and another method for the password; then start the next clean-up.",
    ),
    "smsSignInEnded": CodeInfo(
        "Sign-in by text message has ended, even with a telecom provider of the organisation's own.",
        f"{NOTHING_TO_CORRECT}: ask your IT department which other method the person can register.",
        "Have people register a passkey; exports then need no SMS sign-in.",
    ),
    "tokenUnavailable": redrivable(
        "The app's identity has returned no token for Graph for a day.",
        ASK_ADMINISTRATOR,
        "Check the managed identity and AZURE_CLIENT_ID, then redrive the run.",
    ),
    "tokenRejected": redrivable(
        "Graph has not accepted the app's token for a day.",
        ASK_ADMINISTRATOR,
        "Check the managed identity and GRAPH_CLOUD, then redrive the run.",
    ),
    "apiNotAvailable": redrivable(
        "The Graph service that the app calls does not offer this operation.",
        ASK_ADMINISTRATOR,
        "Check GRAPH_CLOUD and GRAPH_BASE_URL, then redrive the run.",
    ),
    "personHasLeft": CodeInfo("The file says that the person has left, so the row asks for nothing.", ""),
    "statusContradictory": CodeInfo(
        "One cell says that the person has left, and another one says that the person works here.",
        "Correct the wrong one of the two cells and upload the file again.",
    ),
    "rowNotInForce": CodeInfo(
        "The row does not apply today, so it asks for nothing.",
        "Export the current version of the list, with one row per person.",
    ),
    "dateUnclear": in_cell(
        "The cell holds no date that can be read in only one way.",
        "Format the cell as Text, then write the date as 2026-01-31.",
    ),
    "rowReplaced": CodeInfo(
        "A later row of this person applies today, so this one asks for nothing.",
        "Export the current version of the list, with one row per person.",
    ),
    "duplicateRow": CodeInfo("Another row asks for the same values for this person.", ""),
    "joinedRow": CodeInfo("The row was planned together with another row of this person, which has the outcome.", ""),
    "conflictingRows": CodeInfo(
        "Several rows ask for different values for this person.",
        "Keep one row for this person, or copy the right cells into the other rows, and upload the file again.",
    ),
    "sameMobile": in_cell(
        "More people than allowed have this mobile number.",
        "Clear the mobile cells of all but one of these people, or format the cells as Text and write a number of each "
        "person's own with its + and country code. If they really share the phone, ask your IT department to allow it.",
        "The holder of the phone can sign in as each of these people. Only if that is intended, raise MAX_SAME_MOBILE.",
    ),
    "applied": CodeInfo("The change was made and read back.", ""),
    "changePlanned": CodeInfo("The row would change the account; nothing is written yet.", ""),
    "notYetVisible": CodeInfo("Graph accepted the change, but the read after it did not show it yet or failed.", ""),
    "alreadySet": CodeInfo("The account already has the values that the row asks for.", ""),
    "nothingRequested": CodeInfo("The row asks for nothing: no cell that is used has a value.", ""),
    "alternateNeedsMobile": in_cell("Graph allows an alternate mobile number only with a mobile number.", _FILL_MOBILE),
    "noNumberLeft": in_cell(
        "The app cannot write the number of this row, and the removals would leave the person without a number.",
        "Clear the cells that ask for removals and upload the file again. The result then says why the number "
        "cannot be written.",
    ),
    "defaultMethod": redrivable(
        "The number is the person's default sign-in method, which Graph does not allow to be deleted.",
        "Ask the person to choose another default sign-in method, then upload the file again.",
        "When the person has chosen another default sign-in method, redrive the run.",
    ),
    "notAvailableInCloud": in_cell(
        "Graph does not offer this feature in the tenant's cloud.",
        "Clear the cell; if the reason names no cell, ask your IT department.",
        "Where the tenant's cloud does not offer the feature, set SMS_SIGN_IN to leave and EMAIL_METHODS to false.",
    ),
    "smsSignInDisabled": CodeInfo(
        "The change was made and SMS sign-in was disabled. The person may no longer be able to sign in by SMS.",
        "Make sure that the person has another way to sign in.",
    ),
    "smsSignInNeedsMobile": in_cell("SMS sign-in needs a mobile number, and the person has none.", _FILL_MOBILE),
    "smsSignInUnknown": in_cell(
        "Graph does not show whether SMS sign-in is enabled, so it is not changed.",
        "Clear the cell, or ask your IT department to check the account by hand.",
        "Check the person's methods by hand.",
    ),
    "disabledByPolicy": redrivable_in_cell(
        "The authentication methods policy does not allow SMS sign-in for this person.",
        "Clear the cell, or ask your IT department whether the person may have SMS sign-in.",
        "If the person is to have SMS sign-in, include the person in its policy, then redrive the run.",
    ),
    "phoneNumberNotUnique": redrivable_in_cell(
        "Another account uses this number for SMS sign-in.",
        "Find out whose number it is. If it is the person's own, ask your IT department to release it; otherwise "
        "correct or clear the cell.",
        "Find out whose number it is. If the other account should not have it, remove it there, then redrive the run.",
    ),
    "bothChanged": CodeInfo(
        "The person and HR both changed the value, so the person's value is kept.",
        "Ask the person which value is right. If it is the account's, write it into the list; otherwise ask your "
        "IT department to set the list's value.",
        _SET_BY_CALL,
    ),
    "keptByPolicy": CodeInfo(
        "The account has another value, which this app is set up to keep.",
        "",
        "The value is kept on purpose. Only if exports are to replace such values, change ON_EXISTING.",
    ),
    "changedByPerson": CodeInfo(
        "The value was changed outside this app after the app wrote it, so the current value is kept.",
        "Ask the person which value is right. If it is the account's, write it into the list; otherwise ask your "
        "IT department to set the list's value.",
        _SET_BY_CALL,
    ),
    "removedByPerson": in_cell(
        "The value was removed outside this app after the app wrote it, so it is not set again.",
        "Ask the person whether the value is still right. If not, clear the cell in the list; otherwise ask your "
        "IT department to set the value.",
        _SET_BY_CALL,
    ),
    "writeLost": CodeInfo(
        "The app's change never became visible, and the account still has the previous value.",
        "Upload the list again.",
        "If RECONCILE_MODE is repair, the next reconcile repeats it once; after that, check the account by hand.",
    ),
    "accountDeleted": CodeInfo("The account was deleted.", ""),
    "missingFromExport": CodeInfo(
        "The last full export no longer names the person.", "Decide whether the person has left."
    ),
    "accountDisabled": CodeInfo("The account is disabled.", "Decide whether the person has left."),
    "valueMasked": CodeInfo(
        "Graph shows only a part of the current number or e-mail address, so it cannot be compared.",
        "Ask your IT department to check the account by hand.",
        "Check the account by hand.",
    ),
    "valueNotShown": CodeInfo(
        "Graph stores a number or e-mail address in this slot but does not show it, so it cannot be compared.",
        "Ask your IT department to check the account by hand.",
        "Check the account by hand. Graph does not show the numbers of Azure AD B2C accounts.",
    ),
    "changedSincePlan": CodeInfo(
        "The account changed between plan and apply, so nothing was overwritten.",
        "Upload the file again.",
        "Redrive the run.",
    ),
    "changedSince": CodeInfo(
        "The value was changed after the run that is undone had written it, so the current value is kept.", ""
    ),
    "removedSince": CodeInfo(
        "The value was removed after the run that is undone had written it, so nothing is restored.", ""
    ),
    "newerExport": CodeInfo("A newer export or call has already set this person's values.", ""),
    "graphRefused": redrivable_in_cell(
        "Graph refused the change.",
        "Check what the cell says; if it is right, ask your IT department why it was refused.",
        "Correct what the reason names, then redrive the run.",
    ),
    "outcomeUnknown": CodeInfo(
        "Graph did not confirm the change, and it could not be read back in time.",
        "Ask your IT department whether the change was made.",
        "The next reconcile finds out whether the change was made.",
    ),
    "retriesExhausted": CodeInfo(
        "Every retry failed.",
        ASK_ADMINISTRATOR,
        "The log of the function app has the cause. Correct it, then redrive the run.",
    ),
    "removalNotAllowed": redrivable_in_cell(
        "The row asks for a removal, and removals are not allowed here.",
        "Clear the cell, or ask your IT department to make the removal.",
        "Make the removal by hand; only if exports are to remove values, set ALLOW_REMOVALS to true.",
    ),
    "previewOnly": CodeInfo("The run was a preview.", "To carry it out, upload the list to the normal folder."),
    "runCancelled": CodeInfo(
        "The run was cancelled before this row was processed.", "Upload the file again.", "Redrive the run."
    ),
    "runRejected": CodeInfo(
        "The run was rejected.", "Correct the list and upload it again.", "Redrive the run, if the export is right."
    ),
    "runExpired": CodeInfo("The run was not approved in time.", "Upload the file again.", "Start the run again."),
    "rowsMissing": CodeInfo(
        "The table Rows holds fewer or more rows of this run than the export has.",
        "Ask your IT department, then upload the file again.",
        "Find out who deleted or added entities in the table Rows.",
    ),
    "planAltered": CodeInfo(
        "The stored plan is no longer the one that the gate checked, so the run stopped.",
        "Ask your IT department, then upload the file again.",
        "Find out who changed entities in the table Rows; then upload the file again, or start the run again.",
    ),
    "runFailed": CodeInfo(
        "The run failed before this row was processed.",
        "Do what the message about the run says, then upload the file again.",
    ),
}
"""By code."""
