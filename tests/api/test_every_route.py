"""What holds for every route: where a request may come from, what every answer says, and what nothing repeats."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from sandbox.people import make_staff
from shared.api.guard import PRINCIPAL_HEADER
from shared.api.roles import CallerRole
from shared.core.values.errors import BlobNotFoundError, ConcurrencyError
from tests.api.caller import ENTRA, KEY, World, api, principal
from tests.api.test_roles import ROUTES, RUN

STAFF = make_staff(4)
OWN, FOREIGN = "https://app.example", "https://evil.example"
FORM, MULTIPART, PLAIN = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"
JSON = "application/json"
CANARY = "Zz7CanaryQq9"
CHANGING = sorted(operation for operation, (method, _) in ROUTES.items() if method != "GET")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def entra() -> AsyncIterator[World]:
    async with api(STAFF, ENTRA) as world:
        yield world


async def call(
    world: World, operation: str, headers: dict[str, str], query: str = "", body: str = "{"
) -> httpx.Response:
    """Without the headers that the tests' client sends by itself."""
    method, path = ROUTES[operation]
    path = path.replace("{id}", "nobody").replace("{typeOrId}", "pager").replace("{run}", RUN)
    world.http.headers.pop("X-Requested-With", None)
    content = None if method == "GET" else body
    return await world.http.request(method, path + query, content=content, headers=headers)


REFUSED: list[dict[str, str]] = [
    {"Origin": "null", "Content-Type": JSON},
    {"Origin": FOREIGN, "Content-Type": JSON},
    {"Origin": f"{OWN}.evil.example", "Content-Type": JSON},
    {"Origin": f"{OWN}:444", "Content-Type": JSON},
    {"Origin": "http://app.example", "Content-Type": JSON},
    {"Origin": "https://[", "Content-Type": JSON},
    {"Origin": f"{OWN}, {FOREIGN}", "Content-Type": JSON},
    {"Origin": "null", "Sec-Fetch-Site": "none", "Content-Type": JSON},
    {"Origin": FOREIGN, "Sec-Fetch-Site": "same-origin", "Content-Type": JSON},
    {"Origin": OWN, "Sec-Fetch-Site": "cross-site", "Content-Type": JSON},
    {"Sec-Fetch-Site": "cross-site", "Content-Type": JSON},
    {"Sec-Fetch-Site": "same-site", "Content-Type": JSON},
    {"Sec-Fetch-Site": "nonsense", "Content-Type": JSON},
    {"Sec-Fetch-Site": "same-origin, cross-site", "Content-Type": JSON},
    {"Origin": FOREIGN, "Content-Type": MULTIPART, "Authorization": "Bearer x", "X-Requested-With": "x"},
    *({"Content-Type": form} for form in (FORM, MULTIPART, PLAIN, "TEXT/Plain;charset=utf-8", f"{JSON}, {PLAIN}")),
    {"Content-Type": FORM, "Sec-Fetch-Site": "none"},
    {"Content-Type": FORM, "X-Requested-With": ""},
]
"""What a page of another site may have sent."""
ACCEPTED: list[dict[str, str]] = [
    {"Content-Type": JSON},
    {},
    {"Origin": OWN, "Content-Type": FORM},
    {"Origin": OWN.upper().replace("HTTPS", "https"), "Content-Type": MULTIPART},
    {"Origin": OWN, "Sec-Fetch-Site": "none", "Content-Type": FORM},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Content-Type": FORM},
    {"Sec-Fetch-Site": "same-origin", "Content-Type": PLAIN},
    *({"Content-Type": MULTIPART, name: "x"} for name in ("Authorization", "x-functions-key", "X-Requested-With")),
]
"""A program, or this site's own page."""


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("headers", REFUSED, ids=str)
async def test_a_page_of_another_site_changes_nothing(entra: World, headers: dict[str, str]) -> None:
    """On every route that may change something, whatever role the person has whose session it uses."""
    answers = {operation: await call(entra, operation, headers) for operation in CHANGING}

    assert {"crossSite"} == {answer.headers.get("x-ms-error-code") for answer in answers.values()}
    assert 200 == (await call(entra, "ListRuns", headers)).status_code


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("headers", ACCEPTED, ids=str)
async def test_programs_and_own_pages_are_let_in(entra: World, headers: dict[str, str]) -> None:
    """Every other refusal comes later, and for another reason."""
    answers = [await call(entra, operation, headers) for operation in CHANGING]

    assert "crossSite" not in {answer.headers.get("x-ms-error-code") for answer in answers}


