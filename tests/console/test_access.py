"""Who sees which page and may send which form: every page with every role, signed out, and from other sites."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import httpx
import pytest
import pytest_asyncio
from openpyxl import load_workbook

from sandbox.exports import write_export
from sandbox.graph.person import Person
from sandbox.people import Staff, make_staff
from shared.api.guard import PRINCIPAL_HEADER
from shared.api.roles import CallerRole
from shared.console.access import PAGES
from shared.console.app import build
from shared.core.export.options import RunOptions
from shared.core.run.attempts import Attempt
from shared.core.run.run import Run
from shared.core.run.transitions import TRANSITIONS
from shared.core.values.states import Approval, Source
from shared.flows.intake.upload import UploadedFile
from shared.flows.upkeep.permissions import MISSING_SINCE
from shared.flows.upkeep.timers import SWEEP
from testing.in_memory import InMemory, in_memory
from tests.api.caller import ENTRA, KEY, SOMEBODY, SOMEBODY_ELSE, principal
from tests.flows.one_person import recorded
from tests.flows.person.test_call_record import SilentGraph, writing_to
from tests.flows.small_tenant import csv, number, person

READ, WRITE, NUMBERS, UPLOAD, APPROVE, REPORTS, ERASE = CallerRole
RUN = "20261121T080000Z-0123456789"
PERSON = "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b009"
FOLLOW = {REPORTS, UPLOAD, APPROVE}
OPENED_BY: dict[str, tuple[str, str, set[CallerRole]]] = {
    "home": ("GET", "", set(CallerRole)),
    "upload": ("GET", "/upload", {UPLOAD}),
    "start_upload": ("POST", "/upload", {UPLOAD}),
    "start_checked": ("POST", f"/upload/{RUN}", {UPLOAD}),
    "show_run": ("GET", f"/runs/{RUN}", FOLLOW),
    "find_rows": ("POST", f"/runs/{RUN}", FOLLOW),
    "show_row": ("GET", f"/runs/{RUN}/rows/2", FOLLOW),
    "reveal_row": ("POST", f"/runs/{RUN}/rows/2/reveal", set()),
    "approve_run": ("POST", f"/runs/{RUN}/approve", {APPROVE}),
    "reject_run": ("POST", f"/runs/{RUN}/reject", {APPROVE}),
    "cancel_run": ("POST", f"/runs/{RUN}/cancel", {UPLOAD, APPROVE}),
    "redrive_run": ("POST", f"/runs/{RUN}/redrive", {APPROVE}),
    "undo_run": ("POST", f"/runs/{RUN}/undo", {APPROVE}),
    "find_person": ("GET", "/people", {READ, WRITE}),
    "search_person": ("POST", "/people", {READ, WRITE}),
    "show_person": ("GET", f"/people/{PERSON}", {READ, WRITE}),
    "change_person": ("POST", f"/people/{PERSON}", {WRITE}),
    "person_data": ("POST", f"/people/{PERSON}/data", {ERASE}),
    "show_drift": ("GET", "/drift", {REPORTS}),
    "show_health": ("GET", "/health", {REPORTS}),
}
"""Method, path and the roles of which each alone is enough, written down again by hand."""
FORMS = [name for name, (method, *_) in OPENED_BY.items() if method == "POST"]
SITE = "https://app.example"
OWN = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[InMemory]:
    async with in_memory(make_staff(5), ENTRA) as inside:
        yield inside


async def send(
    world: InMemory,
    name: str,
    headers: dict[str, str],
    *,
    token: str = "t" * 20,
    run: str = RUN,
    person: str = PERSON,
    form: dict[str, str] | None = None,
) -> httpx.Response:
    """As a browser sends the page's form: urlencoded, with the token of its cookie."""
    method, path, _ = OPENED_BY[name]
    transport = httpx.ASGITransport(build(world.app))
    cookies = {"__Host-console-form": "t" * 20}
    async with httpx.AsyncClient(transport=transport, base_url=SITE, cookies=cookies) as http:
        path = path.replace(RUN, run).replace(PERSON, person)
        sent = {"token": token, **(form or {})} if method == "POST" else None
        return await http.request(method, f"/console{path}", data=sent, headers={**OWN, **headers})


