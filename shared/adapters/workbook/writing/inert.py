"""Makes a workbook inert: it holds values alone, and nothing in it is calculated or fetched when it is opened.

Called by `annotated`, which removes first and then looks into the written file, because openpyxl carries parts along
that are not listed here.
"""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.formula_risk import Names, risk_of
from shared.core.values.cell import FormulaRisk

_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_OTHER_WORKBOOK = re.compile(rb"\[\d+\]")
_EXTERNAL = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_LINK = b'/hyperlink"'


def remove_what_acts(workbook: Workbook) -> None:
    """Remove pivot tables, computed names, and rules whose formulas do more than look at cells."""
    scopes: list[Workbook | Worksheet] = [workbook, *workbook.worksheets]
    names = {name.upper(): [str(one.value)] for scope in scopes for name, one in scope.defined_names.items()}
    for scope in scopes:
        for name, one in list(scope.defined_names.items()):
            if _acts(one.value, names):
                del scope.defined_names[name]
    for sheet in workbook.worksheets:
        vars(sheet)["_pivots"] = []  # openpyxl has no other way
        _remove_rules(sheet, names)
        for table in sheet.tables.values():
            for column in table.tableColumns:
                column.calculatedColumnFormula = column.totalsRowFormula = None


def _remove_rules(sheet: Worksheet, names: Names) -> None:
    for formatting in list(sheet.conditional_formatting):
        if any(_acts(formula, names) for rule in formatting.rules for formula in rule.formula):
            del sheet.conditional_formatting[formatting.sqref]
    validations = sheet.data_validations
    validations.dataValidation = [
        one for one in validations.dataValidation if not (_acts(one.formula1, names) or _acts(one.formula2, names))
    ]


def _acts(formula: object, names: Names) -> bool:
    return isinstance(formula, str) and risk_of(formula, names) is FormulaRisk.OUTSIDE


def what_acts(data: bytes) -> str:
    """What a written workbook would calculate or fetch, in words; "" = nothing."""
    with ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            content = archive.read(name)
            if name.startswith("xl/worksheets/") and _FORMULA.search(content):
                return "it would be calculated again"
            if name.endswith(".rels") and any(
                b"External" in tag and _LINK not in tag for tag in _EXTERNAL.findall(content)
            ):
                return "it would fetch something"
            if "/charts/" in name and _OTHER_WORKBOOK.search(content):
                return "a chart shows another workbook"
    return ""
