"""A visit, which every page gets: the request, the visitor, the verbs, and the two ways to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from shared.api.errors import status_of
from shared.api.guard import Wired
from shared.api.run_resource import RunResource
from shared.console import done
from shared.console.access import ROOT, CurrentVisitor
from shared.console.render import page
from shared.core.person.account import Account
from shared.core.run.run import Run
from shared.core.values.errors import ExplainedError


@dataclass(frozen=True, slots=True)
class Visit:
    request: Request
    verbs: Wired
    visitor: CurrentVisitor

    def may_start(self, run: Run) -> bool:
        """Whether the run is a checked file that the visitor can start."""
        return self.visitor.may("StartCheckedRun") and self.verbs.decisions.may_start(run, self.visitor.caller.id)

    async def names_in(self, runs: Iterable[RunResource]) -> Mapping[str, Account]:
        """The accounts of those who started the runs' attempts and decided about them."""
        attempts = [attempt for run in runs for attempt in run.attempts]
        return await self.verbs.people_by_id(
            by for one in attempts for by in (one.started_by, *(decision.by for decision in one.decisions))
        )

    def page(self, template: str, *, problem: ExplainedError | None = None, **values: object) -> Response:
        """Answer with a page; a `problem` is shown on it and decides the status."""
        status = HTTPStatus.OK if problem is None else status_of(problem)
        return page(self.request, template, status=status, problem=problem, **values)

    def go_to(self, path: str, did: str = "") -> Response:
        """Answer a form by a redirect to a page of the console, which shows what the form has done."""
        response = RedirectResponse(f"{ROOT}{path}", HTTPStatus.SEE_OTHER)
        if did:
            done.remember(self.request, response, did)
        return response


Visiting = Annotated[Visit, Depends()]
"""The parameter by which a page gets its visit."""
