"""Between the Functions host and the API: what goes in and comes out, and what is imported when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import azure.functions as func
from starlette.types import Receive, Scope, Send

from shared.api.app import ROOT as API
from shared.asgi import answer

ROOT = Path(__file__).parents[2]

COOKIES = [(b"set-cookie", b"a=1; Path=/"), (b"set-cookie", b"b=2; Path=/")]
ECHO = {"status": 200, "headers": [(b"content-type", b"application/json"), (b"x-one", b"1"), *COOKIES]}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what it was asked, in two parts."""
    body = (await receive())["body"]
    gone = (await receive())["type"]
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    told = {**{name: scope[name] for name in ("method", "path", "root_path", "scheme", "server")}, "headers": headers}
    content = json.dumps({**told, "query": scope["query_string"].decode(), "body": body.decode(), "then": gone})
    await send({"type": "http.response.start", **ECHO})
    await send({"type": "http.response.body", "body": content[:10].encode(), "more_body": True})
    await send({"type": "http.response.body", "body": content[10:].encode()})


async def test_a_request_arrives_as_it_was_sent_and_the_answer_in_one_piece() -> None:
    """Percent-encoded names are decoded once, empty query values stay, the invocation's id and every cookie go back."""
    request = func.HttpRequest(
        method="put",
        url="https://app.example/api/v1/users/a%23EXT%23%C3%A9@contoso.example/phoneMethods?preview=&x=%2B1",
        headers={"X-Some": "thing"},
        body=b'{"a": 1}',
    )
    told = await answer(echo, request, "invocation-1", root_path=API)

    assert (200, "application/json", "invocation-1", "1") == (
        told.status_code, told.mimetype, told.headers["x-ms-request-id"], told.headers["x-one"],
    )  # fmt: skip
    assert ["a=1; Path=/", "b=2; Path=/"] == told.headers.get_all("Set-Cookie")
    assert {
        "method": "PUT",
        "path": "/api/v1/users/a#EXT#é@contoso.example/phoneMethods",
        "root_path": "/api/v1",
        "scheme": "https",
        "server": ["app.example", 443],
        "headers": {"x-some": "thing"},
        "query": "preview=&x=%2B1",
        "body": '{"a": 1}',
        "then": "http.disconnect",
    } == json.loads(told.get_body())


IMPORTS = """
import asyncio, json, sys
import azure.functions as func
import function_app
from types import SimpleNamespace

def loaded():
    return sorted({"fastapi", "starlette", "pydantic", "msgraph", "openpyxl"} & set(sys.modules))

async def main():
    found = {"indexed": loaded()}
    body = b'{"v": 1, "run": "x", "row": 1, "attempt": 0}'
    message = SimpleNamespace(get_body=lambda: body, insertion_time=None)
    try:
        await function_app.plan_user.build().get_user_function()(message)
    except Exception as error:
        found["queue"] = [type(error).__name__, *loaded()]
    request = func.HttpRequest(method="GET", url="https://app.example/api/v1/health", body=b"")
    answer = await function_app.health.build().get_user_function()(request, SimpleNamespace(invocation_id="1"))
    found["http"] = [answer.status_code, *loaded()]
    print(json.dumps(found))

asyncio.run(main())
"""


def test_fastapi_is_imported_when_http_is_called_and_not_before() -> None:
    """Neither indexing nor a queue message pays for it."""
    run = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", IMPORTS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "AUTH_MODE": "key", "AzureWebJobsStorage": "UseDevelopmentStorage=true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == run.returncode, run.stderr
    assert {
        "indexed": [],
        "queue": ["PermanentError", "msgraph", "pydantic"],
        "http": [200, "fastapi", "msgraph", "pydantic", "starlette"],
    } == json.loads(run.stdout)
