"""The workbooks of which pictures are made: every kind that people open, from the app itself."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook

from tools.pictures import WORDS, workbooks


async def test_every_kind_of_workbook_is_drawn() -> None:
    """Each can be opened."""
    made = await workbooks(WORDS[0])
    assert {"template", "plan", "result", "refused", "drift", "readiness"} == made.keys()
    sheets = {name: load_workbook(BytesIO(data)).sheetnames for name, data in made.items()}
    assert "Who depends on a phone" in sheets["readiness"]
