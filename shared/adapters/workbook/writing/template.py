"""The empty export form, `template.xlsx`; called by the HTTP API and the sandbox."""

from __future__ import annotations

from io import BytesIO

_COLUMNS = (
    ("userPrincipalName", 38, "The person's sign-in name. Every row needs it.", "ana@contoso.example"),
    ("mobile", 22, "The mobile number, preferably with + and the country code.", "+1 202 555 0123"),
    ("alternateMobile", 22, "A second mobile number; it requires a mobile number.", "+61 491 570 006"),
    ("office", 22, "The office number, optionally with x and an extension.", "+33 1 99 00 12 34 x56"),
    ("country", 12, "The country in two letters, for numbers without a country code.", "FR"),
)
_TEXT_COLUMNS = frozenset(("mobile", "alternateMobile", "office"))
_TEXT = "@"
_FORMATTED_ROWS = 1_000
_NOTES = (
    "A blank cell leaves that number unchanged.",
    "The phone columns are formatted as text, so that Excel keeps + and leading zeros.",
    "Other columns are allowed; they are ignored and returned unchanged.",
)


def write_template() -> bytes:
    """An .xlsx with the headers and phone columns formatted as text; its second sheet explains the columns."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.worksheet import Worksheet

    bold = Font(bold=True)
    workbook = Workbook()
    form, columns = workbook.active, workbook.create_sheet("Columns")
    assert isinstance(form, Worksheet)  # noqa: S101 - a new workbook starts with a worksheet
    form.title = "People"
    form.freeze_panes = "A2"
    for number, (name, width, _, _) in enumerate(_COLUMNS, 1):
        letter = get_column_letter(number)
        form.column_dimensions[letter].width = width
        form.cell(1, number, name).font = bold
        if name in _TEXT_COLUMNS:
            form.column_dimensions[letter].number_format = _TEXT
            for row in range(2, _FORMATTED_ROWS + 2):  # some programs use only the format of each cell
                form.cell(row, number).number_format = _TEXT
    for number, text in enumerate(("Column", "What it holds", "Example"), 1):
        columns.cell(1, number, text).font = bold
    for row, (name, _, meaning, example) in enumerate(_COLUMNS, 2):
        for number, text in enumerate((name, meaning, example), 1):
            cell = columns.cell(row, number, text)
            cell.data_type, cell.number_format = "s", _TEXT
    for row, note in enumerate(_NOTES, len(_COLUMNS) + 3):
        columns.cell(row, 1, note)
    for letter, width in zip("ABC", (22, 60, 26), strict=True):
        columns.column_dimensions[letter].width = width
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()
