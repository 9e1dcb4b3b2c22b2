"""The doctor: every trouble is named with its remedy, no trouble hides another, and nothing is ever written."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from sandbox.exports import write_export
from sandbox.functions_host.config import read_local_settings
from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES, APPLICATIONS_READ, HIDDEN_READ, METHODS_WRITE, PIM_GROUPS_READ
from sandbox.graph.person import Application, Group
from sandbox.people import Staff, make_staff
from sandbox.system import ROOT, SAMPLE_SETTINGS, SETTINGS_FILE, Sandbox
from shared.adapters.graph.permissions import METHODS_POLICY, Feature, TokenClaims
from shared.app import App
from shared.core.export.options import RunOptions
from shared.core.person.account import Account, PersonKey
from shared.core.person.privilege import ProtectionReport
from shared.core.values.capabilities import EVERYTHING, OFFERED, Capabilities
from shared.core.values.errors import ExplainedError, GraphRefusedError, PermanentError, PersonNotFoundError
from shared.core.values.phone_delivery import Deliverer, SignInPolicy
from shared.core.values.said import Said
from shared.core.values.states import ProtectAdmins
from shared.doctor.approvers import ApproversInputs
from shared.doctor.countries import CountriesInputs
from shared.doctor.doctor import Doctor
from shared.doctor.findings import DoctorCheck, Finding, Status
from shared.doctor.graph import AFTER_TOKEN, GraphInputs
from shared.doctor.storage import LATE_RECONCILE, LATE_SWEEP, UNREAD_AFTER, StorageInputs
from shared.flows.intake.upload import UploadedFile
from shared.read_settings import READ_BY_HOST
from testing.doubles import MemoryStorage
from testing.in_memory import InMemory, in_memory
from testing.virtual_time import VirtualClock

OURS = Application(
    appId="a0000000-0000-4000-8000-000000000001",
    id="a0000000-0000-4000-8000-000000000002",
    principal="a0000000-0000-4000-8000-000000000003",
)
NOTHING_LISTENS = "http://127.0.0.1:9"
READS = {"table.reachable", "table.get", "table.query", "queue.reachable", "blob.reachable", "blob.list"}
OK, WARNING, FAILED = Status.OK, Status.WARNING, Status.FAILED


async def examined(world: InMemory) -> dict[str, Finding]:
    findings = await world.app.doctor()
    assert list(DoctorCheck) == [finding.check for finding in findings]
    return by_check(findings)


def by_check(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.check.value: finding for finding in findings}


def failed(findings: Mapping[str, Finding]) -> set[str]:
    return {check for check, finding in findings.items() if finding.status is FAILED}


async def test_all_is_well(staff: Staff) -> None:
    """After a reconcile and without open runs, everything is ok and nothing is to be done."""
    async with in_memory(staff) as world:
        await world.app.reconcile()
        await world.pump()
        await world.app.run_timer("sweep")
        findings = await examined(world)

        assert {OK} == {finding.status for finding in findings.values()}
        assert {""} == {finding.remedy for finding in findings.values()}
        assert "0 min ago: 0 of 0 people drifted." == findings["last reconcile"].sentence


SIGNED_IN = {"AUTH_MODE": "entra", "WEBSITE_AUTH_ENABLED": "True"}
SOME_ID = "72f988bf-86f1-41af-91ab-2d7cd0110001"


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({**SIGNED_IN}, "Set TENANT_ID."),
        ({**SIGNED_IN, "TENANT_ID": SOME_ID}, ""),
        ({**SIGNED_IN, "WEBSITE_AUTH_AAD_ALLOWED_TENANTS": SOME_ID}, ""),
        ({"AUTH_MODE": "key"}, ""),
        ({"AUTH_MODE": "key", "REQUIRE_SECOND_PERSON": "held"}, "Set AUTH_MODE to entra."),
        ({**SIGNED_IN, "TENANT_ID": SOME_ID, "REQUIRE_SECOND_PERSON": "true"}, "Set CONNECTOR_CLIENT_ID, if"),
        (
            {**SIGNED_IN, "TENANT_ID": SOME_ID, "REQUIRE_SECOND_PERSON": "always", "CONNECTOR_CLIENT_ID": SOME_ID},
            "",
        ),
    ],
)
async def test_who_may_call_and_approve(settings: dict[str, str], remedy: str) -> None:
    """A warning where more people may than is wanted, or nobody."""
    async with in_memory(Staff(()), settings) as world:
        finding = (await examined(world))["callers"]

    assert (WARNING if remedy else OK) is finding.status
    assert finding.remedy.startswith(remedy)
    assert bool(remedy) == bool(finding.remedy)


@pytest.mark.parametrize("name", READ_BY_HOST)
async def test_a_name_that_the_host_does_not_find_fails(name: str) -> None:
    """The app has a default for it, and the functions that need it never start."""
    sample = read_local_settings(SAMPLE_SETTINGS)
    given = {"WEBSITE_SITE_NAME": "func-phones", **{one: sample[one] for one in READ_BY_HOST}}
    async with in_memory(Staff(()), given) as world:
        assert OK is (await examined(world))["settings"].status
    async with in_memory(Staff(()), {**given, name: ""}) as world:
        finding = (await examined(world))["settings"]

    assert (FAILED, True) == (finding.status, name in finding.sentence)


def test_the_names_that_the_host_reads_are_those_in_the_triggers() -> None:
    source = (ROOT / "function_app.py").read_text(encoding="utf-8")
    assert set(READ_BY_HOST) == set(re.findall(r"%(\w+)%", source))


async def test_nothing_is_written(staff: Staff) -> None:
    """Neither in the storage account nor in Graph, whether the stores are there or not."""
    async with in_memory(staff) as world:
        operations: list[str] = []
        storage = MemoryStorage(world.clock.now, operations.append)
        app = App(os.environ, clock=world.clock, storage=storage)
        bare = await app.doctor()
        await app.prepare_storage()
        prepared = len(operations)
        ready = await app.doctor()
        await app.close()

        assert {"tables", "queues", "containers"} == {finding.check for finding in bare if finding.status is FAILED}
        assert FAILED not in {finding.status for finding in ready}
        assert READS == set(operations[prepared:])
        assert READS == {operation for operation in operations if not operation.endswith(".ensure")}
        assert 0 == world.stand_in.stats.writes_offered
        assert {"role-not-needed"} == {finding.kind for finding in world.stand_in.findings}


@pytest.mark.parametrize(
    ("settings", "listed"),
    [
        ({"IDENTITY_ENDPOINT": f"{NOTHING_LISTENS}/msi/token"}, "ServiceRequestError"),
        ({"IDENTITY_HEADER": "wrong"}, "ClientAuthenticationError"),
    ],
    ids=["endpoint down", "wrong header"],
)
async def test_without_a_token_the_storage_is_examined_all_the_same(
    staff: Staff, settings: Mapping[str, str], listed: str
) -> None:
    """What needs a token says that it was not checked."""
    async with in_memory(staff, settings) as world:
        findings = await examined(world)

        assert {"token"} == failed(findings)
        assert listed in findings["token"].sentence
        assert "managed identity" in findings["token"].remedy
        for check in AFTER_TOKEN:
            assert (WARNING, "Not checked, because no token could be read.") == (
                findings[check].status,
                findings[check].sentence,
            )
        assert {OK} == {findings[check].status for check in ("tables", "queues", "containers")}


@pytest.mark.parametrize("role", APP_ROLES)
async def test_a_missing_role_is_named_with_its_grant(staff: Staff, role: str) -> None:
    """The whole name and the command, and what cannot be done without it."""
    options = Options(roles=tuple(other for other in APP_ROLES if other != role))
    async with in_memory(staff, options=options) as world:
        findings = await examined(world)
        unable = {
            "User.Read.All": {"Graph"},
            "RoleManagement.Read.Directory": {"protected accounts"},
            "GroupMember.Read.All": {"protected accounts"},
        }

        whose = f"The identity with the client id {options.app_id}"
        assert findings["token"].sentence.startswith(whose)
        assert findings["permissions"].remedy.startswith(whose), "whose grant it is stands before the command"
        assert {"permissions"} | unable.get(role, set()) == failed(findings)
        assert f"The token lacks {role}" in findings["permissions"].sentence
        command = findings["permissions"].remedy.splitlines()[1]
        assert command.startswith("New-MgServicePrincipalAppRoleAssignment")
        assert 2 == len(findings["permissions"].remedy.splitlines())
        for check in unable.get(role, ()):
            assert f"Grant {role}" in findings[check].remedy


@pytest.mark.parametrize("settings", [{"EMAIL_METHODS": "true"}, {"COLUMN_MAP": "Privat = email"}])
async def test_who_uses_the_e_mail_slot_needs_its_role(staff: Staff, settings: Mapping[str, str]) -> None:
    """Named with its grant while it is missing; without such a setting it is not asked for."""
    async with in_memory(staff, settings) as world:
        roles = (await examined(world))["permissions"]
        assert FAILED is roles.status
        assert "UserAuthMethod-Email.ReadWrite.All" in roles.sentence
    async with in_memory(staff, settings, Options(email_role=True)) as world:
        assert OK is (await examined(world))["permissions"].status


async def test_the_broad_permission_is_proposed_where_the_narrow_one_may_not_exist(staff: Staff) -> None:
    """In a national cloud the command must not name a role that Graph there does not know."""
    options = Options(roles=("User.Read.All",), cloud="usgov")
    async with in_memory(staff, {"GRAPH_CLOUD": "usgov", "PROTECT_ADMINS": "false"}, options) as world:
        roles = (await examined(world))["permissions"]

        assert roles.remedy.endswith("50483e42-d915-4231-9639-7fdb7fd190e5")


async def test_roles_that_are_never_needed_are_a_warning(staff: Staff) -> None:
    """An identity that can change every number of a tenant should be able to do nothing else."""
    async with in_memory(staff, options=Options(roles=(*APP_ROLES, "Mail.Send"))) as world:
        roles = (await examined(world))["permissions"]

        assert (WARNING, "The token has Mail.Send, which this app never needs.") == (roles.status, roles.sentence)


@pytest.mark.parametrize("is_alone", [False, True])
async def test_the_broad_permission_is_superfluous_where_the_narrow_one_exists(staff: Staff, *, is_alone: bool) -> None:
    """What it stands in for is granted before it is removed, also the reading of all methods that a clean-up needs."""
    narrow = "UserAuthMethod-Phone.ReadWrite.All"
    others = tuple(role for role in APP_ROLES if not (is_alone and role == narrow))
    async with in_memory(staff, options=Options(roles=(*others, METHODS_WRITE))) as world:
        roles = (await examined(world))["permissions"]

        assert WARNING is roles.status
        assert f"The token has {METHODS_WRITE}, which this app never needs." == roles.sentence
        first = [*([narrow] if is_alone else []), "UserAuthenticationMethod.Read.All"]
        assert f"first gets {', '.join(first)} with" in roles.remedy
        assert is_alone == ("6e85d483-7092-4375-babe-0a94a8213a58" in roles.remedy)


async def test_the_broad_permission_is_needed_where_the_narrow_one_may_not_exist(staff: Staff) -> None:
    options = Options(roles=(*APP_ROLES, METHODS_WRITE), cloud="usgov")
    async with in_memory(staff, {"GRAPH_CLOUD": "usgov"}, options) as world:
        assert OK is (await examined(world))["permissions"].status


@pytest.mark.parametrize("on", ["address", "answers"])
async def test_graph_out_of_reach(staff: Staff, on: str) -> None:
    """Nobody listens, or whoever listens cuts the connection: both say where to look."""
    settings = {"GRAPH_BASE_URL": f"{NOTHING_LISTENS}/v1.0"} if on == "address" else {}
    async with in_memory(staff, settings) as world:
        world.stand_in.faults.add(Fault(kind="drop"))
        findings = await examined(world)

        assert {"Graph", "protected accounts"} == failed(findings)
        assert "Graph did not answer" in findings["Graph"].sentence
        for check in ("Graph", "protected accounts"):
            assert "GRAPH_BASE_URL" in findings[check].remedy


async def test_the_wall_cannot_be_read(staff: Staff) -> None:
    """Graph answers, but not this: nothing would be written, so it is a failure."""
    async with in_memory(staff) as world:
        world.stand_in.faults.add(Fault(kind="status", on="roleAssignments*", status=403))
        findings = await examined(world)

        assert {"protected accounts"} == failed(findings)
        assert "The list of protected accounts cannot be read" in findings["protected accounts"].sentence
        assert "Grant RoleManagement.Read.Directory" in findings["protected accounts"].remedy


async def test_the_wall_is_read_anew_each_time(staff: Staff) -> None:
    """What was read ten minutes ago says nothing about now."""
    async with in_memory(staff) as world:
        assert OK is (await examined(world))["protected accounts"].status
        world.stand_in.faults.add(Fault(kind="status", on="roleAssignments*", status=403))
        assert FAILED is (await examined(world))["protected accounts"].status


async def test_what_is_not_seen_is_said(staff: Staff) -> None:
    """It is no fault where the permission is optional; with it the sentence is gone."""
    async with in_memory(staff) as world:
        plain = (await examined(world))["protected accounts"]
        assert OK is plain.status
        for words in (PIM_GROUPS_READ, APPLICATIONS_READ, "API_CLIENT_ID"):
            assert words in plain.sentence
    options = Options(roles=(*APP_ROLES, PIM_GROUPS_READ, APPLICATIONS_READ), premium=False)
    async with in_memory(staff, {"API_CLIENT_ID": OURS.appId}, options) as world:
        world.stand_in.tenant.applications.append(OURS)
        seen = (await examined(world))["protected accounts"]
        assert OK is seen.status
        assert PIM_GROUPS_READ not in seen.sentence
        assert "no licence for PIM" in seen.sentence


async def test_a_registration_that_is_not_there_is_a_fault(staff: Staff) -> None:
    """A mistyped client id would protect nobody."""
    options = Options(roles=(*APP_ROLES, APPLICATIONS_READ))
    async with in_memory(staff, {"API_CLIENT_ID": OURS.appId}, options) as world:
        finding = (await examined(world))["protected accounts"]
        assert FAILED is finding.status
        assert "API_CLIENT_ID" in finding.sentence


async def test_a_hidden_group_names_the_permission(staff: Staff) -> None:
    """Its members read as an empty list, which is not nobody."""
    group = Group(id="f0000000-0000-4000-8000-000000000001", visibility="HiddenMembership")
    async with in_memory(staff, {"PROTECTED_GROUP_ID": group.id}) as world:
        world.stand_in.tenant.groups[group.id] = group
        finding = (await examined(world))["protected accounts"]
        assert FAILED is finding.status
        assert HIDDEN_READ in finding.remedy


async def test_a_profile_field_as_a_source_is_a_warning(staff: Staff) -> None:
    """People may edit it; an extension attribute is no warning, nor is a property that is trusted on purpose."""
    for source, trusted, status in (
        ("mobilePhone", "", WARNING),
        ("mobilePhone", "mobilePhone", OK),
        ("onPremisesExtensionAttributes.extensionAttribute1", "", OK),
    ):
        settings = {"DIRECTORY_SOURCE": f"mobile={source}", "DIRECTORY_TRUSTED": trusted}
        async with in_memory(staff, settings) as world:
            finding = (await examined(world))["protected accounts"]
            assert (status, status is WARNING) == (finding.status, "no proof of possession" in finding.sentence)


@pytest.mark.parametrize(("beta", "words"), [(True, "read from Graph"), (False, "a table in the app")])
async def test_where_privileged_roles_are_from_is_said(staff: Staff, words: str, *, beta: bool) -> None:
    """Only where it matters."""
    async with in_memory(staff, {"PROTECT_ADMINS": "privileged"}, Options(beta=beta)) as world:
        assert words in (await examined(world))["protected accounts"].sentence


async def test_unprotected_administrators_are_a_warning(staff: Staff) -> None:
    """Switching the wall off is allowed and must not go unseen."""
    async with in_memory(staff, {"PROTECT_ADMINS": "false"}) as world:
        protected_accounts = (await examined(world))["protected accounts"]

        assert WARNING is protected_accounts.status
        assert "PROTECT_ADMINS is false" in protected_accounts.sentence


@pytest.mark.parametrize(
    ("settings", "listed", "storage_is_examined"),
    [
        ({"MIN_ROWS": "many", "GRAPH_CLOUD": "mars"}, ("MIN_ROWS", "GRAPH_CLOUD"), False),
        ({"GRAPH_BASE_URL": "http://contoso.example/v1.0"}, ("GRAPH_BASE_URL",), True),
        ({"RUNS_TABLE": "my-runs"}, ("RUNS_TABLE",), False),
    ],
    ids=["several", "Graph's address", "a table's name"],
)
async def test_complaints_about_settings(
    staff: Staff, settings: Mapping[str, str], listed: tuple[str, ...], *, storage_is_examined: bool
) -> None:
    """All at once; what does not depend on them is examined all the same."""
    async with in_memory(staff) as world:
        app = App({**os.environ, **settings}, clock=world.clock, storage=world.storage)
        findings = by_check(await app.doctor())
        await app.close()

        assert {"settings"} == failed(findings)
        assert all(name in findings["settings"].sentence for name in listed)
        assert 1 == findings["settings"].sentence.count("Settings cannot be used")
        assert storage_is_examined is (findings["tables"].status is OK)
        assert "RUNS_TABLE" in settings or WARNING is findings["Graph"].status


async def test_an_account_under_a_misspelt_name_is_a_warning(staff: Staff) -> None:
    """Else HR data would lie in the host's account without a word."""
    async with in_memory(staff) as world:
        misspelt = {"PhoneDate__accountName": "hrdata"}
        app = App({**os.environ, **misspelt}, clock=world.clock, storage=world.storage)
        findings = by_check(await app.doctor())
        await app.close()

        assert WARNING is findings["settings"].status
        assert "PhoneDate__accountName" in findings["settings"].sentence
        assert "PhoneData" in findings["settings"].remedy
        assert OK is findings["tables"].status


