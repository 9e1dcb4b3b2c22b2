"""Every row of the error table with the body that was reported for it, and bodies that no table foresees."""

from __future__ import annotations

import json

import pytest

from shared.adapters.graph import error_table
from shared.adapters.graph.answers import GraphAnswer
from shared.adapters.graph.error_table import RULES, explained, rule_for
from shared.core.values.errors import (
    ExplainedError,
    GraphRefusedError,
    GraphUnavailableError,
    NoTokenError,
    OutcomeUnknownError,
    PersonNotFoundError,
    ThrottledError,
)

DEFAULT_METHOD = (
    "The requested authentication method id of [3179e48a-750b-4051-897c-87b9720928f7] matches the user's current "
    "default authentication method, and cannot be deleted until the default authentication method is changed"
)
OLD_DEFAULT = (
    "Cannot delete default method with other methods configured. Please change default method before deletion."
)
POLICY = "Cannot enable SMS sign-in on phone auth method as the credential policy is not enabled on user"
OLD_POLICY = "Can not enable Sms sign in on phone auth method as the credential policy is not enabled on user."
UNKNOWN_ROUTE = '{"Message":"No HTTP resource was found that matches the request URI.","MessageDetail":"…"}'

REFUSED, UNAVAILABLE, DOUBT = GraphRefusedError, GraphUnavailableError, OutcomeUnknownError
NO_TOKEN = NoTokenError


def _answer(status: int | None, code: str, message: str, **headers: str) -> GraphAnswer:
    inner = {"message": message, "date": "2022-08-18T06:00:12", "request-id": "r", "client-request-id": "c"}
    body = {"error": {"code": code, "message": message, "innerError": inner}}
    return GraphAnswer(status, {"request-id": "r-1", **headers}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "graph_code", "message", "code", "on_read", "on_write"),
    [
        (400, "badRequest", DEFAULT_METHOD, "defaultMethod", REFUSED, REFUSED),
        (400, "badRequest", OLD_DEFAULT, "defaultMethod", REFUSED, REFUSED),
        (409, "phoneNumberNotUnique", "Taken.", "phoneNumberNotUnique", REFUSED, DOUBT),
        (409, "conflict", "A method of this type already exists.", "methodExists", REFUSED, DOUBT),
        (409, "conflict", "Another rule.", "graphRefused", REFUSED, DOUBT),
        (400, "badRequest", "The user already has a method of this type.", "methodExists", REFUSED, DOUBT),
        (405, "badRequest", POLICY, "disabledByPolicy", REFUSED, DOUBT),
        (405, "UnknownError", OLD_POLICY, "disabledByPolicy", REFUSED, DOUBT),
        (400, "disabledByPolicy", "", "disabledByPolicy", REFUSED, DOUBT),
        (403, "accessDenied", "Request Authorization failed", "permissionMissing", REFUSED, REFUSED),
        (403, "Authorization_RequestDenied", "Insufficient privileges.", "permissionMissing", REFUSED, REFUSED),
        (403, "Authorization_IdentityNotFound", "", "permissionMissing", REFUSED, REFUSED),
        (401, "InvalidAuthenticationToken", "Expired.", "tokenRejected", NO_TOKEN, NO_TOKEN),
        (401, "unauthenticated", "The user is unauthenticated", "tokenRejected", NO_TOKEN, NO_TOKEN),
        (404, "Request_ResourceNotFound", "Resource 'x' does not exist.", "personNotFound", PersonNotFoundError, DOUBT),
        (404, "resourceNotFound", "", "personNotFound", PersonNotFoundError, DOUBT),
        (404, "UnknownError", UNKNOWN_ROUTE, "personNotFound", PersonNotFoundError, DOUBT),
        (400, "BadRequest", "Resource not found for the segment 'phoneMethods'.", "apiNotAvailable", REFUSED, DOUBT),
        (400, "badRequest", "A rule without a code of its own.", "graphRefused", REFUSED, DOUBT),
        (400, "AadPremiumLicenseRequired", "Needs a licence.", "licenceMissing", REFUSED, DOUBT),
        (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "No.", "licenceMissing", REFUSED, DOUBT),
        (429, "TooManyRequests", "Please retry again later.", "throttled", ThrottledError, ThrottledError),
        (500, "generalException", "", "graphUnavailable", UNAVAILABLE, DOUBT),
        (503, "serviceNotAvailable", "", "graphUnavailable", UNAVAILABLE, DOUBT),
        (504, "UnknownError", "", "graphUnavailable", UNAVAILABLE, DOUBT),
        (501, "NotImplemented", "This operation target is not yet supported.", "apiNotAvailable", REFUSED, DOUBT),
        (424, "FailedDependency", "", "graphUnavailable", UNAVAILABLE, DOUBT),
        (408, "requestTimeout", "", "graphUnavailable", UNAVAILABLE, DOUBT),
        (410, "syncStateNotFound", "", "graphRefused", REFUSED, DOUBT),
        (403, "somethingElse", "", "graphRefused", REFUSED, DOUBT),
        (302, "", "", "graphUnavailable", UNAVAILABLE, DOUBT),
    ],
)
def test_each_answer_means_one_error(
    *,
    status: int,
    graph_code: str,
    message: str,
    code: str,
    on_read: type[ExplainedError],
    on_write: type[ExplainedError],
) -> None:
    """A read and a write get the error that the table promises, with its code and the request's id."""
    answer = _answer(status, graph_code, message)
    read, write = explained(answer, error_table.READ_PHONES), explained(answer, error_table.WRITE_PHONES)
    assert (type(read), type(write)) == (on_read, on_write)
    assert (read.code, read.request_id, write.request_id) == (code, "r-1", "r-1")
    assert write.code == ("notFound" if code == "personNotFound" else code)
    if isinstance(write, OutcomeUnknownError | GraphRefusedError):
        assert write.status == status


