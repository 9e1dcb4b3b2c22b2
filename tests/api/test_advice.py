"""What docs/api.md tells callers to do about an error is what the answers say."""

from __future__ import annotations

import re

import pytest

from sandbox.people import PersonKind, make_staff
from shared.api.error_table import REQUEST_CODES
from shared.core.values.codes import CODES
from tests.api.caller import KEY, api
from tools.documents import ROOT

STAFF = make_staff(100)
NUMBER = {"phoneNumber": "+1 202 555 0142"}
NOBODY = "/users/00000000-0000-4000-8000-000000000000"


def of_kind(kind: PersonKind) -> str:
    return "/users/" + next(one.person.id for one in STAFF.members if one.kind is kind and one.person)


ADMINISTRATOR, NEW = of_kind(PersonKind.ADMINISTRATOR), of_kind(PersonKind.GREENFIELD)


def documented() -> dict[str, tuple[str, str]]:
    """What to do, and what administrators can do, by code."""
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    table = page.partition("<!-- errors -->")[2].partition("<!-- end -->")[0]
    rows = re.findall(r"^\| \d+ \| `(\w+)` \| .*? \| (.*?) \| (.*?) ?\|$", table, re.MULTILINE)
    return {code: (todo, for_admins) for code, todo, for_admins in rows}


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", f"{NOBODY}/phoneMethods", None, "personNotFound"),
        ("PUT", f"{NOBODY}/phoneMethods/mobile", NUMBER, "personNotFound"),
        ("PUT", f"{NOBODY}/phoneMethods/mobile?preview=true", NUMBER, "personNotFound"),
        ("PUT", f"{ADMINISTRATOR}/phoneMethods/mobile", NUMBER, "protectedAccount"),
        ("GET", f"{NEW}/emailMethods", None, "emailMethodsOff"),
        ("PUT", f"{NEW}/emailMethods/email", {"emailAddress": "a@contoso.example"}, "emailMethodsOff"),
        ("PATCH", f"{NEW}/phoneMethods/mobile", NUMBER, "methodNotFound"),
        ("PUT", f"{NEW}/phoneMethods/alternateMobile", NUMBER, "alternateNeedsMobile"),
        ("GET", "/runs/20261121T080000Z-0123456789", None, "runNotFound"),
    ],
)
async def test_the_table_says_what_callers_are_told(method: str, path: str, body: object, code: str) -> None:
    async with api(STAFF, KEY) as world:
        error = (await world.http.request(method, path, json=body)).json()["error"]

        todo, _ = documented()[code]
        assert (code, todo) == (error["code"], error["message"][-len(todo) :])


@pytest.mark.parametrize("code", documented())
def test_callers_are_not_told_about_cells_and_redrives(code: str) -> None:
    """They have no file: those texts of the table of codes are for HR."""
    assert code in CODES | REQUEST_CODES
    assert not re.search(r"\bcells?\b|in the file|redrive the run", " ".join(documented()[code]))