@pytest.mark.parametrize("setting", ["nonsense", "AccountName=contoso", "DefaultEndpointsProtocol=https"])
async def test_a_broken_connection_string_is_a_complaint_that_does_not_show_it(staff: Staff, setting: str) -> None:
    """It may hold the account's key."""
    async with in_memory(staff) as world:
        app = App({**os.environ, "AzureWebJobsStorage": setting}, clock=world.clock)
        findings = by_check(await app.doctor())
        await app.close()

        assert {"settings"} == failed(findings)
        assert "connection string" in findings["settings"].sentence
        assert setting not in str(findings.values())
        assert OK is findings["Graph"].status


@pytest.mark.parametrize(
    ("kind", "name", "sentence"),
    [
        ("tables", "Rows", "Table Rows does not exist."),
        ("queues", "apply-user", "Queue apply-user does not exist."),
        ("containers", "quarantine", "Container quarantine does not exist."),
    ],
)
async def test_a_missing_store_is_named(staff: Staff, kind: str, name: str, sentence: str) -> None:
    """Only that check fails."""
    async with in_memory(staff) as world:
        getattr(world.storage, kind)[name].exists = False
        findings = await examined(world)

        assert {kind} == failed(findings)
        assert sentence == findings[kind].sentence


async def test_real_stores_are_found_and_missed(staff: Staff, azurite: str) -> None:
    """Azurite: all stores missing are named one by one; once created they are found."""
    own = {"RUNS_TABLE": "DoctorRuns", "PLAN_QUEUE": "doctor-plan", "EXPORTS_CONTAINER": "doctor-exports"}
    async with in_memory(staff) as world:
        app = App({**os.environ, **own, "AzureWebJobsStorage": azurite})
        missing = by_check(await app.doctor())
        await app.prepare_storage()
        found = by_check(await app.doctor())
        await app.close()

        assert "Table DoctorRuns does not exist." in missing["tables"].sentence
        assert "Queue doctor-plan does not exist." in missing["queues"].sentence
        assert "Container doctor-exports does not exist." in missing["containers"].sentence
        assert "The table of runs does not exist." == missing["longest idle run"].sentence
        assert set() == failed(found)
        assert 0 == world.writes


