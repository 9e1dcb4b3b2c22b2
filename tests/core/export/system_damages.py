"""What goes wrong with exports of HR systems, one damage at a time. Each says what may still be written for whom.

A stranger's number stands in every cell that is not the person's own; it may be written for nobody.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

from phonenumbers import PhoneNumberType

from shared.core.values.slot import Slot
from tests.core.export.system_layouts import (
    FUTURE,
    LONG_AGO,
    PAST,
    REGIONS,
    Column,
    Layout,
    Row,
    Someone,
    Value,
    home_form,
    number,
    plus,
)

Damage = Callable[[Layout, random.Random], None]


def _stranger(layout: Layout, chance: random.Random) -> str:
    return plus(number(chance, REGIONS[layout.language]))


def _phone_place(layout: Layout, chance: random.Random) -> int:
    return layout.place(chance.choice(("mobile", "office")))


def nothing(_: Layout, __: random.Random) -> None:
    """The layout as it is."""


def misspelt_heading(layout: Layout, chance: random.Random) -> None:
    column = layout.columns[_phone_place(layout, chance)]
    place = chance.randrange(1, len(column.heading) - 1)
    text = column.heading
    column.heading = chance.choice(
        (text[:place] + text[place + 1] + text[place] + text[place + 2 :], text[:place] + text[place + 1 :])
    )


def blank_heading(layout: Layout, chance: random.Random) -> None:
    layout.columns[chance.randrange(len(layout.columns))].heading = ""


def swapped_cells(layout: Layout, chance: random.Random) -> None:
    """The cells of two columns stand under each other's headings; an office number may then be the person's mobile."""
    first, second = chance.sample(range(len(layout.columns)), 2)
    for row in layout.rows:
        row.cells[first], row.cells[second] = row.cells[second], row.cells[first]
    if {layout.columns[first].means, layout.columns[second].means} == {"mobile", "office"}:
        for one in {row.person for row in layout.rows}:
            own = layout.may_hold[one.index]
            own[Slot.OFFICE] = {one.mobile, one.office}
            own[Slot.MOBILE] |= {one.office} if one.region == "DK" else set()  # no plan tells them apart


def moved_columns(layout: Layout, chance: random.Random) -> None:
    order = list(range(len(layout.columns)))
    chance.shuffle(order)
    layout.columns = [layout.columns[place] for place in order]
    for row in layout.rows:
        row.cells = [row.cells[place] for place in order]


def _twin(layout: Layout, chance: random.Random, *, is_hidden: bool) -> None:
    heading = layout.columns[_phone_place(layout, chance)].heading
    layout.add(chance, Column("", heading, is_hidden=is_hidden), lambda _: _stranger(layout, chance))


def hidden_twin(layout: Layout, chance: random.Random) -> None:
    _twin(layout, chance, is_hidden=True)


def visible_twin(layout: Layout, chance: random.Random) -> None:
    _twin(layout, chance, is_hidden=False)


def hidden_column(layout: Layout, chance: random.Random) -> None:
    layout.columns[_phone_place(layout, chance)].is_hidden = True


def group_of_another_person(layout: Layout, chance: random.Random) -> None:
    """Two header rows, the second group is somebody else's."""
    layout.columns[0].group = layout.word("person")
    group = chance.choice((layout.word("contact"), layout.word("boss")))
    end = len(layout.columns)
    layout.insert(end, Column("", layout.word("mobile"), group), lambda _: _stranger(layout, chance))
    layout.insert(end, Column("", layout.word("name"), group), lambda _: "Other Example")


def columns_of_another_person(layout: Layout, chance: random.Random) -> None:
    place = chance.randint(1, len(layout.columns))
    layout.insert(place, Column("", layout.word("contact phone")), lambda _: _stranger(layout, chance))
    layout.insert(place, Column("", layout.word("contact")), lambda _: "Other Example")


def phone_behind_another_person(layout: Layout, chance: random.Random) -> None:
    end = len(layout.columns)
    layout.insert(end, Column("", layout.word("number")), lambda _: _stranger(layout, chance))
    layout.insert(end, Column("", layout.word("contact")), lambda _: "Other Example")


def other_phones(layout: Layout, chance: random.Random) -> None:
    for concept in ("home", "fax"):
        layout.add(chance, Column("", layout.word(concept)), lambda _: _stranger(layout, chance))


def _leavers(layout: Layout, chance: random.Random) -> list[Someone]:
    leavers = chance.sample([row.person for row in layout.rows], 3)
    for one in leavers:
        layout.nothing_for(one)
    return leavers


