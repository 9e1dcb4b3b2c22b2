"""Made-up staff of any size, with HR's values for each person and the outcome that a default run should have.

Called by the demo, the benchmarks and the tests: `exports` turns a staff into the workbook that HR would drop, and
`Staff.people` seeds the Graph stand-in. The same size and seed always give the same staff. Calls `fictional_numbers`.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from sandbox.fictional_numbers import NumberDealer, mobiles
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.spellings import Spelling, spelling_of
from shared.core.person.account import KeyKind
from shared.core.values.slot import PhoneNumber, PhoneType
from shared.core.values.states import SUCCEEDED_ROWS, RowState


class PersonKind(StrEnum):
    """What is special about a person's row and account."""

    GREENFIELD = "greenfield"
    SAME_NUMBER_OTHER_SPELLING = "sameNumberOtherSpelling"
    OTHER_NUMBER = "otherNumber"
    NON_ASCII = "nonAscii"
    GUEST = "guest"
    DISABLED = "disabled"
    ADMINISTRATOR = "administrator"
    UNKNOWN_USER = "unknownUser"
    MISTYPED_NUMBER = "mistypedNumber"
    BLANK_CELLS = "blankCells"


class Mix(NamedTuple):
    share: float
    expected: RowState
    """The row's state after a default run: the first one over a new staff, with policy `merge` and no removals.

    The ledger is empty, and values that the app did not write may be replaced, by a setting or an approval.
    """


MIX: dict[PersonKind, Mix] = {
    PersonKind.GREENFIELD: Mix(0.60, RowState.CREATED),
    PersonKind.SAME_NUMBER_OTHER_SPELLING: Mix(0.20, RowState.UNCHANGED),
    PersonKind.OTHER_NUMBER: Mix(0.08, RowState.UPDATED),
    PersonKind.NON_ASCII: Mix(0.04, RowState.CREATED),
    PersonKind.GUEST: Mix(0.02, RowState.CREATED),
    PersonKind.UNKNOWN_USER: Mix(0.02, RowState.REFUSED),
    PersonKind.DISABLED: Mix(0.01, RowState.CREATED),
    PersonKind.ADMINISTRATOR: Mix(0.01, RowState.REFUSED),
    PersonKind.MISTYPED_NUMBER: Mix(0.01, RowState.REFUSED),
    PersonKind.BLANK_CELLS: Mix(0.01, RowState.UNCHANGED),
}
"""A run over such a staff stays within the safety limits that are shares. By default it exceeds MAX_UNMANAGED_REPLACED,
and that over a large staff exceeds quotas too."""


ALTERNATE_SHARE, OFFICE_SHARE, BLANK_COUNTRY_SHARE = 0.12, 0.25, 0.15

DEPARTMENTS = ("Claims", "Finance", "IT", "Legal", "Operations", "Sales", "Treasury")
FIRST_NAMES = (
    *("Ada", "Alex", "Amara", "Ben", "Carla", "Chen", "Dana", "Diego", "Elena", "Emil", "Farah", "Grace"),
    *("Hana", "Ivan", "Jana", "Jonas", "Kofi", "Lena", "Luca", "Maria", "Milan", "Nadia", "Noah", "Olga"),
    *("Omar", "Petra", "Priya", "Ravi", "Rosa", "Sam", "Sara", "Tariq", "Tom", "Uma", "Vera", "Yusuf"),
)
LAST_NAMES = (
    *("Abebe", "Andersson", "Bauer", "Berg", "Brown", "Costa", "Diaz", "Eriksen", "Fischer", "Garcia", "Haddad"),
    *("Ito", "Jansen", "Keller", "Khan", "Kim", "Larsen", "Martin", "Mensah", "Meyer", "Novak", "O'Brien"),
    *("Okafor", "Patel", "Popov", "Rossi", "Schmidt", "Silva", "Singh", "Smith", "Tanaka", "Weber", "Wong"),
)
NON_ASCII_NAMES = (
    *(("Zoë Müller", "zoe.mueller"), ("Łukasz Wójcik", "lukasz.wojcik"), ("Søren Ødegård", "soren.odegard")),
    *(("Nguyễn Thị Ánh", "anh.nguyen"), ("José Ibáñez", "jose.ibanez"), ("Ólafur Þórsson", "olafur.thorsson")),
    *(("山田 太郎", "taro.yamada"), ("Елена Соколова", "elena.sokolova"), ("Γιώργος Παππάς", "giorgos.pappas")),
)
"""Display names with the ASCII that their sign-in names are made of."""

ADMINISTRATORS = Group(
    id="5f1d3a52-0c1e-4d57-9a3e-2f6f0b0a7c11", displayName="Administrators", roles=[GLOBAL_ADMINISTRATOR]
)
"""Administrators hold their role through this group, as is usual where roles are assigned to groups."""

Numbers = Mapping[PhoneType, PhoneNumber]


class Registered(NamedTuple):
    """What a person has registered, as Graph's registration report names it.

    `email` tells whether they can reset a password by e-mail.
    """

    weight: int
    methods: tuple[str, ...] = ()
    email: bool = False


