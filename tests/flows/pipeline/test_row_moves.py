"""The diagram of a row in docs/architecture.md has every move that rows make in random histories."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from shared.adapters.ledger.rows import RowStore
from shared.core.export.options import STRICTNESS
from shared.core.run.row import Outcome, Row
from shared.core.values.states import OPEN_ROWS, RowState
from tests.flows.random_histories import history
from tools.documents import ROOT

HISTORIES = range(6)

type Both = Sequence[tuple[Row | None, RowState]]
"""Rows before a change, and their states after it."""
type Change = Callable[..., Awaitable[Any]]
type Moved = Callable[..., Awaitable[Both]]


def drawn() -> set[tuple[str, str]]:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    diagram = page.partition("## States of a row")[2].partition("## ")[0]
    return set(re.findall(r"^  (\w+|\[\*\]) --> (\w+)\b", diagram, re.MULTILINE))


def test_only_open_rows_have_arrows_to_other_states() -> None:
    """A redrive, which puts ended rows back, and an erasure are described beside the diagram."""
    assert OPEN_ROWS == {RowState(before) for before, _ in drawn() if before != "[*]"}


async def test_histories_make_only_moves_that_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each save is compared with the state in which the ledger had the row."""
    moves = set[tuple[str, str]]()
    for name, moved in (
        ("save", _saved),
        ("mark_writing", _marked),
        ("complete_many", _completed),
        ("complete_unless_changed", _completed_unless_changed),
    ):
        monkeypatch.setattr(RowStore, name, _noting(moves, getattr(RowStore, name), moved))
    for policy in STRICTNESS:
        for seed in HISTORIES:
            async with history(seed, policy) as played:
                await played.play()
    assert {("queued", "planned"), ("planned", "writing"), ("writing", "created"), ("planned", "kept")} <= moves
    assert set() == moves - drawn()


def _noting(moves: set[tuple[str, str]], change: Change, moved: Moved) -> Change:
    async def noting(rows: RowStore, *changed: Any) -> Any:
        both = await moved(rows, *changed)
        done = await change(rows, *changed)
        moves.update(
            (row.state.value, after.value) for row, after in both if row and row.is_open and row.state is not after
        )
        return done

    return noting


async def _saved(rows: RowStore, row: Row) -> Both:
    return [(await rows.get(row.run, row.number), row.state)]


async def _marked(rows: RowStore, row: Row) -> Both:
    return [(await rows.get(row.run, row.number), RowState.WRITING)]


async def _completed(rows: RowStore, run: str, outcomes: Mapping[int, Outcome]) -> Both:
    return [(await rows.get(run, number), outcome.state) for number, outcome in outcomes.items()]


async def _completed_unless_changed(_: RowStore, read: Sequence[Row], outcome: Outcome) -> Both:
    return [(row, outcome.state) for row in read]
