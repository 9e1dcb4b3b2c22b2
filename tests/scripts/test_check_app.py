"""The check after an installation: the doctor's findings in words, and a preview through the app's own queues."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.recorder import AzureCli

PASSED = {"check": "queues", "status": "ok", "sentence": "All queues can be reached.", "remedy": ""}
FAILED = {"check": "permissions", "status": "failed", "sentence": "One is missing.", "remedy": "Grant it."}
RUN = {"id": "20261121T080000Z-cc6cd01c44", "state": "planning", "message": "", "isFinished": False}
ENDED = {**RUN, "state": "finished", "isFinished": True}
HEALTHY: Mapping[str, Any] = {
    "GET /health?deep=true": {"status": "ok", "checks": [PASSED]},
    "GET /template.xlsx": {},
    "POST /runs?preview=true&name=template.xlsx": RUN,
    f"GET /runs/{RUN['id']}": ENDED,
}


@contextmanager
def app(answers: Mapping[str, Any], authorization: str | None = "Bearer a-token") -> Iterator[str]:
    """An app that gives these answers to callers with this header; 403 to what is not among them."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = answers.get(f"{self.command} {self.path}")
            is_known = self.headers["Authorization"] == authorization and answer is not None
            self.send_response(200 if is_known else 403)
            self.end_headers()
            self.wfile.write(json.dumps(answer if is_known else {"error": {"code": "roleMissing"}}).encode())

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def check(folder: Path, answers: Mapping[str, Any]) -> tuple[int, str]:
    cli = AzureCli.at(folder / "az", {"account get-access-token --scope api://an-id/": {"accessToken": "a-token"}})
    with app(answers) as address:
        done = cli.run(
            "check_app", SIGN_IN_CLIENT_ID="an-id", SITE_HOST="func.example", APP_URL=address, PAUSE_SECONDS="0"
        )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({}, 0, "every check passed"),
        ({}, 0, "storage, queues and triggers work"),
        ({f"GET /runs/{RUN['id']}": {**ENDED, "state": "failed", "message": "It is damaged."}}, 1, "It is damaged."),
        ({"GET /health?deep=true": {"checks": [PASSED, FAILED]}}, 1, "- permissions: One is missing. Grant it."),
        ({"GET /health?deep=true": None}, 1, "doctor was not asked. You need the role Reports.Read: have it assigned"),
        ({"GET /health?deep=true": None}, 1, "storage, queues and triggers work"),
        (
            {"POST /runs?preview=true&name=template.xlsx": None},
            1,
            "was not asked. You need the role Runs.Upload",
        ),
        ({"POST /runs?preview=true&name=template.xlsx": None}, 1, 'az login --scope "api://an-id/user_impersonation"'),
        ({f"GET /runs/{RUN['id']}": RUN}, 1, "has not ended"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, changes: Mapping[str, Any], code: int, words: str) -> None:
    """In the app's own words, and the exit code says whether all is well."""
    ended, said = check(tmp_path, {**HEALTHY, **changes})
    assert (code, True) == (ended, words in said), said


def test_who_gets_no_token_is_told_how_to_get_one(tmp_path: Path) -> None:
    """Entra ID gives none to people who have no role of the app."""
    cli = AzureCli.at(tmp_path / "az", {"!account get-access-token": "AADSTS50105: not assigned to a role"})
    done = cli.run("check_app", SIGN_IN_CLIENT_ID="an-id", SITE_HOST="func.example")
    assert 1 == done.returncode
    for words in ("AADSTS50105", "Reports.Read and the role Runs.Upload", 'az login --scope "api://an-id/'):
        assert words in done.stderr