def test_every_page_is_in_the_table() -> None:
    assert set(PAGES) - {"asset"} == set(OPENED_BY)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", OPENED_BY)
async def test_a_page_opens_for_its_roles_alone(world: InMemory, name: str) -> None:
    """What is refused for a role names it; what is let in fails later, because run and person do not exist."""
    refused = {role for role in CallerRole if (await send(world, name, principal(role))).status_code == 403}

    assert set(CallerRole) - OPENED_BY[name][2] == refused
    nothing = await send(world, name, principal())
    assert 403 == nothing.status_code
    assert (
        "PhoneMethods." in nothing.text
        or "Runs." in nothing.text
        or "Reports." in nothing.text
        or "People." in nothing.text
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_numbers_are_revealed_to_those_who_see_runs_and_numbers(world: InMemory) -> None:
    assert 404 == (await send(world, "reveal_row", principal(REPORTS, NUMBERS))).status_code


async def test_an_address_of_two_people_is_not_called_their_name() -> None:
    """It is the sign-in name of one and the mail of the other."""
    async with in_memory(Staff(()), ENTRA) as inside:
        inside.stand_in.tenant.put(person(1))
        inside.stand_in.tenant.put(replace(person(2), mail=person(1).userPrincipalName))
        sought = {"who": person(1).userPrincipalName}
        answer = await send(inside, "search_person", principal(READ), form=sought)
        assert "2 people found" in answer.text


async def test_a_reveal_names_the_row_also_if_nobody_has_its_key(caplog: pytest.LogCaptureFixture) -> None:
    """So that it does not look like a reveal of the whole run, neither in the journal nor in the log."""
    caplog.set_level("INFO", logger="shared")
    file = csv("userPrincipalName,mobile", ("nobody@contoso.example", number(21)), (person(1).userPrincipalName, ""))
    async with in_memory(Staff(()), ENTRA) as inside:
        run = await inside.run_to_end("staff.csv", file)
        answer = await send(inside, "reveal_row", principal(REPORTS, NUMBERS), run=run.id)
        assert 200 == answer.status_code
        text = b"".join(blob.data for blob in inside.storage.containers["journal"].blobs.values()).decode()
        (revealed,) = [json.loads(line)["data"] for line in text.splitlines() if '"reveal"' in line]
        assert ("RevealRow", "", run.id, 2) == tuple(revealed[name] for name in ("operation", "person", "run", "row"))
        (logged,) = [one.getMessage() for one in caplog.records if "Revealed" in one.getMessage()]
        assert '"row": 2' in logged


async def test_the_page_of_a_damaged_run_says_what_is_damaged() -> None:
    async with in_memory(make_staff(1), ENTRA) as inside:
        await inside.storage.table("Runs").upsert("run", RUN, {"state": "melted"})
        answer = await send(inside, "show_run", principal(REPORTS))
        assert (503, True) == (answer.status_code, f"run {RUN}, " in answer.text)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", OPENED_BY)
async def test_signed_out_leads_to_the_sign_in_of_the_platform(world: InMemory, name: str) -> None:
    """And back to the page; a form that was sent is not repeated."""
    answer = await send(world, name, {PRINCIPAL_HEADER: ""})
    method, path, _ = OPENED_BY[name]
    if method == "POST":
        assert 401 == answer.status_code
        assert "You are signed out" in answer.text
    else:
        assert 302 == answer.status_code
        expected = f"/.auth/login/aad?post_login_redirect_uri=%2Fconsole{path.replace('/', '%2F')}"
        assert expected == answer.headers["Location"]


FROM_ELSEWHERE: dict[str, dict[str, str]] = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    "another host of the site": {"Sec-Fetch-Site": "same-site", "Origin": "https://other.app.example"},
    "an old browser": {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    "a frame without origin": {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    "as text": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example", "Content-Type": "text/plain"},
    "as a file": {
        "Sec-Fetch-Site": "cross-site",
        "Origin": "https://evil.example",
        "Content-Type": "multipart/form-data; boundary=x",
    },
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", FORMS)
async def test_forms_of_other_sites_are_refused(world: InMemory, name: str) -> None:
    everything = principal(*CallerRole)
    answers = {case: await send(world, name, everything | headers) for case, headers in FROM_ELSEWHERE.items()}

    assert {403} == {answer.status_code for answer in answers.values()}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("token", ["", "t" * 19, "u" * 20])
async def test_a_form_without_the_token_of_its_page_is_refused(world: InMemory, name: str, token: str) -> None:
    answer = await send(world, name, principal(*CallerRole), token=token)

    assert 403 == answer.status_code
    assert "formNotOurs" in answer.text


@pytest.mark.asyncio(loop_scope="module")
async def test_a_form_needs_the_cookie_too(world: InMemory) -> None:
    """An empty token must not fit a missing cookie."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(world.app)), base_url=SITE) as http:
        answer = await http.post("/console/people", data={"token": ""}, headers=OWN | principal(*CallerRole))
    assert 403 == answer.status_code


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", OPENED_BY)
async def test_every_page_carries_the_security_headers(world: InMemory, name: str) -> None:
    """Refusals too; no page is stored."""
    for roles in ((), tuple(CallerRole)):
        headers = (await send(world, name, principal(*roles))).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert ("no-store", "same-origin", "nosniff") == (
            headers["Cache-Control"],
            headers["Referrer-Policy"],
            headers["X-Content-Type-Options"],
        )


async def test_with_keys_the_console_is_off() -> None:
    """A key does not tell who looks."""
    async with in_memory(make_staff(1), KEY) as world:
        answers = [await send(world, name, {}) for name in OPENED_BY]
    assert {403} == {answer.status_code for answer in answers}
    assert all("consoleOff" in answer.text for answer in answers)


async def test_without_the_platforms_sign_in_nobody_is_let_in() -> None:
    """The headers could be anybody's."""
    async with in_memory(make_staff(1), {"AUTH_MODE": "entra", "WEBSITE_AUTH_ENABLED": "False"}) as world:
        answers = [await send(world, name, principal(*CallerRole)) for name in OPENED_BY]
    assert {403, 401, 503} >= {answer.status_code for answer in answers}
    assert all("authenticationDisabled" in answer.text for answer in answers)


async def test_the_number_that_an_approver_types_tells_nothing_to_who_does_not_see_it() -> None:
    """Nobody finds out by trying how many people an own file would change; the API approves without the number."""
    staff = make_staff(5)
    async with in_memory(staff, {**ENTRA, "APPROVAL": "always", "REQUIRE_SECOND_PERSON": "held"}) as world:
        run = await world.drop("staff.xlsx", write_export(staff))
        await world.pump()
        planned = (await world.stored(run)).figures
        transport, cookies = httpx.ASGITransport(build(world.app)), {"__Host-console-form": "t" * 20}
        async with httpx.AsyncClient(transport=transport, base_url=SITE, cookies=cookies) as http:
            said = set()
            for people in (*range(planned["people"] + 1), "None", ""):
                form = {"token": "t" * 20, "people": str(people), "digest": (await world.stored(run)).digest}
                sent = await http.post(f"/console/runs/{run}/approve", data=form, headers={**OWN, **principal(APPROVE)})
                said.add((sent.status_code, "problem" in sent.text, sent.headers.get("Location")))

        assert 1 == len(said)
        assert 0 == world.writes
        assert () == (await world.stored(run)).attempt.approvers


@pytest.mark.asyncio(loop_scope="module")
async def test_the_first_page_tells_what_guards_the_accounts(world: InMemory) -> None:
    """When the sweep last ran, and since when a permission is missing; who started which run."""
    fresh = (await send(world, "home", principal(REPORTS))).text
    assert "none is missing" in fresh
    await world.app.times.note(SWEEP, world.clock.now())
    await world.app.times.note(MISSING_SINCE, world.clock.now())

    noted = (await send(world, "home", principal(REPORTS))).text
    assert "none is missing" not in noted
    assert fresh.count("not yet") == noted.count("not yet") + 1


async def test_the_first_page_offers_the_files_that_the_visitor_can_start() -> None:
    """However many newer ones others have checked, and only within the hour."""
    others = [(f"other{number}", SOMEBODY_ELSE, 0) for number in range(11)]
    file = csv("userPrincipalName,mobile", (person(1).userPrincipalName, number(21)))
    async with in_memory(Staff(()), ENTRA) as inside:
        inside.stand_in.tenant.put(person(1))
        for name, by, minutes in (("over", SOMEBODY, 30), ("mine", SOMEBODY, 31), *others):
            await inside.app.upload(UploadedFile(file, f"{name}.csv", RunOptions(preview=True, check=True), by))
            await inside.pump()
            inside.clock.leap_to(inside.clock.now() + timedelta(minutes=minutes))
        for caller, offered in ((principal(UPLOAD), ["mine.csv"]), (principal(REPORTS), [])):
            page = (await send(inside, "home", caller)).text
            waiting = page.partition('<ul class="waiting">')[2].partition("</ul>")[0]
            assert offered == re.findall(r'dir="auto">([^<]+)</a>', waiting)


@pytest.mark.parametrize("source", Source)
async def test_a_run_of_every_source_has_a_page_and_is_listed(source: Source) -> None:
    """Each with words for where its rows come from."""
    async with in_memory(make_staff(1), ENTRA) as inside:
        now = inside.clock.now()
        state = next(row.next_state for row in TRANSITIONS if not row.states and source in row.sources)
        assert state is not None
        run = Run(RUN, state, source, "name", now, (Attempt("timer"),), now, now)
        await inside.app.runs.insert(run)
        for name in ("show_run", "home"):
            answer = await send(inside, name, principal(*CallerRole))
            assert 200 == answer.status_code


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ((number(21), ""), ["•••• 21"]),
        ((number(21), number(22)), ["•••• 21", "•••• 22"]),
        (("", number(22)), ["•••• 22"]),
        (("remove", ""), ["nothing"]),
        (("letters", number(22)), ["•••• 22"]),
    ],
)
async def test_the_sample_of_a_check_shows_the_file_masked_and_tells_no_guess(
    cells: tuple[str, str], shown: list[str]
) -> None:
    """It is the same whatever the person has; others who see masked numbers see less."""
    pages = set[str]()
    for phones in ({}, {"mobile": number(21)}, {"mobile": number(22), "alternateMobile": number(21)}):
        async with in_memory(Staff(()), {**ENTRA, "ALLOW_REMOVALS": "true"}) as inside:
            someone = replace(person(1), phones=phones)
            inside.stand_in.tenant.put(someone)
            file = csv("userPrincipalName,mobile,alternateMobile", (someone.userPrincipalName, *cells))
            options = RunOptions(preview=True, check=True)
            run = await inside.app.upload(UploadedFile(file, "staff.csv", options, SOMEBODY))
            await inside.pump()
            page = (await send(inside, "show_run", principal(UPLOAD), run=run.id)).text
            assert shown == re.findall(r'→ <span class="number">([^<]*)</span>', page)
            pages.add(re.sub(rf"{run.id}|[0-9a-f]{{64}}", "…", page))
            other = await send(inside, "show_run", principal(REPORTS, oid=SOMEBODY_ELSE), run=run.id)
            assert "•••• 2" not in other.text
    assert 1 == len(pages)


async def test_a_change_that_graph_does_not_confirm_is_told_as_unknown() -> None:
    """Within seconds, with the run that tells the end, and without another question to Graph."""
    someone = person(1)
    async with in_memory(Staff(()), ENTRA) as inside:
        inside.stand_in.tenant.put(someone)
        calls = inside.app.single_calls
        await calls.read(someone.id)
        silent = writing_to(calls, SilentGraph(reads=True))
        vars(inside.app)["single_calls"] = replace(silent, answer_seconds=0.3)
        asked = {"action": "set", "phoneType": "mobile", "number": number(21), "confirmed": "yes"}
        told = await send(inside, "change_person", principal(READ, WRITE, REPORTS), person=someone.id, form=asked)
        ((run, _),) = await recorded(inside)
        assert (503, True) == (told.status_code, "Unknown yet" in told.text)
        assert f"/console/runs/{run.id}" in told.text
        for task in calls.ongoing.tasks:
            task.cancel()


async def test_an_undo_leads_to_the_run_that_it_starts_and_a_refused_one_back() -> None:
    someone = person(1)
    file = csv("userPrincipalName,mobile", (someone.userPrincipalName, number(21)))
    async with in_memory(Staff(()), ENTRA) as inside:
        inside.stand_in.tenant.put(someone)
        run = await inside.run_to_end("staff.csv", file)
        started = await send(inside, "undo_run", principal(APPROVE), run=run.id)
        undo = await inside.stored(started.headers["Location"].rpartition("/")[2])
        assert (303, Source.UNDO, run.id) == (started.status_code, undo.source, undo.undoes)
        refused = await send(inside, "undo_run", principal(APPROVE), run=undo.id)
        assert (409, True) == (refused.status_code, "not closed yet" in refused.text)


async def test_people_are_shown_by_name_and_by_id_where_nothing_else_is_known() -> None:
    """Who started and who decided; no address holds a name."""
    approver = Person(id=SOMEBODY_ELSE, userPrincipalName="ada@contoso.example", displayName="Ada Minh")
    file = csv("userPrincipalName,mobile", (person(1).userPrincipalName, number(21)))
    async with in_memory(Staff(()), ENTRA) as inside:
        for one in (person(1), approver):
            inside.stand_in.tenant.put(one)
        run = await inside.app.upload(UploadedFile(file, "staff.csv", RunOptions(approval=Approval.ALWAYS), SOMEBODY))
        await inside.pump()
        await inside.app.decisions.reject(run.id, SOMEBODY_ELSE, "no")
        reader = principal(REPORTS, oid="00000000-0000-4000-8000-0000000000ff")
        shown = (await send(inside, "show_run", reader, run=run.id)).text
        assert "Ada Minh" in shown
        assert "ada@contoso.example" in shown
        assert f"<code>{SOMEBODY}</code>" in shown
        assert SOMEBODY_ELSE not in shown
        assert f"<code>{SOMEBODY}</code>" in (await send(inside, "home", reader)).text
        inside.stand_in.tenant.put(
            replace(approver, id=SOMEBODY, displayName="", userPrincipalName="bo@contoso.example")
        )
        inside.clock.leap_to(inside.clock.now() + timedelta(hours=1))
        home = (await send(inside, "home", reader)).text
        assert "bo@contoso.example" in home
        assert not re.findall(r'(?:href|action)="[^"]*(?:Ada|ada|bo@)', shown + home)


async def test_the_uploader_reads_why_a_run_was_rejected() -> None:
    """On its page, in the list, and in the workbook that comes back."""
    file = csv("userPrincipalName,mobile", (person(1).userPrincipalName, number(21)))
    approver = Person(id=SOMEBODY_ELSE, userPrincipalName="ada@contoso.example", displayName="Ada Minh")
    async with in_memory(Staff(()), ENTRA) as inside:
        for one in (person(1), approver):
            inside.stand_in.tenant.put(one)
        run = await inside.app.upload(UploadedFile(file, "staff.csv", RunOptions(approval=Approval.ALWAYS), SOMEBODY))
        await inside.pump()
        form = {"note": "the <b>file</b>\x00 of\u202e\n last month"}
        rejected = await send(inside, "reject_run", principal(APPROVE, oid=SOMEBODY_ELSE), run=run.id, form=form)
        assert 303 == rejected.status_code
        await inside.pump()
        for page in ("show_run", "home"):
            shown = (await send(inside, page, principal(UPLOAD), run=run.id)).text
            assert "Rejected by Ada Minh: the &lt;b&gt;file&lt;/b&gt; of last month" in shown
        workbook = load_workbook(BytesIO(await inside.app.returns.read(await inside.stored(run.id))))
        summary = [str(cell) for row in workbook.worksheets[0].iter_rows(values_only=True) for cell in row]
        assert any(cell.endswith(": the <b>file</b> of last month") for cell in summary)
        assert "runs/redrive" in re.sub(
            run.id + "/", "", (await send(inside, "show_run", principal(APPROVE), run=run.id)).text
        )
        assert 303 == (await send(inside, "redrive_run", principal(APPROVE), run=run.id)).status_code


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("../../a.csv", "a.csv"),
        ("a\u202ecsv.exe.csv", "acsv.exe.csv"),
        ("C:\\x\\b.csv", "b.csv"),
        ("c" * 400, "c" * 200),
    ],
)
async def test_a_file_of_the_console_is_named_as_one_of_the_api(world: InMemory, sent: str, stored: str) -> None:
    """The last part of its path, without what cannot be printed, and not longer than a page can show."""
    transport, cookies = httpx.ASGITransport(build(world.app)), {"__Host-console-form": "t" * 20}
    async with httpx.AsyncClient(transport=transport, base_url=SITE, cookies=cookies) as http:
        form, files = {"token": "t" * 20, "action": "check"}, {"file": (sent, b"userPrincipalName,mobile\n")}
        answer = await http.post("/console/upload", data=form, files=files, headers={**OWN, **principal(UPLOAD)})
    assert stored == (await world.stored(answer.headers["Location"].rpartition("/")[2])).name


