"""The outcome codes of files: why an export as a whole is refused, or is not read as an approver chose."""

from __future__ import annotations

from shared.core.values.code_info import CodeInfo

CODES_OF_FILES: dict[str, CodeInfo] = {
    "folderNotForExports": CodeInfo(
        "The file is in a folder whose files are not exports, so it was not read.",
        "Move the file to the top level, or into a folder that is spelled preview or full.",
    ),
    "noPersonColumn": CodeInfo(
        "No column identifies the person.",
        "Your list needs one column that identifies each person. Give it one of these headings: Sign-in name, "
        "Employee ID or Work e-mail.",
    ),
    "layoutNotMapped": CodeInfo(
        "The file uses columns that no administrator has mapped, and only mapped columns are allowed here.",
        "Ask your IT department to map these columns.",
        "Name these columns in COLUMN_MAP, after checking what they hold.",
    ),
    "resultNotKnown": CodeInfo(
        "The file looks like a result of this app, but its marks are not those that the app wrote.",
        "Take the result from the container again, correct it there, and upload that; or upload the list itself.",
    ),
    "resultsMixed": CodeInfo(
        "The file holds rows of several results, and each result has an age of its own.",
        "Correct each result in a file of its own and upload it by itself, the older one first.",
    ),
    "resultTooOld": CodeInfo(
        "The file is a result that is no longer stored, so the app cannot see what was corrected in it.",
        "Correct the rows in the HR system, export again and upload that.",
    ),
    "columnsNotChosen": CodeInfo(
        "The columns cannot be used in the way that was chosen.",
        "Ask your IT department to choose again.",
        "Choose for each column one of the roles, or `ignore`.",
    ),
    "noPhoneColumn": CodeInfo(
        "No column holds a phone number.",
        "Give the column of phone numbers this heading: Mobile number, Second mobile number or Office number.",
    ),
    "emptyFile": CodeInfo("The file or its visible sheets are empty.", "Export the file again."),
    "fileTooLarge": CodeInfo(
        "The file is larger than allowed.",
        "Copy only the columns that are needed here into a new file.",
        "If the export needs no other columns and is still larger, raise MAX_FILE_BYTES.",
    ),
    "notAWorkbook": CodeInfo(
        "The file is neither a workbook nor readable text.", "Save it as .xlsx, or as .csv in UTF-8, and upload that."
    ),
    "wrongExtension": CodeInfo(
        "The extension of the file's name does not match its content.",
        "Rename the file so that its name ends as the message says, or save it as .xlsx in Excel.",
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
    "changedInTransfer": CodeInfo(
        "The file was changed on its way to the app: a program treated it as text.",
        "Upload the file itself. If a flow uploads it, ask your IT department.",
        "Correct the flow: it must pass on the file's content unchanged.",
    ),
    "archiveTooLarge": CodeInfo(
        "The unpacked workbook is larger than allowed.",
        "Copy only the cells of the list, as values, into a new workbook, and upload that.",
        "If a new workbook of these cells is still larger, raise MAX_UNPACKED_BYTES.",
    ),
    "compressionRatioTooHigh": CodeInfo(
        "The unpacked workbook is far larger than the file, which is typical of malicious files.",
        "Find out where the file comes from. Copy only the cells of the list, as values, into a new workbook.",
    ),
    "sheetTooLarge": CodeInfo(
        "A sheet has a row or merged ranges that are larger than in any export.",
        "Copy only the cells of the list, as values, into a new workbook, and upload that.",
    ),
    "labelProtected": CodeInfo(
        "The workbook is encrypted by a sensitivity label or by rights management.",
        "Save a copy of the list in Excel under a label that does not encrypt, and upload that.",
    ),
    "markupUnclear": CodeInfo(
        "A sheet contains markup that can be read in two ways, so a person may see other values than the app.",
        "Open the file in Excel, check that every value is there, save it as .xlsx and upload that.",
    ),
    "cellCountMismatch": CodeInfo(
        "Independent counts of the cells differ, so values may have been lost.",
        "Open the file in Excel, check that every value is there, save it as .xlsx and upload that.",
    ),
    "headingsTooLow": CodeInfo(
        "The headings stand too far below the top of the sheet.",
        "Delete the rows above the headings and upload the file again.",
    ),
    "severalLists": CodeInfo(
        "The sheet holds more than one list: headings or a title stand among the rows.",
        "Delete the row that the message names and all rows below it, or move them into a file of their own.",
    ),
    "lineTooLong": CodeInfo(
        "A line of the text file is longer than any row of an export.",
        "Export the file again, with one line per person, or save it as .xlsx.",
    ),
    "encodingUnknown": CodeInfo(
        "The letters of the text file could not be recognised.",
        "Export the list again as CSV UTF-8 or as .xlsx from the HR system.",
    ),
    "entityDeclared": CodeInfo(
        "The workbook's XML declares entities or a document type, which Excel never writes.",
        "Find out where the file comes from; open it in Excel, save it as .xlsx and upload that.",
    ),
    "tooManyRows": CodeInfo(
        "The export has more rows than allowed.",
        "Split the file into several, outside the folder full.",
        "If full exports have more people, raise MAX_ROWS.",
    ),
    "tooManyColumns": CodeInfo(
        "The export has more columns than allowed.",
        "Remove the columns that are not needed here.",
        "If every column is needed, raise MAX_COLUMNS.",
    ),
    "noVisibleSheet": CodeInfo(
        "No visible sheet holds the export.",
        "Unhide the sheet in Excel, save and upload the file again. Of a result, upload the whole workbook.",
    ),
    "tableNotFound": CodeInfo(
        "The workbook does not have the requested table.",
        "Give the table the name that the message asks for, or tell your IT department its name.",
        "TABLE_NAME names the table that is read.",
    ),
    "rowsOutsideTable": CodeInfo(
        "Rows below the table do not belong to it.", "Extend the table over these rows, or remove them."
    ),
    "unbalancedQuote": CodeInfo(
        "A quotation mark is not closed, so several rows may have been joined.",
        "Correct the quotation mark in the text file, or export the list again as .xlsx from the HR system.",
    ),
    "readingFailed": CodeInfo(
        "The app could not finish reading the file, so it used no part of it.",
        "Open the file in Excel, save it as .xlsx and upload that; or split it into several files, outside the "
        "folder full.",
    ),
    "rowCountMismatch": CodeInfo(
        "Independent counts of the rows differ, so rows may have been lost.",
        "Open the file in Excel, save it as .xlsx and upload that.",
    ),
}
"""By code."""
