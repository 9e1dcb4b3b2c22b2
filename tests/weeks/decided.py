"""What the app decides about the files of a year: its own planning of rows and its own gate, on a ledger in memory.

A file is a list of `Line`. People for whom a file changes nothing are counted but have no row, unless it gives their
mobile to somebody else too. The gate looks at every row, but only these rows can decide anything: who shares an office
number is known to the index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

from shared.core.export.desired import Desired
from shared.core.export.options import RunOptions
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.operations import UpdatePhone, value_after
from shared.core.plan.plan import Plan
from shared.core.plan.plan_row import QuestionBasis
from shared.core.plan.question import AWAITS_DECISION
from shared.core.plan.slot_outcomes import all_done
from shared.core.plan.verdict import Action
from shared.core.record.former_values import takes_back, with_former
from shared.core.record.known_values import known_values
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord, Writing, remembered
from shared.core.record.remaining_work import planned_from
from shared.core.run.approvers import BY_EXPORT, SecondPerson
from shared.core.run.attempts import Attempt, DecisionKind
from shared.core.run.full_exports import FullExport
from shared.core.run.planned_values import AccidentLimits
from shared.core.run.reported_rows import ReportedRows
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.run.safety_limits import SafetyLimits, exceeded_shrink
from shared.core.run.value_index import Holder, SharingLimits, ValueKey
from shared.core.values.cell import Refusal
from shared.core.values.phone_delivery import NO_END
from shared.core.values.said import Said
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.core.values.states import Policy, RowState, RunState, Source
from shared.flows.person.shared_values import SharedValues
from shared.flows.pipeline.content_age import ContentAge
from shared.flows.pipeline.gate import Gate
from shared.flows.pipeline.run_quotas import RunQuotas
from testing.virtual_time import VirtualClock
from tests.weeks.company import Number
from tests.weeks.memory import Index, People, Quotas, Rows, Runs

_KEY = ValueKey(b"a secret of the tests")
type Wanted = Mapping[Slot, Number]


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings that decide."""

    safety: SafetyLimits = field(default_factory=SafetyLimits)
    accidents: AccidentLimits = field(default_factory=AccidentLimits)
    sharing: SharingLimits = field(default_factory=SharingLimits)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file."""

    person: str
    wanted: Wanted
    is_found: bool = True
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a file."""

    is_held: bool
    message: str
    asked: tuple[str, ...]
    """The people who were set apart."""
    written: int
    """People who were written to without an approval."""

    @property
    def rules(self) -> tuple[str, ...]:
        return rules_of(self.message) if self.is_held else ()


class _NoReports:
    async def plan(self, _run: Run, _rows: ReportedRows) -> None:
        """Nobody reads the plan."""


