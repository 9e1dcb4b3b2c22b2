"""The doctor: looks at everything the app stands on and says what is wrong and what to do. It never writes.

Called by the command line and by HTTP. Every check is made whatever the others find, and always in the same order;
one that needs what another found missing says that it was not made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.adapters.graph.permissions import METHODS_POLICY, Feature, TokenClaims, missing, to_grant, unused
from shared.core.person.account import Account, KeyKind, PersonKey
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, PermanentError, PersonNotFoundError, RetryLaterError
from shared.core.values.states import RunState

PATIENCE_SECONDS = 20.0
"""For each check; they are made side by side."""
LATE_RECONCILE = timedelta(days=8)
"""One that runs every week is never late."""
STANDSTILL = timedelta(minutes=30)
"""The sweep moves a run on after minutes; one that has stood still this long needs a person."""
NOBODY = "00000000-0000-0000-0000-000000000000"
"""An object id that no account has."""

NO_ANSWER = "Check GRAPH_CLOUD, GRAPH_BASE_URL and the network; nothing is written until Graph answers."


class Check(StrEnum):
    """In the order of the report."""

    SETTINGS = "settings"
    TOKEN = "token"  # noqa: S105 - the name of a check
    ROLES = "roles"
    GRAPH = "Graph"
    PROTECTED_ACCOUNTS = "wall"
    POLICY = "SMS and voice"
    TABLES = "tables"
    QUEUES = "queues"
    CONTAINERS = "containers"
    RECONCILE = "last reconcile"
    OPEN_RUN = "oldest open run"


AFTER_TOKEN = (Check.ROLES, Check.GRAPH, Check.PROTECTED_ACCOUNTS, Check.POLICY)
OF_GRAPH = (Check.TOKEN, *AFTER_TOKEN)
OF_STORAGE = (Check.TABLES, Check.QUEUES, Check.CONTAINERS, Check.RECONCILE, Check.OPEN_RUN)


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. The lines of `remedy` after the first are commands."""

    check: Check
    status: Status
    sentence: str
    remedy: str = ""


class GraphToExamine(Protocol):
    async def token_claims(self) -> TokenClaims: ...

    async def look_up(self, key: PersonKey) -> Account: ...

    async def enabled_sign_in_methods(self) -> frozenset[str]: ...


class ProtectedAccountsToExamine(Protocol):
    async def check(self, object_id: str) -> None: ...


class Store(Protocol):
    async def reachable(self) -> None: ...


class RunsToExamine(Protocol):
    async def last_reconcile(self, since: datetime) -> Run | None: ...

    async def oldest_open(self) -> Run | None: ...


@dataclass(frozen=True, slots=True)
class GraphSide:
    """`narrow_permissions`: the cloud is known to offer the UserAuthMethod-* roles."""

    graph: GraphToExamine
    protected_accounts: ProtectedAccountsToExamine
    features: frozenset[Feature]
    narrow_permissions: bool


