"""How the client talks: what it sends with every call, what it never does, and what becomes of broken answers."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from contextlib import AbstractAsyncContextManager

import pytest
from azure.core.exceptions import ClientAuthenticationError
from stduritemplate import StdUriTemplate
from yarl import URL

from shared.adapters.graph import CLOUDS, Pacing, Priority
from shared.adapters.graph.gateway import GraphGateway
from shared.adapters.graph.method_ids import EMAIL_METHOD_ID, METHOD_IDS
from shared.adapters.graph.opening import open_gateway
from shared.core.person.account import KeyKind, Methods, PersonKey
from shared.core.person.privilege import ProtectionScope
from shared.core.plan.operations import (
    CreateEmail,
    CreatePhone,
    DeleteEmail,
    DeletePhone,
    DisableSmsSignIn,
    EnableSmsSignIn,
    UpdateEmail,
    UpdatePhone,
)
from shared.core.values.errors import (
    ExplainedError,
    GraphRefusedError,
    GraphUnavailableError,
    OutcomeUnknownError,
    ThrottledError,
)
from shared.core.values.slot import EmailAddress, PhoneNumber, PhoneType
from shared.telemetry.events import EventName
from testing.telemetry import events
from tests.adapters.graph.conftest import ALEX, BO, USER_AGENT, OpenRoom, SharedTime, gateway_at
from tests.adapters.graph.scripted import NO_ANSWER, Cut, FixedCredential, Hang, answer, scripted

NUMBER = PhoneNumber(1, "2025550101")
CREATE = CreatePhone(PhoneType.MOBILE, NUMBER)
DELETE = DeletePhone(PhoneType.MOBILE, NUMBER)
EMPTY = answer(200, {"value": []})


def without_waits(url: str) -> AbstractAsyncContextManager[GraphGateway]:
    """A gateway whose waits take no time."""
    time = SharedTime()
    return gateway_at(url, FixedCredential(), clock=time.clock, sleep=time.sleep)


async def test_every_call_says_who_asks_and_how_urgent_it_is() -> None:
    """User agent, token of the cloud's scope and priority go with every call."""
    async with scripted(EMPTY, EMPTY) as script, gateway_at(script.url, FixedCredential()) as gateway:
        await gateway.methods(ALEX)
        await gateway.with_priority(Priority.HIGH).methods(ALEX)
    first, second = script.requests
    assert f"/v1.0/users/{ALEX}/authentication/phoneMethods" == first.target
    assert USER_AGENT == first.headers["user-agent"]
    assert "Bearer token 1 for https://graph.microsoft.com/.default" == first.headers["authorization"]
    assert ["Low", "High"] == [one.headers["x-ms-throttle-priority"] for one in (first, second)]


async def test_the_email_address_is_asked_for_only_when_somebody_wants_to_know() -> None:
    """A person with phones only costs one request; with an opinion on the e-mail address a second one."""
    email = answer(200, {"value": [{"id": EMAIL_METHOD_ID, "emailAddress": "jan@example.com"}]})
    async with scripted(EMPTY, EMPTY, email) as script, gateway_at(script.url, FixedCredential()) as gateway:
        assert await gateway.methods(ALEX) == Methods(())
        assert await gateway.methods(ALEX, email=True) == Methods((), EmailAddress("jan@example.com"))
    paths = [one.target.removeprefix(f"/v1.0/users/{ALEX}/authentication/") for one in script.requests]
    assert ["phoneMethods", "phoneMethods", "emailMethods"] == paths


async def test_email_and_sms_sign_in_are_sent_as_graph_documents_them() -> None:
    """The e-mail method has one fixed id; the two actions are the mobile's and have no body."""
    old, new = EmailAddress("jan@example.com"), EmailAddress("jan@contoso.example")
    operations = (CreateEmail(old), UpdateEmail(old, new), DeleteEmail(new), EnableSmsSignIn(), DisableSmsSignIn())
    replies = (answer(201, {"id": "x"}), *[answer(204)] * 4)
    async with scripted(*replies) as script, gateway_at(script.url, FixedCredential()) as gateway:
        for operation in operations:
            await gateway.execute(ALEX, operation)
    person = f"/v1.0/users/{ALEX}/authentication"
    mobile = f"{person}/phoneMethods/{METHOD_IDS[PhoneType.MOBILE]}"
    assert [
        ("POST", f"{person}/emailMethods", {"emailAddress": "jan@example.com"}),
        ("PATCH", f"{person}/emailMethods/{EMAIL_METHOD_ID}", {"emailAddress": "jan@contoso.example"}),
        ("DELETE", f"{person}/emailMethods/{EMAIL_METHOD_ID}", None),
        ("POST", f"{mobile}/enableSmsSignIn", None),
        ("POST", f"{mobile}/disableSmsSignIn", None),
    ] == [(one.method, one.target, json.loads(one.body or "null")) for one in script.requests]


