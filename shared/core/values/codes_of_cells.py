"""The outcome codes of cells: why a cell is not used, or why what it asks for is not done.

Remedies ask for the format Text where a plus or zeros are typed, because Excel drops both from a cell of the format
General. `tests/flows/intake/test_remedies_of_cells.py` follows each to the letter.
"""

from __future__ import annotations

from shared.core.values.code_info import CodeInfo, in_cell, redrivable_in_cell

_WRITE_AS_TEXT = "Format the cell as Text, then write +, country code and number"
_OR_CLEAR = "; or clear the cell."
_AS_VALUES = "Check the value, copy the cell, and paste it in the same place as a value (Paste Special, Values)."

CODES_OF_CELLS: dict[str, CodeInfo] = {
    "keyMalformed": in_cell(
        "The cell that identifies the person does not have the form that its column requires.",
        "Format the cell as Text, then correct it. If many rows have this reason, the wrong column identifies people: "
        "ask your IT department.",
        "COLUMN_MAP can name the column that identifies people.",
    ),
    "keyConverted": in_cell(
        "A program may have turned the cell that identifies the person into a number, a date or an amount.",
        "Format the cell as Text, then type the person's id as the HR system shows it. If many rows have this reason, "
        "import the HR system's file into Excel again, with Data, From Text/CSV, and the data type Text.",
    ),
    "formulaNotCalculated": CodeInfo(
        "A formula has no stored result.", "Open the file in Excel, calculate and save it, and upload it again."
    ),
    "formulaConstant": in_cell("The value is written in a formula and comes from no cell.", _AS_VALUES),
    "formulaApproximate": in_cell("A formula looks up a value that is only similar.", _AS_VALUES),
    "formulaOutside": in_cell(
        "A formula reaches outside the workbook, changes by itself, or uses a function that the app does not know.",
        _AS_VALUES,
    ),
    "cellIsError": in_cell("A phone cell holds an Excel error.", _WRITE_AS_TEXT + _OR_CLEAR),
    "cellIsBoolean": in_cell("A phone cell holds true or false.", _WRITE_AS_TEXT + _OR_CLEAR),
    "cellIsDate": in_cell("A phone cell holds a date.", _WRITE_AS_TEXT + _OR_CLEAR),
    "numberMissing": in_cell("A phone cell holds no digits.", _WRITE_AS_TEXT + _OR_CLEAR),
    "numberHasLetters": in_cell("A phone cell contains letters.", f"{_WRITE_AS_TEXT}, without letters."),
    "numberMalformed": in_cell("A phone cell contains characters that no phone number has.", f"{_WRITE_AS_TEXT}."),
    "numberFormatUnclear": in_cell(
        "The number format of a phone cell shows something else than the digits that the cell holds.",
        f"{_WRITE_AS_TEXT}.",
    ),
    "partMalformed": in_cell(
        "A cell beside the number, such as its calling code or area code, does not hold what its column says.",
        "Format the cell as Text, then correct it; or clear it, format the number's cell as Text, and write +, country "
        "code and number there.",
    ),
    "partsIncomplete": in_cell(
        "A number is split over several columns, and one of its parts is blank.",
        "Format the cell of the part as Text, then fill it; or format the number's cell as Text, and write +, country "
        "code and number there.",
    ),
    "partsContradict": in_cell(
        "The number and a cell beside it, such as its calling code or area code, say different things.",
        "Format the cell that is wrong as Text, then correct it.",
    ),
    "severalNumbers": in_cell("A phone cell holds more than one number.", f"{_WRITE_AS_TEXT} of one phone."),
    "digitsLost": in_cell(
        "A program seems to have removed digits of the number.", f"{_WRITE_AS_TEXT} with all digits."
    ),
    "numberNotValid": in_cell(
        "The digits are not a valid number, neither in the person's country nor as an international number.",
        f"{_WRITE_AS_TEXT}.",
    ),
    "numberAmbiguous": in_cell(
        "The cell may stand for several valid numbers.",
        f"{_WRITE_AS_TEXT}; the suggestions show the possible numbers.",
    ),
    "columnContradicted": in_cell(
        "The digits have no +, and are a valid number only if they are read differently from the rest of their column.",
        f"{_WRITE_AS_TEXT}; the suggestions show what the digits may mean.",
    ),
    "numberOutdated": in_cell(
        "The number has a form that its country's numbering plan has retired.",
        f"{_WRITE_AS_TEXT} as the person confirms it.",
    ),
    "groupingForeign": in_cell(
        "The digits are grouped as another country writes its numbers, so the number may belong there.",
        f"{_WRITE_AS_TEXT}.",
    ),
    "regionMissing": redrivable_in_cell(
        "The number has no country code, and the person's country is not known.",
        f"{_WRITE_AS_TEXT}; or fill a column Country with the person's country.",
        "Set the account's usage location, then redrive the run. DEFAULT_REGION serves only a tenant of one country.",
    ),
    "plusMissing": in_cell(
        "The number is not valid in the person's country; with a + in front it would be valid in another country.",
        f"{_WRITE_AS_TEXT}; or correct the country.",
    ),
    "countryUnknown": in_cell(
        "The cell holds no known country, or a name of several countries.",
        "Write the country's code of two letters, such as NL; or clear the cell, format the number's cell "
        "as Text, and write +, country code and number there.",
    ),
    "landlineNotMobile": in_cell(
        "The number is a landline, which cannot receive text messages.",
        f"{_WRITE_AS_TEXT} of a mobile phone; or move the number into an office column.",
    ),
    "callingCodeNotAllowed": in_cell(
        "The number is of a country from which numbers are not allowed here.",
        f"{_WRITE_AS_TEXT} of a phone of an allowed country.",
        "Only if people have numbers of that country, add its calling code to ALLOWED_CALLING_CODES.",
    ),
    "lineTypeRefused": in_cell(
        "Numbers of this kind are not accepted for this phone type.", f"{_WRITE_AS_TEXT} of the person's own phone."
    ),
    "extensionOfficeOnly": in_cell(
        "Only an office number can have an extension.",
        f"{_WRITE_AS_TEXT} without the extension, and clear a cell that holds only the extension; or move the number "
        "with its extension into an office column.",
    ),
    "smsSignInNotAllowed": redrivable_in_cell(
        "The row asks to change SMS sign-in, and that is not allowed here.",
        "Clear the cell, or ask your IT department whether SMS sign-in may be changed here.",
        "Change SMS sign-in for this person by hand; only if exports are to decide about it for everybody, set "
        "SMS_SIGN_IN to column.",
    ),
    "yesNoInvalid": in_cell(
        "The cell holds neither yes nor no.",
        "Write yes; or no, where lists may disable SMS sign-in; or clear the cell.",
    ),
    "emailDomainSuspicious": in_cell(
        "The domain of the e-mail address looks mistyped, so it may be somebody else's.",
        "Ask the person, and correct the domain if the suggestion is right; otherwise use another e-mail address.",
    ),
    "cellCovered": CodeInfo(
        "A merged range hides the value of a cell, so the value was not used.",
        "Unmerge the cells in Excel, correct the values that appear, and upload the file again.",
    ),
    "cellTooLong": in_cell(
        "A cell or its number format is longer than allowed.",
        f"{_WRITE_AS_TEXT}, or the one key or e-mail address that belongs in the cell, and nothing else.",
    ),
    "encodingUncertain": CodeInfo(
        "The text file does not say which letters a cell holds, because several encodings fit.",
        "Export the list again as CSV UTF-8 or as .xlsx from the HR system.",
    ),
    "emailMalformed": in_cell(
        "The cell holds no valid e-mail address.", "Correct the e-mail address, or clear the cell."
    ),
    "removalWaits": CodeInfo(
        "Another number of the person is refused, so this one is not removed: it may belong in the refused slot.",
        "Correct the other number as its own remedy says.",
    ),
    "smsSignInWaits": CodeInfo(
        "The person's mobile number is refused, so SMS sign-in is not changed.",
        "Correct the mobile number as its own remedy says.",
    ),
}
"""By code."""
