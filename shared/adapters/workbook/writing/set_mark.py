"""Puts the mark into a result workbook, by which the app recognises the workbook when it is uploaded again."""

from __future__ import annotations

from openpyxl.packaging.custom import CustomPropertyList, StringProperty
from openpyxl.workbook import Workbook

from shared.adapters.workbook.reading.marks import MARK_PROPERTY


def set_mark(workbook: Workbook, mark: str) -> None:
    """Put the mark into a property of the file. Google Sheets loses it, so the summary has the mark in a cell too."""
    properties: CustomPropertyList[StringProperty] = CustomPropertyList()
    for one in vars(workbook)["custom_doc_props"]:  # openpyxl's types do not know it
        if one.name != MARK_PROPERTY:
            properties.append(one)
    properties.append(StringProperty(name=MARK_PROPERTY, value=mark))
    vars(workbook)["custom_doc_props"] = properties