def test_every_row_is_reached_by_a_test_above() -> None:
    """No row of the table is without an example."""
    marks = test_each_answer_means_one_error.pytestmark  # type: ignore[attr-defined] # pytest puts it there
    cases = next(mark.args[1] for mark in marks if mark.name == "parametrize")
    assert {rule_for(status, code, message) for status, code, message, *_ in cases} >= set(RULES)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Bad Gateway</body></html>",
        b"null",
        b"[]",
        b"[{}]",
        b'"text"',
        b"17",
        b"{}",
        b'{"error": null}',
        b'{"error": []}',
        b'{"error": "invalid_request"}',
        b'{"error": {}}',
        b'{"error": {"code": null, "message": null, "innerError": null}}',
        b'{"error": {"code": {}, "message": ["+1 2025550101"]}}',
        b'{"error": {"code": "+1 2025550101", "message": "+1 2025550101"}}',
        b'{"Message": "An error has occurred."}',
        b"\xff\xfe",
        b"{",
    ],
)
def test_no_body_is_too_strange(body: bytes) -> None:
    """Whatever comes as a body, there is one explained error without a number in it, certain only where it may be."""
    for status in (None, 302, 400, 401, 403, 404, 409, 429, 500, 502):
        for why in (error_table.READ_PHONES, error_table.WRITE_PHONES, error_table.READ_GROUP):
            error = explained(GraphAnswer(status, {}, body, silence="nothing came"), why)
            certain = isinstance(error, ThrottledError | GraphRefusedError | NoTokenError)
            assert error.code
            assert "202555" not in str(error)
            assert not why.write or certain == (status in (401, 429))


def test_an_unknown_403_leaves_a_write_open() -> None:
    """Only the refusals that are known to come before anything is done are certain."""
    assert type(explained(GraphAnswer(403), error_table.WRITE_PHONES)) is OutcomeUnknownError


def test_a_missing_group_is_not_a_missing_person() -> None:
    """What a 404 means depends on what was asked for."""
    error = explained(_answer(404, "Request_ResourceNotFound", "x"), error_table.READ_GROUP)
    assert (type(error), error.code, "PILOT_GROUP_ID" in error.remedy) == (GraphRefusedError, "groupNotFound", True)


def test_service_words_are_cleaned() -> None:
    """A message that repeats a number or an address is passed on without it."""
    error = explained(_answer(400, "badRequest", "+1 2025550101 of alex@example.com is bad"), error_table.WRITE_PHONES)
    assert "Graph answered 400: badRequest: … of … is bad" == str(error)


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "2.128"}, 2.128),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}, 30),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, 10),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT", "date": "Thu, 01 Jan 2026 00:00:30 GMT"}, 10),
        ({"retry-after": "soon"}, 10),
        ({"retry-after": "-5"}, 10),
        ({"retry-after": "nan"}, 10),
        ({"retry-after": "inf"}, 10),
        ({}, 10),
    ],
)
def test_when_to_come_back(headers: dict[str, str], delay: float) -> None:
    """Retry-After is read in every form; ten seconds where it says nothing."""
    error = explained(_answer(503, "serviceNotAvailable", "", **headers), error_table.READ_PHONES)
    assert isinstance(error, GraphUnavailableError)
    assert error.delay == delay
