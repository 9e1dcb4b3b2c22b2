"""The one table from code to status, row by row, and the shape in which callers get it."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.api.app import ROOT, build
from shared.api.error_table import REQUEST_CODES, STATUS_BY_CODE
from shared.api.guard import GuardedRoute
from shared.app import App
from shared.core.values.codes import CODES, CodeInfo
from shared.core.values.errors import (
    ExplainedError,
    FileRefusedError,
    GraphRefusedError,
    GraphUnavailableError,
    NoTokenError,
    OutcomeUnknownError,
    PermanentError,
    RetryLaterError,
    ThrottledError,
)
from shared.core.values.said import Said
from shared.flows.person.write_errors import NotAppliedError
from testing.doubles import MemoryStorage
from testing.virtual_time import VirtualClock
from tests.answers import HOOKS
from tests.api.caller import KEY

RAISED: list[Exception] = []


async def fail() -> None:
    raise RAISED.pop()


@pytest.fixture(scope="module")
def failing() -> FastAPI:
    """The API with a route that raises a given error."""
    clock = VirtualClock()
    api = build(App(KEY, clock=clock, storage=MemoryStorage(clock.now)))
    api.router.route_class = GuardedRoute
    api.router.add_api_route("/fail", fail, operation_id="GetHealth")
    return api


async def answer_to(error: Exception, failing: FastAPI) -> httpx.Response:
    """What a caller gets when a route raises this."""
    RAISED.append(error)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(failing, root_path=ROOT), event_hooks=HOOKS) as http:
        return await http.get(f"https://app.example{ROOT}/fail")


@pytest.mark.parametrize(("code", "status"), STATUS_BY_CODE.items())
async def test_every_code_with_a_status_of_its_own_gets_it(failing: FastAPI, code: str, status: HTTPStatus) -> None:
    """In the body and in a header, in Graph's shape, with the way out; 503 says when, 401 how."""
    answer = await answer_to(PermanentError(code, "why", remedy="do this", request_id="r"), failing)

    error: dict[str, Any] = answer.json()["error"]
    assert (status, code, code) == (answer.status_code, answer.headers["x-ms-error-code"], error["code"])
    assert "why. do this." == error["message"] == error["innerError"]["message"]
    assert "r" == error["innerError"]["request-id"]
    assert (status is HTTPStatus.SERVICE_UNAVAILABLE) == ("Retry-After" in answer.headers)
    assert (status is HTTPStatus.UNAUTHORIZED) == ("WWW-Authenticate" in answer.headers)


@pytest.mark.parametrize(("code", "table"), [("fileTooLarge", CODES), ("secondPersonUnknown", REQUEST_CODES)])
async def test_administrators_are_told_more_unless_the_error_tells_it(
    failing: FastAPI, code: str, table: dict[str, CodeInfo]
) -> None:
    """The table's words for administrators follow the table's remedy, and no other one."""
    info = table[code]
    of_table = await answer_to(PermanentError(code, "why", remedy=info.remedy), failing)
    of_its_own = await answer_to(PermanentError(code, "why", remedy="Do this."), failing)
    assert f"why. {info.remedy} {info.for_admins}" == of_table.json()["error"]["message"]
    assert "why. Do this." == of_its_own.json()["error"]["message"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (PermanentError("numberAmbiguous", "why"), 422, "numberAmbiguous"),
        (FileRefusedError("unsupportedFormat", Said("why")), 422, "unsupportedFormat"),
        (GraphRefusedError("somethingThatGraphMadeUp", "why", status=400), 422, "graphRefused"),
        (GraphUnavailableError("somethingThatGraphMadeUp", "why", delay=17.4), 503, "graphUnavailable"),
        (PermanentError("keyNotStorable", "why"), 422, "appRefused"),
        (RetryLaterError("firstRowOpen", "why", delay=17.4), 503, "appRefused"),
        (RetryLaterError("throttled", "why", delay=17.4), 503, "throttled"),
        (OutcomeUnknownError("x", "why", status=None), 503, "graphUnavailable"),
    ],
)
async def test_what_the_table_does_not_have(failing: FastAPI, error: ExplainedError, status: int, code: str) -> None:
    """Refusals are 422, what may succeed later is 503 with its delay; only documented codes leave the app."""
    answer = await answer_to(error, failing)

    assert (status, code) == (answer.status_code, answer.json()["error"]["code"])
    if isinstance(error, RetryLaterError):
        assert "17" == answer.headers["Retry-After"]


def _kinds(of: type[ExplainedError]) -> Iterator[type[ExplainedError]]:
    yield of
    for kind in of.__subclasses__():
        yield from _kinds(kind)


@pytest.mark.parametrize("kind", [*_kinds(ExplainedError)])
async def test_an_error_is_graphs_only_if_graph_was_asked(failing: FastAPI, kind: type[ExplainedError]) -> None:
    """Whatever its code, no other error of the app sends anybody to look for the cause in Graph."""
    error = kind.__new__(kind)
    ExplainedError.__init__(error, "notInTheTables", "why")
    error.__dict__ |= {"delay": 1.0, "run": "", "target": "", "details": ()}
    answered = (await answer_to(error, failing)).json()["error"]["code"]
    asked = kind.__name__.startswith("Graph") or kind in {
        ThrottledError, NoTokenError, OutcomeUnknownError, NotAppliedError,
    }  # fmt: skip
    assert asked == (answered in {"graphRefused", "graphUnavailable"})


def test_every_code_of_the_table_is_explained() -> None:
    """A status for a code that no page explains would help nobody; a code of requests alone has a status."""
    assert STATUS_BY_CODE.keys() <= CODES.keys() | REQUEST_CODES.keys()
    assert REQUEST_CODES.keys() <= STATUS_BY_CODE.keys()
    assert set() == CODES.keys() & REQUEST_CODES.keys()


async def test_what_is_not_explained_fails_the_invocation(failing: FastAPI) -> None:
    """A fault of ours must show as one: the platform records it and answers 500 without a body."""

    with pytest.raises(LookupError):
        await answer_to(LookupError("a fault"), failing)
