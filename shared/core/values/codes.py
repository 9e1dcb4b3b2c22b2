"""Every outcome code with its meaning and its remedy. API answers, workbooks and docs/outcomes.md use this one table.

A code never changes its meaning. A remedy tells the reader of a result workbook what to do next; "" = nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True)
class CodeInfo:
    meaning: str
    remedy: str
    redrivable: bool = False
    """Whether a refused row may be redriven: a change of the account, a permission or a setting can make the row valid,
    without a new file."""


_redrivable = partial(CodeInfo, redrivable=True)

CODES: dict[str, CodeInfo] = {
    "keyMissing": CodeInfo("The row does not identify a person.", "Fill the cell that identifies the person."),
    "personNotFound": _redrivable(
        "No account has this key, or the account was deleted.",
        "Check the spelling. A new account may take some minutes to appear; then redrive the run.",
    ),
    "personAmbiguous": _redrivable(
        "Several accounts have this key.",
        "Use the object id or the user principal name for this person.",
    ),
    "protectedAccount": CodeInfo(
        "The account is protected: this app never changes it.",
        "An administrator has to change this account by hand.",
    ),
    "protectedAccountsUnreadable": _redrivable(
        "The app could not read which accounts are protected, so it changed nothing.",
        "Grant the permission that the reason names, then redrive the run.",
    ),
    "notInPilot": _redrivable(
        "The roll-out is limited to a pilot group, and the account is not a member.",
        "Add the person to the group that PILOT_GROUP_ID names, or empty that setting; then redrive the run.",
    ),
    "pilotUnreadable": _redrivable(
        "The app could not read the members of the pilot group, so it changed nothing.",
        "Correct PILOT_GROUP_ID or grant the permission that the reason names, then redrive the run.",
    ),
    "permissionMissing": _redrivable(
        "The app lacks a Graph permission that the row needs.",
        "Grant the permission that the reason names, then redrive the run.",
    ),
    "tokenRejected": _redrivable(
        "Graph did not accept the app's token.",
        "Check the managed identity and GRAPH_CLOUD, then redrive the run.",
    ),
    "apiNotAvailable": _redrivable(
        "The Graph service that the app calls does not offer this operation.",
        "Check GRAPH_CLOUD and GRAPH_BASE_URL, then redrive the run.",
    ),
    "duplicateRow": CodeInfo("Another row asks for the same values for this person.", ""),
    "conflictingRows": CodeInfo(
        "Several rows ask for different values for this person.",
        "Keep one row for this person and upload the file again.",
    ),
    "sameMobile": CodeInfo(
        "More people than allowed have this mobile number.",
        "Correct the numbers, or raise MAX_SAME_MOBILE if the people really share the number.",
    ),
    "applied": CodeInfo("The change was made and read back.", ""),
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
    "defaultMethod": _redrivable(
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
        "Graph does not show whether SMS sign-in is enabled, so it was not changed.",
        "Check the person's methods by hand.",
    ),
    "disabledByPolicy": _redrivable(
        "The authentication methods policy does not allow SMS sign-in for this person.",
        "Include the person in the policy's SMS sign-in and redrive the run, or clear the cell.",
    ),
    "phoneNumberNotUnique": _redrivable(
        "Another account uses this number for SMS sign-in.",
        "Find out who owns the number. Remove it from the other account, then redrive the run.",
    ),
    "bothChanged": CodeInfo(
        "The person and HR both changed the value. The person's value was kept.", "Ask the person which one is right."
    ),
    "keptByPolicy": CodeInfo("The account has another value, and the setting ON_EXISTING keeps it.", ""),
    "changedByPerson": CodeInfo(
        "The value was changed outside this app after the app wrote it. The current value was kept.",
        "Ask the person, or correct the export.",
    ),
    "removedByPerson": CodeInfo(
        "The value was removed outside this app after the app wrote it. It was not set again.",
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
    "removalNotAllowed": _redrivable(
        "The row asks for a removal, and the settings do not allow removals.",
        "Set ALLOW_REMOVALS and redrive the run, or clear the cell.",
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
    # cells: why a cell cannot be used, or why its value is not written
    "keyMalformed": CodeInfo(
        "The cell that identifies the person does not have the form that its column requires.",
        "Correct the cell, or set in COLUMN_MAP what the column holds.",
    ),
    "formulaNotCalculated": CodeInfo(
        "A formula has no stored result.", "Open the file in Excel, calculate and save it, and upload it again."
    ),
    "cellIsError": CodeInfo("A cell holds an Excel error.", "Correct the formula or type the number."),
    "cellIsBoolean": CodeInfo("A phone cell holds true or false.", "Type the number, or clear the cell."),
    "cellIsDate": CodeInfo("A phone cell holds a date.", "Format the cell as text and type the number again."),
    "numberMissing": CodeInfo("A phone cell holds no digits.", "Type the number, or clear the cell."),
    "numberHasLetters": CodeInfo("A phone cell contains letters.", "Write the number with digits only."),
    "numberMalformed": CodeInfo(
        "A phone cell contains characters that no phone number has.", "Write the number as +, country code and digits."
    ),
    "severalNumbers": CodeInfo("A phone cell holds more than one number.", "Keep one number in the cell."),
    "digitsLost": CodeInfo(
        "Rounding or scientific notation has removed digits of the number.",
        "Format the cell as text and type the number again.",
    ),
    "numberNotValid": CodeInfo(
        "The digits are not a valid number, neither in the person's country nor as an international number.",
        "Write the number as +, country code and digits.",
    ),
    "numberAmbiguous": CodeInfo(
        "The cell may stand for several valid numbers.", "Write the correct suggestion into the cell, with its +."
    ),
    "regionMissing": _redrivable(
        "The number has no country code, and the person's country is not known.",
        "Write it with + and the country code, fill a country column, or set DEFAULT_REGION and redrive the run.",
    ),
    "plusMissing": CodeInfo(
        "The number is not valid in the person's country; with a + in front it would be valid in another country.",
        "Write it with + if the suggestion is right; otherwise correct the number or the country.",
    ),
    "countryUnknown": CodeInfo(
        "The cell holds no known country, or a name of several countries.",
        "Use a code of two letters such as NL, or the country's name.",
    ),
    "landlineNotMobile": CodeInfo(
        "The number is a landline, which cannot receive text messages.",
        "Enter a mobile number, or use the office column.",
    ),
    "lineTypeRefused": CodeInfo(
        "Numbers of this kind are not accepted for this phone type.", "Enter the number of the person's own phone."
    ),
    "extensionOfficeOnly": CodeInfo(
        "Only an office number can have an extension.", "Remove the extension, or use the office column."
    ),
    "smsSignInNotAllowed": _redrivable(
        "The row asks to change SMS sign-in, and the settings do not allow that.",
        "Set SMS_SIGN_IN and redrive the run, or clear the cell.",
    ),
    "yesNoInvalid": CodeInfo("The cell holds neither yes nor no.", "Write yes or no, or clear the cell."),
    "emailMalformed": CodeInfo("The cell holds no valid e-mail address.", "Correct the address, or clear the cell."),
    # files: why an export as a whole is refused
    "noPersonColumn": CodeInfo(
        "No column identifies the person.", "Name one column objectId, userPrincipalName, employeeId or email."
    ),
    "columnMapUnknown": CodeInfo("COLUMN_MAP names an unknown field.", "Correct COLUMN_MAP."),
    "noPhoneColumn": CodeInfo(
        "No column holds a phone number.", "Name a column mobile, alternateMobile or office, or use COLUMN_MAP."
    ),
    "emptyFile": CodeInfo("The file or its visible sheets are empty.", "Export the file again."),
    "fileTooLarge": CodeInfo("The file is larger than allowed.", "Split the file, or raise MAX_FILE_BYTES."),
    "notAWorkbook": CodeInfo(
        "The file is neither a workbook nor readable text.", "Save it as .xlsx, or as .csv in UTF-8, and upload that."
    ),
    "wrongExtension": CodeInfo(
        "The extension of the file's name does not match its content.",
        "Open the file in Excel, save it as .xlsx and upload that.",
    ),
    "unsupportedFormat": CodeInfo(
        "The file has a format that the app does not read, such as .xls, .xlsb or .ods.",
        "Open the file in Excel, save it as .xlsx and upload that.",
    ),
    "encryptedFile": CodeInfo(
        "The workbook is encrypted with a password.", "Remove the password in Excel, save and upload the file again."
    ),
    "truncatedFile": CodeInfo("The end of the file is missing.", "Upload the file again."),
    "corruptFile": CodeInfo(
        "A part of the file is damaged.", "Open the file in Excel, save it as .xlsx and upload that."
    ),
    "archiveTooLarge": CodeInfo(
        "The unpacked workbook is larger than allowed.",
        "Copy only the export into a new workbook, or raise MAX_UNPACKED_BYTES.",
    ),
    "compressionRatioTooHigh": CodeInfo(
        "The unpacked workbook is far larger than the file, which is typical of malicious files.",
        "Copy only the export into a new workbook, or raise MAX_RATIO.",
    ),
    "entityDeclared": CodeInfo(
        "The workbook's XML declares entities or a document type, which Excel never writes.",
        "Find out where the file comes from; open it in Excel, save it as .xlsx and upload that.",
    ),
    "tooManyRows": CodeInfo("The export has more rows than allowed.", "Split the file, or raise MAX_ROWS."),
    "tooManyColumns": CodeInfo(
        "The export has more columns than allowed.",
        "Remove the columns that are not needed here, or raise MAX_COLUMNS.",
    ),
    "cellTooLong": CodeInfo(
        "A cell holds more text than allowed.", "Shorten the text, remove the column, or raise MAX_CELL_CHARACTERS."
    ),
    "noVisibleSheet": CodeInfo(
        "No visible sheet holds the export.", "Unhide the sheet in Excel, save and upload the file again."
    ),
    "tableNotFound": CodeInfo(
        "The workbook does not have the requested table.", "Set TABLE_NAME to one of its tables."
    ),
    "rowsOutsideTable": CodeInfo(
        "Rows below the table do not belong to it.", "Extend the table over these rows, or remove them."
    ),
    "unbalancedQuote": CodeInfo(
        "A quotation mark is not closed, so several rows may have been joined.",
        "Correct the text file, or save the export as .xlsx.",
    ),
    "readingFailed": CodeInfo(
        "The app could not finish reading the file, so it used no part of it.",
        "Split the file, or open it in Excel, save it as .xlsx and upload that.",
    ),
    "rowCountMismatch": CodeInfo(
        "Independent counts of the rows differ, so rows may have been lost.",
        "Open the file in Excel, save it as .xlsx and upload that.",
    ),
}
"""By code."""
