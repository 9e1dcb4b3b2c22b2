"""What the app asks of Graph, one of everything, and in a word what came of it.

Run by test_switches.py under every switch of the stand-in. Writes are carried out and settled as the flows do it, and
what they report is held against the stand-in's own state at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from shared.core.person.account import KeyKind, Methods, PersonKey, PhoneAuthenticationMethod
from shared.core.person.privilege import ProtectionScope
from shared.core.person.registration import MethodKind
from shared.core.plan.operations import (
    CreateEmail,
    CreatePhone,
    DeletePhone,
    DisableSmsSignIn,
    EnableSmsSignIn,
    Operation,
    UpdatePhone,
    involve_email,
    is_done,
)
from shared.core.values.errors import ExplainedError, GraphRefusedError, PersonNotFoundError
from shared.core.values.slot import EmailAddress, PhoneNumber, PhoneType, number_from_graph
from shared.flows.person.execute import SMS_NOT_REGISTERED, execute_and_verify
from shared.flows.person.send_again import WritePatience
from shared.flows.person.write_errors import NotAppliedError, UnresolvedWriteError
from tests.adapters.graph.conftest import Room, SharedTime

ALEX, BO, CAT, DAN, HOLDER, RESTRICTED, JOINED, NOBODY, ADMINS = (
    f"00000000-0000-4000-8000-00000000000{last}" for last in "123456def"
)
A, B, C, TAKEN = (PhoneNumber(1, f"202555010{last}") for last in "1234")
MOBILE, ALTERNATE, OFFICE = PhoneType
ROLES = (
    "UserAuthMethod-Phone.ReadWrite.All",
    "User.Read.All",
    "RoleManagement.Read.Directory",
    "GroupMember.Read.All",
)
SETTLE = 15
PATIENCE = WritePatience(SETTLE, timedelta(seconds=120), is_redelivered=True)


def _person(object_id: str, **fields: object) -> Person:
    return Person(**{"id": object_id, "userPrincipalName": f"p{object_id[-1]}@contoso.example", **fields})  # type: ignore[arg-type] # the caller's


PEOPLE = (
    _person(
        ALEX,
        employeeId="E1",
        phones={"mobile": A.spelled_for_graph(), "office": B.spelled_for_graph()},
        default_method="mobile",
    ),
    _person(BO),
    _person(CAT, smsSignInState="notConfigured"),
    _person(DAN, phones={"mobile": C.spelled_for_graph()}, smsSignInState="notEnabled"),
    _person(HOLDER, phones={"mobile": TAKEN.spelled_for_graph()}, smsSignInState="ready", groups=[ADMINS]),
    _person(RESTRICTED, restricted=True, accountEnabled=False),
)
GROUPS = (Group(id=ADMINS, roles=[GLOBAL_ADMINISTRATOR]),)

WRITES: dict[str, tuple[str, Operation]] = {
    "create": (BO, CreatePhone(OFFICE, A)),
    "create a second one": (ALEX, CreatePhone(MOBILE, C)),
    "create an alternate without a mobile": (BO, CreatePhone(ALTERNATE, A)),
    "remove the default": (ALEX, DeletePhone(MOBILE, A)),
    "update": (ALEX, UpdatePhone(MOBILE, A, C)),
    "remove": (ALEX, DeletePhone(OFFICE, B)),
    "create with a taken number": (CAT, CreatePhone(MOBILE, TAKEN)),
    "enable SMS sign-in": (DAN, EnableSmsSignIn()),
    "disable SMS sign-in": (DAN, DisableSmsSignIn()),
    "enable SMS sign-in out of scope": (ALEX, EnableSmsSignIn()),
    "remove what nobody has": (NOBODY, DeletePhone(MOBILE, A)),
    "create out of reach": (RESTRICTED, CreatePhone(MOBILE, C)),
    "create an e-mail method": (BO, CreateEmail(EmailAddress("bo@example.com"))),
}
"""In this order; what one does, the next meets."""


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything that is asked, in order; each step gives a word."""

    room: Room
    time: SharedTime

    async def __call__(self) -> dict[str, str]:
        steps: dict[str, Callable[[], Awaitable[str]]] = {
            "read the token": self._token,
            "look up": self._look_up,
            "read": self._read,
            "read a batch": self._batch,
            "read nobody": self._read_nobody,
            "read who joined": self._read_new,
            **{name: self._writing(*write) for name, write in WRITES.items()},
            "read all accounts": self._accounts,
            "read who is privileged": self._privileged,
            "read the policy": self._policy,
            "read the report": self._report,
            "read all methods": self._all_methods,
        }
        return {name: await _word(step) for name, step in steps.items()}

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time.now, UTC)

    async def sleep(self, seconds: float) -> None:
        await self.time.sleep(seconds)

    async def of(self, _number: PhoneNumber, _besides: str) -> tuple[str, ...]:
        return ()

    async def _token(self) -> str:
        await self.room.gateway.token_claims()
        return "done"

    async def _look_up(self) -> str:
        keys = (
            (KeyKind.OBJECT_ID, ALEX),
            (KeyKind.USER_PRINCIPAL_NAME, "P1@contoso.example"),
            (KeyKind.EMPLOYEE_ID, "e1"),
        )
        found = {(await self.room.gateway.look_up(PersonKey(*key))).id for key in keys}
        found |= {
            (await self.room.gateway.look_up_with_methods(PersonKey(*key), email=False)).account.id for key in keys
        }
        return "done" if found == {ALEX} else "wrong"

    async def _read(self) -> str:
        return _shown(await self.room.gateway.methods(ALEX))

    async def _batch(self) -> str:
        found = await self.room.gateway.phone_methods_of([ALEX, NOBODY])
        absent, current = found[NOBODY], found[ALEX]
        if isinstance(current, ExplainedError):
            return current.code
        return _shown(current) if isinstance(absent, ExplainedError) and absent.code == "personNotFound" else "wrong"

    async def _read_nobody(self) -> str:
        return _shown(await self.room.gateway.methods(NOBODY))

    async def _read_new(self) -> str:
        self.room.stand_in.tenant.put(_person(JOINED, accountEnabled=False))
        return "done" if await self.room.gateway.methods(JOINED) == Methods() else "wrong"

    def _writing(self, user_id: str, operation: Operation) -> Callable[[], Awaitable[str]]:
        async def write() -> str:
            before = self._is_true(user_id, operation)
            try:
                done = await execute_and_verify(
                    self.room.gateway,
                    self,
                    user_id,
                    (operation,),
                    holders_of=self.of,
                    patience=PATIENCE,
                    before_each=self._allow,
                )
            except UnresolvedWriteError as error:
                return f"open, {error.why}"
            except (NotAppliedError, GraphRefusedError) as error:
                return error.code if before or not self._is_true(user_id, operation) else "done, and called not done"
            if not self._is_true(user_id, operation):
                return "not done, and called done"
            if SMS_NOT_REGISTERED in done.note:
                return "done, not registered"
            return "done" if done.current is not None else "done, not visible"

        return write

    def _is_true(self, user_id: str, operation: Operation) -> bool:
        user = self.room.stand_in.tenant.people.get(user_id)
        if user is None:
            return False
        phones = [PhoneAuthenticationMethod(kind, number_from_graph(number)) for kind, number in user.methods.items()]
        states = {MOBILE: user.sms_state}
        phones = [replace(phone, sms_sign_in_state=states.get(phone.phone_type)) for phone in phones]
        email = EmailAddress(user.email) if user.email else None
        current = Methods(tuple(phones), email) if involve_email([operation]) else Methods(tuple(phones))
        return is_done(operation, current)

    async def _accounts(self) -> str:
        found = {account.id: account.enabled async for account in self.room.gateway.disabled_accounts()}
        return "done" if found == {RESTRICTED: False, JOINED: False} else "wrong"

    async def _allow(self) -> None:
        """Nobody is protected."""

    async def _privileged(self) -> str:
        reader = self.room.gateway.privilege(ProtectionScope(), self.room.stand_in.clock)
        assigned, groups = await reader.role_assignments(), await reader.role_groups()
        privileged = await reader.privileged(groups, await reader.applications())
        found = (assigned.principals, groups, privileged.people)
        return "done" if list(map(set, found)) == [{ADMINS}, {ADMINS}, {HOLDER}] else "wrong"

    async def _policy(self) -> str:
        return ", ".join(sorted((await self.room.gateway.sign_in_policy()).enabled)) or "none"

    async def _report(self) -> str:
        found, link = dict[str, frozenset[MethodKind]](), ""
        while True:
            page = await self.room.gateway.registrations(link)
            found |= {one.object_id: one.kinds for one in page.items}
            if not page.next_link:
                break
            link = page.next_link
        return "done" if found == {user: self._kinds(user) for user in (ALEX, BO, CAT, DAN, HOLDER)} else "wrong"

    async def _all_methods(self) -> str:
        alone = await self.room.gateway.all_methods(ALEX)
        together = await self.room.gateway.all_methods_of([ALEX, NOBODY])
        error = together.pop(NOBODY)
        if not isinstance(error, PersonNotFoundError) or together != {ALEX: alone}:
            return "wrong"
        return "done" if alone.kinds == self._kinds(ALEX) else "wrong"

    def _kinds(self, user_id: str) -> frozenset[MethodKind]:
        user = self.room.stand_in.tenant.people[user_id]
        names = {MOBILE: MethodKind.MOBILE, ALTERNATE: MethodKind.ALTERNATE_MOBILE, OFFICE: MethodKind.OFFICE}
        return frozenset({*(names[kind] for kind in user.methods), *([MethodKind.EMAIL] if user.email else [])})


def _shown(methods: Methods) -> str:
    numbers = {kind: methods.number(kind) for kind in (MOBILE, OFFICE)}
    if numbers == {MOBILE: A, OFFICE: B}:
        return "done"
    return "none" if not methods.phones else "masked" if not set(numbers.values()) & {None, A, B} else "wrong"


async def _word(step: Callable[[], Awaitable[str]]) -> str:
    try:
        return await step()
    except ExplainedError as error:
        return error.code