@dataclass(frozen=True, slots=True)
class StorageSide:
    """`unused` are names of settings that describe another account, which nobody uses."""

    tables: Sequence[Store]
    queues: Sequence[Store]
    containers: Sequence[Store]
    runs: RunsToExamine
    unused: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Doctor:
    """`graph` and `storage` build what is looked at, and raise ExplainedError when the settings do not let them."""

    graph: Callable[[], GraphSide]
    storage: Callable[[], StorageSide]
    clock: Clock
    patience: float = PATIENCE_SECONDS

    async def __call__(self) -> tuple[Finding, ...]:
        graph, storage = _built(self.graph), _built(self.storage)
        of_graph, of_storage = await asyncio.gather(self._graph_findings(graph), self._storage_findings(storage))
        return (_of_settings(graph, storage), *of_graph, *of_storage)

    async def _graph_findings(self, side: GraphSide | ExplainedError) -> Sequence[Finding]:
        if isinstance(side, ExplainedError):
            return _not_checked(OF_GRAPH, "the settings cannot be used")
        try:
            async with asyncio.timeout(self.patience):
                claims = await side.graph.token_claims()
        except ExplainedError as error:
            return (_failed(Check.TOKEN, error), *_not_checked(AFTER_TOKEN, "no token could be read"))
        except TimeoutError:
            return (self._silent(Check.TOKEN), *_not_checked(AFTER_TOKEN, "no token could be read"))
        return (
            Finding(Check.TOKEN, Status.OK, "The managed identity gave a token for Graph."),
            _compare_roles(claims, side),
            *await asyncio.gather(
                self._look(Check.GRAPH, _reach(side.graph)),
                self._look(Check.PROTECTED_ACCOUNTS, _read_protected_accounts(side)),
                self._look(Check.POLICY, _read_policy(side.graph, claims)),
            ),
        )

    async def _storage_findings(self, side: StorageSide | ExplainedError) -> Sequence[Finding]:
        if isinstance(side, ExplainedError):
            return _not_checked(OF_STORAGE, "the settings cannot be used")
        return await asyncio.gather(
            self._reach_all(Check.TABLES, side.tables),
            self._reach_all(Check.QUEUES, side.queues),
            self._reach_all(Check.CONTAINERS, side.containers),
            self._look(Check.RECONCILE, _last_reconcile(side.runs, self.clock.now())),
            self._look(Check.OPEN_RUN, _oldest_open(side.runs, self.clock.now())),
        )

    async def _reach_all(self, kind: Check, stores: Sequence[Store]) -> Finding:
        """One finding for all stores of a kind, which names each that fails."""
        found = await asyncio.gather(*(self._look(kind, _reach_store(kind, store)) for store in stores))
        failures = [finding for finding in found if finding.status is Status.FAILED]
        if not failures:
            return Finding(kind, Status.OK, f"All {len(stores)} {kind} can be reached.")
        sentences = " ".join(dict.fromkeys(finding.sentence for finding in failures))
        remedies = " ".join(dict.fromkeys(finding.remedy for finding in failures))
        return Finding(kind, Status.FAILED, sentences, remedies)

    async def _look(self, check: Check, look: Awaitable[Finding]) -> Finding:
        try:
            async with asyncio.timeout(self.patience):
                return await look
        except ExplainedError as error:
            return _failed(check, error)
        except TimeoutError:
            return self._silent(check)

    def _silent(self, check: Check) -> Finding:
        sentence = f"No answer came within {self.patience:.0f} s."
        return Finding(check, Status.FAILED, sentence, "Check the addresses in the settings, and the network.")


def _built[Side](build: Callable[[], Side]) -> Side | ExplainedError:
    try:
        return build()
    except ExplainedError as error:
        return error


def _of_settings(graph: GraphSide | ExplainedError, storage: StorageSide | ExplainedError) -> Finding:
    complaints = {side.message: side.remedy for side in (graph, storage) if isinstance(side, ExplainedError)}
    if complaints:
        remedies = " ".join(dict.fromkeys(filter(None, complaints.values())))
        return Finding(Check.SETTINGS, Status.FAILED, " ".join(complaints), remedies)
    if isinstance(storage, StorageSide) and storage.unused:
        sentence = f"Nobody reads {', '.join(storage.unused)}: the storage account in use is another one."
        remedy = "Correct the name (PhoneData holds HR data, AzureWebJobsStorage the rest), or remove the setting."
        return Finding(Check.SETTINGS, Status.WARNING, sentence, remedy)
    return Finding(Check.SETTINGS, Status.OK, "The settings can be used.")


def _failed(check: Check, error: ExplainedError) -> Finding:
    return Finding(check, Status.FAILED, _sentence(error.message), error.remedy)


def _not_checked(checks: Sequence[Check], why: str) -> Sequence[Finding]:
    return [Finding(check, Status.WARNING, f"Not checked, because {why}.") for check in checks]


def _compare_roles(claims: TokenClaims, side: GraphSide) -> Finding:
    lacking = missing(claims.roles, side.features)
    if lacking:
        names = ", ".join(map(str, lacking))
        commands = [
            to_grant(permission, narrow_exists=side.narrow_permissions).grant_line(claims.object_id)
            for permission in lacking
        ]
        remedy = "Grant it with the following; it may take up to a day until the token has it."
        return Finding(Check.ROLES, Status.FAILED, f"The token lacks {names}.", "\n".join([remedy, *commands]))
    if superfluous := unused(claims.roles):
        sentence = f"The token has {', '.join(superfluous)}, which this app never uses."
        return Finding(Check.ROLES, Status.WARNING, sentence, "Take it away unless something else needs it.")
    return Finding(Check.ROLES, Status.OK, "The token has every role that the enabled features need.")


