"""The pages of a run's rows: by number, filtered by state and code, or found by a text.

A page is read with few requests, so it may be short although more rows follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Annotated

from fastapi import Query, Request

from shared.api.guard import Caller
from shared.api.runs import FILTERS, SKIP, TOP, next_link
from shared.api.verbs import Verbs
from shared.core.run.row import Row
from shared.core.run.row_index import ROW_INDEX, SoughtText
from shared.core.run.run import ROWS_PER_SHARD, Run, shard_of
from shared.core.run.unseen import row_as_shown, states_shown_as
from shared.core.values.errors import BlobNotFoundError
from shared.core.values.states import RowState

LONGEST_TEXT = 256
_MOST_SPANS = 4
"""The most requests for rows with which a page is read."""


@dataclass(frozen=True, slots=True)
class RowsQuery:
    state: Annotated[
        tuple[RowState, ...], Query(max_length=FILTERS, description="Only rows in one of these states.")
    ] = ()
    outcome_code: Annotated[
        tuple[str, ...],
        Query(alias="outcomeCode", max_length=FILTERS, description="Only rows with one of these codes."),
    ] = ()
    top: Annotated[int, TOP] = 100
    skip_token: Annotated[int, Query(alias="$skiptoken", ge=0, le=2_000_000, description=SKIP)] = 0


@dataclass(frozen=True, slots=True)
class FoundRows:
    """One page of rows; the next one begins after row number `up_to`, None = no row is left."""

    rows: Sequence[Row]
    up_to: int | None

    def next_link(self, request: Request) -> str | None:
        return None if self.up_to is None else next_link(request, str(self.up_to))


@dataclass(frozen=True, slots=True)
class RowSearch:
    """Finds the rows that fit `query` and `text`, in order of number, as the caller may see them; "" = no text."""

    verbs: Verbs
    caller: Caller
    run: Run
    query: RowsQuery
    text: str = field(default="", repr=False)

    async def __call__(self) -> FoundRows:
        """The page. Without an index, as before the plan is ready, the text is searched for in the rows."""
        sought = SoughtText(self.text, self.run.places) if self.text else None
        numbers = await self._numbers(sought) if sought else None
        spans, rows = list(self._spans(numbers)), list[Row]()
        for first, last in spans[:_MOST_SPANS]:
            async for row in self._as_seen(first, last):
                is_found = row.number in numbers if numbers is not None else sought is None or sought.fits(row)
                if is_found and len(rows) == self.query.top:
                    return FoundRows(rows, rows[-1].number)
                if is_found:
                    rows.append(row)
        return FoundRows(rows, spans[_MOST_SPANS - 1][1] if len(spans) > _MOST_SPANS else None)

    async def row(self, number: int) -> Row | None:
        """The row with this number; None = there is none, or it does not fit the query."""
        return await anext(self._as_seen(number, number), None)

    async def _numbers(self, sought: SoughtText) -> dict[int, None] | None:
        """The rows that the index names, in order, from where the page begins; None = there is no index."""
        try:
            index = await self.verbs.results.read(f"{self.run.folder}/{ROW_INDEX}")
        except BlobNotFoundError:
            return None
        found = await asyncio.to_thread(sought.rows_in, index)
        return dict.fromkeys(number for number in found if number > self.query.skip_token)

    def _spans(self, numbers: Iterable[int] | None) -> Iterator[tuple[int, int]]:
        """The ranges of rows, each as first and last number, that are read with one request each."""
        if numbers is not None:
            for _, in_shard in groupby(numbers, key=shard_of):
                together = list(in_shard)
                yield together[0], together[-1]
            return
        first = max(self.query.skip_token + 1, self.run.first_row)
        is_any = not (self.query.state or self.query.outcome_code or self.text)
        width = 2 * self.query.top if is_any else ROWS_PER_SHARD
        while first <= self.run.last_row:
            last = min(first + width - 1, (shard_of(first) + 1) * ROWS_PER_SHARD - 1, self.run.last_row)
            yield first, last
            first, width = last + 1, ROWS_PER_SHARD

    async def _as_seen(self, first: int, last: int) -> AsyncIterator[Row]:
        """The rows that fit the query. For a caller who sees masked numbers it is applied to the rows as shown to
        them."""
        run, wanted, codes = self.run, frozenset(self.query.state) or None, self.query.outcome_code or None
        states = wanted if self.caller.sees_numbers else None if codes else states_shown_as(self.query.state, run)
        async for row in self.verbs.rows.in_order(run, after=first - 1, last=last, states=states, codes=codes):
            shown = row if self.caller.sees_numbers else row_as_shown(row, run)
            if shown.state in (wanted or RowState) and shown.code in (codes or (shown.code,)):
                yield shown
