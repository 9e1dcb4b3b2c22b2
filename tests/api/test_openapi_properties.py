"""The API's description, tested by its properties: what fits it, or just does not, gets a documented answer.

Cases are made by schemathesis from the committed description. It takes 422 and 503 for granted nowhere: every status,
header and body must be in the description, and 5xx never comes, because nothing is wrong with this Graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from sandbox.exports import write_export
from sandbox.graph.options import Options
from sandbox.people import make_staff
from shared.api.app import ROOT as API
from shared.api.roles import CallerRole
from testing.site import Served, api_of, served
from tests.answers import judged
from tests.api.caller import ENTRA, principal
from tools.documents import ROOT

STAFF = make_staff(30)
OPERATIONS: dict[str, APIOperation[Any, Any, Any, Any]] = {
    one.definition.raw["operationId"]: one
    for one in (
        found.ok()  # type: ignore[union-attr] # an operation that cannot be read has no `ok` and so fails here
        for found in schemathesis.openapi.from_path(ROOT / "docs" / "openapi.json").get_all_operations()
    )
}
NOT_ASKED = [
    ignored_auth,  # who may call what is held against a table of its own
    positive_data_acceptance,  # a number of the right form may still be nobody's
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
PATIENCE = 120.0
"""Seconds; how fast the machine is at this moment is not the question."""
SHORT, LONG = 3, 36
"""Cases for each operation and mode; long: over 2,000 in all."""


@pytest.fixture(scope="module")
def world() -> Iterator[Served]:
    settings = {**ENTRA, "APPROVAL": "always", "EMAIL_METHODS": "true"}
    with served(STAFF, settings, api_of, Options(email_role=True)) as found:
        yield found


@pytest.fixture(scope="module")
def known(world: Served) -> dict[str, list[str]]:
    """People and runs that there are: without them nearly every case would end with 404."""
    people = [member.person for member in STAFF.members if member.person]
    runs = []
    for name in ("held.xlsx", "preview/previewed.xlsx"):
        runs.append(world.run(world.inside.drop(name, write_export(STAFF))))
        world.run(world.inside.pump())
    return {"id": [*(person.id for person in people[:20]), people[0].userPrincipalName], "run": runs}


def check(operation: str, mode: GenerationMode, cases: int, world: Served, known: dict[str, list[str]]) -> None:
    case_of_mode = OPERATIONS[operation].as_strategy(generation_mode=mode)
    headers = principal(*CallerRole)

    @settings(
        max_examples=cases, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=case_of_mode, choice=st.integers(0, 30))
    def one(case: Case[Any], choice: int) -> None:
        if mode is GenerationMode.POSITIVE:
            for name in known.keys() & case.path_parameters.keys():
                case.path_parameters[name] = (*known[name], case.path_parameters[name])[choice % (len(known[name]) + 1)]
        case.call_and_validate(
            base_url=world.url + API,
            headers=headers,
            additional_checks=[judged],
            excluded_checks=NOT_ASKED,
            timeout=PATIENCE,
        )

    one()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_is_documented(
    operation: str, mode: GenerationMode, world: Served, known: dict[str, list[str]]
) -> None:
    """No 5xx, no status, header or body that the description does not have; what does not fit it is refused."""
    check(operation, mode, SHORT, world, known)


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_of_very_many_is_documented(
    operation: str, mode: GenerationMode, world: Served, known: dict[str, list[str]]
) -> None:
    """The same with over 2,000 cases."""
    check(operation, mode, LONG, world, known)


_PRINTED = st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f")
_ODD = st.text(_PRINTED, min_size=1, max_size=40)
_TYPES = (
    "text/csv; a*0=x",
    "multipart/form-data; boundary*=x",
    "application/json; charset=nothing",
    "text/csv; charset=x",
)
_NAMES = ("Accept", "Origin", "Sec-Fetch-Site", "Repeatability-Request-ID", "Repeatability-First-Sent", "Range")
_ODD_HEADERS = st.fixed_dictionaries(
    {"Content-Type": st.sampled_from(_TYPES) | _ODD},
    optional={**dict.fromkeys(_NAMES, _ODD), "Authorization": _ODD, "X-MS-CLIENT-PRINCIPAL": _ODD},
)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_header_leads_to_an_error_of_the_server(operation: str, world: Served) -> None:
    """Whatever the content type and the other headers hold, the answer is a refusal or an ordinary one."""

    @settings(max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[operation].as_strategy(), odd=_ODD_HEADERS)
    def one(case: Case[Any], odd: dict[str, str]) -> None:
        headers = principal(*CallerRole) | {name: text.encode("latin-1") for name, text in odd.items()}
        answer = case.call(base_url=world.url + API, headers=headers, timeout=PATIENCE)
        assert answer.status_code < 500

    one()
