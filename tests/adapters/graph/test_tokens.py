"""A rejected token is replaced once for all who wait; without another one nothing is sent again and again."""

from __future__ import annotations

import asyncio

import pytest
from azure.core.credentials import AccessToken

from sandbox.graph.faults import TOKEN, Fault
from shared.core.person.account import KeyKind, Methods, PersonKey
from shared.core.plan.operations import CreatePhone
from shared.core.values.errors import NoTokenError
from shared.core.values.slot import PhoneNumber, PhoneType
from tests.adapters.graph.conftest import ALEX, BO, OpenRoom, Room, gateway_at
from tests.adapters.graph.scripted import FixedCredential, answer, scripted

CREATE = CreatePhone(PhoneType.MOBILE, PhoneNumber(1, "2025550101"))
REJECTED = answer(401, {"error": {"code": "InvalidAuthenticationToken", "message": "Expired."}})
EMPTY = answer(200, {"value": []})


class _Identity(FixedCredential):
    """Gives these tokens in turn, the last one for ever; without claims it repeats the latest, as its cache does."""

    def __init__(self, *tokens: str) -> None:
        super().__init__()
        self._tokens = list(tokens)
        self._latest = self._tokens.pop(0)

    async def get_token(self, *_: str, claims: str | None = None, **_options: object) -> AccessToken:
        self.asked.append(claims)
        await asyncio.sleep(0)
        if claims is not None and self._tokens:
            self._latest = self._tokens.pop(0)
        return AccessToken(self._latest, 2**40)

    @property
    def replaced(self) -> int:
        return sum(claims is not None for claims in self.asked)


async def test_a_token_revoked_under_many_calls_is_replaced_once(room: Room) -> None:
    """Fifty calls of every kind, whose token ends under them, share one new token, and all succeed."""
    await room.gateway.methods(BO)
    room.stand_in.faults.add(Fault(kind="revoke", count=1))
    calls = [*(room.gateway.methods(BO) for _ in range(25)), room.gateway.execute(BO, CREATE)]
    looks = (room.gateway.look_up_with_methods(PersonKey(KeyKind.OBJECT_ID, ALEX), email=False) for _ in range(25))
    await asyncio.gather(*calls, *looks)
    assert (2, 1) == (room.stand_in.stats.requests[TOKEN], room.stand_in.stats.committed["phoneMethods.create"])


async def test_a_token_rejected_inside_a_batch_is_replaced(room: Room) -> None:
    """The items that were answered stay answered; only those that were rejected are sent again."""
    room.stand_in.faults.add(Fault(kind="revoke", on="phoneMethods.list", count=1))
    found = await room.gateway.phone_methods_of([ALEX, BO])
    assert [Methods, Methods] == [type(one) for one in found.values()]
    assert 2 == room.stand_in.stats.requests[TOKEN]


async def test_the_same_token_again_is_told_at_once() -> None:
    """The identity answers from its cache: one request to Graph, one to the identity, for all who wait."""
    identity = _Identity("old")
    async with scripted(*[REJECTED] * 3) as script, gateway_at(script.url, identity) as gateway:
        calls = [gateway.methods(ALEX), gateway.execute(ALEX, CREATE), gateway.phone_methods_of([ALEX])]
        failed, written, batched = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(batched, dict)
    assert ["tokenRejected"] * 3 == [getattr(one, "code", "") for one in (failed, written, batched[ALEX])]
    assert (3, 1) == (len(script.requests), identity.replaced)


async def test_tokens_that_are_all_rejected_are_not_tried_for_ever() -> None:
    """A token and its replacement are enough to know."""
    identity = _Identity(*(str(n) for n in range(99)))
    async with scripted(*[REJECTED] * 99) as script, gateway_at(script.url, identity) as gateway:
        with pytest.raises(NoTokenError, match="rejects the token"):
            await gateway.execute(ALEX, CREATE)
    assert (2, 1) == (len(script.requests), identity.replaced)


async def test_a_token_that_is_accepted_again_is_used() -> None:
    """Graph has rejected valid tokens for seconds: the same token is tried again by the next call."""
    async with scripted(REJECTED, EMPTY) as script, gateway_at(script.url, _Identity("same")) as gateway:
        with pytest.raises(NoTokenError):
            await gateway.methods(ALEX)
        assert Methods() == await gateway.methods(ALEX)


@pytest.mark.parametrize("claims", ["eyJ4IjoxfQ==", "eyJ4IjoxfQ"])
async def test_the_claims_of_a_challenge_are_passed_on(claims: str) -> None:
    """With or without padding; a challenge that cannot be read asks for nothing."""
    challenge = answer(401, WWW_Authenticate=f'Bearer realm="", error="insufficient_claims", claims="{claims}"')
    broken = answer(401, WWW_Authenticate='Bearer realm="", claims="ÿ%"'.encode("latin-1").decode("latin-1"))
    identity = _Identity("old", "new", "newer")
    async with scripted(challenge, EMPTY, broken, EMPTY) as script, gateway_at(script.url, identity) as gateway:
        await gateway.methods(ALEX)
        await gateway.methods(ALEX)
    assert ['{"x":1}', "{}"] == [asked for asked in identity.asked if asked]


async def test_an_identity_that_is_slow_delays_and_one_that_hangs_is_given_up(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls wait for a slow token; beyond the longest time there is none, and the reason says so."""
    room = await open_room()
    room.stand_in.faults.add(Fault(kind="slow", on=TOKEN, seconds=0.2, count=1))
    await room.gateway.methods(BO)
    monkeypatch.setattr("shared.adapters.graph.token._LONGEST_REQUEST", 0.05)
    async with scripted() as script, gateway_at(script.url, FixedCredential(delay=5)) as gateway:
        with pytest.raises(NoTokenError, match="TimeoutError: no answer"):
            await gateway.methods(ALEX)
