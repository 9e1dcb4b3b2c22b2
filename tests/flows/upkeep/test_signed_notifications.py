"""Signed JSON is what a receiver with a library for Standard Webhooks accepts, with the secret that the vault holds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from sandbox.receiver import local_receiver
from testing.in_memory import InMemory
from tests.flows.in_excel import InExcel
from tests.flows.small_tenant import csv, number, person, tenant_of

SECRET = f"whsec_{base64.b64encode(bytes(range(48))).decode()}"
TOLERANCE = 5 * 60
PEOPLE = [person(1)]
HOSTILE = "\u202e{{DATE(2026)}} =1+1 [a](https://e.example) <b>\U0001f468\u200d\U0001f469"


class RefusedError(Exception):
    """A receiver does not believe what came."""


@dataclass
class StandardReceiver:
    """Verifies by the specification of Standard Webhooks alone, with an HMAC of RFC 2104 that is written out here."""

    secret: str

    def verified(self, headers: Mapping[str, str], body: bytes, now: float) -> Any:
        given = {name: headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")}
        if not all(given.values()):
            raise RefusedError("a header is missing")
        if abs(now - int(given["timestamp"])) > TOLERANCE:
            raise RefusedError("too old, or from the future")
        signed = given["id"].encode() + b"." + given["timestamp"].encode() + b"." + body
        expected = base64.b64encode(self._hmac(signed)).decode()
        versions = [one.partition(",") for one in given["signature"].split(" ")]
        if not any((version, signature) == ("v1", expected) for version, _, signature in versions):
            raise RefusedError("no signature fits")
        return json.loads(body)

    def _hmac(self, data: bytes) -> bytes:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        block = key.ljust(64, b"\0")
        inner = hashlib.sha256(bytes(one ^ 0x36 for one in block) + data).digest()
        return hashlib.sha256(bytes(one ^ 0x5C for one in block) + inner).digest()


async def received(world: InMemory, receiver: Any) -> list[tuple[dict[str, str], bytes]]:
    world.clock.leap_to(world.clock.now() + timedelta(minutes=5))
    await world.app.sweep()
    got: list[tuple[dict[str, str], bytes]] = receiver.got
    return got


async def test_a_receiver_believes_what_was_sent_and_nothing_else() -> None:
    """Whatever a file is called and says; id, time and body cannot be changed, nor the whole be sent again later."""
    book = InExcel(("User principal name", f"Mobile {HOSTILE}"), (PEOPLE[0].userPrincipalName, number(51))).saved()
    async with local_receiver() as receiver:
        settings: dict[str, Any] = {"NOTIFY_URLS": receiver.url, "NOTIFY_KEY": SECRET, "NOTIFY_LOCAL": "true"}
        async with tenant_of(PEOPLE, **settings) as world:
            await world.run_to_end("staff.csv", csv("userPrincipalName,mobile", (PEOPLE[0].id, number(51))))
            await world.run_to_end(f"{HOSTILE}.xlsx", book)
            await world.run_to_end("broken.xlsx", b"no workbook")
            got, now = await received(world, receiver), world.clock.now().timestamp()
    accepting = StandardReceiver(SECRET)
    told = [accepting.verified(headers, body, now) for headers, body in got]
    assert {"finished", "failed"} <= {one["event"] for one in told}
    assert [headers["webhook-id"] for headers, _ in got] == [one["id"] for one in told]
    assert "\u202e" not in str(told)
    assert PEOPLE[0].userPrincipalName not in str(told)
    assert "e.example" not in str(told)  # names of files are not sent

    headers, body = got[0]
    changed = [
        (headers, body + b" "),
        (headers, body.replace(b"finished", b"failed!!", 1)),
        *(
            ({**headers, f"webhook-{name}": value}, body)
            for name, value in (("id", "x"), ("timestamp", str(int(now) - 9)))
        ),
        *(({**headers, "webhook-signature": one}, body) for one in ("v1,", "v1a,x", headers["webhook-signature"][:-4])),
    ]
    for other, content in changed:
        with pytest.raises(RefusedError, match="no signature"):
            accepting.verified(other, content, now)
    with pytest.raises(RefusedError, match="too old"):
        accepting.verified(headers, body, now + 2 * TOLERANCE)
    with pytest.raises(RefusedError, match="no signature"):
        StandardReceiver(f"whsec_{base64.b64encode(bytes(48)).decode()}").verified(headers, body, now)