REGISTERED = (
    Registered(35),
    Registered(20, ("microsoftAuthenticatorPush",)),
    Registered(10, ("microsoftAuthenticatorPush", "softwareOneTimePasscode"), email=True),
    Registered(12, ("passKeyDeviceBoundAuthenticator", "microsoftAuthenticatorPush"), email=True),
    Registered(8, ("fido2SecurityKey",)),
    Registered(10, ("windowsHelloForBusiness", "microsoftAuthenticatorPush"), email=True),
    Registered(2, ("macOsSecureEnclaveKey", "securityQuestion")),
    Registered(1, ("certificateBasedAuthentication", "hardwareOneTimePasscode")),
    Registered(2, email=True),
)
"""What made-up people have registered: a readiness report of them has every class."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One row of the export, and the account behind it."""

    kind: PersonKind
    expected: RowState
    """The row's state after a default run over this staff's export."""
    keys: Mapping[KeyKind, str]
    name: str
    department: str
    country: str
    """ISO 3166 alpha-2."""
    country_cell: str
    """What HR wrote into the country column; blank for some whose account has a usage location."""
    person: Person | None
    """The account as it is before the run; None = the directory does not know the person."""
    wanted: Numbers
    """HR's numbers. The first is the main one: the mobile, or the office number in a country without mobiles."""
    spellings: Mapping[PhoneType, Spelling]


@dataclass(frozen=True, slots=True)
class Staff:
    """All rows of one export, in its order."""

    members: tuple[StaffMember, ...]

    @property
    def people(self) -> list[Person]:
        """The directory as it is before this export is dropped."""
        return [member.person for member in self.members if member.person is not None]

    @property
    def groups(self) -> list[Group]:
        """The groups that the directory knows."""
        return [ADMINISTRATORS]

    @property
    def expected(self) -> dict[PersonKind, Counter[RowState]]:
        """How many rows of each kind end in which state in a default run."""
        table: dict[PersonKind, Counter[RowState]] = {}
        for member in self.members:
            table.setdefault(member.kind, Counter())[member.expected] += 1
        return table

    @property
    def expected_counts(self) -> dict[str, int]:
        """How many rows end in which state, over all kinds, by the names that a run's summary has."""
        return dict(Counter(member.expected.value for member in self.members))

    def as_tenant(self) -> dict[str, Any]:
        """The seed of the stand-in, without options."""
        return {
            "people": [person.to_json() for person in self.people],
            "groups": [group.to_json() for group in self.groups],
        }

    def with_changed_numbers(self, share: float, seed: int = 2027) -> Staff:
        """The next export: a share of the people whose row was not refused now have another main number.

        Its `people` are the directory as a run over the present export leaves it. Its expected outcomes hold after
        such a run, and for a new stand-in seeded with those people. Raises ValueError as `make_staff` does.
        """
        rng = random.Random(seed)
        changeable = [
            index
            for index, member in enumerate(self.members)
            if member.wanted and member.expected is not RowState.REFUSED
        ]
        changed = frozenset(rng.sample(changeable, round(share * len(changeable))))
        dealer = NumberDealer(rng, held=_wanted_mobiles(self.members))
        after = [_after_run(member) for member in self.members]
        return Staff(
            tuple(_changed(member, dealer, rng) if index in changed else member for index, member in enumerate(after))
        )


def make_staff(size: int, seed: int = 2026) -> Staff:
    """A staff of `size` people, mixed as in `MIX`.

    Raises ValueError when the fictional mobile numbers run out, somewhere above 70,000 people.
    """
    rng = random.Random(seed)
    kinds = _kinds(size)
    rng.shuffle(kinds)
    hiring = _Hiring(rng, NumberDealer(rng), random.Random(seed + 1))
    return Staff(tuple(hiring.hire(kind) for kind in kinds))


def _kinds(size: int) -> list[PersonKind]:
    """The shares of `size` in whole people; the remaining people go to the kinds that were rounded down the most."""
    counts = {kind: int(mix.share * size) for kind, mix in MIX.items()}
    most_rounded = sorted(MIX, key=lambda kind: counts[kind] - MIX[kind].share * size)
    for kind in most_rounded[: size - sum(counts.values())]:
        counts[kind] += 1
    return [kind for kind, count in counts.items() for _ in range(count)]


