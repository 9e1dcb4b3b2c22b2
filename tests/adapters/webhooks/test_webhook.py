"""A webhook signs what it sends, follows nothing, reaches no private address, and never tells its address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from sandbox.receiver import HANGS, local_receiver
from shared.adapters.webhooks import webhook
from shared.adapters.webhooks.public_addresses import is_public, public_socket
from shared.adapters.webhooks.webhook import Webhook
from shared.core.run.notifications import Notification, NotificationKind
from shared.core.run.outbox import NotDeliveredError
from testing.virtual_time import VirtualClock

KEY = b"a key of the tests, no vault's ...."
HELD = Notification(
    id="20261129T120000Z-0123456789-7-held",
    kind=NotificationKind.HELD,
    at=datetime(2026, 11, 29, 12, tzinfo=UTC),
    message="Held: 2 of 5 people (40.0%) would get another number; the limit is 30.0%.",
    run="20261129T120000Z-0123456789",
    counts={"planned": 5},
)


def hook(url: str, key: bytes | None = KEY, *, local: bool = True) -> Webhook:
    return Webhook("key", 1, url, key, VirtualClock(), is_local=local)


async def test_json_is_signed_with_id_and_time() -> None:
    """Over these, joined by points; tests/flows/upkeep/test_signed_notifications.py has a receiver's side."""
    async with local_receiver() as receiver:
        await hook(receiver.url).send(HELD, "https://app.example/run", "an object id")
    ((headers, body),) = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert f"v1,{expected}" == headers["webhook-signature"]
    told = json.loads(body)
    assert (HELD.id, HELD.id, "held") == (headers["webhook-id"], told["id"], told["event"])
    assert ("https://app.example/run", "an object id") == (told["link"], told["uploader"])


async def test_teams_gets_a_card_without_the_uploader() -> None:
    """A card is read by many people."""
    async with local_receiver() as receiver:
        await hook(receiver.url, None).send(HELD, "https://app.example/run", "an object id")
    ((headers, body),) = receiver.got
    assert "webhook-signature" not in headers
    assert b"an object id" not in body
    (attachment,) = json.loads(body)["attachments"]
    assert "application/vnd.microsoft.card.adaptive" == attachment["contentType"]
    assert "https://app.example/run" == attachment["content"]["actions"][0]["url"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    """Another address would get the notification, and a signature with it."""
    async with local_receiver(status) as receiver:
        with pytest.raises(NotDeliveredError, match=str(status)):
            await hook(receiver.url).send(HELD, "", "")
    assert 1 == len(receiver.got)


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500, 503])
async def test_any_other_answer_is_no_delivery(status: int) -> None:
    """Whoever operates the receiver finds the status in the doctor's report."""
    async with local_receiver(status) as receiver:
        with pytest.raises(NotDeliveredError, match=str(status)):
            await hook(receiver.url).send(HELD, "", "")


