"""`sandbox status` lists runs with a header, times, counts and outcomes, and calls for one person apart."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from contextlib import suppress

import pytest

from sandbox import __main__ as commands
from shared.core.call import SetPhone, SingleCall
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, person, tenant_of

ADMIN = "00000000-0000-4000-8000-00000000aaaa"
ONE, TWO = person(1), person(2)


async def listed(world: InMemory, capsys: pytest.CaptureFixture[str], *states: RunState) -> list[str]:
    capsys.readouterr()
    await commands.list_runs(world.app, Namespace(state=states, watch=False))
    return capsys.readouterr().out.splitlines()


async def test_a_name_from_outside_looks_like_no_other_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither its line breaks, nor marks of direction, nor the codes of a terminal are printed."""
    name = "a\n20261121T080000Z-ffffffffff  finished\u202e\x1b[31m\u2066 {{x}} =1+1 \U0001f468\u200d\U0001f469.xlsx"
    async with tenant_of([ONE]) as world:
        await world.run_to_end(name, b"no workbook")
        _, line = await listed(world, capsys)
    assert line.endswith("  a 20261121T080000Z-ffffffffff finished[31m {{x}} =1+1 \U0001f468\u200d\U0001f469.xlsx")


async def test_runs_and_calls_are_two_lists_with_their_outcomes(capsys: pytest.CaptureFixture[str]) -> None:
    """A call that was refused is not `finished`."""
    async with tenant_of([ONE, TWO], PROTECTED_IDS=TWO.id) as world:
        file = csv("userPrincipalName,mobile", (ONE.userPrincipalName, number(21)), (TWO.userPrincipalName, number(22)))
        await world.run_to_end("staff.csv", file)
        await world.run_to_end("broken.xlsx", b"no workbook")
        for account, last in ((ONE.id, 31), (TWO.id, 32)):
            with suppress(PermanentError):
                await world.app.single_calls.do(SingleCall(account, SetPhone(PhoneType.OFFICE, number(last)), ADMIN))

        runs, calls = "\n".join(await listed(world, capsys)).split("\n\nCalls for one person\n")
        for header, *_ in (runs.splitlines(), calls.splitlines()):
            assert [
                "RUN",
                "STATE",
                "SOURCE",
                "CREATED",
                "(UTC)",
                "CHANGED",
                "ROWS",
                "OUTCOMES",
                "NAME",
            ] == header.split()
        by_name = {line.split()[-1]: line.split() for line in runs.splitlines()[1:]}
        assert ["finished", "blob", "2026-11-21"] == by_name["staff.csv"][1:4]
        assert "1 refused" in runs
        assert "failed" == by_name["broken.xlsx"][1]
        assert {"created", "refused"} == {line.split()[1] for line in calls.splitlines()[1:]}

        assert ["failed"] == [line.split()[1] for line in (await listed(world, capsys, RunState.FAILED))[1:]]


async def test_watching_repeats_the_list(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_WATCH_SECONDS", 0.01)
    async with tenant_of([ONE]) as world:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await commands.list_runs(world.app, Namespace(state=(), watch=True))
    assert capsys.readouterr().out.count("RUN ") > 1


def test_ctrl_c_ends_a_command_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(_: Namespace) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "_status", interrupted)
    monkeypatch.setattr(sys, "argv", ["sandbox", "status"])
    assert 130 == commands.main()