@dataclass(slots=True)
class _Hiring:
    """Makes one member after the other; what it remembers keeps numbers apart and sign-in names unique."""

    rng: random.Random
    dealer: NumberDealer
    methods: random.Random
    """Draws what people have registered beside numbers."""
    namesakes: Counter[str] = field(default_factory=Counter)

    def hire(self, kind: PersonKind) -> StaffMember:
        country = self.dealer.country()
        name, keys = self._identity(kind)
        wanted = {} if kind is PersonKind.BLANK_CELLS else self._wanted(country)
        person = self._person(kind, name, keys, country, wanted)
        department = self.rng.choice(DEPARTMENTS)
        located = person is not None and person.usageLocation is not None
        mistyped = kind is PersonKind.MISTYPED_NUMBER
        return StaffMember(
            kind=kind,
            expected=MIX[kind].expected,
            keys=keys,
            name=name,
            department=department,
            country=country,
            country_cell="" if located and self.rng.random() < BLANK_COUNTRY_SHARE else country,
            person=None if person is None else replace(person, department=department),
            wanted=wanted,
            spellings={
                phone_type: Spelling.LETTER_FOR_ZERO if mistyped else spelling_of(number, country, self.rng)
                for phone_type, number in wanted.items()
            },
        )

    def _identity(self, kind: PersonKind) -> tuple[str, dict[KeyKind, str]]:
        if kind is PersonKind.NON_ASCII:
            name, ascii_name = self.rng.choice(NON_ASCII_NAMES)
        else:
            name = f"{self.rng.choice(FIRST_NAMES)} {self.rng.choice(LAST_NAMES)}"
            ascii_name = name.lower().replace(" ", ".")
        self.namesakes[ascii_name] += 1
        count = self.namesakes[ascii_name]
        local = ascii_name if count == 1 else f"{ascii_name}{count}"
        guest = "_example.com#EXT#" if kind is PersonKind.GUEST else ""
        return name, {
            KeyKind.OBJECT_ID: str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            KeyKind.USER_PRINCIPAL_NAME: f"{local}{guest}@contoso.example",
            KeyKind.EMPLOYEE_ID: f"E{100_000 + self.namesakes.total()}",
            KeyKind.MAIL: f"{local}@example.com",
        }

    def _wanted(self, country: str) -> dict[PhoneType, PhoneNumber]:
        if country in mobiles():
            types = [PhoneType.MOBILE]
            types += [PhoneType.ALTERNATE_MOBILE] if self.rng.random() < ALTERNATE_SHARE else []
            types += [PhoneType.OFFICE] if self.rng.random() < OFFICE_SHARE else []
        else:
            types = [PhoneType.OFFICE]
        return {phone_type: self.dealer.draw(phone_type, country) for phone_type in types}

    def _person(
        self, kind: PersonKind, name: str, keys: Mapping[KeyKind, str], country: str, wanted: Numbers
    ) -> Person | None:
        """The account; its profile holds HR's numbers, as if a directory sync had written them."""
        if kind is PersonKind.UNKNOWN_USER:
            return None
        mobile, office = wanted.get(PhoneType.MOBILE), wanted.get(PhoneType.OFFICE)
        (registered,) = self.methods.choices(REGISTERED, [one.weight for one in REGISTERED])
        return Person(
            id=keys[KeyKind.OBJECT_ID],
            userPrincipalName=keys[KeyKind.USER_PRINCIPAL_NAME],
            displayName=name,
            mail=keys[KeyKind.MAIL],
            employeeId=keys[KeyKind.EMPLOYEE_ID],
            usageLocation=None if kind is PersonKind.GUEST else country,
            accountEnabled=kind is not PersonKind.DISABLED,
            userType="Guest" if kind is PersonKind.GUEST else "Member",
            mobilePhone=mobile.spelled_for_graph() if mobile else None,
            businessPhones=[office.spelled_for_graph()] if office else [],
            phones=_as_stored(self._current(kind, country, wanted)),
            other_methods=registered.methods,
            email=keys[KeyKind.MAIL] if registered.email else None,
            groups=[ADMINISTRATORS.id] if kind is PersonKind.ADMINISTRATOR else [],
        )

    def _current(self, kind: PersonKind, country: str, wanted: Numbers) -> Numbers:
        """The numbers that the account has: HR's, HR's with another main number, or none."""
        match kind:
            case PersonKind.SAME_NUMBER_OTHER_SPELLING:
                return wanted
            case PersonKind.OTHER_NUMBER | PersonKind.ADMINISTRATOR:
                main = next(iter(wanted))
                return {**wanted, main: self.dealer.draw(main, country, other_than=wanted[main])}
            case _:
                return {}


def _as_stored(numbers: Numbers) -> dict[str, str]:
    return {phone_type.value: number.spelled_for_graph() for phone_type, number in numbers.items()}


def _after_run(member: StaffMember) -> StaffMember:
    """The member after its row is complete: a created or updated number is current, and the row would be unchanged."""
    if member.person is None or member.expected not in SUCCEEDED_ROWS:
        return member
    person = replace(member.person, phones=_as_stored(member.wanted))
    return replace(member, expected=RowState.UNCHANGED, person=person)


def _changed(member: StaffMember, dealer: NumberDealer, rng: random.Random) -> StaffMember:
    main = next(iter(member.wanted))
    number = dealer.draw(main, member.country, other_than=member.wanted[main])
    return replace(
        member,
        expected=RowState.UPDATED,
        wanted={**member.wanted, main: number},
        spellings={**member.spellings, main: spelling_of(number, member.country, rng)},
    )


def _wanted_mobiles(members: Iterable[StaffMember]) -> Iterable[PhoneNumber]:
    for member in members:
        yield from (number for phone_type, number in member.wanted.items() if phone_type is not PhoneType.OFFICE)