async def test_a_change_needs_the_yes_of_its_preview() -> None:
    """Whatever else stands in its place."""
    someone = person(1)
    async with in_memory(Staff(()), ENTRA) as inside:
        inside.stand_in.tenant.put(someone)
        for confirmed, writes in (("", 0), ("no", 0), ("YES", 0), ("yes", 1)):
            asked = {"action": "set", "phoneType": "mobile", "number": number(21), "confirmed": confirmed}
            await send(inside, "change_person", principal(WRITE), person=someone.id, form=asked)
            assert writes == inside.writes


async def test_a_check_is_called_a_check_everywhere() -> None:
    """On the page, in its title, and in the list, from its begin to each of its ends."""
    good = csv("userPrincipalName,mobile", (person(1).userPrincipalName, number(21)))
    async with in_memory(Staff(()), ENTRA) as inside:
        inside.stand_in.tenant.put(person(1))

        async def words(run: Run) -> str:
            page = (await send(inside, "show_run", principal(REPORTS), run=run.id)).text
            (title,) = re.findall(r"<title>name.csv, (.*) – ", page)  # noqa: RUF001 - a dash
            for shown in (page, (await send(inside, "home", principal(REPORTS))).text):
                assert f">{title}</span>" in shown
            return str(title)

        async def checked(data: bytes, *, check: bool = True) -> Run:
            options = RunOptions(preview=True, check=check)
            return await inside.app.upload(UploadedFile(data, "name.csv", options, SOMEBODY))

        run = await checked(good)
        said = [await words(run)]
        await inside.pump()
        said.append(await words(run))
        await inside.app.decisions.cancel(run.id, SOMEBODY)
        said.append(await words(run))
        expiring = await checked(good)
        await inside.pump()
        inside.clock.leap_to(inside.clock.now() + timedelta(hours=2))
        await inside.app.sweep()
        said.append(await words(expiring))
        for check in (True, False):
            failing = await checked(b"no,people\n1,2\n", check=check)
            await inside.pump()
            said.append(await words(failing))

    assert [
        "being checked",
        "checked, not started",
        "check cancelled",
        "check expired",
        "check failed",
        "preview, failed",
    ] == said