async def test_a_missing_permission_for_email_is_named() -> None:
    """What has to be granted for the e-mail slot is not what has to be granted for phones."""
    refused = answer(403, {"error": {"code": "accessDenied", "message": "Request Authorization failed"}})
    async with scripted(refused) as script, gateway_at(script.url, FixedCredential()) as gateway:
        with pytest.raises(GraphRefusedError) as caught:
            await gateway.execute(ALEX, CreateEmail(EmailAddress("jan@example.com")))
    assert "UserAuthMethod-Email.ReadWrite.All" in caught.value.remedy


async def test_writes_are_sent_as_graph_documents_them() -> None:
    """Create posts, update patches the method with the type's fixed id, delete has no body."""
    update = UpdatePhone(PhoneType.MOBILE, NUMBER, PhoneNumber(1, "2025550199", "7"))
    replies = (answer(201, {"id": "x"}), answer(204), answer(204))
    async with scripted(*replies) as script, gateway_at(script.url, FixedCredential()) as gateway:
        for operation in (CREATE, update, DELETE):
            await gateway.execute(ALEX, operation)
    methods = f"/v1.0/users/{ALEX}/authentication/phoneMethods"
    method = f"{methods}/{METHOD_IDS[PhoneType.MOBILE]}"
    assert [(one.method, one.target, json.loads(one.body or "null")) for one in script.requests] == [
        ("POST", methods, {"phoneNumber": "+1 2025550101", "phoneType": "mobile"}),
        ("PATCH", method, {"phoneNumber": "+1 2025550199x7", "phoneType": "mobile"}),
        ("DELETE", method, None),
    ]
    assert ["application/json"] * 2 + [None] == [one.headers.get("content-type") for one in script.requests]


@pytest.mark.parametrize("user_id", ["a b", "a/b?c#d", "ä+%", "x'()*!@:,;=&$[]~-._"])
async def test_addresses_are_spelled_as_the_sdk_spells_them(user_id: str) -> None:
    """Our short cut through the SDK's template gives the SDK's own address, whatever is put into it."""
    async with scripted(EMPTY) as script, gateway_at(script.url, FixedCredential()) as gateway:
        await gateway.methods(user_id)
    template = "{+baseurl}/users/{user%2Did}/authentication/phoneMethods{?%24filter}"
    values = {"baseurl": f"{script.url}/v1.0", "user%2Did": user_id}
    (sent,) = script.requests
    assert sent.target == URL(StdUriTemplate.expand(template, values)).raw_path


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_only_a_read_is_sent_again(status: int) -> None:
    """A write is sent once: no layer below repeats a call by itself, not even where its own rules would let it."""
    failures = [answer(status, Retry_After="0")] * 10
    async with scripted(*failures) as script, without_waits(script.url) as gateway:
        for operation in (CREATE, DELETE):
            with pytest.raises(OutcomeUnknownError) as caught:
                await gateway.execute(ALEX, operation)
            assert caught.value.status == status
        with pytest.raises(GraphUnavailableError):
            await gateway.methods(ALEX)
    assert ["POST", "DELETE", "GET", "GET", "GET"] == [one.method for one in script.requests]


@pytest.mark.parametrize(
    "failure",
    [
        *(pytest.param(answer(status), id=str(status)) for status in (500, 502, 503, 504)),
        pytest.param(NO_ANSWER, id="dropped"),
        pytest.param(answer(200, b'{"value": ['), id="torn"),
        pytest.param(answer(200, b"<html>Sign in</html>"), id="a gateway's page"),
    ],
)
async def test_a_read_without_an_answer_is_sent_again(failure: bytes) -> None:
    """A fault of chance costs a moment, and no delivery."""
    async with scripted(failure, failure, EMPTY) as script, without_waits(script.url) as gateway:
        assert Methods() == await gateway.methods(ALEX)
    assert 3 == len(script.requests)