@dataclass
class DecidedYear:
    limits: Limits = field(default_factory=Limits)
    clock: VirtualClock = field(default_factory=VirtualClock)
    people: People = field(default_factory=People)
    runs: Runs = field(default_factory=Runs)
    quotas: Quotas = field(default_factory=Quotas)
    index: Index = field(default_factory=lambda: Index(key_id=_KEY.id))
    methods: dict[str, Methods] = field(default_factory=dict)
    """The current phones, by object id."""
    _settled: dict[str, tuple[Wanted, Methods]] = field(default_factory=dict)
    """By person, the last row that needed no change, and the phones with which it needed none."""
    _files: int = 0

    def forked(self) -> DecidedYear:
        """A copy in which an attack leaves no trace."""
        return DecidedYear(
            self.limits,
            VirtualClock(self.clock.now()),
            self.people.forked(),
            self.runs.forked(),
            self.quotas.forked(),
            self.index.forked(),
            dict(self.methods),
            dict(self._settled),
            self._files,
        )

    def register(self, person: str, number: Number) -> None:
        """The person registers a mobile without the app."""
        phones = {method.phone_type: method for method in self.methods.get(person, Methods()).phones}
        phones[PhoneType.MOBILE] = PhoneAuthenticationMethod(PhoneType.MOBILE, phone(number))
        self.methods[person] = Methods(tuple(phones.values()))

    def note_gone(self, person: str) -> None:
        """A reconcile finds that the account is deleted."""
        record = self.people.records.get(person)
        if record is not None and record.gone_since is None:
            self.people.put(replace(record, gone_since=self.clock.now()))

    def delete(self, person: str) -> None:
        self.people.forget(person)
        self.methods.pop(person, None)
        self._settled.pop(person, None)

    async def file(
        self,
        lines: Sequence[Line],
        *,
        source: Source = Source.BLOB,
        full: bool = False,
        others: int = 0,
        approves: bool = True,
    ) -> Decision:
        """Drop a file; when it is held, a person approves it or rejects it. `others` are people who need no row."""
        run, rows = self._planned(lines, source, full=full, others=others)
        rows_store = Rows()
        rows_store.put(run.id, rows)
        checked = await self._gate(rows_store)(run)
        if checked is None:
            raise AssertionError("no two rows are of one person")
        is_held = checked.state is RunState.HELD
        is_applied = approves or not is_held
        message = checked.message
        written = 0 if is_held else sum(bool(row.plan and row.plan.operations) for row in _open(rows_store, run.id))
        if is_held and approves:
            checked = checked.decided(DecisionKind.APPROVED, "somebody", self.clock.now())
            await self.index.approve(checked.attempt.plan.shared_values)
        if is_applied:
            await self._apply(checked, rows_store)
            waiting = {row.object_id for row in rows_store.of_run[run.id].values() if row.code == AWAITS_DECISION}
            self._settle(line for line in lines if line.person not in waiting)
        asked = tuple(
            row.object_id for row in rows_store.of_run[run.id].values() if row.code == AWAITS_DECISION and is_applied
        )
        return Decision(is_held, message, asked, written)

    def answer(self, person: str, wanted: Wanted, *, replaces: bool) -> None:
        """A person has decided about somebody who was set apart."""
        record = self.people.records.get(person) or OwnershipRecord(person)
        plan = self._plan(record, Line(person, wanted))
        if replaces:
            self._write(plan, record, None)
            return
        left = {
            one.slot: replace(record.slots.get(one.slot, SlotRecord()), left=one.found, declined=one.wanted)
            for one in plan.asks
        }
        self.people.put(replace(record, slots={**record.slots, **left}))

    def _planned(self, lines: Sequence[Line], source: Source, *, full: bool, others: int) -> tuple[Run, list[Row]]:
        self._files += 1
        now = self.clock.now()
        run = Run(
            id=run_id(now, "exports", f"file {self._files}", ""),
            state=RunState.PLANNING,
            source=source,
            name=f"file {self._files}.csv",
            export_time=now,
            attempts=(Attempt(BY_EXPORT),),
            created_at=now,
            updated_at=now,
            options=RunOptions(full=full),
            total=len(lines),
            first_row=2,
            last_row=len(lines) + 1,
            step=1,
            nonce=str(self._files),
        )
        settled = [self._is_settled(line) for line in lines]
        open_lines = (line for line, is_settled in zip(lines, settled, strict=True) if not is_settled)
        given = {line.wanted.get(Slot.MOBILE) for line in open_lines} - {None}
        rows = [
            self._row(run, number, line)
            for number, (line, is_settled) in enumerate(zip(lines, settled, strict=True), 2)
            if not is_settled or line.wanted.get(Slot.MOBILE) in given
        ]
        return replace(run, people_without_row=others + len(lines) - len(rows)), rows

    def _is_settled(self, line: Line) -> bool:
        return (
            line.is_found
            and line.is_readable
            and self._settled.get(line.person)
            == (
                line.wanted,
                self.methods.get(line.person, Methods()),
            )
        )

    def _row(self, run: Run, number: int, line: Line) -> Row:
        row = Row(run.id, number, RowState.QUEUED, object_id=line.person)
        if not line.is_found:
            return completed(row, Outcome(RowState.REFUSED, "personNotFound", Said("no such account")))
        record = self.people.records.get(line.person) or OwnershipRecord(line.person)
        plan = self._plan(record, line)
        if plan.is_refused:
            return completed(row, Outcome(RowState.REFUSED, "phoneNotANumber", Said("no number")))
        is_former = takes_back(plan, record, _KEY, self.clock.now())
        return replace(row, state=RowState.PLANNED, code=plan.code_until_done, plan=plan, takes_back=is_former)

    def _plan(self, record: OwnershipRecord, line: Line) -> Plan:
        refused = () if line.is_readable else (Refusal("phoneNotANumber", Said("no number"), "B2", slot="mobile"),)
        slots = tuple(
            (slot, phone(number)) for slot, number in line.wanted.items() if line.is_readable or slot is not Slot.MOBILE
        )
        current = self.methods.get(line.person, Methods())
        known = known_values(record, current, self.clock.now(), timedelta(minutes=2))
        return planned_from(known, Desired(slots, refused=refused), Policy.MERGE, asking=QuestionBasis(record.left()))

    def _gate(self, rows: Rows) -> Gate:
        async def secret() -> ValueKey:
            return _KEY

        stores: Any = cast("Any", self)
        hooks: Any = defaultdict(_Hooks)
        rows_of: Any = rows
        safety = self.limits.safety
        return Gate(
            runs=stores.runs,
            rows=rows_of,
            clock=self.clock,
            limits=safety,
            second_person=SecondPerson.FALSE,
            accidents=self.limits.accidents,
            quotas=RunQuotas(stores.quotas, rows_of, self.clock, safety),
            people=stores.people,
            sharing=SharedValues(stores.index, stores.people, stores.runs, secret, self.limits.sharing),
            max_unmanaged_replaced=0,
            held_days=7,
            content_age=ContentAge(stores.runs, rows_of, stores.people),
            delivery=NO_END,
            hooks=hooks,
        )

    async def _apply(self, run: Run, rows: Rows) -> None:
        for row in _open(rows, run.id):
            if row.plan is None:
                continue
            record = self.people.records.get(row.object_id) or OwnershipRecord(row.object_id)
            self._write(row.plan, record, run)
            slots = all_done(row.plan)
            rows.of_run[run.id][row.number] = completed(
                row, Outcome(row.plan.outcome, row.plan.code, slots=slots), keep_plan=True
            )
        store: Any = self.quotas
        rows_of: Any = rows
        await RunQuotas(store, rows_of, self.clock, self.limits.safety).correct(run)
        self.quotas.forget_closed(self.clock.now() - timedelta(days=8))
        figures = run.attempt.plan.figures
        if run.options.full and figures is not None:
            is_approved = bool(run.approved_by) and exceeded_shrink(figures, self.limits.safety) is not None
            before, now = self.runs.full_export, self.clock.now()
            self.runs.full_export = FullExport(run.id, figures.people).after(
                before, now, is_shrink_approved=is_approved
            )

    def _write(self, plan: Plan, record: OwnershipRecord, run: Run | None) -> None:
        person = record.object_id
        phones = {method.phone_type: method for method in self.methods.get(person, Methods()).phones}
        for operation in plan.operations:
            value = value_after(cast("UpdatePhone", operation))
            if isinstance(value, PhoneNumber):
                kind = cast("UpdatePhone", operation).phone_type
                phones[kind] = PhoneAuthenticationMethod(kind, value)
        self.methods[person] = Methods(tuple(phones.values()))
        run = run or self._planned((), Source.QUESTIONS, full=False, others=0)[0]
        writing = Writing(Confirmation.CONFIRMED, self.clock.now())
        after = with_former(remembered(record, plan, run, writing), record, plan, _KEY, self.clock.now())
        self.people.put(after)
        for planned in plan.slots:
            if isinstance(planned.desired, PhoneNumber) and planned.verdict.action is not Action.KEPT:
                digest = _KEY.of_value(planned.slot, planned.desired)
                self.index.holders[digest][person] = Holder(person, planned.slot)

    def _settle(self, lines: Iterable[Line]) -> None:
        """Remember which rows now ask for what is there."""
        for line in lines:
            current = self.methods.get(line.person, Methods())
            if all(current.value(slot) == phone(number) for slot, number in line.wanted.items()):
                self._settled[line.person] = (line.wanted, current)


