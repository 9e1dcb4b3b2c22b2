"""Leaks: while several kinds of faults happen, numbers, e-mail addresses and names of a made-up tenant are canaries.

The scenario runs in virtual time and searches everything that is written: logs with their exceptions, spans, queue
messages, tables and blobs, also what is overwritten or deleted later. Numbers and e-mail addresses are allowed in
`People`, and in `Rows` until a row succeeds or its attempt ends; sign-in names in both; what blobs may hold is in
`IN_BLOBS`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from fnmatch import fnmatchcase
from io import BytesIO
from zipfile import ZipFile, is_zipfile

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES, EMAIL_WRITE
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.adapters.storage.requests import not_counted
from shared.core.call import SetPhone, SingleCall
from shared.core.values.slot import PhoneType
from shared.core.values.storage import Delete, TableWrite
from testing.doubles import MemoryContainer, MemoryQueue, MemoryStorage, MemoryTable
from testing.in_memory import InMemory, hosted
from testing.virtual_time import Now
from trials.canaries import Canary, CanaryKind, Finder
from trials.checks import TrialResult
from trials.log import logged

PATIENCE_SECONDS = 3 * 3600.0
OPTIONS = Options(latency_ms=50, roles=(*APP_ROLES, EMAIL_WRITE))
SETTINGS = {
    "EMAIL_METHODS": "true",
    "MAX_WRITES_UNAPPROVED": "100",
    "MAX_REFUSED_SHARE": "1",
    "MAX_UNMATCHED_SHARE": "1",
}

NUMBERS = tuple(f"+1 {area}55501{line}" for area, line in ((202, 87), (212, 86), (305, 85), (312, 84), (415, 83)))
NEW, OLD, REFUSED, TWICE, OTHER = NUMBERS
MISTYPED = "+1 617 555 O182"
PRIVATE, MISTYPED_PRIVATE = "kanarie-privat@example.com", "kanarie-privat at example.com"
JOINER, CHANGER, REFUSER, DUPLICATE, MISTYPER, UNKNOWN = (
    f"kanarie-login-{name}@contoso.example"
    for name in ("joiner", "changer", "refuser", "duplicate", "mistyper", "unknown")
)
_IDS = {
    name: f"0a0a0a0a-0000-4000-8000-00000000000{number}"
    for number, name in enumerate((JOINER, CHANGER, REFUSER, DUPLICATE, MISTYPER), start=1)
}
CANARIES = (
    *(Canary(CanaryKind.PHONE, number.replace("+", "").replace(" ", "")) for number in NUMBERS),
    Canary(CanaryKind.PHONE, MISTYPED.replace(" ", "")),
    Canary(CanaryKind.EMAIL, "kanarie-privat"),
    Canary(CanaryKind.SIGN_IN, "kanarie-login"),
)
_SECRET = frozenset({CanaryKind.PHONE, CanaryKind.EMAIL})
_ALL = _SECRET | {CanaryKind.SIGN_IN}
IN_BLOBS = (
    ("hr-exports/*", _ALL),
    ("hr-returns/*.xlsx", _ALL),
    ("quarantine/*/kanarie.xlsx", _ALL),
    ("results/*/input.*", _ALL),
    ("results/*/*.xlsx", _ALL),
    ("results/*/rows.index", frozenset({CanaryKind.SIGN_IN})),
    ("results/*/drift/*.json", _SECRET),
    ("results/*/changes.json", _SECRET),
)
"""The blobs that hold canaries, with the kinds that they may hold; no other blob, as of the journal, may hold one."""
IN_CLEAR = frozenset({"before", "exportRow", "plan", "remark", "remarkSaid", "suggestion", "undoing"})
"""Columns of `Rows` that hold numbers until the row succeeds or its attempt ends; what was typed beside a row stays."""

HEADER = "userPrincipalName,mobile,privateEmail"
EXPORT = (
    f"{JOINER},{NEW},{PRIVATE}",
    f"{CHANGER},{NEW},",
    f"{REFUSER},{REFUSED},",
    f"{DUPLICATE},{TWICE},",
    f"{DUPLICATE},{OTHER},",
    f"{UNKNOWN},{OTHER},",
    f"{MISTYPER},{MISTYPED},{MISTYPED_PRIVATE}",
)
QUOTING = "Phone number {number} of {user} is not valid: {number}"
"""Graph is known to repeat a refused value in its error message."""


class _Recorded(MemoryStorage):
    """Keeps everything that was stored in a queue, a table or a container."""

    def __init__(self, now: Now) -> None:
        super().__init__(now)
        self.messages: list[str] = []
        self.cells: list[tuple[str, str, str]] = []
        """Table, column, value."""
        self.blobs: list[tuple[str, bytes]] = []
        """Container and name, data."""
        self.names: list[str] = []
        """The names and metadata of blobs."""
        self._now = now

    def queue(self, name: str) -> MemoryQueue:
        return self.queues.setdefault(name, _RecordedQueue(name, self, self._now))

    def table(self, name: str) -> MemoryTable:
        return self.tables.setdefault(name, _RecordedTable(name, self))

    def container(self, name: str) -> MemoryContainer:
        return self.containers.setdefault(name, _RecordedContainer(name, self, self._now))


class _RecordedQueue(MemoryQueue):
    def __init__(self, name: str, records: _Recorded, now: Now) -> None:
        super().__init__(name, not_counted, now)
        self._records = records

    def put(self, text: str, *, delay: float = 0.0, lifetime: timedelta | None = None) -> None:
        self._records.messages.append(text)
        super().put(text, delay=delay, lifetime=lifetime)


class _RecordedTable(MemoryTable):
    def __init__(self, name: str, records: _Recorded) -> None:
        super().__init__(name)
        self._records = records

    def _store(self, partition: str, write: TableWrite) -> str:
        values = {} if isinstance(write, Delete) else write.values
        written = {"PartitionKey": partition, "RowKey": write.key, **values}
        self._records.cells += [(self.name, column, str(value)) for column, value in written.items()]
        return super()._store(partition, write)


class _RecordedContainer(MemoryContainer):
    def __init__(self, name: str, records: _Recorded, now: Now) -> None:
        super().__init__(name, not_counted, now)
        self._records = records

    def _put(self, name: str, data: bytes, metadata: Mapping[str, str], content_type: str) -> None:
        self._records.blobs.append((f"{self.name}/{name}", data))
        self._records.names += [name, str(dict(metadata))]
        super()._put(name, data, metadata, content_type)


async def leaks() -> TrialResult:
    people = [
        Person(
            id=object_id,
            userPrincipalName=name,
            mail=name,
            displayName=name,
            usageLocation="US",
            phones={"mobile": OLD} if name == CHANGER else {},
        )
        for name, object_id in _IDS.items()
    ]
    searched: Counter[str] = Counter()
    wrong: list[str] = []
    finder = Finder.of(CANARIES)

    def search(where: str, texts: Iterable[str | bytes], kinds: frozenset[CanaryKind]) -> bool:
        """Report canaries of these kinds; returns whether there was one of any kind."""
        reached = False
        for text in texts:
            searched[where] += len(text)
            found = finder.found(text)
            wrong.extend(f"a {kind} in {where}: {_around(text)}" for kind in found & kinds)
            reached = reached or bool(found)
        return reached

    with logged() as log, _spans() as spans:
        storage: list[_Recorded] = []

        def recorded(now: Now) -> _Recorded:
            storage.append(_Recorded(now))
            return storage[0]

        async with hosted(Staff(()), SETTINGS, OPTIONS, storage=recorded) as world:
            for person in people:
                world.stand_in.tenant.put(person)
            await _story(world)
            runs = [run async for run in world.app.runs.all()]
            outcomes = [row.state.value for run in runs async for row in world.app.rows.in_order(run)]
    (records,) = storage
    search("logs", log, _ALL)
    search("spans", spans, _ALL)
    search("queue messages", records.messages, _ALL)
    search("tables", (value for table, _, value in records.cells if table not in {"People", "Rows"}), _ALL)
    rows = [value for table, column, value in records.cells if table == "Rows" and column not in IN_CLEAR]
    search("rows", rows, _SECRET)
    search("names of blobs", records.names, _ALL)
    tried: set[str] = set()
    for name, data in records.blobs:
        pattern, allowed = next((one for one in IN_BLOBS if fnmatchcase(name, one[0])), ("", frozenset[CanaryKind]()))
        if search(name.partition("/")[0], _parts(data), _ALL - allowed):
            tried.add(pattern)
    wrong += [f"no canary reached {blob}, so nothing was tried" for blob, _ in IN_BLOBS if blob not in tried]
    if not finder.found(str([value for table, _, value in records.cells if table == "People"])):
        wrong.append("no canary reached the table of people, so nothing was tried")
    facts = ", ".join(f"{size:,} bytes of {where}" for where, size in searched.items())
    return TrialResult(f"{dict(Counter(outcomes))}; {facts}", tuple(wrong))


async def _story(world: InMemory) -> None:
    """Preview, a run with several refusals, a broken file, bad messages, transient faults, drift, single calls."""
    world.stand_in.faults.add(
        Fault(kind="status", on="phoneMethods.create", user=REFUSER, status=400, body=_quoting(REFUSED, REFUSER))
    )
    world.stand_in.faults.add(Fault(kind="commit-then-status", on="emailMethods.create", status=500, count=1))
    world.host.start()
    export = "\n".join((HEADER, *EXPORT)).encode()
    await world.host.drop("preview/kanarie.csv", export)
    await world.host.runs_over(1, within=PATIENCE_SECONDS)
    await world.clock.sleep(2)
    await world.host.drop("kanarie.csv", export)
    await world.host.runs_over(2, within=PATIENCE_SECONDS)
    await world.clock.sleep(2)
    await world.host.drop("kanarie.xlsx", export)  # not a workbook: quarantine
    await world.host.runs_over(3, within=PATIENCE_SECONDS)
    for name in (world.app.settings.plan_queue, world.app.settings.steps_queue):
        world.storage.queue(name).messages.clear()
        bad = MemoryQueue("bad", not_counted, world.clock.now)
        bad.put(f'{{"v": 1, "phone": "{OTHER}", "user": "{UNKNOWN}"}}')
        world.storage.queue(name).messages.update({f"bad {key}": message for key, message in bad.messages.items()})
    await world.clock.sleep(world.app.settings.read_lag_seconds + 1)  # before, the old value counts as a late read
    changer = world.stand_in.tenant.people[_IDS[CHANGER]]
    changer.methods[PhoneType.MOBILE] = OTHER  # changed without the app
    world.host.call(world.app.reconcile)
    await world.host.runs_over(4, within=PATIENCE_SECONDS)
    world.stand_in.faults.add(Fault(kind="drop", probability=0.3))
    for number in (OTHER, f"{REFUSED}9", MISTYPED):
        call = SingleCall(user=CHANGER, action=SetPhone(PhoneType.MOBILE, number), caller="kanarie")
        world.host.call(lambda call=call: world.app.single_calls.do(call))  # type: ignore[misc] # bound now, not later
    await world.clock.sleep(1_200)


def _quoting(number: str, user: str) -> dict[str, object]:
    message = QUOTING.format(number=number, user=user)
    return {"error": {"code": "invalidPhoneNumber", "message": message, "innerError": {"message": message}}}


def _parts(data: bytes) -> Iterator[bytes]:
    """The data itself, or the parts of a workbook."""
    if not is_zipfile(BytesIO(data)):
        yield data
        return
    with ZipFile(BytesIO(data)) as workbook:
        yield from map(workbook.read, workbook.namelist())


def _around(text: str | bytes) -> str:
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return shown[:300].replace("\n", "\\n")


@contextmanager
def _spans() -> Iterator[Sequence[str]]:
    """What the SDKs would send to a tracing backend; the list is filled when the block ends."""
    exporter, provider, spans = InMemorySpanExporter(), TracerProvider(), list[str]()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield spans
    finally:
        provider.shutdown()
        spans += [json.dumps(json.loads(span.to_json())) for span in exporter.get_finished_spans()]