@pytest.mark.parametrize(
    "answered",
    [
        pytest.param(answer(503, Retry_After="20"), id="a time was given"),
        pytest.param(answer(200, []), id="whole, of another form"),
        pytest.param(answer(404), id="a refusal"),
    ],
)
async def test_a_read_that_was_answered_is_not_sent_again(answered: bytes) -> None:
    """A time that Graph gives is kept, and an answer that says something would be the same again."""
    async with scripted(answered) as script, without_waits(script.url) as gateway:
        with pytest.raises(ExplainedError):
            await gateway.methods(ALEX)
    assert 1 == len(script.requests)


async def test_while_nothing_is_answered_the_next_retry_is_later_and_later() -> None:
    """Half as long as it has lasted, from ten seconds to five minutes; one answer starts over."""
    time, delays = SharedTime(), []
    async with (
        scripted(*[answer(503)] * 15, EMPTY, *[answer(503)] * 3) as script,
        gateway_at(script.url, FixedCredential(), clock=time.clock, sleep=time.sleep) as gateway,
    ):
        for _ in range(5):
            with pytest.raises(GraphUnavailableError) as missing:
                await gateway.methods(ALEX)
            delays.append(missing.value.delay)
            time.now += 200
        await gateway.methods(ALEX)
        with pytest.raises(GraphUnavailableError) as missing:
            await gateway.methods(ALEX)
    assert pytest.approx([10, 101.5, 202.2, 300, 300, 10], abs=1) == [*delays, missing.value.delay]


async def test_a_kept_connection_that_breaks_is_not_a_reason_to_repeat() -> None:
    """aiohttp would send a DELETE again on a fresh connection; here it is one request and a doubt."""
    async with scripted(EMPTY, NO_ANSWER, EMPTY, NO_ANSWER) as script:
        async with without_waits(script.url) as gateway:
            await gateway.methods(ALEX)
            with pytest.raises(OutcomeUnknownError) as caught:
                await gateway.execute(ALEX, DELETE)
            await gateway.methods(ALEX)
            with pytest.raises(GraphUnavailableError):
                await gateway.methods(ALEX)
        assert caught.value.status is None
        assert ["GET", "DELETE", "GET", "GET", "GET", "GET"] == [one.method for one in script.requests]


