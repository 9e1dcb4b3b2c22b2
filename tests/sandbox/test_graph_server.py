"""The stand-in on a port: the same object over real HTTP, and as a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import httpx
import pytest

from sandbox.graph.control import dumped
from sandbox.graph.faults import Fault
from sandbox.graph.server import serve
from tests.sandbox.graph_client import ALEX, MOBILE, ONE, TOKEN_QUERY, TWO, methods_of, person, stand_in_for

ROOT = Path(__file__).parents[2]


async def token(client: httpx.AsyncClient, url: str) -> str:
    answer = await client.get(f"{url}/msi/token", params=TOKEN_QUERY, headers={"X-IDENTITY-HEADER": "sandbox"})
    return f"Bearer {answer.json()['access_token']}"


async def test_a_port_serves_the_same_object() -> None:
    """Token, write, read and a connection cut after the commit, over a real socket; the state is at hand in process."""
    stand_in = stand_in_for(person(ALEX, phones={"mobile": ONE}))
    async with serve(stand_in) as url, httpx.AsyncClient() as client:
        client.headers["Authorization"] = await token(client, url)
        root = f"{url}/v1.0"
        assert 204 == (await client.patch(f"{root}{methods_of(ALEX, MOBILE)}", json={"phoneNumber": TWO})).status_code
        listed = (await client.get(f"{root}//{methods_of(ALEX)}")).json()
        assert listed["@odata.context"].startswith(f"{url}/v1.0/$metadata")
        stand_in.faults.add(Fault(kind="commit-then-drop", count=1))
        with pytest.raises(httpx.RemoteProtocolError):
            await client.patch(f"{root}{methods_of(ALEX, MOBILE)}", json={"phoneNumber": ONE})
        batch = {"requests": [{"id": "1", "method": "GET", "url": methods_of(ALEX, MOBILE)}]}
        answer = await client.post(f"{root}/$batch", json=batch)
        assert ONE == answer.json()["responses"][0]["body"]["phoneNumber"]
    assert {"mobile": ONE} == stand_in.tenant.people[ALEX].methods


async def test_many_connections_are_served_at_once() -> None:
    """Requests in flight wait side by side, and leaving the block ends with none of them lost."""
    stand_in = stand_in_for(person(ALEX))
    async with serve(stand_in) as url, httpx.AsyncClient() as client:
        client.headers["Authorization"] = await token(client, url)
        answers = await asyncio.gather(*(client.get(f"{url}/v1.0{methods_of(ALEX)}") for _ in range(50)))
    assert {200} == {answer.status_code for answer in answers}


async def test_a_process_says_where_it_listens_and_stops_when_told(tmp_path: Path) -> None:
    """`python -m sandbox.graph` prints a line, serves its seed with the switches given, leaves a dump on SIGTERM."""
    seed = tmp_path / "people.json"
    seed.write_text(json.dumps([person(ALEX).to_json()]), encoding="utf-8")
    dump = tmp_path / "dump.json"
    switches = ("--set", "premium=false", "--set", "sms_by_upn=ignored")
    process = await start("--seed-file", str(seed), "--dump-file", str(dump), *switches)
    assert process.stdout is not None
    word, url = (await process.stdout.readline()).decode().split()
    async with httpx.AsyncClient() as client:
        client.headers["Authorization"] = await token(client, url)
        path = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances"
        statuses = [(await client.get(f"{url}{name}")).status_code for name in (path, f"/v1.0/users/{ALEX}")]
    process.send_signal(signal.SIGTERM)
    _, complaints = await process.communicate()
    assert ("listening", [400, 200], 0, b"") == (word, statuses, process.returncode, complaints)
    assert json.loads(dump.read_text(encoding="utf-8")) == json.loads(json.dumps(dumped(stand_in_for(person(ALEX)))))


async def test_a_process_that_cannot_start_says_why() -> None:
    """A switch that does not exist is named, and the exit code is not 0."""
    process = await start("--set", "colour=red")
    _, complaints = await process.communicate()
    assert 1 == process.returncode
    assert b"The stand-in cannot start: this is no Options: colour" in complaints


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox.graph",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
