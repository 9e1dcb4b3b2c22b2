"""`make demo`: shows the main job from beginning to end and checks every step.

Called by `python -m sandbox demo`; calls `system`. An unexpected result raises DemoError, and the command exits
non-zero.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sandbox.exports import write_export
from sandbox.functions_host.host import Listeners
from sandbox.local_user import local_user
from sandbox.people import PersonKind, Staff, make_staff
from sandbox.receiver import LocalReceiver, local_receiver
from sandbox.system import Sandbox
from shared.core.run.row import Answer
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType, Slot
from shared.core.values.states import RowState, RunState, Source

PEOPLE = 300
CHANGED_SHARE = 0.05
RUN_SECONDS = 180
LOOK_EVERY = 0.25
DEMO_SETTINGS = {
    "HTTP_SHOW_NUMBERS": "true",
    "LOOK_UP_RETRY_SECONDS": "2",
    "READ_LAG_SECONDS": "1",  # the stand-in shows a write at once, and the demo looks for drift seconds after it
}
"""Fictional numbers may be shown; people who are not found are looked up again after 2 s instead of a minute."""
NOTIFIED = ("held", "finished", "failed")


class DemoError(Exception):
    """The demo got an unexpected result."""


def settings_to_notify(receiver: LocalReceiver) -> dict[str, str]:
    """The settings with which the app sends cards to a receiver on this machine."""
    return {"NOTIFY_URLS": f"teams={receiver.url}", "NOTIFY_LOCAL": "true"}


async def demo(folder: Path, console: Console, listeners: Listeners) -> None:
    """Run all steps; `folder` keeps files, logs and results."""
    staff = make_staff(PEOPLE)
    console.print("[bold]Starting[/] Azurite, the Graph stand-in and the Functions host …")
    async with (
        local_receiver() as receiver,
        Sandbox(
            folder, staff, settings={**DEMO_SETTINGS, **settings_to_notify(receiver)}, listeners=listeners
        ) as sandbox,
    ):
        story = _Story(sandbox, console)
        await story.first_export(staff)
        await story.same_file_again(staff)
        await story.changed_numbers(staff)
        await story.drift(staff)
        await story.one_person_over_http(staff)
        await story.a_question(staff)
        await story.people_are_notified(receiver)
        await story.no_findings()
    console.print("[bold green]Done.[/] Every process was stopped. Files and logs are in", str(folder))
    console.print("To look at these runs, people and drift in a browser, start the system again:")
    console.print("  .venv/bin/python -m sandbox up --demo", style="bold")


class _Story:
    def __init__(self, sandbox: Sandbox, console: Console) -> None:
        self._sandbox = sandbox
        self._console = console

    async def first_export(self, staff: Staff) -> None:
        self._headline(f"1. HR drops an export of {len(staff.members)} people")
        held = await self._watch(await self._sandbox.drop("staff.xlsx", write_export(staff)), len(staff.members))
        run = await self._approved(held)
        summary = await self._summary(run)
        _expect("outcomes", staff.expected_counts, _counts(summary))
        self._table(summary)
        result = await self._download(run)
        self._console.print(f"The workbook with an outcome and a reason beside every row is {result}")

    async def same_file_again(self, staff: Staff) -> None:
        self._headline("2. HR drops the same file again: there is nothing to do")
        writes_before = await self._writes()
        run = await self._drop("staff-again.xlsx", staff)
        summary = await self._summary(run)
        self._table(summary)
        _expect("writes to Graph", 0, await self._writes() - writes_before)
        _expect("rows that were changed", 0, summary["succeeded"])

    async def changed_numbers(self, staff: Staff) -> None:
        self._headline("3. The next export has new numbers for some people: they are updated")
        changed = staff.with_changed_numbers(CHANGED_SHARE)
        run = await self._drop("staff-next.xlsx", changed)
        summary = await self._summary(run)
        self._table(summary)
        _expect("outcomes", changed.expected_counts, _counts(summary))

    async def drift(self, staff: Staff) -> None:
        self._headline("4. A person changes a number outside the app: reconcile reports it and does not change it")
        person = await self._a_provisioned_person()
        await self._sandbox.graph_control("POST", f"people/{person}", {"phones": {"mobile": "+1 2025550199"}})
        writes_before = await self._writes()
        await self._sandbox.fire("reconcile")
        report = await self._drift_report()
        numbers = [drift for drift in report["drifted"] if drift["slot"]]
        for drift in numbers:
            line = f"{drift['id']}  {drift['slot']}  {drift['kind']}"
            self._console.print(f"  {line}  expected {drift['expected']}, found {drift['found']}", markup=False)
        _expect("people whose numbers drifted", [person], [drift["id"] for drift in numbers])
        disabled = [drift["id"] for drift in report["drifted"] if drift["kind"] == "accountDisabled"]
        self._console.print(f"  {len(disabled)} people with a disabled account are listed as well")
        _expect("disabled accounts", sorted(_disabled(staff)), disabled)
        _expect("writes to Graph", 0, await self._writes() - writes_before)

    async def one_person_over_http(self, staff: Staff) -> None:
        self._headline("5. The help desk changes one person over HTTP")
        person = next(person for person in staff.people if PhoneType.MOBILE in person.phones)
        path = f"v1/users/{person.id}/phoneMethods/mobile"
        number = "+1 2025550142"
        answer = await self._sandbox.call("PUT", path, json={"phoneNumber": number})
        self._console.print(f"PUT /api/{path} → {answer.status_code}", markup=False)
        self._console.print_json(answer.text)
        _expect("status", 200, answer.status_code)
        now = (await self._sandbox.call("GET", path)).json()
        _expect("the current number", number, now["phoneNumber"])

    async def a_question(self, staff: Staff) -> None:
        self._headline("6. A person has registered a number, and HR has another one: the app asks first")
        members = (member for member in staff.members if member.kind is PersonKind.BLANK_CELLS)
        person = next(member.person.id for member in members if member.person is not None)
        wanted = "+1 2025550178"
        await self._sandbox.graph_control("POST", f"people/{person}", {"phones": {"mobile": "+1 2025550177"}})
        export = f"objectId,mobile\n{person},{wanted}\n".encode()
        run = await self._watch(await self._sandbox.drop("one.csv", export), 1)
        self._table(await self._summary(run))
        asked = await self._questions()
        self._console.print(asked.message, markup=False)
        answered = await self._sandbox.app.answer_questions(asked.id, asked.digest, {2: Answer.REPLACE}, local_user())
        self._table(await self._summary(await self._approved(answered)))
        now = (await self._sandbox.call("GET", f"v1/users/{person}/phoneMethods/mobile")).json()
        _expect("the current number", wanted, now["phoneNumber"])

    async def people_are_notified(self, receiver: LocalReceiver) -> None:
        self._headline("7. The notifications that were sent meanwhile, as cards of Teams")
        run = await self._watch(await self._sandbox.drop("not-a-workbook.xlsx", b"<html>"), 1)
        _expect("the state of the run", RunState.FAILED, run.state)
        await self._sandbox.fire("sweep")
        cards = await self._cards(receiver)
        folder = self._sandbox.folder / "cards"
        folder.mkdir()
        for event, card in cards.items():
            (folder / f"{event}.json").write_text(json.dumps(card, indent=2), encoding="utf-8")
            link = card["actions"][0]["url"]
            _expect("the host of the link", self._sandbox.host.url, link.partition("/console/")[0])
            self._console.print(f"  {event:<9} {card['body'][0]['text']}  {link}", markup=False, soft_wrap=True)
        self._console.print(f"To see them: python -m tools.card_pictures {folder}", markup=False)

    async def _cards(self, receiver: LocalReceiver) -> dict[str, dict[str, Any]]:
        """The first card of each event, once there is one of each."""
        until = time.monotonic() + RUN_SECONDS
        while time.monotonic() < until:
            events = {headers["webhook-id"]: json.loads(body) for headers, body in receiver.got}
            found = {one.rsplit("-", 2)[1]: body["attachments"][0]["content"] for one, body in reversed(events.items())}
            if found.keys() >= set(NOTIFIED):
                return {event: found[event] for event in NOTIFIED}
            await asyncio.sleep(LOOK_EVERY)
        raise DemoError(f"The receiver got {len(receiver.got)} cards within {RUN_SECONDS} s, and none of some events.")

    async def no_findings(self) -> None:
        self._headline("8. Mistakes that the Graph stand-in found in the app's calls")
        findings = await self._sandbox.graph_control("GET", "findings")
        for finding in findings:
            self._console.print(f"  {finding['sentence']}", markup=False)
        _expect("findings", 0, len(findings))
        self._console.print("  none")

    async def _drop(self, name: str, staff: Staff) -> Run:
        run_id = await self._sandbox.drop(name, write_export(staff))
        run = await self._watch(run_id, len(staff.members))
        if run.state is not RunState.FINISHED:
            raise DemoError(f"Run {run.id} ended {run.state}: {run.message}")
        return run

    async def _approved(self, held: Run) -> Run:
        """Approve the plan of the held run; returns the run once it has finished."""
        _expect("the state of the run", RunState.HELD, held.state)
        self._console.print(held.message, markup=False)
        await self._sandbox.app.decisions.approve(held.id, held.digest, local_user())
        self._console.print(f"An administrator approves plan {held.digest[:12]}.", markup=False)
        run = await self._watch(held.id, held.total)
        _expect("the state of the run", RunState.FINISHED, run.state)
        return run

    async def _questions(self) -> Run:
        """The run of questions, once it is held."""
        until = time.monotonic() + RUN_SECONDS
        while time.monotonic() < until:
            async for run in self._sandbox.app.runs.all():
                if run.source is Source.QUESTIONS and run.state is RunState.HELD:
                    return run
            await asyncio.sleep(LOOK_EVERY)
        raise DemoError(f"No question was asked within {RUN_SECONDS} s; see {self._sandbox.folder}/host.log")

    async def _watch(self, run_id: str, rows: int) -> Run:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task("waiting for the blob trigger", total=rows)
            until = time.monotonic() + RUN_SECONDS
            while time.monotonic() < until:
                run = await self._sandbox.app.runs.get(run_id)
                if run is not None:
                    done = run.completed if run.state is not RunState.PLANNING else _planned(run)
                    progress.update(task, completed=done, total=run.total or rows, description=f"{run.state:<9}")
                    if run.closed or run.state is RunState.HELD:
                        return run
                await asyncio.sleep(LOOK_EVERY)
        raise DemoError(f"Run {run_id} had not finished after {RUN_SECONDS} s; see {self._sandbox.folder}/host.log")

    async def _summary(self, run: Run) -> dict[str, Any]:
        summary: dict[str, Any] = json.loads(await self._sandbox.app.results.read(f"{run.id}/summary.json"))
        _expect("rows in the sets of the summary", run.total, sum(len(rows) for rows in summary["sets"].values()))
        return summary

    async def _download(self, run: Run) -> Path:
        path = self._sandbox.folder / f"{run.id}-result.xlsx"
        path.write_bytes(await self._sandbox.app.returns.read(run))
        return path

    async def _writes(self) -> int:
        stats = await self._sandbox.graph_control("GET", "stats")
        return int(stats["writesServed"])

    async def _a_provisioned_person(self) -> str:
        async for record in self._sandbox.app.people.all():
            if Slot.MOBILE in record.base():
                return record.object_id
        raise DemoError("No person was provisioned with a mobile number.")

    async def _drift_report(self) -> dict[str, Any]:
        until = time.monotonic() + RUN_SECONDS
        while time.monotonic() < until:
            report = await self._sandbox.app.newest_drift()
            if report is not None:
                return report
            await asyncio.sleep(LOOK_EVERY)
        raise DemoError(f"Reconcile wrote no report within {RUN_SECONDS} s; see {self._sandbox.folder}/host.log")

    def _headline(self, text: str) -> None:
        self._console.print()
        self._console.rule(f"[bold]{text}", align="left")

    def _table(self, summary: dict[str, Any]) -> None:
        table = Table("outcome", "rows", "why")
        for state, rows in sorted(summary["sets"].items()):
            why = ", ".join(f"{count} {code}" for code, count in sorted(summary["codes"][state].items()))
            table.add_row(state, str(len(rows)), why)
        table.add_section()
        table.add_row("all", str(summary["rows"]))
        self._console.print(table)


def _disabled(staff: Staff) -> list[str]:
    return [member.person.id for member in staff.members if member.person and member.kind is PersonKind.DISABLED]


def _planned(run: Run) -> int:
    return run.total - run.counts.get(RowState.QUEUED, 0)


def _counts(summary: dict[str, Any]) -> dict[str, int]:
    return {state: len(rows) for state, rows in summary["sets"].items()}


def _expect(what: str, expected: object, actual: object) -> None:
    if expected != actual:
        raise DemoError(f"{what}: expected {expected}, got {actual}")
