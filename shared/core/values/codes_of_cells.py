"""The outcome codes of cells: why one cannot be used, or is not changed."""

from __future__ import annotations

from shared.core.values.code_info import CodeInfo, redrivable

CODES_OF_CELLS: dict[str, CodeInfo] = {
    "keyMalformed": CodeInfo(
        "The cell that identifies the person does not have the form that its column requires.",
        "Correct the cell. If every row has this reason, the wrong column identifies people: ask your administrator.",
    ),
    "keyConverted": CodeInfo(
        "A program may have turned the cell that identifies the person into a number, a date or an amount.",
        "Import the column as text: in Excel with Data, From Text/CSV, and the data type Text. Then upload the file.",
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
        "A phone cell contains characters that no phone number has.",
        "Format the cell as Text, then write +, country code and number.",
    ),
    "numberFormatUnclear": CodeInfo(
        "The number format of a phone cell shows something else than the digits that the cell holds.",
        "Format the cell as text and type the number with its +.",
    ),
    "partMalformed": CodeInfo(
        "A cell beside the number, such as its calling code or area code, does not hold what its column says.",
        "Correct the cell, or clear it and write the whole number with its + into the number's cell.",
    ),
    "partsIncomplete": CodeInfo(
        "A number is split over several columns, and one of its parts is blank.",
        "Fill the part, or write the whole number with its + into the number's cell.",
    ),
    "partsContradict": CodeInfo(
        "The number and a cell beside it, such as its calling code or area code, say different things.",
        "Correct the cell that is wrong.",
    ),
    "severalNumbers": CodeInfo("A phone cell holds more than one number.", "Keep one number in the cell."),
    "digitsLost": CodeInfo(
        "Rounding or scientific notation has removed digits of the number.",
        "Format the cell as text and type the number again.",
    ),
    "numberNotValid": CodeInfo(
        "The digits are not a valid number, neither in the person's country nor as an international number.",
        "Format the cell as Text, then write +, country code and number.",
    ),
    "numberAmbiguous": CodeInfo(
        "The cell may stand for several valid numbers.",
        "Format the cell as Text, then write +, country code and number; the suggestions show the possible numbers.",
    ),
    "numberOutdated": CodeInfo(
        "The number has a form that its country's numbering plan has retired.",
        "Format the cell as Text, then write +, country code and number as the person confirms it.",
    ),
    "groupingForeign": CodeInfo(
        "The digits are grouped as another country writes its numbers, so the number may belong there.",
        "Format the cell as Text, then write +, country code and number.",
    ),
    "regionMissing": redrivable(
        "The number has no country code, and the person's country is not known.",
        "Format the cell as Text, then write +, country code and number; or fill a column with the country.",
    ),
    "plusMissing": CodeInfo(
        "The number is not valid in the person's country; with a + in front it would be valid in another country.",
        "Format the cell as Text, then write +, country code and number; or correct the country.",
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
    "smsSignInNotAllowed": redrivable(
        "The row asks to change SMS sign-in, and the settings do not allow that.",
        "Clear the cell, or ask your administrator whether SMS sign-in may be changed here.",
    ),
    "yesNoInvalid": CodeInfo("The cell holds neither yes nor no.", "Write yes or no, or clear the cell."),
    "emailDomainSuspicious": CodeInfo(
        "The domain of the e-mail address is one letter away from a mail provider's, so it may be somebody else's.",
        "Ask the person, and correct the domain if the suggestion is right; otherwise use another address.",
    ),
    "cellCovered": CodeInfo(
        "A merged range hides the value of a cell, so the value was not used.",
        "Unmerge the cells in Excel, correct the values that appear, and upload the file again.",
    ),
    "cellTooLong": CodeInfo(
        "A cell holds more text than allowed.", "Leave only the number, the address or the key in the cell."
    ),
    "encodingUncertain": CodeInfo(
        "The text file does not say which letters a cell holds, because several encodings fit.",
        "Save the export as CSV UTF-8 or as .xlsx and upload that.",
    ),
    "emailMalformed": CodeInfo("The cell holds no valid e-mail address.", "Correct the address, or clear the cell."),
    "removalWaits": CodeInfo(
        "Another number of the row is refused, so this one is not removed: the number may be moving.",
        "Correct the cell of the other number.",
    ),
    "smsSignInWaits": CodeInfo(
        "The mobile number of the row is refused, so SMS sign-in is not changed.", "Correct the mobile number."
    ),
}
"""By code."""