# azure-storage-blob and -queue test the truth of an XML element when they read a refusal, of which Python 3.13 warns
@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
async def test_a_wrong_account_key_is_said_to_be_one(staff: Staff, azurite: str) -> None:
    """403 names the role that would do, and no key."""
    parts = dict(part.split("=", 1) for part in azurite.rstrip(";").split(";"))
    wrong = ";".join(f"{name}={'d3Jvbmc=' if name == 'AccountKey' else value}" for name, value in parts.items())
    async with in_memory(staff):
        app = App({**os.environ, "AzureWebJobsStorage": wrong})
        findings = by_check(await app.doctor())
        await app.close()

        for kind, role in (("tables", "Table"), ("queues", "Queue"), ("containers", "Blob")):
            assert f"Storage {role} Data Contributor" in findings[kind].remedy
            assert "may not be read (403" in findings[kind].sentence
        assert "d3Jvbmc=" not in str(findings)


async def test_a_held_run_waits_for_a_person(staff: Staff) -> None:
    """It is named with its age and with what it was held for."""
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "1"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))
        world.clock.leap_to(held.created_at + timedelta(hours=30))
        oldest = (await examined(world))["longest idle run"]

        assert (WARNING, f"{held.id} is held and started 30 h ago.") == (oldest.status, oldest.sentence)
        assert held.message in oldest.remedy


