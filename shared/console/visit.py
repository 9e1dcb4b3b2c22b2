"""What every page gets: the request, its visitor, the verbs; and the two ways in which it ends."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from shared.api.errors import status_of
from shared.api.guard import Wired
from shared.console.access import ROOT, CurrentVisitor
from shared.console.render import page
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

    def page(self, template: str, *, problem: ExplainedError | None = None, **values: object) -> Response:
        """The page; a `problem` stands on it and decides the status."""
        status = HTTPStatus.OK if problem is None else status_of(problem)
        return page(self.request, template, status=status, problem=problem, **values)

    def go_to(self, path: str) -> Response:
        """Leads a browser that has sent a form to a page of the console."""
        return RedirectResponse(f"{ROOT}{path}", HTTPStatus.SEE_OTHER)


Visiting = Annotated[Visit, Depends()]
"""The parameter by which a page gets its visit."""
