"""The made-up people of a snapshot, and exports typed as text; every number is reserved for fiction.

The people of `staff` have a workbook; each other person has an index: `E7` has the mobile `own(7)`, and an export may
ask for `new(7)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.graph.person import Person
from sandbox.people import Staff, make_staff
from tools.snapshot.stored import Json

PEOPLE = 60
WITHOUT_NUMBER = frozenset({1, 2, 3, 4, 11, 13, 15, 17, 18, 19, 28, 30, 32, 35, 36, 41, 42, 47, 49, 51})
FROM_DIRECTORY = (1, 2, 3)
"""The people with an office number in their directory properties, from which `Story.from_the_directory` takes it."""
READY_FOR_SMS = 12


def own(index: int) -> str:
    """The mobile of this person at the start."""
    return f"+1 20255501{index:02}"


def new(index: int) -> str:
    """The mobile that an export may ask for."""
    return f"+1 61355501{index:02}"


def theirs(index: int) -> str:
    """The mobile that this person may set outside the app."""
    return f"+1 41655501{index:02}"


def person_id(index: int) -> str:
    """The object id; the first hex digits differ, because they are the partitions of people."""
    return f"{index % 16:x}{index:07}-0000-4000-8000-{index:012}"


def staff() -> Staff:
    """The rows of the workbook and the accounts behind them."""
    return make_staff(20, seed=7)


def seed() -> Json:
    """The tenant before the first run, as the stand-in takes it."""
    people = [*(replace(person, businessPhones=()) for person in staff().people), *map(_person, range(1, PEOPLE + 1))]
    return {
        "people": [person.to_json() for person in people],
        "groups": [group.to_json() for group in staff().groups],
        "options": {"email_role": True},
    }


def csv(*rows: Sequence[str]) -> bytes:
    """An export of rows with employee id, mobile, and any other of these columns."""
    header = ("employeeId", "mobile", "alternateMobile", "office", "private mail", "smsSignIn")
    lines = [header, *((*row, *[""] * (len(header) - len(row))) for row in rows)]
    return "\n".join(",".join(line) for line in lines).encode()


def wants_new(*indices: int) -> bytes:
    """An export that gives each of these people a new mobile."""
    return csv(*((f"E{index}", new(index)) for index in indices))


def _person(index: int) -> Person:
    return Person(
        id=person_id(index),
        userPrincipalName=f"person{index}@contoso.example",
        displayName=f"Person {index}",
        mail=f"person{index}@example.com",
        employeeId=f"E{index}",
        usageLocation="US",
        businessPhones=[f"+1 61355501{index + 90}"] if index in FROM_DIRECTORY else [],
        phones={} if index in WITHOUT_NUMBER else {"mobile": own(index)},
        smsSignInState="notEnabled" if index == READY_FOR_SMS else "notAllowedByPolicy",
    )