STATES = {
    "nobody": {PRINCIPAL_HEADER: ""},
    "no role": principal(),
    "every role": principal(*CallerRole),
    "a guest": principal(*CallerRole, acct="1"),
    "another site": {"Origin": "null"},
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("state", STATES)
async def test_no_answer_is_stored_or_guessed_at(entra: World, state: str) -> None:
    """Refusals too, and paths and methods that there are not."""
    headers = STATES[state]
    answers = [await call(entra, operation, headers) for operation in ROUTES]
    answers += [
        await entra.http.get("/nothing", headers=headers),
        await entra.http.delete("/runs", headers=headers),
        await entra.http.get("/health?deep=true", headers=headers),
    ]

    told = {(answer.headers.get("cache-control"), answer.headers.get("x-content-type-options")) for answer in answers}
    assert {("no-store", "nosniff")} == told, state


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("state", ["nobody", "no role"])
async def test_deep_health_is_not_for_everybody(entra: World, state: str) -> None:
    """A role is needed, not a sign-in alone."""
    answer = await entra.http.get("/health?deep=true", headers=STATES[state])
    assert answer.status_code in {401, 403}


HEADERS: dict[str, dict[str, str]] = {
    "unknown": {f"X-{CANARY}": CANARY},
    "content type": {"Content-Type": f"application/{CANARY}"},
    "charset": {"Content-Type": f"text/csv; charset={CANARY}"},
    "origin": {"Origin": f"https://{CANARY}.example"},
    "host": {"Host": f"[{CANARY}"},
    "fetch": {"Sec-Fetch-Site": CANARY},
    "If-Match": {"If-Match": CANARY},
    "repeatability": {"Repeatability-Request-ID": CANARY},
    "token": {"Authorization": f"Bearer {CANARY}"},
    "principal": {PRINCIPAL_HEADER: CANARY},
    "cookie": {"Cookie": f"AppServiceAuthSession={CANARY}"},
    "forwarded": {"X-Forwarded-Host": CANARY, "Forwarded": f"host={CANARY}", "X-Original-URL": f"/{CANARY}"},
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", HEADERS)
async def test_no_header_of_a_request_is_repeated(entra: World, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in a log nor in an answer, and none makes a route fail."""
    caplog.set_level("DEBUG", logger="shared")
    for operation in ROUTES:
        answer = await call(entra, operation, {"Content-Type": JSON, **HEADERS[kind]})
        told = f"{answer.headers} {answer.text}".lower()
        assert CANARY.lower() not in told, operation
    assert CANARY.lower() not in caplog.text.lower()


BODIES: dict[str, object] = {
    "field": {CANARY: "leave"},
    "key of columns": {"columns": {CANARY: "mobile" * 20}},
    "role of columns": {"columns": {"B": CANARY * 20}},
    "key of answers": {"answers": {CANARY: "leave"}},
    "answer": {"answers": {"2": CANARY}},
    "value": {field: {CANARY: CANARY} for field in ("who", "text", "note", "also", "source", "phoneNumber")},
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", BODIES)
async def test_no_part_of_a_refused_body_is_repeated(entra: World, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in a log nor in an answer: a number may stand in any of them by mistake."""
    caplog.set_level("DEBUG", logger="shared")
    everything = principal(*CallerRole)
    for operation in CHANGING:
        answer = await call(entra, operation, {"Content-Type": JSON, **everything}, body=json.dumps(BODIES[kind]))
        assert CANARY.lower() not in f"{answer.headers} {answer.text}".lower(), operation
    assert CANARY.lower() not in caplog.text.lower()


@pytest.mark.parametrize("settings", [ENTRA, KEY])
async def test_the_name_of_a_file_is_in_no_log_and_no_exception(
    settings: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """However the file comes, also when it cannot be read, lies in a wrong folder, or is gone or replaced."""
    caplog.set_level("DEBUG", logger="shared")
    async with api(STAFF, settings) as world:
        for name in (f"{CANARY}.xlsx", f"{CANARY}.exe"):
            await world.http.post(f"/runs?name={name}", content=b"x", headers={"Content-Type": "text/csv"})
            await world.http.post("/runs", files={"file": (name, b"x")}, headers={"X-Requested-With": "x"})
            for folder in ("", "full/", "wrong/"):
                await world.inside.drop(f"{folder}{name}", b"x")
        await world.inside.pump()
        assert await world.inside.app.split(f"{CANARY}-gone.csv") is None
        with pytest.raises(BlobNotFoundError) as gone:
            await world.inside.app.exports.read(f"{CANARY}-gone.csv")
        await world.inside.app.exports.write(f"{CANARY}.csv", b"x")
        with pytest.raises(ConcurrencyError) as replaced:
            await world.inside.app.exports.read(f"{CANARY}.csv", if_match="another")
        await world.inside.app.sweep()

        assert CANARY not in f"{gone.value!r} {replaced.value!r}"
    assert CANARY not in caplog.text