class _Hooks:
    reports = _NoReports()


def phone(number: Number) -> PhoneNumber:
    return PhoneNumber(1, str(number.digits)).with_extension(number.extension)


def _open(rows: Rows, run: str) -> list[Row]:
    return [row for row in rows.of_run[run].values() if row.state is RowState.PLANNED]


_SIGNS = {
    "MAX_WRITES_UNAPPROVED": ("would be written to",),
    "MAX_CREATE_SHARE": ("would get a value where they had none",),
    "MAX_UPDATE_SHARE": ("would get another number, address", "would get another value for"),
    "MAX_REMOVAL_SHARE": ("would lose a number",),
    "MAX_REFUSED_SHARE": ("are refused",),
    "MAX_UNMATCHED_SHARE": ("have no account",),
    "MAX_SHRINK_SHARE": ("are missing",),
    "MAX_SAME_MOBILE": ("would share one value of mobile",),
    "MAX_SAME_OFFICE": ("would share one value of office",),
    "MAX_MOVED_NUMBERS": ("while their own goes to another one",),
    "MAX_REPEATED_NUMBERS": ("that the file gives to another person too",),
    "MAX_COUNTED_NUMBERS": ("count up or down",),
    "MAX_TAKEN_BACK": ("that was replaced in the last 90 days",),
    "MAX_UNMANAGED_REPLACED": ("that this app neither wrote nor adopted",),
    "the file": ("taken back to older values", "formulas"),
}


def rules_of(message: str) -> tuple[str, ...]:
    """The limits that a message names, by their settings."""
    found = tuple(rule for rule, signs in _SIGNS.items() if any(sign in message for sign in signs))
    return found or (message,)
