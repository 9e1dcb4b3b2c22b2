"""The script grants exactly what the enabled features need, does nothing twice, and takes everything back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from subprocess import CompletedProcess

import pytest

from sandbox.graph.options import Options
from sandbox.graph.server import serve
from sandbox.graph.stand_in import StandIn
from sandbox.graph.tokens import Identity
from shared.adapters.graph.permissions import PERMISSIONS
from tests.infra.snapshots import site_settings
from tests.scripts.recorder import AzureCli

PRINCIPAL = "00000000-0000-4000-8000-00000000a991"
NAMES = {role.id: role.name for one in PERMISSIONS for role in one.accepted}
MAY_GRANT = Options(roles=("Application.Read.All", "AppRoleAssignment.ReadWrite.All"))
OPTIONAL = {one.role.name for one in PERMISSIONS if any(part.startswith("optional") for part in one.needed_by)}
CORE = {"UserAuthMethod-Phone.ReadWrite.All", "User.Read.All"}


@dataclass(frozen=True)
class Tenant:
    """The stand-in of a tenant, and the script run against it with the settings of a site."""

    stand_in: StandIn
    url: str
    folder: Path

    def granted(self) -> set[str]:
        return {NAMES[one["appRoleId"]] for one in self.stand_in.tenant.grants}

    async def run(
        self, settings: Mapping[str, str], *arguments: str, answer: str = "", **variables: str
    ) -> CompletedProcess[str]:
        listed = [{"name": name, "value": value} for name, value in settings.items() if not value.startswith("[")]
        number = len(list(self.folder.iterdir()))
        cli = AzureCli.at(self.folder / f"az{number}", {"functionapp config appsettings list": listed})
        asked_for = {"resource": "https://graph.microsoft.com", "api-version": "2019-08-01"}
        token = (await self.stand_in.token(asked_for, "sandbox")).body["access_token"]
        environment = {
            "APP_IDENTITY_PRINCIPAL_ID": PRINCIPAL,
            "SITE_NAME": "func-test",
            "AZURE_RESOURCE_GROUP": "rg-test",
            "GRAPH_URL": f"{self.url}/v1.0",
            "GRAPH_TOKEN": token,
            **variables,
        }
        return await asyncio.to_thread(cli.run, "grant_permissions", *arguments, answer=answer, **environment)


@pytest.fixture
async def tenant(tmp_path: Path) -> AsyncIterator[Tenant]:
    stand_in = StandIn([], random=Random(1), options=MAY_GRANT)
    async with serve(stand_in) as url:
        yield Tenant(stand_in, url, tmp_path)


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"PROTECT_ADMINS": "false", "VALUE_INDEX_KEY": "@Microsoft.KeyVault(VaultName=kv;SecretName=key)"}, set()),
        ({}, {one.role.name for one in PERMISSIONS if "PROTECT_ADMINS" in " ".join(one.needed_by)}),
        ({"PROTECT_ADMINS": "false", "EMAIL_METHODS": "true"}, {"UserAuthMethod-Email.ReadWrite.All"}),
    ],
)
async def test_the_least_set_is_granted_once(tenant: Tenant, changes: Mapping[str, str], beside: set[str]) -> None:
    """For three sets of features; a second run finds nothing to do."""
    settings = {**site_settings("flex-network"), **changes}
    first = await tenant.run(settings, "--yes")
    assert 0 == first.returncode, first.stderr
    assert CORE | beside == tenant.granted()
    second = await tenant.run(settings, "--yes")
    assert (0, CORE | beside) == (second.returncode, tenant.granted())
    assert "now granted" not in second.stdout
    assert first.stdout.count("now granted: ") == len(CORE | beside)


async def test_optional_permissions_are_granted_when_asked_for(tenant: Tenant) -> None:
    """Each part gets its own and no more; another run takes nothing back."""
    settings = {**site_settings("flex-network"), "PROTECT_ADMINS": "false"}
    for parts, beside in ((["readiness"], {"AuditLog.Read.All"}), (["clean-up", "delivery", "protection"], OPTIONAL)):
        done = await tenant.run(settings, "--yes", *(f"--with={part}" for part in parts))
        assert 0 == done.returncode, done.stderr
        assert CORE | beside == tenant.granted()


async def test_everything_is_revoked(tenant: Tenant) -> None:
    """Revoking leaves no permission; a second time it finds none."""
    await tenant.run(site_settings("flex-network"), "--yes")
    for _ in range(2):
        revoked = await tenant.run(site_settings("flex-network"), "--revoke")
        assert 0 == revoked.returncode, revoked.stderr
        assert set() == tenant.granted()


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
async def test_a_person_is_asked(tenant: Tenant, answer: str) -> None:
    """The script says what it will do and waits for a yes."""
    asked = await tenant.run(site_settings("flex-network"), answer=answer)
    assert (0, "") == (asked.returncode, asked.stderr)
    assert "to grant  UserAuthMethod-Phone.ReadWrite.All" in asked.stdout
    assert (answer == "y\n") is bool(tenant.granted())


@pytest.mark.parametrize(
    ("answer", "variables"),
    [("", {}), ("y\n", {"AZD_NON_INTERACTIVE": "true"})],
    ids=["no terminal", "azd --no-prompt"],
)
async def test_nothing_is_granted_where_nobody_can_answer(
    tenant: Tenant, answer: str, variables: Mapping[str, str]
) -> None:
    """A pipeline gets the command for a person; its own `--yes` is the only other way."""
    settings, parts = site_settings("flex-network"), ("--with", "readiness")
    refused = await tenant.run(settings, *parts, answer=answer, **variables)
    assert (1, set()) == (refused.returncode, tenant.granted())
    assert refused.stderr.endswith("To grant them:\n  python scripts/grant_permissions.py --yes --with readiness\n")
    granted = await tenant.run(settings, *parts, "--yes", **variables)
    assert (0, True) == (granted.returncode, "AuditLog.Read.All" in tenant.granted())


async def test_a_connection_that_graph_closes_is_told_in_a_sentence(tenant: Tenant) -> None:
    """As a proxy does that ends a request."""
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        closed = await replace(tenant, url=f"http://127.0.0.1:{port}").run(site_settings("flex-network"))
    assert (1, True) == (closed.returncode, closed.stderr.startswith("Microsoft Graph does not answer: "))


async def test_who_may_not_grant_gets_the_lines_for_a_colleague(tenant: Tenant) -> None:
    """Azure's Owner is no directory role: the right person pastes the lines."""
    tenant.stand_in.seed([], [], replace(MAY_GRANT, roles=("Application.Read.All",)))
    refused = await tenant.run(site_settings("flex-network"), "--yes")
    assert 1 == refused.returncode
    assert set() == tenant.granted()
    lines = [line for line in refused.stdout.splitlines() if line.startswith("New-MgServicePrincipalAppRoleAssignment")]
    assert len(lines) >= len(CORE)
    assert all(PRINCIPAL in line for line in lines)


async def test_who_may_not_revoke_gets_the_lines_for_a_colleague(tenant: Tenant) -> None:
    """One line for each permission that is still granted."""
    await tenant.run(site_settings("flex-network"), "--yes")
    granted = tenant.granted()
    tenant.stand_in.identity = Identity(replace(MAY_GRANT, roles=("Application.Read.All",)))
    refused = await tenant.run(site_settings("flex-network"), "--revoke")
    assert (1, granted) == (refused.returncode, tenant.granted())
    assert len(granted) == refused.stdout.count("Remove-MgServicePrincipalAppRoleAssignedTo")


async def test_settings_that_cannot_be_used_are_named(tenant: Tenant) -> None:
    """What the settings need is not known then, so nothing is granted."""
    refused = await tenant.run({**site_settings("flex-network"), "GRAPH_CLOUD": "moon"}, "--yes")
    assert (1, set()) == (refused.returncode, tenant.granted())
    assert refused.stderr.startswith("Settings cannot be used: GRAPH_CLOUD")
