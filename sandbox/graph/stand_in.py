"""The stand-in: one object that holds the tenant, its limits, faults and counters, and answers requests.

Made by `__main__.py`, `testing` and tests; served by `server.py` through `wire.py`. `_serve` shows what happens to a
request, from top to bottom: route, token, limits, permission, fault, handler.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from random import Random
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from sandbox.graph import batch, errors, faults, routes
from sandbox.graph.call import BATCH, Call, Reply
from sandbox.graph.clouds import CLOUDS
from sandbox.graph.errors import GraphError
from sandbox.graph.findings import CallerFinding, CallerFindings
from sandbox.graph.latency import duration
from sandbox.graph.options import Options
from sandbox.graph.person import Group, Person
from sandbox.graph.recording import Recorder
from sandbox.graph.routes import GraphRoute
from sandbox.graph.state import Tenant
from sandbox.graph.stats import Stats
from sandbox.graph.throttle import Throttle, retry_after
from sandbox.graph.tokens import Claims, Identity

_BATCH_PATHS = ("$batch", "%24batch")


class StandIn:
    """A Microsoft Graph for one made-up tenant. The same seed, clock and requests give the same answers."""

    def __init__(
        self,
        people: Sequence[Person],
        *,
        random: Random,
        groups: Sequence[Group] = (),
        options: Options | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Raises ValueError when the people break a rule. `clock` is in seconds since 1970."""
        self.clock = clock
        self._sleep = sleep
        self._record = Recorder.from_environment()
        self._randomness = random.getrandbits(64)
        self._beginning = (tuple(people), tuple(groups), options or Options())
        self.reset()

    def reset(self, changes: Mapping[str, Any] | None = None) -> None:
        """Reset people, limits, faults, counters, randomness and switches to the beginning, with `changes` of switches.

        Raises ValueError when a switch cannot have that value.
        """
        people, groups, options = self._beginning
        self.seed(people, groups, options.changed(changes or {}))

    def seed(self, people: Sequence[Person], groups: Sequence[Group], options: Options) -> None:
        """Start again with other people and switches; if it raises ValueError, nothing has changed."""
        self.tenant = Tenant(people, groups, options=options, clock=self.clock)
        self.options = options
        seeds = (Random(f"{self._randomness} {n}") for n in range(5))
        self._ids, self._latencies, self._order, strikes, self._replicas = seeds
        self.faults = faults.Faults({**routes.KINDS, BATCH: True, faults.TOKEN: False}, strikes)
        self.identity = Identity(options)
        self._absent = frozenset(kind for kind in routes.KINDS if not CLOUDS[options.cloud].has(kind))
        self.stats = Stats()
        self._throttle = Throttle(options, len(self.tenant.people), self.clock())
        self._findings = CallerFindings()

    def restore(self, people: Sequence[Person], groups: Sequence[Group]) -> None:
        """Put the tenant back to a dumped state; limits, faults and counters stay, and delta tokens become invalid."""
        changes = self.tenant.changes
        self.tenant = Tenant(people, groups, options=self.options, clock=self.clock, changes=changes)
        changes.forget()

    @property
    def findings(self) -> list[CallerFinding]:
        """The mistakes of its callers so far; complete once they have stopped."""
        return self._findings.all()

    def longest_wait(self) -> float:
        """As `CallerFindings.longest_wait`."""
        return self._findings.longest_wait()

    def new_id(self) -> str:
        return str(UUID(int=self._ids.getrandbits(128), version=4))

    async def respond(self, call: Call) -> Reply:
        """Answer a request to Graph after the time it takes."""
        self.stats.entered()
        try:
            if self.options.latency_ms:
                items = batch.size(call) if _is_batch(call) else 1
                await self._sleep(duration(self.options, self._latencies, items))
            answer = self.answer(call)
            if answer.delay:
                await self._sleep(answer.delay)
            return answer
        finally:
            self.stats.left()

    def answer(self, call: Call) -> Reply:
        """Answer a request to Graph, or an item of a batch, now."""
        try:
            answer = self._batch(call) if _is_batch(call) else self._serve(call)
        except GraphError as error:
            answer = self._error(call, error)
        self.stats.statuses[answer.status] += 1
        if self._record is not None and call.kind != BATCH:
            self._record(call, answer, self.options.cloud)
        return answer

    async def token(self, query: Mapping[str, str], header: str | None) -> Reply:
        """Answer the managed identity's token endpoint after the time it takes."""
        answer = self._token(query, header)
        if answer.delay:
            await self._sleep(answer.delay)
        return answer

    def _token(self, query: Mapping[str, str], header: str | None) -> Reply:
        self.stats.requests[faults.TOKEN] += 1
        fault = self._drawn(faults.TOKEN)

        def issue() -> Reply:
            old = fault is not None and fault.kind == "old-token"
            return self.identity.token(query, header, self.clock(), old=old)

        try:
            return faults.strike(fault, issue, self.clock()) if fault else issue()
        except GraphError as error:
            return Reply(error.status, {"statusCode": error.status, "message": error.message}, error.headers)

    def _serve(self, call: Call) -> Reply:
        route = _route(call)
        if route.kind in self._absent:
            raise errors.absent_from_cloud(route.kind, call.url, self.options)
        now = self.clock()
        self._note_start(call)
        claims = self.identity.check(call.caller.authorization, now)
        self._meter(call, route, claims, now)
        self._authorize(call, route, claims)
        self._choose_replica(route)
        fault = self._drawn(route.kind, call)
        if fault is None:
            answer = self._handle(call, route)
        else:
            if fault.kind == "stale-reads" and "user" in call.names:
                self.tenant.lag_reads(call.names["user"], fault.seconds)
            answer = faults.strike(fault, lambda: self._handle(call, route), now)
        self._note_paging(call, answer)
        answer.headers |= self._usage(call, route, claims, now)
        return answer

    def _meter(self, call: Call, route: GraphRoute, claims: Claims, now: float) -> None:
        """Charge the limits, and raise the 429 when one of them is used up."""
        units = route.cost(call.query)
        refusal = self._throttle.charge(claims.app_id, units=units, writes=call.writes, now=now, report=route.is_report)
        hidden = (
            refusal is None
            and route.dialect == "authentication"
            and self._throttle.hidden_limit_hit(units=units, writes=call.writes, now=now)
        )
        self.stats.metered(call.kind, units, writes=call.writes, served=refusal is None and not hidden)
        if hidden:
            raise errors.too_many_requests({}, now)
        if refusal is None:
            return
        wait = max(refusal.seconds, self.options.minimum_retry_after)
        headers, until = retry_after(self.options.retry_after, wait, now)
        headers["x-ms-throttle-scope"] = f"{refusal.scope}/{claims.app_id}/{self.options.tenant_id}"
        headers["x-ms-throttle-information"] = refusal.information
        raise errors.too_many_requests(headers, until)

    def _authorize(self, call: Call, route: GraphRoute, claims: Claims) -> None:
        user = self.tenant.find(call.names.get("user", "")) if call.writes else None
        if claims.roles.isdisjoint(route.needs) or (user is not None and user.person.restricted):
            raise errors.forbidden(route.dialect)
        self._findings.role_checked(claims.roles, route.needs)

    def _choose_replica(self, route: GraphRoute) -> None:
        """Only authentication methods have late replicas."""
        is_late = route.dialect == "authentication" and self._replicas.random() < self.options.late_share
        self.tenant.lateness = self.options.late_seconds if is_late else 0.0

    def _handle(self, call: Call, route: GraphRoute) -> Reply:
        if self.options.late_seconds and call.writes and self.tenant.find(call.names.get("user", "")):
            self.tenant.note_write(call.names["user"])
        try:
            answer = route.handler(self.tenant, call)
        except GraphError as error:
            if error.committed:
                self.stats.committed[route.kind] += 1
            raise
        if call.writes:
            self.stats.committed[route.kind] += 1
        return answer

    def _drawn(self, kind: str, call: Call | None = None) -> faults.Fault | None:
        """The fault that strikes this request, if any."""
        if not self.faults:
            return None
        user = self.tenant.find(call.names.get("user", "")) if call else None
        names = (user.person.id.lower(), user.person.userPrincipalName.lower()) if user else ()
        fault = self.faults.draw(kind, self.clock(), names)
        if fault:
            self.stats.faults[fault.kind] += 1
            if fault.kind == "revoke":
                self.identity.revoke()
        return fault

    def _note_start(self, call: Call) -> None:
        self.stats.asked(call.kind, call.caller.process)
        addresses = call.addresses if call.kind != BATCH else ()  # its items are noted one by one
        self._findings.started(call.caller.process, call.kind, call.access, addresses, at=call.caller.started)

    def _note_paging(self, call: Call, answer: Reply) -> None:
        if "$skiptoken" in call.query:
            self._findings.page_fetched(f"/v1.0{call.path}", call.query)
        if isinstance(answer.body, dict) and "@odata.nextLink" in answer.body:
            self._findings.page_given(call.caller.process, answer.body["@odata.nextLink"])

    def _usage(self, call: Call, route: GraphRoute, claims: Claims, now: float) -> dict[str, str]:
        """The headers with the cost of a request; the unit header is known for directory objects only."""
        headers: dict[str, str] = {}
        if route.dialect == "directory":
            headers["x-ms-resource-unit"] = str(route.cost(call.query))
        if self.options.limit_percentage:
            used = self._throttle.percentage(claims.app_id, writes=call.writes, now=now)
            if used is not None:
                headers["x-ms-throttle-limit-percentage"] = f"{used:.2f}"
        return headers

    def _batch(self, call: Call) -> Reply:
        if call.method != "POST":
            raise errors.no_such_verb(call.method, call.url)
        call.kind = BATCH
        self._note_start(call)
        self.identity.check(call.caller.authorization, self.clock())
        fault = self._drawn(BATCH)
        if fault is None:
            return self._answer_items(call)
        with self._findings.lost() if fault.loses_answer else nullcontext():
            return faults.strike(fault, lambda: self._answer_items(call), self.clock())

    def _answer_items(self, call: Call) -> Reply:
        """All items of a batch, answered in no particular order."""
        items = batch.items_of(call)
        answers = batch.run(call, items, self._answer_item)
        responses = [batch.as_json(item, answers[item["id"].lower()]) for item in items]
        self._order.shuffle(responses)
        throttled = any(answer.status == 429 for answer in answers.values())
        return Reply(int(self.options.throttled_batch) if throttled else 200, {"responses": responses})

    def _answer_item(self, call: Call) -> Reply:
        """One item; a connection cut inside a batch is a time-out of that item."""
        if _is_batch(call):
            return self._error(call, errors.bad_query("A batch cannot contain a batch."))
        answer = self.answer(call)
        return self._error(call, GraphError(504, "UnknownError", "No answer in time.")) if answer.dropped else answer

    def _error(self, call: Call, error: GraphError) -> Reply:
        now = self.clock()
        if error.retry_at is not None:
            self.stats.refused(call.kind, call.caller.process)
            targets = (call.access,) if "x-ms-throttle-scope" in error.headers else call.addresses
            self._findings.throttled(call.caller.process, targets, now=now, until=error.retry_at)
        request_id = self.new_id()
        client_request_id = call.caller.client_request_id or request_id
        body = error.body(request_id=request_id, client_request_id=client_request_id, now=now)
        return Reply(error.status, body, {**error.headers, "request-id": request_id})


def _is_batch(call: Call) -> bool:
    return call.path.strip("/") in _BATCH_PATHS


def _route(call: Call) -> GraphRoute:
    """Find the route and store it in the call; raises GraphError when the stand-in does not serve it."""
    found = routes.find(call.path)
    if found is None:
        raise errors.unknown_to_the_stand_in(f"{call.method} {call.path}")
    verbs, call.names = found
    route = verbs.get(call.method)
    if route is None:
        raise errors.no_such_verb(call.method, call.url)
    call.kind = route.kind
    if call.raw_query:
        call.query = dict(parse_qsl(call.raw_query, keep_blank_values=True))
        for name in call.query.keys() - route.query:
            raise errors.unknown_to_the_stand_in(f"the query option {name} on {call.method} {call.path}")
    return route
