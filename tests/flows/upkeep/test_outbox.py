"""Every notification reaches every address, whatever receivers do, and no run waits for them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest

from sandbox.exports import write_export
from sandbox.people import make_staff
from sandbox.receiver import HANGS, LocalReceiver, local_receiver
from shared.adapters.webhooks import webhook
from shared.core.export.options import RunOptions
from shared.doctor.findings import DoctorCheck, Finding, Status
from shared.flows.intake.upload import UploadedFile
from testing.doubles import MemoryStorage
from testing.in_memory import InMemory, in_memory
from testing.storage_operations import StorageOperations
from tests.flows.small_tenant import csv, number, person, tenant_of

EXPORT = csv("User principal name,Mobile", ("person1@contoso.example", number(51)))
PEOPLE = [person(1)]
KEY = "a key of the tests, no vault's ...."


def to(*receivers: LocalReceiver) -> dict[str, Any]:
    """The settings that send to these receivers."""
    return {"NOTIFY_URLS": ";".join(one.url for one in receivers), "NOTIFY_KEY": KEY, "NOTIFY_LOCAL": "true"}


async def sweep(world: InMemory, *, times: int = 1, minutes: float = 5) -> None:
    for _ in range(times):
        world.clock.leap_to(world.clock.now() + timedelta(minutes=minutes))
        await world.app.sweep()


async def finding(world: InMemory) -> Finding:
    return next(one for one in await world.app.doctor() if one.check is DoctorCheck.NOTIFICATIONS)


@pytest.fixture(autouse=True)
def short_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_TIME_LIMIT", aiohttp.ClientTimeout(total=0.2))


async def test_each_notification_is_sent_once() -> None:
    """The sweep sends the notifications made since the last one."""
    async with local_receiver() as receiver, tenant_of(PEOPLE, **to(receiver)) as world:
        await world.run_to_end("staff.csv", EXPORT)
        assert [] == receiver.got
        await sweep(world, times=3)
        assert ["finished"] == [json.loads(body)["event"] for _, body in receiver.got]
        assert Status.OK is (await finding(world)).status


@pytest.mark.parametrize("answers", [(500,), (302, 404), (429, 503, 500), (HANGS,), (HANGS, 500, HANGS)])
async def test_no_notification_is_lost(answers: tuple[int, ...]) -> None:
    """It fails, redirects, or hangs after it has received: everything comes, and twice only with the same id."""
    async with local_receiver(*answers) as receiver, tenant_of(PEOPLE, **to(receiver)) as world:
        await world.run_to_end("staff.csv", EXPORT)
        await sweep(world)
        assert Status.WARNING is (await finding(world)).status
        await world.run_to_end("again.csv", EXPORT)
        await sweep(world, times=len(answers) + 2, minutes=61)
        assert 2 == len(set(receiver.ids))
        assert len(answers) + 2 == len(receiver.ids)
        assert Status.OK is (await finding(world)).status


async def test_a_run_costs_the_same_whatever_receivers_do() -> None:
    """It makes the same requests to storage and to Graph with and without receivers, and none to a receiver."""
    staff = make_staff(3)
    async with local_receiver(HANGS) as hanging, local_receiver(500) as failing:
        made = list[tuple[Counter[str], Counter[str]]]()
        for settings in ({}, to(hanging, failing)):
            requests = StorageOperations()
            async with in_memory(staff, settings, storage=partial(MemoryStorage, on_operation=requests)) as world:
                requests.counts.clear()
                await world.run_to_end("staff.xlsx", write_export(staff))
                made.append((requests.counts.copy(), Counter(world.stand_in.stats.requests)))

        assert made[0] == made[1]
        assert [] == [*hanging.got, *failing.got]


async def test_one_address_keeps_nothing_from_another() -> None:
    """The second gets everything at once while the first fails for days."""
    async with (
        local_receiver(*[500] * 100) as failing,
        local_receiver() as working,
        tenant_of(PEOPLE, **to(failing, working)) as world,
    ):
        for name in ("a.csv", "b.csv", "c.csv"):
            await world.run_to_end(name, EXPORT)
        await sweep(world)
        assert (1, 3) == (len(failing.ids), len(set(working.ids)))
        await sweep(world, times=12)
        assert 3 == len(working.ids)
        assert len(failing.ids) < 7


async def test_pauses_grow_and_end_after_a_week() -> None:
    """A dead receiver is not asked for ever, and then it costs nothing."""
    async with local_receiver(*[500] * 1_000) as receiver, tenant_of(PEOPLE, **to(receiver)) as world:
        await world.run_to_end("staff.csv", EXPORT)
        await sweep(world, times=4 * 8, minutes=6 * 60)
        tries = len(receiver.ids)
        await sweep(world, times=5, minutes=6 * 60)
        assert (tries, {receiver.ids[0]}) == (len(receiver.ids), set(receiver.ids))
        assert tries <= 4 * 7 + 1


async def test_what_a_receiver_refuses_does_not_keep_back_the_next() -> None:
    """One that is always refused goes behind those that were not tried."""
    async with local_receiver() as receiver, tenant_of(PEOPLE, **to(receiver)) as world:
        await world.run_to_end("a.csv", EXPORT)
        receiver.answers = [400]
        await sweep(world)
        await world.run_to_end("b.csv", EXPORT)
        receiver.answers = [202, 400]
        await sweep(world)
        assert 3 == len(receiver.ids)
        assert receiver.ids[0] == receiver.ids[2] != receiver.ids[1]


@pytest.mark.parametrize(
    ("by", "asked", "named"),
    [
        ("5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001", "true", "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001"),
        ("5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001", "false", None),
        ("app:5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001", "true", None),
        ("key", "true", None),
        (None, "true", None),
    ],
)
async def test_only_a_proved_uploader_is_named_and_only_if_asked_for(
    by: str | None, asked: str, named: str | None
) -> None:
    """A dropped file has no proved author, and neither a key nor a program is a person."""
    async with local_receiver() as receiver, tenant_of(PEOPLE, **to(receiver), NOTIFY_UPLOADER=asked) as world:
        if by is None:
            await world.app.exports.write("staff.csv", EXPORT, metadata={"uploader": "somebody"})
            await world.split_as_is("staff.csv")
        else:
            await world.app.upload(UploadedFile(EXPORT, "staff.csv", RunOptions(), by))
        await world.pump()
        await sweep(world)
        ((_, body),) = receiver.got
        assert named == json.loads(body).get("uploader")


async def test_a_file_of_the_same_name_is_not_the_uploaders() -> None:
    """Somebody drops a file over the upload's name: each run names whom it can prove, and a card names nobody."""
    uploader = "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001"
    async with local_receiver() as json_receiver, local_receiver() as teams:
        settings = {**to(json_receiver), "NOTIFY_UPLOADER": "true"}
        settings["NOTIFY_URLS"] += f";teams={teams.url}"
        async with tenant_of(PEOPLE, **settings) as world:
            run = await world.app.upload(UploadedFile(EXPORT, "staff.csv", RunOptions(), uploader))
            await world.pump()
            other = csv("User principal name,Mobile", ("person1@contoso.example", number(52)))
            await world.app.exports.write("staff.csv", other, metadata={"uploader": uploader, "run": run.id})
            await world.split_as_is("staff.csv")
            await world.pump()
            await sweep(world)
            named = {told["run"]: told.get("uploader") for told in (json.loads(body) for _, body in json_receiver.got)}
            assert 2 == len(named)
            assert [run.id] == [one for one, by in named.items() if by]
            assert 2 == len(teams.got)
            assert not any(uploader.encode() in body for _, body in teams.got)


