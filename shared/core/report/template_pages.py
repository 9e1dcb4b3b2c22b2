"""The empty form for HR: its columns, and a page of instructions with frequent mistakes.

The app never reads that page as a sheet of people, and the sign-in names in it have a domain that cannot be registered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.core.numbers.numbering_plan import KNOWN_REGIONS
from shared.core.report.page import Column, Kind, Line, Page, Paragraph, Section, Table, Title
from shared.core.report.row_words import capital
from shared.core.report.texts import Language, Texts

PHONES = ("mobile", "alternateMobile", "office")
_KEY, _EMAIL, _COUNTRY = "userPrincipalName", "email", "country"
_PHONE_WIDTH = 32
REGIONS = tuple(sorted(KNOWN_REGIONS))


@dataclass(frozen=True, slots=True)
class FormRules:
    """The settings on which the form depends; `region` is that of national numbers, "" = these need a country."""

    region: str = ""
    email_methods: bool = False


@dataclass(frozen=True, slots=True)
class FormColumn:
    """`name` is that of the role; `hint` is shown while a cell is filled in."""

    name: str
    heading: str
    width: int
    meaning: str
    example: str
    hint: str
    choices: tuple[str, ...] = ()
    """The only texts that a cell may hold; () = any."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What people type into a column, by its name, and what they should type."""

    column: str
    wrong: str
    why: str
    right: str


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Two mobile numbers and an office number of one country, all reserved for examples."""

    mobile: str
    other: str
    office: str


_NUMBERS = {
    "US": _Numbers("+1 202 555 0123", "+1 202 555 0124", "+1 202 555 0125"),
    "DE": _Numbers("+49 171 3920012", "+49 171 3920013", "+49 30 23125 123"),
    "AU": _Numbers("+61 491 570 006", "+61 491 570 156", "+61 2 5550 1234"),
}
"""By region. For any other region the examples are those of `_ENGLISH` or `_EUROPEAN`."""
_ENGLISH, _EUROPEAN = "US", "DE"
"""The regions of the examples, by language, if the settings have no region, or one without example numbers."""
_PERSON, _NAME, _ADDRESS = "ana.silva@contoso.example", "Ana Silva", "ana.silva@mail.example"


def form_columns(rules: FormRules, texts: Texts) -> tuple[FormColumn, ...]:
    """The columns of the form, in order."""
    region = _region(rules, texts)
    numbers = _NUMBERS[region]
    hint = texts.say("template.hint", example=numbers.mobile)
    country = texts.say("template.countryDefault" if rules.region else "template.country", region=rules.region)

    def column(name: str, heading: str, example: str, *, width: int = _PHONE_WIDTH) -> FormColumn:
        meaning = texts.say(f"template.{name}")
        return FormColumn(name, capital(heading), width, meaning, example, hint if name in PHONES else meaning)

    office = f"{numbers.office} x56"
    phones = zip(PHONES, (numbers.mobile, numbers.other, office), strict=True)
    return (
        column(_KEY, texts.say("template.heading.userPrincipalName"), _PERSON, width=38),
        *(column(name, texts.say(f"slot.{name}"), example) for name, example in phones),
        *([column(_EMAIL, texts.say("template.heading.email"), _ADDRESS, width=34)] if rules.email_methods else []),
        FormColumn(_COUNTRY, capital(texts.say("role.country")), 12, country, rules.region or region, country, REGIONS),
    )


def mistakes(rules: FormRules, texts: Texts) -> Iterator[Mistake]:
    """One example of each frequent mistake."""
    region = _region(rules, texts)
    right, other = _NUMBERS[region].mobile, _NUMBERS[region].other
    yield Mistake(_KEY, _NAME, "name", _PERSON)
    if not rules.region:
        yield Mistake("mobile", right.partition(" ")[2], "region", right)
    yield Mistake("mobile", _as_excel_rounds(right, texts), "rounded", right)
    yield Mistake("mobile", f"{right} (Ana)", "letters", right)
    yield Mistake("mobile", f"{right} / {other}", "two", right)
    yield Mistake("mobile", f"{right} x56", "extension", right)
    if rules.email_methods:
        yield Mistake(_EMAIL, _ADDRESS.partition(".")[0] + "@", "email", _ADDRESS)
    yield Mistake(_COUNTRY, "EUR", "country", rules.region or region)


def help_page(rules: FormRules, texts: Texts) -> Page:
    """The page of instructions: the content of each column, and frequent mistakes."""
    columns = form_columns(rules, texts)
    headings = {column.name: column.heading for column in columns}
    meanings = tuple(Line((column.heading, column.meaning, column.example)) for column in columns)
    wrong = tuple(
        Line((headings[one.column], one.wrong, texts.say(f"template.mistake.{one.why}"), one.right))
        for one in mistakes(rules, texts)
    )

    def head(name: str, width: int, kind: Kind = Kind.WORD) -> Column:
        return Column(texts.say(f"template.{name}"), width, kind)

    first = head("column", 28)
    return Page(
        texts.say("sheet.help"),
        (
            Title(texts.say("template.title", sheet=texts.say("sheet.people"))),
            Paragraph(texts.say("template.blank")),
            Paragraph(texts.say("template.others")),
            Section(texts.say("template.columns")),
            Table((first, head("meaning", 40, Kind.SENTENCE), head("example", 40)), meanings),
            Section(texts.say("template.mistakes")),
            Table((first, head("wrong", 40), head("why", 44, Kind.SENTENCE), head("right", 30)), wrong),
        ),
        texts.page_number,
    )


def _region(rules: FormRules, texts: Texts) -> str:
    """The region of the example numbers."""
    other = _ENGLISH if texts.language is Language.ENGLISH else _EUROPEAN
    return rules.region if rules.region in _NUMBERS else other


def _as_excel_rounds(number: str, texts: Texts) -> str:
    return f"{int(number.replace(' ', '')):.5E}".replace(".", texts.formats["decimal"])