def status_added(layout: Layout, chance: random.Random) -> None:
    leavers, words = _leavers(layout, chance), _words(layout)
    heading = Column("", layout.word("status", chance.randrange(2)))
    layout.add(chance, heading, lambda row: words["left" if row.person in leavers else "active"])


def second_status(layout: Layout, chance: random.Random) -> None:
    """The other one still says that everybody works here."""
    layout.add(chance, Column("", layout.word("status", 1)), lambda _: _words(layout)["active"])
    status_added(layout, chance)


def flag_added(layout: Layout, chance: random.Random) -> None:
    leavers, words = _leavers(layout, chance), _words(layout)
    as_text = chance.random() < 0.5
    concept, of_leavers = chance.choice((("flag", "no"), ("gone", "yes")))

    def value(row: Row) -> Value:
        is_yes = (row.person in leavers) is (of_leavers == "yes")
        return words["yes" if is_yes else "no"] if as_text else is_yes

    layout.add(chance, Column("", layout.word(concept, chance.randrange(2))), value)


def _date_added(layout: Layout, chance: random.Random, concept: str) -> None:
    leavers = _leavers(layout, chance)
    form = chance.choice(("date", "iso", "dots"))

    def value(row: Row) -> Value:
        day = PAST if row.person in leavers else FUTURE
        match form:
            case "date":
                return day
            case "iso":
                return f"{day:%Y-%m-%d}"
            case _:
                return f"{day:%d.%m.%Y}"

    layout.add(chance, Column("", layout.word(concept, chance.randrange(2))), value)


def day_of_leaving_added(layout: Layout, chance: random.Random) -> None:
    _date_added(layout, chance, "left")


def end_of_contract_added(layout: Layout, chance: random.Random) -> None:
    _date_added(layout, chance, "contract")


def joiners(layout: Layout, chance: random.Random) -> None:
    """Their first day is in the future."""
    late = _leavers(layout, chance)
    heading = Column("", layout.word("hired", chance.randrange(2)))
    layout.add(chance, heading, lambda row: FUTURE if row.person in late else PAST)


def versions(layout: Layout, chance: random.Random) -> None:
    """One row per change: earlier and future rows hold other numbers, and some people have lost theirs."""
    days: dict[int, date] = {id(row): PAST for row in layout.rows}
    mobile = layout.place("mobile")
    for row in list(layout.rows):
        without = chance.random() < 0.3
        if without:
            row.cells[mobile] = None
            layout.may_hold[row.person.index][Slot.MOBILE] = set()
        for day in chance.sample((LONG_AGO, date(2021, 3, 1), FUTURE), chance.randint(0, 2)):
            other = Row(row.person, list(row.cells))
            other.cells[mobile] = _stranger(layout, chance)
            days[id(other)] = day
            layout.rows.append(other)
    chance.shuffle(layout.rows)
    layout.add(chance, Column("", layout.word("effective", chance.randrange(2))), lambda row: days[id(row)])


def versions_of_leavers(layout: Layout, chance: random.Random) -> None:
    leavers, words = _leavers(layout, chance), _words(layout)
    days: dict[int, date] = {id(row): LONG_AGO for row in layout.rows}
    for one in leavers:
        later = next(Row(one, [*row.cells]) for row in layout.rows if row.person is one)
        later.cells[layout.place("mobile")] = later.cells[layout.place("office")] = None
        days[id(later)] = PAST
        layout.rows.append(later)
    layout.add(chance, Column("", layout.word("effective")), lambda row: days[id(row)])
    layout.add(
        chance,
        Column("", layout.word("status", 1)),
        lambda row: words["left" if days[id(row)] == PAST else "active"],
    )


def hired_twice(layout: Layout, chance: random.Random) -> None:
    """A later day of hiring does not say which row of a person is the newer one."""
    days: dict[int, date] = {id(row): LONG_AGO for row in layout.rows}
    for row in chance.sample(layout.rows, 3):
        other = Row(row.person, list(row.cells))
        other.cells[layout.place("mobile")] = _stranger(layout, chance)
        days[id(other)] = PAST
        layout.rows.append(other)
        layout.may_hold[row.person.index].pop(Slot.MOBILE)
    layout.add(chance, Column("", layout.word("hired")), lambda row: days[id(row)])