async def test_two_sweeps_at_once_send_once() -> None:
    """A person may start a sweep while the timer's runs."""
    async with local_receiver() as receiver, tenant_of(PEOPLE, **to(receiver)) as world:
        await world.run_to_end("staff.csv", EXPORT)
        await world.app.sweep()
        await world.app.sweep()
        assert 1 == len(receiver.ids)


async def test_a_secret_that_key_vault_withholds_stops_nothing() -> None:
    """The app runs, the doctor reports it, and the notifications wait."""
    reference = "@Microsoft.KeyVault(VaultName=kv;SecretName=notify-urls)"
    async with tenant_of(PEOPLE, NOTIFY_URLS=reference, NOTIFY_KEY=reference) as world:
        await world.run_to_end("staff.csv", EXPORT)
        await sweep(world)
        assert "Key Vault" in (await finding(world)).sentence
        assert [True] == [one.is_open async for one in world.app.clients.notifications.open_entries()]


async def test_the_doctor_names_an_address_by_its_place() -> None:
    """The address itself is a secret."""
    async with local_receiver(500) as receiver, tenant_of(PEOPLE, **to(receiver)) as world:
        await world.run_to_end("staff.csv", EXPORT)
        await sweep(world)
        found = await finding(world)
        assert "Receiver 1 in NOTIFY_URLS: the answer was 500 (1 time since" in found.sentence
        assert "secret" not in found.sentence