async def test_a_run_that_stands_still_is_a_warning(staff: Staff) -> None:
    """Up to the limit it is at work; from the limit on the sweep should have moved it."""
    async with in_memory(staff) as world:
        begun = world.clock.now()
        run_id = await world.drop("staff.xlsx", write_export(staff))
        for minutes, expected in ((29, OK), (30, WARNING)):
            world.clock.leap_to(begun + timedelta(minutes=minutes, seconds=1))
            oldest = (await examined(world))["longest idle run"]
            assert (expected, True) == (oldest.status, oldest.sentence.startswith(f"{run_id} is planning"))


async def test_the_run_that_has_not_changed_for_longest_is_named(staff: Staff) -> None:
    """Not the oldest one, if that goes on."""
    async with in_memory(staff, {"APPROVAL": "always"}) as world:
        old = await world.run_to_end("old.xlsx", write_export(staff))
        new = await world.run_to_end("new.xlsx", write_export(staff))
        stored = await world.stored(old.id)
        await world.app.runs.save(replace(stored, updated_at=world.clock.now() + timedelta(minutes=1)))
        assert (await examined(world))["longest idle run"].sentence.startswith(new.id)


@pytest.mark.parametrize("work", ["sweep", "directory"])
async def test_a_sweep_that_is_late_is_a_warning(staff: Staff, work: str) -> None:
    """It may have been done by its timer, or in its place by what else runs."""
    every = {"SWEEP_SCHEDULE": "0 */5 * * * *", "DIRECTORY_SCHEDULE": "0 0 * * * *"}
    async with in_memory(staff, every) as world:
        assert "The sweep has not run yet." == (await examined(world))["last sweep"].sentence
        await world.app.run_timer("sweep")
        world.clock.leap_to(world.clock.now() + timedelta(hours=2))
        await world.app.run_timer(work)
        done = world.clock.now()
        for span, expected in ((LATE_SWEEP - timedelta(seconds=1), OK), (LATE_SWEEP, WARNING)):
            world.clock.leap_to(done + span)
            assert expected is (await examined(world))["last sweep"].status


