"""The script makes a registration without a secret, by which people and connectors can call the app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from shared.api.roles import CallerRole
from tests.scripts.recorder import AzureCli

CLOUD = {"name": "AzureCloud", "endpoints": {"activeDirectory": "https://login.example"}}
ENVIRONMENT = {
    "SITE_HOST": "func-example.example",
    "SIGN_IN_IDENTITY_PRINCIPAL_ID": "00000000-0000-4000-8000-0000000000aa",
    "AZURE_TENANT_ID": "00000000-0000-4000-8000-0000000000bb",
    "GRAPH_TOKEN": "token",
}


class Registrations(BaseHTTPRequestHandler):
    """A tenant that knows applications, service principals and credentials, by the path of their collection."""

    stored: dict[str, list[dict[str, Any]]]

    def do_GET(self) -> None:
        self._answer({"value": [with_more(one) for one in self.stored.get(self._path(), [])]})

    def do_POST(self) -> None:
        made = {"id": f"object-{len(self.stored)}", "appId": "client-id", **self._body()}
        self.stored.setdefault(self._path(), []).append(made)
        self._answer(made)

    def do_PATCH(self) -> None:
        collection, _, identity = self._path().rpartition("/")
        (found,) = (one for one in self.stored[collection] if one["id"] == identity)
        found |= self._body()
        found["changes"] = found.get("changes", 0) + 1
        self._answer({})

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _path(self) -> str:
        return self.path.partition("?")[0].removeprefix("/v1.0")

    def _body(self) -> dict[str, Any]:
        return dict(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def with_more(value: Any) -> Any:
    """As Graph answers: with properties that nobody has set, and lists in an order of its own."""
    match value:
        case dict():
            return {"origin": "Application", **{key: with_more(item) for key, item in value.items()}}
        case list():
            return [with_more(item) for item in reversed(value)]
        case _:
            return value


@pytest.fixture
def tenant() -> Iterator[tuple[str, dict[str, list[dict[str, Any]]]]]:
    stored: dict[str, list[dict[str, Any]]] = {}
    handler = type("Handler", (Registrations,), {"stored": stored})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1.0", stored
        server.shutdown()


def test_a_registration_without_a_secret(tenant: tuple[str, dict[str, list[dict[str, Any]]]], tmp_path: Path) -> None:
    """Roles, scope, address and credential are there; a second run changes nothing and adds nothing."""
    url, stored = tenant
    for turn in range(2):
        cli = AzureCli.at(tmp_path / f"az{turn}", {"cloud show": CLOUD})
        done = cli.run("register_sign_in", GRAPH_URL=url, **ENVIRONMENT)
        assert 0 == done.returncode, done.stderr
        assert "azd env set SIGN_IN_CLIENT_ID client-id" in done.stdout
    (application,) = stored["/applications"]
    (scope,) = application["api"]["oauth2PermissionScopes"]
    (client,) = application["api"]["preAuthorizedApplications"]
    (credential,) = stored[f"/applications/{application['id']}/federatedIdentityCredentials"]
    (principal,) = stored["/servicePrincipals"]
    assert ("user_impersonation", [scope["id"]]) == (scope["value"], client["delegatedPermissionIds"])
    assert ["api://client-id"] == application["identifierUris"]
    assert {role.value for role in CallerRole} == {role["value"] for role in application["appRoles"]}
    assert ENVIRONMENT["SIGN_IN_IDENTITY_PRINCIPAL_ID"] == credential["subject"]
    assert principal["appRoleAssignmentRequired"] is True
    assert (1, 1) == (application["changes"], principal["changes"])
    assert "passwordCredentials" not in application


def test_a_new_identity_of_the_site_gets_the_credential(
    tenant: tuple[str, dict[str, list[dict[str, Any]]]], tmp_path: Path
) -> None:
    """After a removal and a new installation the old identity's credential would let nobody sign in."""
    url, stored = tenant
    subjects = ("00000000-0000-4000-8000-0000000000aa", "00000000-0000-4000-8000-0000000000cc")
    for subject in subjects:
        cli = AzureCli.at(tmp_path / subject, {"cloud show": CLOUD})
        done = cli.run("register_sign_in", GRAPH_URL=url, **{**ENVIRONMENT, "SIGN_IN_IDENTITY_PRINCIPAL_ID": subject})
        assert 0 == done.returncode, done.stderr
    (credentials,) = (found for path, found in stored.items() if path.endswith("federatedIdentityCredentials"))
    assert [subjects[1]] == [one["subject"] for one in credentials]


def test_the_registration_of_another_site_is_left(
    tenant: tuple[str, dict[str, list[dict[str, Any]]]], tmp_path: Path
) -> None:
    """Two environments of one name, in two subscriptions of a tenant: the second must not take over the first."""
    url, stored = tenant
    assert (
        0
        == AzureCli.at(tmp_path / "one", {"cloud show": CLOUD})
        .run("register_sign_in", GRAPH_URL=url, **{**ENVIRONMENT, "AZURE_ENV_NAME": "phones"})
        .returncode
    )
    before = json.dumps(stored)
    second = {**ENVIRONMENT, "AZURE_ENV_NAME": "phones", "SITE_HOST": "func-other.example"}
    done = AzureCli.at(tmp_path / "two", {"cloud show": CLOUD}).run("register_sign_in", GRAPH_URL=url, **second)
    assert (1, before) == (done.returncode, json.dumps(stored))
    assert "is that of another site: https://func-example.example/" in done.stderr


@pytest.mark.parametrize("script", ["register_sign_in", "grant_permissions"])
def test_a_person_of_another_tenant_changes_nothing(tmp_path: Path, script: str) -> None:
    """Who works for several tenants may be signed in to the wrong one."""
    token = {"accessToken": "token", "tenant": "00000000-0000-4000-8000-0000000000ff"}
    cli = AzureCli.at(tmp_path / "az", {"account get-access-token": token})
    variables = {name: value for name, value in ENVIRONMENT.items() if name != "GRAPH_TOKEN"}
    variables |= {"APP_IDENTITY_PRINCIPAL_ID": "x", "GRAPH_URL": "http://127.0.0.1:9/never-called"}
    done = cli.run(script, **variables)
    assert 1 == done.returncode
    assert f"az login --tenant {ENVIRONMENT['AZURE_TENANT_ID']}" in done.stderr
