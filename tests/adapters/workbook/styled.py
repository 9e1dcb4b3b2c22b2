"""A workbook with everything that people put into one, written as Excel does; for round trips."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO

from xlsxwriter import Workbook  # type: ignore[import-untyped] # the package ships no types


def styled_workbook() -> bytes:
    """Four sheets around `People`, whose three rows are in rows 2 to 4."""
    saved = BytesIO()
    book = Workbook(saved)
    bold = book.add_format({"bold": True, "bg_color": "#FFEEDD", "border": 1})
    when = book.add_format({"num_format": "dd/mm/yyyy"})
    zeros = book.add_format({"num_format": "0000000000", "align": "right"})
    cover = book.add_worksheet("Cover")
    cover.write_rich_string("A1", "Staff ", bold, "of today")
    cover.write_formula("B2", "=SUM(People!D2:D4)", None, 3)
    cover.merge_range("A3:C4", "Only for HR", bold)
    people = book.add_worksheet("People")
    people.write_row(0, 0, ["userPrincipalName", "mobile", "country", "salary", "since", "remark"], bold)
    people.write_row(1, 0, ["ana@contoso.example", "+1 202 555 0123", "US", 0.25])
    people.write_datetime(1, 4, datetime(2020, 1, 2, 3, 4, 5), when)  # noqa: DTZ001 - the library wants no zone
    people.write_string(1, 5, "=1+1")
    people.write_row(2, 0, ["bo@contoso.example"])
    people.write_number(2, 1, 12025550123, when)
    people.write_number(2, 3, 61491570006, zeros)
    people.write_row(3, 0, ["cy@contoso.example", "00331990012", None, 12345678901234567890])
    people.write_boolean(3, 4, True)  # noqa: FBT003 - the library takes no keywords here
    people.write_string(3, 5, "one\ntwo")
    people.write_comment("B2", "asked on the phone")
    people.write_url("F3", "https://contoso.example/hr", string="page")
    people.set_row(2, 30, None, {"hidden": True})
    people.set_column("A:A", 40)
    people.freeze_panes(1, 1)
    people.autofilter("A1:F4")
    people.conditional_format("D2:D4", {"type": "cell", "criteria": ">", "value": 5, "format": bold})
    people.data_validation("C2:C4", {"validate": "list", "source": ["US", "AU", "FR"]})
    hidden = book.add_worksheet("Hidden")
    hidden.write("A1", date(1999, 1, 1), when)
    hidden.hide()
    table = book.add_worksheet("Cities")
    table.add_table("B2:C4", {"name": "Cities", "columns": [{"header": "city"}, {"header": "people"}]})
    book.define_name("Total", "=Cover!$B$2")
    book.close()
    return saved.getvalue()
