"""The judgement over every answer catches numbers and addresses where the API does not give them by design."""

from __future__ import annotations

import httpx
import pytest

from tests.answers import HOOKS

NUMBER, ADDRESS, NAME = "+1 202-555-0187", "kanarie@example.com", "kanarie@contoso.example"
METHOD, ROWS, RUN = "users/1/phoneMethods/mobile", "runs/1/rows", "runs/1"


async def answered(path: str, status: int, headers: dict[str, str], text: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, text=text))
    async with httpx.AsyncClient(transport=transport, event_hooks=HOOKS) as http:
        await http.get(f"https://app.example/api/v1/{path}")


@pytest.mark.parametrize(
    ("path", "status", "headers", "text"),
    [
        (METHOD, 422, {}, f'{{"error": {{"message": "{NUMBER} is not valid"}}}}'),
        (METHOD, 422, {}, "%2B1%20202%20555%200187"),
        ("users/1/emailMethods", 409, {}, ADDRESS),
        (METHOD, 201, {"Location": "/api/v1/users/1/phoneMethods/2025550187"}, ""),
        (RUN, 200, {}, NUMBER),
        ("drift", 200, {}, NUMBER),
        (RUN, 200, {}, ADDRESS),
    ],
)
async def test_what_an_answer_may_not_hold(path: str, status: int, headers: dict[str, str], text: str) -> None:
    """Errors hold neither, nor do headers and what every caller gets."""
    with pytest.raises(AssertionError, match=f"in an answer {status}"):
        await answered(path, status, headers, text)


@pytest.mark.parametrize(
    ("path", "status", "text"), [(METHOD, 200, NUMBER), (ROWS, 200, ADDRESS), (METHOD, 404, NAME), (RUN, 200, NAME)]
)
async def test_what_an_answer_may_hold(path: str, status: int, text: str) -> None:
    """The numbers that were asked for, and names of people."""
    await answered(path, status, {}, text)