async def test_uploads_that_nobody_reads_are_named_after_ten_minutes(staff: Staff) -> None:
    """A dropped file without a run, and a run that is still reading; files of others and read ones are none."""
    async with in_memory(staff) as world:
        await world.run_to_end("read.xlsx", write_export(staff))
        await world.app.run_timer("sweep")
        uploaded = await world.app.upload(UploadedFile(write_export(staff), "up.xlsx", RunOptions(), SOME_ID))
        for name in ("lost.xlsx", ".DS_Store"):
            await world.app.exports.write(name, b"x")
        came = world.clock.now()
        world.clock.leap_to(came + UNREAD_AFTER - timedelta(seconds=1))
        assert OK is (await examined(world))["unread files"].status
        world.clock.leap_to(came + UNREAD_AFTER)
        found = (await examined(world))["unread files"]
        assert WARNING is found.status
        assert f"not read after ten minutes (2): {uploaded.id}, lost.xlsx." in found.sentence


async def test_a_reconcile_that_is_late_is_a_warning(staff: Staff) -> None:
    """The last one counts for eight days."""
    async with in_memory(staff) as world:
        await world.app.reconcile()
        done = world.clock.now()
        for span, expected in ((LATE_RECONCILE, OK), (LATE_RECONCILE + timedelta(seconds=1), WARNING)):
            world.clock.leap_to(done + span)
            assert expected is (await examined(world))["last reconcile"].status