def split_numbers(layout: Layout, chance: random.Random) -> None:
    """The calling code stands in front of the only phone; accounts do not say where they are."""
    concept, other = chance.sample(("mobile", "office"), 2)
    layout.remove(layout.place(other))
    place = layout.place(concept)
    as_number = chance.random() < 0.5
    for row in layout.rows:
        own = row.person.mobile if concept == "mobile" else row.person.office
        row.cells[place] = own.national if chance.random() < 0.5 else int(own.national)

    def code(row: Row) -> Value:
        own = row.person.mobile if concept == "mobile" else row.person.office
        return own.country_code if as_number else f"+{own.country_code}"

    layout.knows_region = False
    layout.insert(place, Column("", layout.word("code", chance.randrange(2))), code)


def placeholders(layout: Layout, chance: random.Random) -> None:
    for concept, slot in (("mobile", Slot.MOBILE), ("office", Slot.OFFICE)):
        for row in chance.sample(layout.rows, 3):
            row.cells[layout.place(concept)] = chance.choice((_words(layout)["nothing"], "-", "N/A", "0", 0))
            layout.may_hold[row.person.index][slot] = set()


def wrong_types(layout: Layout, chance: random.Random) -> None:
    """Cells of phones and keys that a program has changed."""
    values = (True, PAST, 1.7e11, 0.5, "#N/A", 123456789012345678, "=1+1")
    for concept in ("mobile", "office", "key", "upn"):
        if not any(column.means == concept for column in layout.columns):
            continue
        for row in chance.sample(layout.rows, 2):
            row.cells[layout.place(concept)] = chance.choice(values)


def another_country(layout: Layout, chance: random.Random) -> None:
    """A country that says nothing about phones stands beside numbers as they are dialled at home."""
    layout.knows_region = False
    for row in layout.rows:
        row.cells[layout.place("mobile")] = home_form(row.person.mobile)
    layout.add(chance, Column("", layout.word("nationality")), lambda _: chance.choice(("US", "CH", "AT", "BE")))


def the_bosss_key(layout: Layout, chance: random.Random) -> None:
    """The number of the person's superior is that of another row."""
    people = [row.person for row in layout.rows]
    heading = f"{layout.word('boss')} / {layout.word('key')}"
    layout.add(chance, Column("", heading), lambda row: people[(row.person.index + 1) % len(people)].key)


def row_per_phone(layout: Layout, chance: random.Random) -> None:
    """A column of types instead of one column per phone; faxes are a stranger's."""
    words = _words(layout)
    kept = [index for index, column in enumerate(layout.columns) if column.means not in {"mobile", "office"}]
    layout.columns = [layout.columns[index] for index in kept]
    rows = []
    for row in layout.rows:
        cells = [row.cells[index] for index in kept]
        for word, value in (
            ("mobile", plus(row.person.mobile)),
            ("work", plus(row.person.office)),
            ("fax", _stranger(layout, chance)),
        ):
            rows.append(Row(row.person, [*cells, words[word], value]))
    layout.rows = rows
    layout.columns += [Column("", layout.word("type")), Column("", layout.word("number"))]


def title_above(layout: Layout, _: random.Random) -> None:
    layout.title = "Export 2026"


def sheet_of_more_people(layout: Layout, chance: random.Random) -> None:
    """The second sheet holds old numbers of the same people."""
    mobile = layout.place("mobile")
    rows: list[list[Value]] = [[column.heading for column in layout.columns]]
    for row in layout.rows:
        cells = list(row.cells)
        cells[mobile] = _stranger(layout, chance)
        rows.append(cells)
    layout.more_sheets.append(("Older", rows))


def mobiles_of_another_column(layout: Layout, chance: random.Random) -> None:
    """Landlines stand under the heading of mobiles; a Danish number does not say which it is."""
    for row in layout.rows:
        row.cells[layout.place("mobile")] = plus(number(chance, "DE", PhoneNumberType.FIXED_LINE))
        layout.may_hold[row.person.index][Slot.MOBILE] = set()


def _words(layout: Layout) -> dict[str, str]:
    names = ("active", "left", "yes", "no", "mobile", "work", "fax", "nothing")
    return {name: layout.word("words", place) for place, name in enumerate(names)}


DAMAGES: dict[str, Damage] = {
    damage.__name__: damage
    for damage in (
        nothing,
        misspelt_heading,
        blank_heading,
        swapped_cells,
        moved_columns,
        hidden_twin,
        visible_twin,
        hidden_column,
        group_of_another_person,
        columns_of_another_person,
        phone_behind_another_person,
        other_phones,
        status_added,
        second_status,
        flag_added,
        day_of_leaving_added,
        end_of_contract_added,
        joiners,
        versions,
        versions_of_leavers,
        hired_twice,
        split_numbers,
        placeholders,
        wrong_types,
        another_country,
        the_bosss_key,
        row_per_phone,
        title_above,
        sheet_of_more_people,
        mobiles_of_another_column,
    )
}
