"""The contract under every switch of the stand-in: whatever Graph turns out to do, what is reported is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import combinations
from random import Random
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from sandbox.graph.options import Options, RateLimit, TelecomProvider
from shared.adapters.graph import Pacing
from tests.adapters.graph.conftest import OpenRoom, Room, SharedTime
from tests.adapters.graph.contract import GROUPS, PEOPLE, ROLES, WRITES, Contract

Outcomes = Mapping[str, str]

DEFAULT: Outcomes = {
    "read the token": "done",
    "look up": "done",
    "read": "done",
    "read a batch": "done",
    "read nobody": "personNotFound",
    "read who joined": "done",
    "create": "done",
    "create a second one": "changedSincePlan",  # what is there is neither nothing nor the number that was to be created
    "create an alternate without a mobile": "graphRefused",
    "remove the default": "defaultMethod",
    "update": "done",
    "remove": "done",
    "create with a taken number": "done, not registered",
    "enable SMS sign-in": "done",
    "disable SMS sign-in": "done",
    "enable SMS sign-in out of scope": "disabledByPolicy",
    "remove what nobody has": "open, outcomeUnknown",
    "create out of reach": "protectedAccount",
    "create an e-mail method": "permissionMissing",
    "read all accounts": "done",
    "read who is privileged": "done",
    "read the policy": "permissionMissing",
    "read the report": "permissionMissing",
    "read all methods": "permissionMissing",
}


def every(step_outcome: str, *, but: Outcomes) -> Outcomes:
    return {**dict.fromkeys(DEFAULT, step_outcome), **but}


@dataclass(frozen=True)
class Row:
    """A switch away from its default, with those it needs beside it, and what comes out otherwise than by default."""

    switch: str
    value: Any
    otherwise: Outcomes = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    throttles: bool = False
    """Some requests are refused with 429, and all is done in the end."""

    @property
    def switches(self) -> dict[str, Any]:
        return {self.switch: self.value, **self.beside}

    def __str__(self) -> str:
        return f"{self.switch}={self.value}"


def throttling(switch: str, value: Any, **beside: Any) -> Row:
    return Row(switch, value, beside=beside, throttles=True)


FEW_WRITES, FEW_UNITS = RateLimit(2, 10), RateLimit(4, 10)
NOT_IN_CHINA = ("enable SMS sign-in", "enable SMS sign-in out of scope")
JUST_WRITTEN = ("create", "update", "remove", "enable SMS sign-in")
NOT_SHOWN = {"create": "done, not visible", "update": "done, not visible"}

TABLE = (
    Row("identity_header", "another"),
    Row("app_id", "5a7d5b0c-0000-4000-8000-0000000000aa"),
    Row("is_user_assigned", value=True),
    Row("tenant_id", "5a7d5b0c-0000-4000-8000-0000000000ab"),
    Row("cloud", "usgov"),
    Row("cloud", "usgov-dod"),
    Row(
        "cloud",
        "china",
        dict.fromkeys(
            (*NOT_IN_CHINA, "create an e-mail method", "read the policy", "read all methods"), "apiNotAvailable"
        ),
    ),
    Row(
        "absent_api",
        "UnknownError",
        {
            **dict.fromkeys(NOT_IN_CHINA, "notFound"),
            "create an e-mail method": "open, outcomeUnknown",
            "read the policy": "graphRefused",
            "read all methods": "personNotFound",
        },
        beside={"cloud": "china"},
    ),
    Row("roles", (), every("permissionMissing", but={"read the token": "done"})),
    Row("email_role", value=True, otherwise={"create an e-mail method": "done"}),
    Row("policy_role", value=True, otherwise={"read the policy": "sms, voice"}),
    Row("sms_policy", "disabled", {"read the policy": "voice"}, beside={"policy_role": True}),
    Row("voice_policy", "disabled", {"read the policy": "sms"}, beside={"policy_role": True}),
    Row("report_role", value=True, otherwise={"read the report": "done"}),
    Row("methods_role", value=True, otherwise={"read all methods": "done"}),
    Row("report_licence", value=False, otherwise={"read the report": "licenceMissing"}, beside={"report_role": True}),
    Row("report_page_size", 1, {"read the report": "done"}, beside={"report_role": True}),
    Row(
        "reports",
        RateLimit(1, 10),
        {"read the report": "done"},
        beside={"report_role": True, "report_page_size": 1},
        throttles=True,
    ),
    Row("sms_provider", TelecomProvider(), {"read the policy": "sms, voice"}, beside={"policy_role": True}),
    Row("voice_provider", TelecomProvider(), {"read the policy": "sms, voice"}, beside={"policy_role": True}),
    Row("token_seconds", -1, every("tokenRejected", but={"read the token": "done"})),
    Row("token_names_resource", value=False, otherwise=every("tokenUnavailable", but={})),
    Row("throttling", value=False, beside={"writes": FEW_WRITES}),
    throttling("units", FEW_UNITS),
    throttling("writes", FEW_WRITES),
    throttling("tenant_writes", FEW_WRITES),
    throttling("neighbour_writes", 0.5, tenant_writes=RateLimit(4, 10)),
    throttling("hidden_limit", 0.003),
    throttling("time_scale", 2.0, writes=FEW_WRITES),
    throttling("retry_after", "fraction", writes=FEW_WRITES),
    throttling("retry_after", "date", writes=FEW_WRITES),
    throttling("retry_after", "none", writes=FEW_WRITES),
    throttling("minimum_retry_after", 200.0, writes=FEW_WRITES),
    throttling("limit_percentage", value=False, writes=FEW_WRITES),
    throttling("throttled_batch", "424", units=FEW_UNITS),
    Row("latency_ms", 250.0),
    Row("latency_sigma", 1.0, beside={"latency_ms": 250.0}),
    Row("batch_parallelism", 1, beside={"latency_ms": 250.0}),
    Row("late_seconds", 0.001, dict.fromkeys(JUST_WRITTEN, "done, not visible")),
    Row("late_share", 0.5),
    Row("late_writes", "at-once"),
    Row("new_user_seconds", 30.0, {"read who joined": "personNotFound"}),
    Row("number_spelling", "verbatim"),
    Row("number_spelling", "space-required"),
    Row("rule_answer", "404", {"create an alternate without a mobile": "notFound"}),
    Row("rule_answer", "409"),
    Row("rule_answer", "empty"),
    Row("taken_number", "409-not-stored", {"create with a taken number": "open, phoneNumberNotUnique"}),
    Row("taken_number", "201-stored"),
    Row("default_in_use", "older"),
    Row("sms_out_of_scope", "400"),
    Row("not_found", "UnknownError"),
    Row(
        "shown_numbers",
        "masked",
        {
            **NOT_SHOWN,
            "read": "masked",
            "read a batch": "masked",
            "create a second one": "open, valueMasked",
            "create with a taken number": "open, valueMasked",
        },
    ),
    Row(
        "shown_numbers",
        "none",
        {
            **NOT_SHOWN,
            "read": "none",
            "read a batch": "none",
            "create a second one": "valueNotShown",
            "create with a taken number": "open, phoneNumberNotUnique",
            "enable SMS sign-in": "done, not visible",
            "disable SMS sign-in": "done, not visible",
            "enable SMS sign-in out of scope": "open, outcomeUnknown",
        },
    ),
    Row("patch_answer", "200"),
    Row("sms_by_upn", "ignored"),
    Row("premium", value=False),
    Row("founder", value=False),
    Row("beta", value=False),
    Row("page_size", 1),
    Row("empty_pages", value=True),
    Row("repeated_changes", value=True),
    Row("delta_token_seconds", 0),
)


async def outcomes_of(open_room: OpenRoom, switches: Mapping[str, Any]) -> tuple[Room, Outcomes]:
    time = SharedTime()
    patient = Pacing(expected_workers=1, max_wait=3600)
    room: Room = await open_room(PEOPLE, GROUPS, shared_time=time, pace=patient, **{"roles": ROLES, **switches})
    return room, await Contract(room, time)()


def complaints(room: Room) -> list[str]:
    """What the stand-in has found, but for roles: the contract asks for less than is granted, or for more."""
    return [str(finding) for finding in room.stand_in.findings if finding.kind != "role-not-needed"]


async def test_by_default(open_room: OpenRoom) -> None:
    """The table of all outcomes, from which each row below differs as it says."""
    room, outcomes = await outcomes_of(open_room, {})
    assert DEFAULT == outcomes
    assert [] == room.stand_in.findings


@pytest.mark.parametrize("row", TABLE, ids=str)
async def test_under_one_switch(open_room: OpenRoom, row: Row) -> None:
    """The outcomes beside the switch and no others, each write true, each wait kept, each page read."""
    room, outcomes = await outcomes_of(open_room, row.switches)
    assert {**DEFAULT, **row.otherwise} == outcomes
    assert row.throttles == (room.stand_in.stats.throttled.total() > 0)
    assert [] == complaints(room)


def test_every_alternative_of_every_switch_has_a_row() -> None:
    """Whoever adds a switch says here what it changes for the app."""
    kinds, default = get_type_hints(Options), Options()
    missing = []
    for name in (one.name for one in fields(Options)):
        tried = {row.value for row in TABLE if row.switch == name}
        choices = get_args(kinds[name]) if get_origin(kinds[name]) is Literal else ()
        wanted = set(choices) - {getattr(default, name)}
        if not tried or wanted - tried:
            missing.append(f"{name}: {sorted(wanted - tried)}")
    assert [] == missing
    assert not [str(row) for row in TABLE if row.value == getattr(default, row.switch)]


ALONE = ("roles", "token_seconds", "token_names_resource", "hidden_limit")
"""Where nothing at all is answered no other switch matters; and a hidden limit takes long enough by itself."""
PAIRED = [row for row in TABLE if row.switch not in ALONE]


_UNSEEN = {"enable SMS sign-in": "open, outcomeUnknown", "disable SMS sign-in": "open, outcomeUnknown"}
TOGETHER: dict[frozenset[str], Outcomes] = {
    frozenset({"cloud=china", "shown_numbers=none"}): _UNSEEN,
    frozenset({"absent_api=UnknownError", "shown_numbers=none"}): _UNSEEN,
    frozenset({"rule_answer=empty", "shown_numbers=none"}): {"create a second one": "graphRefused"},
    frozenset({"taken_number=201-stored", "shown_numbers=none"}): {"create with a taken number": "done, not visible"},
    frozenset({"taken_number=201-stored", "shown_numbers=masked"}): {"create with a taken number": "done, not visible"},
}
"""Where two switches meet in a step and make something that neither makes alone."""


def expected_of(one: Row, other: Row, step: str) -> set[str]:
    together = TOGETHER.get(frozenset({str(one), str(other)}), {})
    if step in together:
        return {together[step]}
    alone = {row.otherwise[step] for row in (one, other) if step in row.otherwise} or {DEFAULT[step]}
    return alone | {"throttled"} if one.throttles and other.throttles else alone


@pytest.mark.parametrize("seed", range(8))
async def test_under_two_switches(open_room: OpenRoom, seed: int) -> None:
    """Each does what it does alone; where both change one step, one of them does, or what is said above.

    Two limits at once may make a wait so long that the work is given back.
    """
    pairs = [pair for pair in combinations(PAIRED, 2) if not pair[0].switches.keys() & pair[1].switches.keys()]
    one, other = Random(seed).choice(pairs)

    room, outcomes = await outcomes_of(open_room, {**one.switches, **other.switches})

    for step, outcome in outcomes.items():
        assert outcome in expected_of(one, other, step), (str(one), str(other), step)
    assert [] == complaints(room)


def test_the_contract_writes_everything() -> None:
    """Every kind of operation on phones and SMS sign-in is among its steps."""
    kinds = {type(operation).__name__ for _, operation in WRITES.values()}
    assert {"CreatePhone", "UpdatePhone", "DeletePhone", "EnableSmsSignIn", "DisableSmsSignIn"} <= kinds