class Tenant:
    """A Graph and a wall that find nothing wrong, but for the policy: it answers with an error, or never."""

    def __init__(self, policy: ExplainedError | None) -> None:
        self._policy = policy

    async def token_claims(self) -> TokenClaims:
        return TokenClaims(frozenset({METHODS_POLICY.role.name, "UserAuthMethod-Phone.ReadWrite.All", "User.Read.All"}))

    async def look_up(self, key: PersonKey) -> Account:
        raise PersonNotFoundError("personNotFound", Said(f"No account has this {key.kind}."))

    async def sign_in_policy(self) -> SignInPolicy:
        if self._policy is not None:
            raise self._policy
        await asyncio.Event().wait()
        return SignInPolicy(frozenset(), {})

    async def usage_locations(self) -> dict[str, int]:
        return {}

    async def nobody(self) -> frozenset[str]:
        return frozenset()

    async def protected(self) -> ProtectionReport:
        return ProtectionReport((), (), "")


def no_storage() -> StorageInputs:
    raise PermanentError("storageSettings", "no storage here", remedy="None is needed.")


async def of_policy(answer: ExplainedError | None, offered: Capabilities = EVERYTHING) -> Finding:
    tenant = Tenant(answer)
    inputs = GraphInputs(
        tenant.token_claims,
        tenant.look_up,
        tenant.sign_in_policy,
        tenant.protected,
        ProtectAdmins.ALL,
        (),
        frozenset({Feature.CORE}),
        narrow_permissions=True,
        offered=offered,
        countries=CountriesInputs(tenant.usage_locations, tenant.nobody),
        approvers=ApproversInputs(
            "Runs.Approve", is_second_person_wanted=False, is_registration_known=False, holders=tenant.nobody
        ),
        deliverer=Deliverer.UNKNOWN,
    )
    findings = await Doctor(lambda: inputs, no_storage, VirtualClock(), patience=0.05)()
    return next(finding for finding in findings if finding.check is DoctorCheck.POLICY)


