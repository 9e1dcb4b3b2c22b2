"""Readiness: who depends on a phone, read from the tenant's report, the directory, and the lists of known people.

A timer, the API or the command line of the sandbox starts it, and `AdvanceRun` reads it step by step: first the report
of registered methods, then all accounts for their names and departments, then the methods of the people whom the app
knows, because only these tell about SMS sign-in, and because the report is hours old and leaves out disabled accounts.
The run writes nothing to Graph and has no rows. Without the report, which needs a permission and a licence, the run
covers only the people whom the app knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shared.adapters.ledger.people import PeopleStore
from shared.core.person.account import Methods
from shared.core.person.registration import ListedAccount, MethodList, RegisteredPerson
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.report.readiness_report import Fallback
from shared.core.run.run import ReadFigures, Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.clock import Clock
from shared.core.values.errors import (
    ExplainedError,
    GraphRefusedError,
    NoTokenError,
    RetryLaterError,
)
from shared.core.values.said import Said, as_said, joined, people_in_words
from shared.flows.graph_ports import DirectoryPort
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.readiness_reports import ReadinessPart, ReadinessReports
from shared.flows.scheduled.known_people import FIRST_SLICE, MethodsOfMany, known_people, was_not_read, with_retries
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

SECONDS_PER_PAGE = 5.0
"""Two requests for reports in 10 s. Graph allows 5, of which look-ups of one person's default method take up to
`MOST_REPORTS`. The pause is before each page, so that a step that is repeated keeps it too."""
_REPORT_PAGES, _ACCOUNT_PAGES, _PEOPLE = 6, 20, 3_000
"""The most pages, and people, that one step reads."""
_REFUSALS = 3
"""Only the third refusal of the report counts, because licensed tenants were seen to get one now and then."""
_ONLY_KNOWN = Said(
    "The report of registered methods needs AuditLog.Read.All and Microsoft Entra ID P1. "
    "Without it only people whom the app knows are covered, by their own lists of methods."
)
_REPORT, _ACCOUNTS, _METHODS = "report", "accounts", "methods"


@dataclass(frozen=True, slots=True)
class ReadinessReading:
    """The reading stage. `run.read_position` names the list to read next, with its link or slice; "" = the report."""

    graph: DirectoryPort
    people: PeopleStore
    methods_of: MethodsOfMany
    reports: ReadinessReports
    clock: Clock
    reads_lists: bool
    """Whether the cloud has lists of all methods."""
    reads_policy: bool

    async def __call__(self, run: Run) -> Advanced:
        what, _, start = (run.read_position or _REPORT).partition(" ")
        try:
            match what:
                case "report":
                    return await self._read_report(run, start)
                case "accounts":
                    return await self._read_accounts(run, start)
                case _:
                    return await self._read_methods(run, start or FIRST_SLICE)
        except NoTokenError:
            raise
        except RetryLaterError as error:
            event(EventName.STEP_REPEATED, run=run.id, code=error.code)
            return Advanced(run)
        except GraphRefusedError as error:
            message = Said("Readiness could not be read: {why}", why=_in_words(error))
            failed = replace(transition(run, RunEvent.GRAPH_REFUSED), code=error.code, message=message)
            return Advanced(failed, at_once=True)

    async def _read_report(self, run: Run, link: str) -> Advanced:
        found = list[RegisteredPerson]()
        for _ in range(_REPORT_PAGES):
            await self.clock.sleep(SECONDS_PER_PAGE)
            try:
                page = await self.graph.registrations(link)
            except GraphRefusedError as error:
                return await self._refused(run, Fallback(error.code, _in_words(error)))
            found += page.items
            link = page.next_link or ""
            if not link:
                break
        figures = run.read_figures or ReadFigures()
        figures = replace(figures, people=figures.people + len(found))
        if not link and not figures.people:
            message = Said("The report of registered methods is empty, which is not plausible for a tenant.")
            return await self._refused(run, Fallback("answerUnreadable", message))
        await self.reports.store(run, ReadinessPart(registered=found))
        position = f"{_REPORT} {link}" if link else _ACCOUNTS
        return Advanced(replace(run, read_position=position, read_figures=figures), at_once=True)

    async def _refused(self, run: Run, why: Fallback) -> Advanced:
        """Read the report again from its beginning; if it is refused again and again, go on without it."""
        restarts = (run.read_figures.restarts if run.read_figures else 0) + 1
        if restarts < _REFUSALS:
            figures = ReadFigures(restarts=restarts)
            return Advanced(replace(run, read_position="", read_figures=figures), at_once=True)
        said = joined(" ", (why.message, _ONLY_KNOWN))
        why = replace(why, message=said)
        await self.reports.store(run, ReadinessPart(fallback=why))
        figures = ReadFigures(restarts=restarts)
        return Advanced(
            replace(run, read_position=_ACCOUNTS, read_figures=figures, notes=(*run.notes, said)), at_once=True
        )

    async def _read_accounts(self, run: Run, link: str) -> Advanced:
        found = list[ListedAccount]()
        for _ in range(_ACCOUNT_PAGES):
            page = await self.graph.all_accounts(link)
            found += page.items
            link = page.next_link or ""
            if not link:
                break
        await self.reports.store(run, ReadinessPart(accounts=found))
        position = f"{_ACCOUNTS} {link}" if link else _METHODS
        return Advanced(replace(run, read_position=position), at_once=True)

    async def _read_methods(self, run: Run, first: str) -> Advanced:
        records, next_slice = await known_people(self.people, first, _PEOPLE)
        answers = await self._lists_of(records)
        lists = {user: answer for user, answer in answers.items() if isinstance(answer, MethodList)}
        missing = [one for one in answers.values() if was_not_read(one)]
        proposed, note = ("", "") if next_slice else await self._proposal()
        part = ReadinessPart(lists=lists, proposed_delivery=proposed, delivery_note=note)
        await self.reports.store(run, part)
        figures = run.read_figures or ReadFigures()
        figures = replace(figures, not_read=figures.not_read + len(missing))
        if next_slice:
            return Advanced(replace(run, read_position=f"{_METHODS} {next_slice}", read_figures=figures), at_once=True)
        notes = (*run.notes, as_said(note)) if note else run.notes
        message = Said(
            "{people} in the report; the lists of {not_read} could not be read.",
            people=people_in_words(figures.people),
            not_read=people_in_words(figures.not_read),
        )
        finished = replace(transition(run, RunEvent.NO_ROWS), message=message, read_figures=figures, notes=notes)
        return Advanced(finished, at_once=True)

    async def _lists_of(self, records: Sequence[OwnershipRecord]) -> Mapping[str, MethodList | ExplainedError]:
        """All methods of each person if the app may read them, else what `MethodsOfMany` reads."""
        users = [record.object_id for record in records]
        if self.reads_lists and await self.graph.reads_all_methods():
            return await with_retries(self.clock, self.graph.all_methods_of, users)
        current = await self.methods_of(records)
        return {
            user: MethodList.of_phones(answer) if isinstance(answer, Methods) else answer
            for user, answer in current.items()
        }

    async def _proposal(self) -> tuple[str, str]:
        """The value of PHONE_DELIVERY that the tenant's policy suggests, and why."""
        if not self.reads_policy:
            return "", ""
        try:
            proposed, why = (await self.graph.sign_in_policy()).suggested_deliverer()
        except GraphRefusedError:  # the permission is optional
            return "", ""
        return proposed or "", why


def _in_words(error: ExplainedError) -> Said:
    return joined(" ", (error.message, error.remedy))
