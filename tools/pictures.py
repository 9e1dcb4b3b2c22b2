"""Makes pictures of the workbooks that people open: `python -m tools.pictures [FOLDER]`.

Needs LibreOffice (`soffice`) and poppler (`pdftoppm`). The workbooks come from the app itself, run in one process over
a small made-up tenant. Run it after a change of their look, and look at every picture.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Person
from sandbox.people import Staff
from shared.core.report.texts import Language
from testing.in_memory import in_memory

ROOT = Path(__file__).parents[1]
_DPI = 72
_KEPT = ("result-en-1", "result-en-2", "result-de-1", "result-de-4", "plan-en-1", "plan-de-3", "refused-en-1")
"""The pages that the documentation shows."""
_SETTINGS = {"SMALL_SET": "100", "DEFAULT_REGION": "", "ALLOW_REMOVALS": "true"}


@dataclass(frozen=True, slots=True)
class Words:
    """What the made-up HR of one country writes."""

    language: Language
    file: str
    sheet: str
    headings: tuple[str, ...]
    department: str
    country: str
    letters: str


WORDS = (
    Words(
        Language.ENGLISH,
        "Staff November.xlsx",
        "Staff",
        ("Employee ID", "Last name", "First name", "Department", "Mobile phone", "Office phone", "Country"),
        "Customer Care",
        "US",
        "call 202 555 0147",
    ),
    Words(
        Language.GERMAN,
        "Personalliste November.xlsx",
        "Mitarbeitende",
        ("Personalnummer", "Nachname", "Vorname", "Abteilung", "Handynummer", "Telefon Büro", "Land"),
        "Kundenbetreuung",
        "US",
        "bitte 202 555 0147",
    ),
)


@dataclass(frozen=True, slots=True)
class Employee:
    last: str
    first: str
    mobile: str = ""
    office: str = ""
    holds: str = ""
    """The mobile number that the account has before."""
    has_account: bool = True
    is_administrator: bool = False


def employees(letters: str) -> tuple[Employee, ...]:
    """Ten people: done, already right, replaced, refused for several reasons, with long names and other scripts."""
    return (
        Employee("Okafor", "Ngozi", "+1 202 555 0101", "+1 202 555 0181"),
        Employee("Wolfeschlegelsteinhausenbergerdorff-Fürstenberg", "Maximiliane Theodora", "+1 202 555 0102"),
        Employee("חזן", "יעל", "+1 202 555 0103", "+1 202 555 0183"),
        Employee("Nguyễn", "Thị Minh Khai", "+1 202 555 0104", "", holds="+1 2025550104"),
        Employee("García", "José", "+1 202 555 0105", "", holds="+1 2025550155"),
        Employee("Smith", "Ann", letters, "+1 202 555 0186"),
        Employee("الحسن", "ليلى", "02079460107", "", has_account=True),
        Employee("Müller", "Jürgen", "+1 202 555 0108", has_account=False),
        Employee("Root", "Ada", "+1 202 555 0109", is_administrator=True),
        Employee("Rossi", "Giulia", "", "+1 202 555 0190"),
    )


def person(index: int, one: Employee) -> Person:
    return Person(
        id=f"00000000-0000-4000-8000-{index:012}",
        userPrincipalName=f"person{index}@contoso.example",
        displayName=f"{one.first} {one.last}",
        employeeId=f"{1000 + index}",
        phones={"mobile": one.holds} if one.holds else {},
        roles=[GLOBAL_ADMINISTRATOR] if one.is_administrator else [],
    )


def export(words: Words, *, more_columns: int = 0) -> bytes:
    """A list as HR keeps it: with colours, a drop-down, a note and widths."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.title = words.sheet
    more = [f"Cost centre {number}" for number in range(1, more_columns + 1)]
    sheet.append([*words.headings, *more])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="7A4B94")
    for index, one in enumerate(employees(words.letters), 1):
        ours = (str(1000 + index), one.last, one.first, words.department, one.mobile, one.office, words.country)
        sheet.append([*ours, *(f"{index}{number:03}" for number in range(more_columns))])
    for letter, width in zip("ABCDEFG", (16, 26, 22, 18, 18, 18, 9), strict=True):
        sheet.column_dimensions[letter].width = width
    countries = DataValidation(type="list", formula1='"US,DE,GB,FR"')
    countries.add("G2:G200")
    sheet.add_data_validation(countries)
    sheet["E1"].comment = Comment("With country code, please.", "HR")
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


async def workbooks(words: Words) -> dict[str, bytes]:
    """Every kind of workbook, from a run over the ten people."""
    settings = {**_SETTINGS, "REPORT_LANGUAGE": words.language.value, "APPROVAL": "always"}
    async with in_memory(Staff(()), settings) as world:
        for index, one in enumerate(employees(words.letters), 1):
            if one.has_account:
                world.stand_in.tenant.put(person(index, one))
        made = {"template": world.app.template()}
        run = await world.run_to_end(words.file, export(words))
        results = world.app.results
        made["plan"] = await results.read(f"{run.id}/plan.xlsx")
        await world.app.decisions.approve(run.id, run.digest, "an approver")
        await world.pump()
        made["result"] = await world.app.returns.read(await world.stored(run.id))
        refused = await world.run_to_end("notes.csv", b"Title,Remark\nA,B\n")
        made["refused"] = await world.app.returns.read(refused)
        return made


def draw(folder: Path, name: str, data: bytes) -> None:
    """One picture for each printed page of a workbook."""
    with TemporaryDirectory() as place:
        (Path(place) / f"{name}.xlsx").write_bytes(data)
        _run("soffice", "--headless", "--convert-to", "pdf", "--outdir", place, f"{place}/{name}.xlsx")
        _run("pdftoppm", "-r", str(_DPI), "-png", f"{place}/{name}.pdf", str(folder / name))


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        sys.exit(f"{program} is not on the PATH: install LibreOffice and poppler.")
    subprocess.run([found, *arguments], check=True, capture_output=True)  # noqa: S603 - a program of the machine


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for words in WORDS:
        for name, data in asyncio.run(workbooks(words)).items():
            draw(folder, f"{name}-{words.language}", data)


def main_of_documentation() -> None:
    """Only the pages that are kept."""
    with TemporaryDirectory() as place:
        main(Path(place))
        for name in _KEPT:
            shutil.copy(Path(place) / f"{name}.png", ROOT / "docs" / "pictures")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        main_of_documentation()