@pytest.mark.parametrize(("sms", "voice"), [*itertools.product(("on", "off"), repeat=2)])
async def test_the_policy_is_noted_where_it_can_be_read(staff: Staff, sms: str, voice: str) -> None:
    """A number that can be used in no way is worth a warning."""
    states: dict[str, Literal["enabled", "disabled"]] = {"on": "enabled", "off": "disabled"}
    options = Options(policy_role=True, sms_policy=states[sms], voice_policy=states[voice])
    async with in_memory(staff, options=options) as world:
        finding = (await examined(world))["SMS and voice"]

        assert f"In the authentication methods policy SMS is {sms} and voice calls are {voice}." == finding.sentence
        assert (WARNING if sms == voice == "off" else OK) is finding.status


async def test_a_policy_that_cannot_be_read_is_no_failure() -> None:
    """The app works without it."""
    finding = await of_policy(GraphRefusedError("graphRefused", "Graph answered 400", status=400, remedy="See there."))
    assert (WARNING, "Graph answered 400.", "See there.") == (finding.status, finding.sentence, finding.remedy)


async def test_a_check_without_answer_ends() -> None:
    """Whoever asks the doctor gets an answer, and the other checks are made."""
    finding = await of_policy(None)
    assert FAILED is finding.status
    assert "The service did not answer in time." == finding.sentence


async def doctor_command(folder: Path, **settings: str) -> tuple[int, str]:
    """Exit code and output of the command against the sandbox in `folder`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "doctor", "--settings", str(folder / SETTINGS_FILE), "--width", "100"),
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_command_against_a_sandbox_that_is_up(tmp_path: Path) -> None:
    """A table, what to do about what is not ok, an exit code, and not a trace of the token."""
    async with Sandbox(tmp_path, make_staff(10)) as sandbox:
        code, output = await doctor_command(tmp_path)
        assert 0 == code, output
        assert "All 4 queues can be reached." in output
        assert "failed" not in output
        assert "eyJ" not in output  # how every token begins

        code, output = await doctor_command(tmp_path, APPLY_QUEUE="nowhere", IDENTITY_HEADER="wrong")
        assert 1 == code, output
        assert "Queue nowhere does not exist." in output
        assert "returned no token" in output
        assert 0 == (await sandbox.graph_control("GET", "stats"))["writesServed"]


async def test_a_cloud_without_the_policy_is_not_asked() -> None:
    """Graph in China has no authentication methods policy: the doctor says so and asks for nothing."""
    finding = await of_policy(None, OFFERED["china"])

    assert Status.OK is finding.status
    assert "Graph does not offer the policy in this cloud" in finding.sentence