@pytest.mark.parametrize(
    "torn",
    [
        pytest.param(Cut(b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"), id="body-cut-short"),
        pytest.param(Cut(b"SSH-2.0-OpenSSH\r\n\r\n"), id="not-http"),
        pytest.param(answer(201, b'{"id": "a'), id="json-cut-short"),
        pytest.param(answer(201, b"<html>Signed in</html>"), id="html"),
        pytest.param(answer(201, []), id="array"),
        pytest.param(answer(201, b"\xff\xfe\x00"), id="not-text"),
        pytest.param(answer(200, b"abc", Content_Encoding="gzip"), id="not-gzip"),
        pytest.param(answer(302, Location="https://login.example/"), id="redirect"),
    ],
)
async def test_a_torn_answer_leaves_a_write_open_and_a_read_unanswered(torn: bytes) -> None:
    """An answer that cannot be read is neither a success nor a failure, and never an empty list."""
    async with scripted(torn, torn) as script, without_waits(script.url) as gateway:
        with pytest.raises(OutcomeUnknownError):
            await gateway.execute(ALEX, CREATE)
        with pytest.raises(GraphUnavailableError):
            await gateway.methods(ALEX)


async def test_a_redirect_is_not_followed() -> None:
    """Not even to Graph itself: the token goes only where the app sends it."""
    async with scripted(answer(302, Location="/v1.0/users"), EMPTY) as script, without_waits(script.url) as gateway:
        with pytest.raises(GraphUnavailableError):
            await gateway.methods(ALEX)
    assert 1 == len(script.requests)


async def test_a_call_is_given_up_after_its_time() -> None:
    """A service that never answers leaves a write open."""
    async with (
        scripted(Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")) as script,
        gateway_at(script.url, FixedCredential(), timeout_seconds=0.05) as gateway,
    ):
        with pytest.raises(OutcomeUnknownError) as caught:
            await gateway.execute(ALEX, CREATE)
    assert (None, "Graph did not answer: nothing came within 0 s.") == (caught.value.status, str(caught.value))


async def test_nobody_there_leaves_a_write_open() -> None:
    """A refused connection is a doubt like any other."""
    async with scripted() as script:
        gone = script.url
    async with gateway_at(gone, FixedCredential()) as gateway:
        with pytest.raises(OutcomeUnknownError):
            await gateway.execute(ALEX, CREATE)


async def test_many_cold_calls_ask_for_one_token(open_room: OpenRoom) -> None:
    """256 calls at once on a cold start make one request to the identity endpoint."""
    room = await open_room()
    await asyncio.gather(*(room.gateway.methods(BO) for _ in range(256)))
    assert 1 == room.stand_in.stats.requests["token"]


@pytest.mark.parametrize("error", [ClientAuthenticationError("no identity"), KeyError("resource")])
async def test_no_token_means_nothing_was_sent(error: Exception) -> None:
    """Whatever the identity endpoint does wrong, the work comes back later and Graph has seen nothing."""
    async with scripted() as script, gateway_at(script.url, FixedCredential(error=error)) as gateway:
        with pytest.raises(GraphUnavailableError) as caught:
            await gateway.execute(ALEX, CREATE)
    assert ("tokenUnavailable", []) == (caught.value.code, script.requests)


async def test_a_lasting_lack_of_a_token_is_logged_once_with_the_way_out(caplog: pytest.LogCaptureFixture) -> None:
    """Rows that wait for one are not failures, so without that line nothing would tell why a run stands still."""
    error = ClientAuthenticationError("no identity")
    async with scripted() as script, gateway_at(script.url, FixedCredential(error=error)) as gateway:
        for _ in range(3):
            with pytest.raises(GraphUnavailableError):
                await gateway.methods(ALEX)
    (told,) = events(caplog.records, EventName.TOKEN_MISSING)
    assert "returned no token for Graph (ClientAuthenticationError: no identity)" in told["message"]
    assert [] == [name for name in ("managed identity", "AZURE_CLIENT_ID", "GRAPH_CLOUD") if name not in told["remedy"]]


async def test_a_token_endpoint_that_names_no_resource(open_room: OpenRoom) -> None:
    """The async credential cannot do without `resource`; that is reported as an unavailable token."""
    room = await open_room(token_names_resource=False)
    with pytest.raises(GraphUnavailableError, match="KeyError"):
        await room.gateway.methods(ALEX)


async def test_a_claims_challenge_is_answered_once_for_all() -> None:
    """Calls that meet the same challenge share one new token and then succeed."""
    challenge = answer(401, WWW_Authenticate='Bearer realm="", error="insufficient_claims", claims="eyJ4IjoxfQ=="')
    credential = FixedCredential()
    async with scripted(*[challenge] * 3, *[EMPTY] * 3) as script, gateway_at(script.url, credential) as gateway:
        found = await asyncio.gather(*(gateway.methods(ALEX) for _ in range(3)))
    assert found == [Methods()] * 3
    assert ['{"x":1}'] == [claims for claims in credential.asked if claims]
    assert 1 == len({one.headers["authorization"] for one in script.requests[3:]})


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.microsoft.com.evil.example/v1.0/users?x",
        "http://127.0.0.1:1/v1.0/users?x",
        "http://user@127.0.0.1/v1.0/users",
        "https://127.0.0.1/v1.0/users",
        "http://[bad/v1.0/users",
        "//evil.example/users",
        "/v1.0/users",
    ],
)
async def test_a_next_page_elsewhere_is_never_fetched(link: str) -> None:
    """The token goes to the pinned host only, and half a list is not a list."""
    first = answer(200, {"value": [{"id": ALEX}], "@odata.nextLink": link})
    async with scripted(first) as script, gateway_at(script.url, FixedCredential()) as gateway:
        with pytest.raises(GraphUnavailableError) as caught:
            [one async for one in gateway.disabled_accounts()]
    assert ("foreignAddress", 1) == (caught.value.code, len(script.requests))


async def test_empty_pages_do_not_end_a_list() -> None:
    """A page without values that names another page is followed, and its address is sent as it came."""
    async with scripted() as script, gateway_at(script.url, FixedCredential()) as gateway:
        links = [f"{script.url}/v1.0/users?$skiptoken=a%20{n}%2B%3D%26/%C3%A9&$select=id" for n in range(3)]
        script.answers += [answer(200, {"value": [], "@odata.nextLink": link}) for link in links]
        script.answers.append(answer(200, {"value": [{"id": BO}]}))
        assert [BO] == [account.id async for account in gateway.disabled_accounts()]
    assert [f"{script.url}{one.target}" for one in script.requests[1:]] == links


async def test_pages_in_a_circle_are_noticed() -> None:
    """A list that never ends is an error, not an endless loop."""
    async with scripted() as script, gateway_at(script.url, FixedCredential()) as gateway:
        script.answers += [answer(200, {"value": [], "@odata.nextLink": f"{script.url}/v1.0/users?p=1"})] * 3
        with pytest.raises(GraphUnavailableError):
            [one async for one in gateway.disabled_accounts()]


@pytest.mark.parametrize("header", ["0.2", "Thu, 01 Jan 2026 00:00:01 GMT"])
async def test_a_short_throttle_is_waited_out_inside(header: str) -> None:
    """A throttled call is made again after the time given, also when it is a fraction or a date, and succeeds."""
    slept: list[float] = []
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    throttled = answer(429, Retry_After=header, Date="Thu, 01 Jan 2026 00:00:00 GMT")
    replies = (throttled, answer(201, {}))
    async with (
        scripted(*replies) as script,
        gateway_at(script.url, FixedCredential(), clock=lambda: now, sleep=sleep) as gateway,
    ):
        await gateway.execute(ALEX, CREATE)
    assert 2 == len(script.requests)
    assert pytest.approx(0.2 if header == "0.2" else 1.0, abs=0.2) == sum(slept)


async def test_a_long_throttle_gives_the_work_back() -> None:
    """A wait beyond the patience is passed to the queue instead of being slept."""
    async with (
        scripted(answer(429, Retry_After="200")) as script,
        gateway_at(script.url, FixedCredential(), pace=Pacing(1, max_wait=5)) as gateway,
    ):
        with pytest.raises(ThrottledError) as caught:
            await gateway.execute(ALEX, CREATE)
        with pytest.raises(ThrottledError):
            await gateway.execute(ALEX, CREATE)
    assert 199 < caught.value.delay < 202
    assert 1 == len(script.requests)


async def test_missing_permission_names_it(open_room: OpenRoom) -> None:
    """A refusal for lack of a role is certain, and says which role to grant."""
    room = await open_room(roles=())
    reader = room.gateway.privilege(ProtectionScope(), room.stand_in.clock)
    calls = {
        "UserAuthMethod-Phone.ReadWrite.All": room.gateway.execute(ALEX, DELETE),
        "User.Read.All": room.gateway.look_up(PersonKey(KeyKind.OBJECT_ID, ALEX)),
        "RoleManagement.Read.Directory": reader.role_assignments(),
        "GroupMember.Read.All": reader.group_members(BO),
    }
    for permission, call in calls.items():
        with pytest.raises(GraphRefusedError) as caught:
            await call
        assert ("permissionMissing", 403) == (caught.value.code, caught.value.status)
        assert permission in caught.value.remedy


async def test_no_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Sign-in names and mail addresses, which are in the addresses of the look-up, reach no log."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx")
    replies = (answer(200, {"id": ALEX}), answer(200, {"value": [{"id": ALEX}]}))
    async with scripted(*replies) as script, gateway_at(script.url, FixedCredential()) as gateway:
        await gateway.look_up(PersonKey(KeyKind.USER_PRINCIPAL_NAME, "alex@contoso.example"))
        await gateway.look_up(PersonKey(KeyKind.MAIL, "alex@example.com"))
    assert "alex" in script.requests[1].target
    assert "alex" not in caplog.text


def test_opening_is_what_imports_the_sdk() -> None:
    """A process that never talks to Graph does not pay for importing the SDK."""
    heavy = "{'msgraph', 'kiota_abstractions', 'httpx', 'aiohttp', 'azure.core'}"
    code = f"import sys, shared.adapters.graph; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter and code
    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize(
    "address",
    [
        "http://graph.example/v1.0",
        "ftp://127.0.0.1/v1.0",
        "graph.microsoft.com",
        "https://a:b@graph.example",
        "https://",
    ],
)
async def test_only_a_safe_address_is_accepted(address: str) -> None:
    """The token travels over https, or not beyond this machine."""
    with pytest.raises(ValueError, match="GRAPH_BASE_URL"):
        open_gateway(
            cloud="global", base_url=address, credential=FixedCredential(), user_agent=USER_AGENT, pace=Pacing()
        )


async def test_every_cloud_opens() -> None:
    """Each cloud has its own root, over https, and asks for tokens for that root."""
    for name, cloud in CLOUDS.items():
        gateway = open_gateway(
            cloud=name, base_url="", credential=FixedCredential(), user_agent=USER_AGENT, pace=Pacing()
        )
        await gateway.close()
        assert f"{cloud.root}/.default" == cloud.scope
