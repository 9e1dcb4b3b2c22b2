"""What HR, administrators, the help desk and auditors do in the console, with scripts and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sandbox.exports import write_export
from sandbox.graph.person import Person
from sandbox.people import PersonKind, make_staff
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.flows.pipeline.gate import CHECK_LASTS
from testing.browser import CHROMIUM, WHERE_FROM, Visitor, chromium, visiting
from testing.site import Served, site
from tests.flows.intake.test_refused_files import OLE2_ENCRYPTED

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=WHERE_FROM)

HR, HELP_DESK, ADMIN, SECOND, AUDITOR, NOBODY = (
    "HR",
    "help desk",
    "administrator",
    "second administrator",
    "auditor",
    "no role yet",
)
STAFF = make_staff(60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("export") / "staff.xlsx"
    write_export(STAFF, file=file)
    return file


@pytest.fixture
def world() -> Iterator[Served]:
    with site(STAFF, {"APPROVAL": "always", "REQUIRE_SECOND_PERSON": "held"}) as found:
        yield found


def test_an_administrator_erases_what_is_stored_about_a_person(world: Served, browser: Browser, export: Path) -> None:
    """What is found is shown first; while a run with the person is open, there is no button."""
    person = person_of(PersonKind.GREENFIELD)
    with visiting(browser, world.url, ADMIN) as admin:
        upload(admin, export, "Start", world)
        admin.open(f"/people/{person.id}")
        admin.press("Show what is stored")
        assert admin.says("Not possible yet")
        assert not admin.says("Erase all of it")

        (run,) = world.run(_open_runs(world))
        world.run(world.inside.app.decisions.reject(run.id, "somebody"))
        world.run(world.inside.storage.container("quarantine").write("secret.xlsx", OLE2_ENCRYPTED))
        world.pump()
        admin.open(f"/people/{person.id}")
        admin.press("Show what is stored")
        assert admin.says("Files that name the person")
        assert admin.says("They stay. Open them")
        assert [] == admin.violations()
        admin.press("Erase")
        assert admin.says("This was stored. What it says about the person is erased")
        assert not admin.says("Erase all of it")


async def _open_runs(world: Served) -> list[Run]:
    return [run async for run in world.inside.app.runs.not_closed()]


def person_of(kind: PersonKind) -> Person:
    return next(one.person for one in STAFF.members if one.kind is kind and one.person)


def upload(visitor: Visitor, file: Path, button: str, world: Served) -> None:
    """Send the file by this button, and see what has become of it."""
    visitor.open("/upload")
    visitor.page.set_input_files("#file", str(file))
    visitor.press(button)
    world.pump()
    visitor.page.reload()


def people_of(visitor: Visitor) -> str:
    """How many people the page says would be written to."""
    return visitor.page.inner_text("label[for=people]").split()[0]


def approve(visitor: Visitor, people: str) -> None:
    visitor.page.fill("#people", people)
    visitor.press("Approve this plan")


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.long)], ids=["scripts", "no scripts"])
def test_hr_uploads_and_one_approves(world: Served, browser: Browser, export: Path, *, scripts: bool) -> None:
    """HR checks a wrong file, then the right one, and starts it; it is held and approved; HR gets the result."""
    with visiting(browser, world.url, HR, java_script_enabled=scripts) as hr:
        hr.open("")
        hr.press("Upload a file")
        hr.page.set_input_files("#file", {"name": "notes.xlsx", "mimeType": "text/plain", "buffer": b"no workbook"})
        hr.press("Check the file")
        world.pump()
        hr.page.reload()
        assert hr.says("check failed")
        upload(hr, export, "Check the file", world)
        assert hr.says("checked, not started")
        assert hr.says("How each column was read")
        assert hr.says("not used")
        assert 5 == hr.page.locator("table.rows tbody tr").count()
        before = world.inside.writes
        hr.press("Start a run with this file")
        world.pump()
        hr.page.reload()
        assert hr.says("held")
        assert not hr.says("Approve this plan")
        address = hr.page.url.removeprefix(f"{world.url}/console")

    with visiting(browser, world.url, ADMIN, java_script_enabled=scripts) as admin:
        admin.open("")
        assert admin.says("Waiting for you")
        admin.open(address)
        people = people_of(admin)
        approve(admin, "1234567")
        assert admin.says("is not the number of people")
        approve(admin, people)
        world.pump()
        admin.page.reload()
        assert admin.says("finished")
        assert world.inside.writes > before

    with visiting(browser, world.url, HR, java_script_enabled=scripts) as hr:
        hr.open(address)
        assert hr.page.locator("text=Download the result").count()
        assert not hr.page.locator("text=Download the plan").count()


def test_only_who_checked_a_file_starts_it_and_once(world: Served, browser: Browser, export: Path) -> None:
    with visiting(browser, world.url, HR) as hr:
        upload(hr, export, "Check the file", world)
        checked = hr.page.url
        with visiting(browser, world.url, ADMIN) as admin:
            admin.page.goto(checked)
            assert not admin.page.locator("text=Start a run with this file").count()
            admin.open("")
            assert not admin.page.locator(".waiting").count()
        hr.open("")
        assert "staff.xlsx" in hr.page.inner_text(".waiting")
        with visiting(browser, world.url, HR) as other_window:
            for window in (hr, other_window):
                window.page.goto(checked)
            for window in (hr, other_window):
                window.press("Start a run with this file")
                assert checked == window.page.url
        world.pump()
        (run,) = world.run(_open_runs(world))
        assert 2 == len(run.attempts)


def test_a_checked_file_expires_and_is_gone(world: Served, browser: Browser, export: Path) -> None:
    """The page of the check says so; its button, pressed in a window that was left open, starts nothing."""
    with visiting(browser, world.url, HR) as hr:
        upload(hr, export, "Check the file", world)
        (run,) = world.run(_open_runs(world))
        world.inside.clock.leap_to(run.updated_at + CHECK_LASTS)
        hr.press("Start a run with this file")
        assert [run] == world.run(_open_runs(world))
        world.run(world.inside.app.sweep())
        world.pump()
        hr.page.reload()
        assert hr.says("was not started within an hour")
        assert not hr.page.locator("text=Start a run with this file").count()
        assert not hr.page.locator("text=Download the").count()
        assert [] == hr.violations()


def test_nobody_approves_their_own_upload(world: Served, browser: Browser, export: Path) -> None:
    """A second person has to."""
    with visiting(browser, world.url, ADMIN) as admin:
        upload(admin, export, "Start the run", world)
        people = people_of(admin)
        approve(admin, people)
        world.pump()
        assert admin.says("Not done") or admin.says("held")
        assert 0 == world.inside.writes
    with visiting(browser, world.url, SECOND) as second:
        second.page.goto(admin.page.url.removesuffix("/approve"))
        approve(second, people)
        world.pump()
        second.page.reload()
        assert second.says("finished")
        assert world.inside.writes > 0


def test_a_stale_plan_is_not_approved_and_a_run_can_be_rejected(world: Served, browser: Browser, export: Path) -> None:
    with visiting(browser, world.url, ADMIN) as admin:
        upload(admin, export, "Start the run", world)
    with visiting(browser, world.url, SECOND) as second:
        second.page.goto(admin.page.url)
        people = people_of(second)
        second.page.evaluate("document.querySelector('[name=digest]').value = 'f'.repeat(64)")
        approve(second, people)
        assert second.says("Not done")
        assert 0 == world.inside.writes
        second.page.fill("#note", "the file of last month")
        second.press("Reject")
        assert second.says("rejected")
        assert second.says("the file of last month")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_help_desk_sets_a_number_by_the_keyboard(world: Served, browser: Browser, *, scripts: bool) -> None:
    """With a preview; what was done is heard once."""
    person = person_of(PersonKind.GREENFIELD)
    with visiting(browser, world.url, HELP_DESK, java_script_enabled=scripts) as desk:
        desk.open("/people")
        desk.enter("Name, sign-in name", "nobody@contoso.example")
        assert desk.hears("Not done")
        for name in (person.employeeId, person.id, person.userPrincipalName, person.displayName):
            desk.open("/people")
            desk.page.fill("#who", name or "")
            desk.press("Find")
            assert f"/people/{person.id}" in desk.page.url
        desk.enter("Number, with +", "+1 202 555 0143")
        assert 0 == world.inside.writes
        assert desk.hears("This would happen")
        desk.enter("Do it")
        assert desk.hears("Done: the number is set.")
        assert 1 == world.inside.writes
        desk.page.reload()
        assert not desk.says("Done")
        assert "0143" not in desk.page.inner_text("main")
    assert world.inside.directory()[person.id][PhoneType.MOBILE].endswith("0143")


def test_an_administrator_is_off_limits_for_the_help_desk(world: Served, browser: Browser) -> None:
    """It is said before anything is tried, and no form offers it."""
    with visiting(browser, world.url, HELP_DESK) as desk:
        desk.open(f"/people/{person_of(PersonKind.ADMINISTRATOR).id}")
        assert desk.says("Protected account")
        assert not desk.page.locator("#number").count()


def test_an_auditor_sees_and_changes_nothing(world: Served, browser: Browser, export: Path) -> None:
    """By the keyboard, with scripts and without."""
    with visiting(browser, world.url, ADMIN) as admin:
        upload(admin, export, "Start the run", world)
    for scripts in (True, False):
        with visiting(browser, world.url, AUDITOR, java_script_enabled=scripts) as auditor:
            auditor.open("")
            for link, heading in (("Drift", "Drift"), ("Health", "Health"), ("Home", "Newest runs")):
                auditor.enter(link)
                assert auditor.says(heading)
                assert not auditor.page.locator("form").count()
            auditor.enter("staff.xlsx")
            assert auditor.says("held")
            assert not auditor.page.locator("form:not([role=search])").count()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_without_a_role_the_page_names_the_roles(world: Served, browser: Browser, *, scripts: bool) -> None:
    with visiting(browser, world.url, NOBODY, java_script_enabled=scripts) as nobody:
        nobody.open("")
        assert nobody.says("Runs.Upload")
