"""Every screen, in light and dark, on a wide and a narrow display: axe finds no barrier, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sandbox.exports import write_export
from sandbox.people import PersonKind, make_staff
from testing.browser import CHROMIUM, WHERE_FROM, chromium, visiting
from testing.site import Served, site

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=WHERE_FROM)

STAFF = make_staff(100)
WIDTHS = (320, 1280)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One run is finished, one is held, and a reconcile has found what a person has changed."""
    file: Path = tmp_path_factory.mktemp("export") / "staff.xlsx"
    write_export(STAFF, file=file)
    with site(STAFF, {"APPROVAL": "limits", "MAX_CREATE_SHARE": "1", "MAX_UPDATE_SHARE": "1"}) as found:
        found.run(found.inside.drop("staff.xlsx", file.read_bytes()))
        found.pump()
        found.run(found.inside.app.reconcile("timer"))
        found.pump()
        yield found


def addresses(world: Served) -> dict[str, str]:
    runs = world.run(_runs(world))
    person = next(one.person.id for one in STAFF.members if one.kind is PersonKind.GREENFIELD and one.person)
    admin = next(one.person.id for one in STAFF.members if one.kind is PersonKind.ADMINISTRATOR and one.person)
    return {
        "home": "",
        "upload": "/upload",
        "run": f"/runs/{runs[-1]}",
        "reconcile": f"/runs/{runs[0]}",
        "row": f"/runs/{runs[-1]}/rows/4",
        "find": "/people",
        "person": f"/people/{person}",
        "protected person": f"/people/{admin}",
        "drift": "/drift",
        "health": "/health",
        "error": "/runs/20261121T080000Z-0123456789",
    }


async def _runs(world: Served) -> list[str]:
    return [run.id async for run in world.inside.app.runs.newest_first(world.inside.clock.now())]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_screen_has_a_barrier(world: Served, browser: Browser, width: int, scheme: str) -> None:
    """By axe; and no page is wider than the display."""
    found: dict[str, list[str]] = {}
    size = {"width": width, "height": 900}
    with visiting(browser, world.url, "administrator", viewport=size, color_scheme=scheme) as admin:
        for name, address in addresses(world).items():
            admin.open(address)
            found[name] = admin.violations()
            if admin.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[name].append("wider than the display")
    assert {} == {name: faults for name, faults in found.items() if faults}


def test_everything_is_reached_by_the_keyboard(world: Served, browser: Browser) -> None:
    """The first stop skips to the content; each further stop is visible."""
    with visiting(browser, world.url, "administrator") as admin:
        admin.open("")
        stops = []
        for _ in range(12):
            admin.page.keyboard.press("Tab")
            stops.append(admin.page.evaluate("document.activeElement.textContent.trim()"))
        assert "Skip to the content" == stops[0]
        assert {"Home", "Upload", "Person", "Drift", "Health", "Sign out"} <= set(stops)


def test_no_address_or_page_holds_a_number(world: Served, browser: Browser) -> None:
    """Pages are masked, titles and stores of the browser too; one row shows its numbers on demand, and says so."""
    numbers = {number.replace(" ", "")[-7:] for kinds in world.inside.directory().values() for number in kinds.values()}
    with visiting(browser, world.url, "administrator") as admin:
        for address in addresses(world).values():
            admin.open(address)
            seen = admin.page.content() + admin.page.url + admin.page.evaluate("JSON.stringify({...localStorage})")
            assert not [number for number in numbers if number in seen.replace(" ", "")]
