"""Every screen, in light and dark, on a wide and a narrow display: axe finds no barrier, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from sandbox.exports import write_export
from sandbox.people import PersonKind, make_staff
from testing.browser import CHROMIUM, WHERE_FROM, Visitor, chromium, visiting
from testing.site import Served, site

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=WHERE_FROM)

STAFF = make_staff(60)
WIDTHS = (320, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NOBODYS = "1 202 555 0199"
"""A number without its plus, which nobody has; a preview proposes it."""


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


@dataclass
class Screen:
    """What a screen shows, and what is wrong with it, by how it is looked at."""

    seen: str
    """Content, address, and what the browser keeps."""
    faults: dict[str, list[str]]


@pytest.fixture(scope="module")
def screens(world: Served, browser: Browser) -> dict[str, Screen]:
    """Each screen is opened once, and looked at in every way."""
    found: dict[str, Screen] = {}
    with visiting(browser, world.url, "administrator") as admin:
        for name, address in addresses(world).items():
            admin.open(address)
            found[name] = looked_at(admin)
            if name == "find":
                admin.page.fill("#who", "a")
                admin.press("Find")
                found["several people"] = looked_at(admin)
            if name == "run":
                admin.page.fill("#text", "a")
                admin.press("Find")
                found["found rows"] = looked_at(admin)
            if name == "person":
                admin.page.fill("#number", NOBODYS)
                admin.press("Show what would happen")
                found["refused preview"] = looked_at(admin)
    return found


def looked_at(admin: Visitor) -> Screen:
    page, faults = admin.page, dict[str, list[str]]()
    seen = page.content() + page.url + page.evaluate("JSON.stringify({...localStorage})")
    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        faults[f"{width} {scheme}"] = admin.violations()
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults[f"{width} {scheme}"].append("wider than the display")
    return Screen(seen, {way: found for way, found in faults.items() if found})


def test_no_screen_has_a_barrier(screens: dict[str, Screen]) -> None:
    """By axe; and no page is wider than the display."""
    assert {} == {name: screen.faults for name, screen in screens.items() if screen.faults}


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


def test_no_address_or_page_holds_a_number(world: Served, screens: dict[str, Screen]) -> None:
    """Pages are masked, titles and stores of the browser too; one row shows its numbers on demand, and says so."""
    numbers = {number.replace(" ", "")[-7:] for kinds in world.inside.directory().values() for number in kinds.values()}
    told = {name: [one for one in numbers if one in screen.seen.replace(" ", "")] for name, screen in screens.items()}
    assert {} == {name: found for name, found in told.items() if found}
