"""Makes pictures of the workbooks that people open: `python -m tools.pictures [FOLDER [--large]]`.

Needs LibreOffice (`soffice`) and poppler (`pdftoppm`). The workbooks come from the app itself, run in one process over
made-up tenants. Run it after a change of their look, and look at every picture.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from sandbox.graph.options import Options
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Person
from sandbox.people import Staff, make_staff
from shared.core.report.texts import Language
from shared.core.values.slot import PhoneType
from testing.in_memory import InMemory, in_memory

ROOT = Path(__file__).parents[1]
_DPI = 72
_SHOWN = (
    *("result-en-1", "result-en-2", "result-de-1", "result-de-3", "plan-en-1", "plan-de-2", "refused-en-1"),
    *("drift-de-2", "template-en-2"),
)
"""The pages that the documentation shows."""
_MANY, _OWN_COLUMNS = 5_000, 30
_PEOPLE_OF_READINESS = 300
_REPORT = Options(report_role=True, throttling=False)
_PAGES_DRAWN = 8
_AS_PDF = f'pdf:calc_pdf_Export:{{"PageRange":{{"type":"string","value":"1-{_PAGES_DRAWN}"}}}}'
_SETTINGS = {
    "SMALL_SET": "100",
    "DEFAULT_REGION": "",
    "ALLOW_REMOVALS": "true",
    "MAX_SAME_MOBILE": "1000",
    "MAX_WRITES_UNAPPROVED": "100000",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the HR department of one country writes in its made-up export."""

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


def employees(letters: str, count: int = 10) -> tuple[Employee, ...]:
    """People whose rows are created, unchanged, updated, or refused for several reasons; some have long names or names
    in other scripts."""
    ten = (
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
    return tuple(ten[number % len(ten)] for number in range(count))


def _object_id(index: int) -> str:
    return f"00000000-0000-4000-8000-{index:012}"


def person(index: int, one: Employee) -> Person:
    return Person(
        id=_object_id(index),
        userPrincipalName=f"person{index}@contoso.example",
        displayName=f"{one.first} {one.last}",
        employeeId=f"{1000 + index}",
        phones={"mobile": one.holds} if one.holds else {},
        roles=[GLOBAL_ADMINISTRATOR] if one.is_administrator else [],
    )


def export(words: Words, people: Sequence[Employee], *, more_columns: int = 0) -> bytes:
    """A list as HR keeps it: with colours, a drop-down, a note and widths."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.title = words.sheet
    more = [f"Cost centre {number}" for number in range(1, more_columns + 1)]
    sheet.append([*words.headings, *more])
    for cell in sheet[1]:
        cell.font, cell.fill = Font("Calibri", 11, bold=True, color="FFFFFF"), PatternFill("solid", fgColor="7A4B94")
    for index, one in enumerate(people, 1):
        theirs = (str(1000 + index), one.last, one.first, words.department, one.mobile, one.office, words.country)
        sheet.append([*theirs, *(f"CC-{index % 40}-{number}" for number in range(more_columns))])
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


async def workbooks(words: Words, *, count: int = 10, more_columns: int = 0) -> dict[str, bytes]:
    """The template, and the plan, result, refusal and drift of runs over some people."""
    people = employees(words.letters, count)
    settings = {**_SETTINGS, "REPORT_LANGUAGE": words.language.value, "APPROVAL": "always"}
    async with in_memory(Staff(()), settings) as world:
        for index, one in enumerate(people, 1):
            if one.has_account:
                world.stand_in.tenant.put(person(index, one))
        made = {"template": world.app.template()}
        run = await world.run_to_end(words.file, export(words, people, more_columns=more_columns))
        results = world.app.results
        made["plan"] = await results.read(f"{run.id}/plan.xlsx")
        await world.app.decisions.approve(run.id, run.digest, "Priya Shah")
        await world.pump()
        made["result"] = await world.app.returns.read(await world.stored(run.id))
        refused = await world.run_to_end("notes.csv", b"Title,Remark\nA,B\n")
        made["refused"] = await world.app.returns.read(refused)
        made["drift"] = await _drift(world, len(people))
    made["readiness"] = await _readiness(words.language)
    return made


async def _drift(world: InMemory, count: int) -> bytes:
    """The drift a day later: of ten people one has another number, one has none, and one has no account."""
    world.clock.leap_to(world.clock.now() + timedelta(days=1))
    tenant = world.stand_in.tenant
    for first in range(1, count, 10):
        tenant.people[_object_id(first)].methods[PhoneType.MOBILE] = "+1 2025550199"
        tenant.people[_object_id(first + 1)].methods.pop(PhoneType.MOBILE, None)
        tenant.people.pop(_object_id(first + 2))
    started = await world.app.reconcile()
    await world.pump()
    run = await world.stored(started.id)
    return await world.app.results.read(run.result_blob)


async def _readiness(language: Language) -> bytes:
    """The readiness of people of every class."""
    async with in_memory(make_staff(_PEOPLE_OF_READINESS), {"REPORT_LANGUAGE": language.value}, _REPORT) as world:
        started = await world.app.readiness()
        await world.pump()
        run = await world.stored(started.id)
        return await world.app.results.read(run.result_blob)


def draw(folder: Path, name: str, data: bytes) -> None:
    """One picture for each of the first printed pages of a workbook."""
    with TemporaryDirectory() as place:
        (Path(place) / f"{name}.xlsx").write_bytes(data)
        _run("soffice", "--headless", "--convert-to", _AS_PDF, "--outdir", place, f"{place}/{name}.xlsx")
        _run("pdftoppm", "-r", str(_DPI), "-png", f"{place}/{name}.pdf", str(folder / name))


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        sys.exit(f"{program} is not on the PATH: install LibreOffice and poppler.")
    subprocess.run([found, *arguments], check=True, capture_output=True)  # noqa: S603 - a program of the machine


def main(folder: Path, *, is_large: bool = False) -> None:
    """Draw the workbooks of ten people, or of many people with many columns of HR's own."""
    folder.mkdir(parents=True, exist_ok=True)
    for words in WORDS:
        made = workbooks(words, count=_MANY, more_columns=_OWN_COLUMNS) if is_large else workbooks(words)
        for name, data in asyncio.run(made).items():
            draw(folder, f"{name}-{words.language}", data)


def main_of_documentation() -> None:
    """Draw the workbooks, and copy the pages that the documentation shows."""
    with TemporaryDirectory() as place:
        main(Path(place))
        for name in _SHOWN:
            shutil.copy(Path(place) / f"{name}.png", ROOT / "docs" / "pictures")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), is_large="--large" in sys.argv)
    else:
        main_of_documentation()