async def test_a_receiver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request has a time limit."""
    monkeypatch.setattr(webhook, "_TIME_LIMIT", aiohttp.ClientTimeout(total=0.1))
    async with local_receiver(HANGS) as receiver:
        with pytest.raises(NotDeliveredError, match="in time"):
            await hook(receiver.url).send(HELD, "", "")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "127.0.0.1.", "localhost", "LOCALHOST.", "0.0.0.0", "0"),  # noqa: S104 - tried, not bound
        *("2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"),
        *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
        *("[fe80::1]", "[fe80::1%25lo]", "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
        *("169.254.169.254", "168.63.129.16", "10.0.0.1", "192.168.0.1", "100.64.0.1", "0251.0376.0251.0376"),
        *("①②⑦.0.0.1", "127。0。0。1", "xn--localhost-.", "user:password@127.0.0.1", "8.8.8.8@127.0.0.1"),
    ],
)
async def test_no_spelling_of_a_private_address_is_reached(host: str) -> None:
    """The check is made on what is about to be connected to, whatever the address looks like."""
    async with local_receiver() as receiver:
        url = receiver.url.replace("127.0.0.1", host)
        with pytest.raises(NotDeliveredError) as refused:
            await hook(url, local=False).send(HELD, "", "")
        assert "secret" not in f"{refused.value!r} {hook(url)!r}"
        assert [] == receiver.got


@pytest.mark.parametrize(
    "addresses",
    [
        *(["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["168.63.129.16"], ["::1"], ["::ffff:127.0.0.1"]),
        *(["127.0.0.1", "::1"], ["::ffff:10.0.0.1", "fd00::1", "127.0.0.1"]),
        *(["64:ff9b::7f00:1"], ["64:ff9b:1::a00:1", "10.0.0.1"], ["2002:7f00:1::"], ["fe80::1"], ["::ffff:a9fe:a9fe"]),
    ],
)
async def test_a_name_is_judged_by_the_address_that_is_connected_to(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked up once, so a name that leads elsewhere the next time gains nothing."""
    asked = list[str]()

    def look_up(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        found = addresses if len(asked) == 1 else ["127.0.0.1"]
        families = (socket.AF_INET6 if ":" in one else socket.AF_INET for one in found)
        kind = (socket.SOCK_STREAM, 6, "")
        return [
            (family, *kind, (one, port) if family is socket.AF_INET else (one, port, 0, 0))
            for family, one in zip(families, found, strict=True)
        ]

    async with local_receiver() as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        with pytest.raises(NotDeliveredError, match="not public"):
            await hook(receiver.url.replace("127.0.0.1", "rebinding.example"), local=False).send(HELD, "", "")
        assert ["rebinding.example"] == asked
        assert [] == receiver.got


async def test_only_the_first_answer_of_a_name_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public when it is looked up, private from then on: the socket is opened to the public one, and only to it."""
    answers, opened = iter(["8.8.8.8", *["127.0.0.1"] * 9]), list[str]()

    def look_up(_: str, port: int, *__: object, **___: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def recorded(info: tuple[object, object, int, str, tuple[str, int]]) -> socket.socket:
        opened.append(info[4][0])
        public_socket(info).close()  # type: ignore[arg-type]  # of aiohttp's own type
        raise OSError("the tests reach this machine alone")

    async with local_receiver() as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr(webhook, "public_socket", recorded)
        with pytest.raises(NotDeliveredError, match="connection failed"):
            await hook(receiver.url.replace("127.0.0.1", "rebinding.example"), local=False).send(HELD, "", "")
        assert (["8.8.8.8"], []) == (opened, receiver.got)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        *((private, False) for private in ("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1")),
        *((local, False) for local in ("169.254.169.254", "0.0.0.0", "255.255.255.255", "224.0.0.1", "168.63.129.16")),  # noqa: S104 - tried, not bound
        *((six, False) for six in ("::1", "::", "fe80::1", "fe80::1%1", "fd00::1", "ff02::1", "2001:db8::1")),
        *((mapped, False) for mapped in ("::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "::127.0.0.1")),
        *((tunnel, False) for tunnel in ("2002:7f00:1::", "2001:0:7f00:1::", "64:ff9b:1::7f00:1")),
    ],
)
def test_which_addresses_are_public(address: str, expected: bool) -> None:  # noqa: FBT001 - an expected value
    """Whatever may lead back into a network of ours is not, also where it stands for a public address."""
    assert expected == is_public(address)


def test_a_public_socket_is_opened() -> None:
    """And only then."""
    with public_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))) as opened:
        assert socket.AF_INET == opened.family
    with pytest.raises(PermissionError):
        public_socket((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::ffff:127.0.0.1", 443, 0, 0)))


async def test_a_card_stays_small() -> None:
    """Teams refuses more than about 28 KB."""
    async with local_receiver() as receiver:
        await hook(receiver.url, None).send(replace(HELD, message="*ü" * 1_000), "https://app.example/run", "")
    assert len(receiver.got[0][1]) < 20_000
