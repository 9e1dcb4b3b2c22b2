"""Every outcome code, its meaning and its remedy: the one table that answers, workbooks and docs/outcomes.md share.

A code never changes its meaning. A remedy tells the reader of a result workbook what to do next; "" = nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeInfo:
    meaning: str
    remedy: str
    redrivable: bool = False
    """Whether a refused row can be right without another file, because the directory, a grant or a setting is mended;
    such a row may be redriven."""


CODES: dict[str, CodeInfo] = {
    "keyMissing": CodeInfo("The row names no person.", "Fill the cell that identifies the person."),
    "personNotFound": CodeInfo(
        "No account has this key, or the account is deleted.",
        "Check the spelling; a new account may need some minutes to appear.",
        redrivable=True,
    ),
    "personAmbiguous": CodeInfo(
        "Several accounts have this key.",
        "Use the object id or the user principal name for this person.",
        redrivable=True,
    ),
    "protectedAccount": CodeInfo(
        "The account is privileged or protected; this app never changes it.",
        "An administrator changes this account by hand.",
    ),
    "protectedAccountsUnreadable": CodeInfo(
        "Who is protected could not be read, so nothing was changed.",
        "Grant the permission that the reason names, then redrive the run.",
        redrivable=True,
    ),
    "notInPilot": CodeInfo(
        "The roll-out is limited to a pilot group, and the account is not in it.",
        "Add the person to the group that PILOT_GROUP_ID names, or empty that setting; then redrive the run.",
        redrivable=True,
    ),
    "pilotUnreadable": CodeInfo(
        "Who is in the pilot group could not be read, so nothing was changed.",
        "Correct PILOT_GROUP_ID or grant the permission that the reason names, then redrive the run.",
        redrivable=True,
    ),
    "permissionMissing": CodeInfo(
        "Graph does not let this app read or change what the row needs.",
        "Grant the permission that the reason names, then redrive the run.",
        redrivable=True,
    ),
    "tokenRejected": CodeInfo(
        "Graph did not accept this app's token.",
        "Check the managed identity and GRAPH_CLOUD, then redrive the run.",
        redrivable=True,
    ),
    "apiNotAvailable": CodeInfo(
        "This Graph does not offer what was asked.",
        "Check GRAPH_CLOUD and GRAPH_BASE_URL, then redrive the run.",
        redrivable=True,
    ),
    "duplicateRow": CodeInfo("Another row says the same for this person.", ""),
    "conflictingRows": CodeInfo(
        "Several rows want different numbers for this person.", "Keep one row for this person and drop the file again."
    ),
    "sameMobile": CodeInfo(
        "More people than allowed have this mobile number.",
        "Correct the numbers, or raise MAX_SAME_MOBILE if the number is really shared.",
    ),
    "applied": CodeInfo("The change was made and read back.", ""),
    "notYetVisible": CodeInfo("Graph accepted the change; it was not visible yet when read back.", ""),
    "alreadySet": CodeInfo("The account already has what the row asks for.", ""),
    "nothingRequested": CodeInfo("The row asks for nothing: its cells are blank.", ""),
    "alternateNeedsMobile": CodeInfo(
        "Graph allows an alternate mobile only beside a mobile.", "Fill the mobile cell as well."
    ),
    "noNumberLeft": CodeInfo(
        "The number that the row wants is kept out, and its removals would leave the person without any.",
        "See why the number is kept out; clear the cells that ask for removals.",
    ),
    "defaultMethod": CodeInfo(
        "The number is the person's default sign-in method, which Graph does not let anybody delete.",
        "The person chooses another default sign-in method; then redrive the run.",
        redrivable=True,
    ),
    "notAvailableInCloud": CodeInfo(
        "Graph in this cloud does not offer what the row or the setting asks for.",
        "Clear the cell, or correct the setting that the reason names.",
    ),
    "smsSignInDisabled": CodeInfo(
        "The change was made, and SMS sign-in was disabled: the person may no longer be able to sign in by SMS.",
        "Make sure that the person has another way to sign in.",
    ),
    "smsSignInNeedsMobile": CodeInfo(
        "SMS sign-in needs a mobile number, and the person has none.", "Fill the mobile cell as well."
    ),
    "smsSignInUnknown": CodeInfo(
        "Graph does not say whether SMS sign-in is on, so it is left as it is.", "Check the person's methods by hand."
    ),
    "disabledByPolicy": CodeInfo(
        "The authentication methods policy does not let the person sign in by SMS.",
        "Add the person to the policy's SMS sign-in and redrive the run, or clear the cell.",
        redrivable=True,
    ),
    "phoneNumberNotUnique": CodeInfo(
        "Another account signs in by SMS with this number.",
        "Find out whose number it is; once the other account has given it up, redrive the run.",
        redrivable=True,
    ),
    "bothChanged": CodeInfo(
        "The person and HR both changed the value; the person's is kept.", "Ask the person which one is right."
    ),
    "keptByPolicy": CodeInfo("The account has another value and the policy keeps it.", ""),
    "changedByPerson": CodeInfo(
        "The person changed the value after this app wrote it; their change is kept.",
        "Ask the person, or correct the export.",
    ),
    "removedByPerson": CodeInfo(
        "Somebody removed the value after this app wrote it; that is kept.", "Ask the person, or correct the export."
    ),
    "writeLost": CodeInfo(
        "What this app wrote was never seen to arrive, and what was there before is there now.",
        "Set RECONCILE_MODE to repair, or drop the export again.",
    ),
    "accountDeleted": CodeInfo("The account was deleted.", ""),
    "missingFromExport": CodeInfo(
        "The last full export does not name the person any more.", "Decide whether the person has left."
    ),
    "accountDisabled": CodeInfo("The account is disabled.", "Decide whether the person has left."),
    "numberMasked": CodeInfo(
        "Graph shows only a part of the stored number or address, so it cannot be compared.", "Check it by hand."
    ),
    "numberNotShown": CodeInfo(
        "Graph has a number or address here that it does not show, so it is neither equal, different nor absent.",
        "Check the account by hand; Graph does not show the numbers of Azure AD B2C accounts.",
    ),
    "changedSincePlan": CodeInfo(
        "The account changed between plan and apply; nothing was overwritten.",
        "Redrive the run or drop the file again.",
    ),
    "newerExport": CodeInfo("A newer export already settled this person.", ""),
    "graphRefused": CodeInfo("Graph refused the change.", "See the reason; correct it and redrive the run."),
    "outcomeUnknown": CodeInfo(
        "Graph did not answer clearly and could not be read back in time.", "The next reconcile settles it."
    ),
    "retriesExhausted": CodeInfo("Every attempt failed.", "See the reason; redrive the run when it is mended."),
    "removalNotAllowed": CodeInfo(
        "The row asks for a removal and removals are switched off.",
        "Set ALLOW_REMOVALS and redrive the run, or clear the cell.",
        redrivable=True,
    ),
    "previewOnly": CodeInfo("The run was a preview.", "Drop the file outside preview/ to apply it."),
    "runCancelled": CodeInfo("The run was cancelled before this row.", "Redrive the run or drop the file again."),
    "runRejected": CodeInfo("The run was rejected.", "Correct the export and drop it again."),
    "runExpired": CodeInfo("Nobody approved the run in time.", "Drop the file, or start the run, again."),
    "rowsMissing": CodeInfo(
        "The ledger does not hold as many rows as the export had.",
        "See who deleted or added entities in the Rows table, and drop the file again.",
    ),
    "runFailed": CodeInfo("The run failed before this row.", "See the run's message."),
    # calls for one person
    "methodExists": CodeInfo("The person has a method of this type already.", "Change it instead of creating it."),
    "methodNotFound": CodeInfo("The person has no method of this type.", "Create it instead of changing it."),
    "valueMissing": CodeInfo("A call names no number or address.", "Send the value, or remove the method."),
    "personLocked": CodeInfo("Another run or call is acting on this person.", "Repeat the call after some seconds."),
    "callInProgress": CodeInfo(
        "The same call is being carried out at this moment.", "Repeat it after the time that Retry-After says."
    ),
    "repeatabilityIdReused": CodeInfo(
        "Another call was made with this Repeatability-Request-ID.", "Use a new id for every new call."
    ),
    # cells: why one cannot be used, or is left alone
    "keyMalformed": CodeInfo(
        "The cell that identifies the person has another form than its column promises.",
        "Correct the cell, or say with COLUMN_MAP what the column holds.",
    ),
    "formulaNotCalculated": CodeInfo(
        "A formula has no stored result.", "Open the file in Excel, calculate and save it, and drop it again."
    ),
    "cellIsError": CodeInfo("A cell holds an Excel error.", "Correct the formula or type the number."),
    "cellIsBoolean": CodeInfo("A phone cell holds true or false.", "Type the number, or clear the cell."),
    "cellIsDate": CodeInfo("A phone cell holds a date.", "Format the cell as text and type the number again."),
    "numberMissing": CodeInfo("A phone cell holds no digits.", "Type the number, or clear the cell."),
    "numberHasLetters": CodeInfo("A phone cell has letters in it.", "Leave only the number, written with digits."),
    "numberMalformed": CodeInfo(
        "A phone cell has signs in it that no phone number has.", "Write the number as +, country code and digits."
    ),
    "severalNumbers": CodeInfo("A phone cell holds more than one number.", "Leave one number in the cell."),
    "digitsLost": CodeInfo(
        "Digits of the number were lost to rounding or to scientific notation.",
        "Format the cell as text and type the number again.",
    ),
    "numberNotValid": CodeInfo(
        "The digits are no valid number, neither in the person's country nor with a country code.",
        "Write the number as +, country code and digits.",
    ),
    "numberAmbiguous": CodeInfo(
        "The number can be read in several valid ways.", "Choose the right suggestion and write it with its +."
    ),
    "regionMissing": CodeInfo(
        "The number has no country code and no country is known for the person.",
        "Write it with + and the country code, fill a country column, or set DEFAULT_REGION and redrive the run.",
        redrivable=True,
    ),
    "plusMissing": CodeInfo(
        "The number is none of the person's country; only with a + before it would it be another country's.",
        "Write it with + if the suggestion is right; else correct the number or the country.",
    ),
    "countryUnknown": CodeInfo(
        "The country cannot be recognised.", "Use a code of two letters such as NL, or the country's name."
    ),
    "landlineNotMobile": CodeInfo(
        "The number is a landline, which gets no text messages.", "Give a mobile number, or use the office column."
    ),
    "lineTypeRefused": CodeInfo(
        "Numbers of this kind are not accepted for this phone type.", "Give a number that rings the person's own phone."
    ),
    "extensionOfficeOnly": CodeInfo(
        "Only an office number can have an extension.", "Remove the extension, or use the office column."
    ),
    "smsSignInNotAllowed": CodeInfo(
        "The row asks to change SMS sign-in, which the settings do not let it.",
        "Set SMS_SIGN_IN and redrive the run, or clear the cell.",
        redrivable=True,
    ),
    "yesNoInvalid": CodeInfo("The cell says neither yes nor no.", "Write yes or no, or clear the cell."),
    "emailMalformed": CodeInfo("The cell holds no e-mail address.", "Correct the address, or clear the cell."),
    # files: why an export as a whole is refused
    "noPersonColumn": CodeInfo(
        "No column identifies the person.", "Name one column objectId, userPrincipalName, employeeId or email."
    ),
    "columnMapUnknown": CodeInfo("COLUMN_MAP names a field that there is not.", "Correct COLUMN_MAP."),
    "noPhoneColumn": CodeInfo(
        "No column holds a phone number.", "Name a column mobile, alternateMobile or office, or use COLUMN_MAP."
    ),
    "emptyFile": CodeInfo("The file or its visible sheets hold nothing.", "Export the file again."),
    "fileTooLarge": CodeInfo(
        "The file has more bytes than allowed.", "Split it into smaller files, or raise MAX_FILE_BYTES."
    ),
    "notAWorkbook": CodeInfo(
        "The file is neither a workbook nor readable text.", "Save it as .xlsx, or as .csv in UTF-8, and drop that."
    ),
    "wrongExtension": CodeInfo(
        "The file's name and its content disagree.", "Open it in Excel, save it as .xlsx and drop that."
    ),
    "oldFormat": CodeInfo(
        "The file is in a format that is not read: .xls, .xlsb or .ods.",
        "Open it in Excel, save it as .xlsx and drop that.",
    ),
    "encryptedFile": CodeInfo(
        "The workbook is protected by a password to open.",
        "Remove the password in Excel, save and drop the file again.",
    ),
    "truncatedFile": CodeInfo("The end of the file is missing.", "Upload the file again."),
    "brokenFile": CodeInfo("A part of the file is damaged.", "Open it in Excel, save it as .xlsx and drop that."),
    "archiveTooLarge": CodeInfo(
        "The workbook unpacks to more than allowed.",
        "Copy the export alone into a new workbook, or raise MAX_UNPACKED_BYTES.",
    ),
    "archiveRatio": CodeInfo(
        "The workbook unpacks to far more than its size, as harmful files do.",
        "Copy the export alone into a new workbook, or raise MAX_RATIO.",
    ),
    "entityDeclared": CodeInfo(
        "The workbook declares entities or a document type, which Excel never writes.",
        "Find out where the file comes from; open it in Excel, save it as .xlsx and drop that.",
    ),
    "tooManyRows": CodeInfo(
        "The export has more rows than allowed.", "Split it into several files, or raise MAX_ROWS."
    ),
    "tooManyColumns": CodeInfo(
        "The export has more columns than allowed.",
        "Remove the columns that are not needed here, or raise MAX_COLUMNS.",
    ),
    "cellTooLong": CodeInfo(
        "A cell holds more text than allowed.", "Shorten the text, remove the column, or raise MAX_CELL_CHARACTERS."
    ),
    "noVisibleSheet": CodeInfo(
        "No visible sheet holds the export.", "Show the sheet in Excel, save and drop the file again."
    ),
    "tableNotFound": CodeInfo("The table asked for is not in the workbook.", "Name a table that the workbook has."),
    "rowsOutsideTable": CodeInfo(
        "Rows stand below the table and do not belong to it.", "Extend the table over them or remove them."
    ),
    "unbalancedQuote": CodeInfo(
        "A quotation mark is not closed, so that rows may run together.",
        "Correct the text file, or save the export as .xlsx.",
    ),
    "readingFailed": CodeInfo(
        "Reading the file never came to its end, so none of it was used.",
        "Split it into smaller files, or open it in Excel, save it as .xlsx and drop that.",
    ),
    "rowCountMismatch": CodeInfo(
        "Independent counts of the rows disagree, so rows may have been lost.",
        "Open it in Excel, save it as .xlsx and drop that.",
    ),
}
