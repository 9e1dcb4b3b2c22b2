"""The outcome codes of files: why an export as a whole is refused."""

from __future__ import annotations

from shared.core.values.code_info import CodeInfo

CODES_OF_FILES: dict[str, CodeInfo] = {
    "folderNotForExports": CodeInfo(
        "The file is in a folder whose files are not exports, so it was not read.",
        "Move the file to the top level, or into a folder that is spelled preview or full.",
    ),
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