async def _reach(graph: GraphToExamine) -> Finding:
    try:
        await graph.look_up(PersonKey(KeyKind.OBJECT_ID, NOBODY))
    except PersonNotFoundError:
        return Finding(Check.GRAPH, Status.OK, "Graph can be reached and answers.")
    except RetryLaterError as error:
        return Finding(Check.GRAPH, Status.FAILED, _sentence(error.message), NO_ANSWER)
    return Finding(Check.GRAPH, Status.WARNING, "Graph knows an account that cannot be.", "Check GRAPH_BASE_URL.")


async def _read_protected_accounts(side: GraphSide) -> Finding:
    try:
        await side.protected_accounts.check(NOBODY)
    except RetryLaterError as error:
        return Finding(Check.PROTECTED_ACCOUNTS, Status.FAILED, _sentence(error.message), NO_ANSWER)
    except PermanentError as error:
        return _failed(Check.PROTECTED_ACCOUNTS, error)
    if Feature.PROTECTED_ACCOUNTS not in side.features:
        sentence = "Administrators are not protected: PROTECT_ADMINS is off."
        return Finding(Check.PROTECTED_ACCOUNTS, Status.WARNING, sentence, "Set PROTECT_ADMINS to true.")
    return Finding(Check.PROTECTED_ACCOUNTS, Status.OK, "Who is off limits can be read.")


async def _read_policy(graph: GraphToExamine, claims: TokenClaims) -> Finding:
    """Never more than a warning: the app does not depend on it, only those who shall use the numbers do."""
    if METHODS_POLICY.role.name not in claims.roles:
        return Finding(Check.POLICY, Status.OK, f"Not looked at: {METHODS_POLICY} is optional and not granted.")
    try:
        enabled = await graph.enabled_sign_in_methods()
    except ExplainedError as error:
        return Finding(Check.POLICY, Status.WARNING, _sentence(error.message), error.remedy)
    on = {name: "on" if name in enabled else "off" for name in ("sms", "voice")}
    sentence = f"In the authentication methods policy SMS is {on['sms']} and voice calls are {on['voice']}."
    if enabled.isdisjoint(on):
        return Finding(
            Check.POLICY, Status.WARNING, sentence, "Enable one, unless the legacy settings of MFA and SSPR do."
        )
    return Finding(Check.POLICY, Status.OK, sentence)


async def _reach_store(kind: Check, store: Store) -> Finding:
    await store.reachable()
    return Finding(kind, Status.OK, "It can be reached.")


async def _last_reconcile(runs: RunsToExamine, now: datetime) -> Finding:
    run = await runs.last_reconcile(now - LATE_RECONCILE)
    if run is None:
        sentence = f"There was no reconcile in the last {LATE_RECONCILE.days} days."
        return Finding(Check.RECONCILE, Status.WARNING, sentence, "Check RECONCILE_SCHEDULE; a new app has none yet.")
    return Finding(Check.RECONCILE, Status.OK, f"{_age(now - run.created_at)} ago: {run.message or run.state}")


async def _oldest_open(runs: RunsToExamine, now: datetime) -> Finding:
    run = await runs.oldest_open()
    if run is None:
        return Finding(Check.OPEN_RUN, Status.OK, "No run is open.")
    sentence = f"{run.id} is {run.state}, begun {_age(now - run.created_at)} ago."
    if run.state is RunState.HELD:
        return Finding(Check.OPEN_RUN, Status.WARNING, sentence, f"Approve or reject it: {run.message}")
    if now - run.updated_at >= STANDSTILL:
        sentence += f" Nothing has moved for {_age(now - run.updated_at)}."
        return Finding(Check.OPEN_RUN, Status.WARNING, sentence, "Check that the sweep timer runs, and the app's log.")
    return Finding(Check.OPEN_RUN, Status.OK, sentence)


def _age(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 2 * 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} days"


def _sentence(message: str) -> str:
    """Some messages are meant to follow a row's name, so they begin small and have no full stop."""
    return message[:1].upper() + message[1:].removesuffix(".") + "."
