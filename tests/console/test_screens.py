"""Every screen, in light and dark, on a wide and a narrow display: axe finds no barrier, and nothing is cut off.

Colours depend on light and dark, and the layout on the width, so two of the four ways show every rule at work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from sandbox.exports import write_export
from sandbox.people import PersonKind, Staff, make_staff
from testing.browser import CHROMIUM, WHERE_FROM, Visitor, chromium, visiting
from testing.site import SESSION, Served, site

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=WHERE_FROM)

STAFF = make_staff(60)
type Way = tuple[int, Literal["light", "dark"]]
"""Width and colours of the display."""
TWO_WAYS: tuple[Way, ...] = ((320, "light"), (1280, "dark"))
OTHER_WAYS: tuple[Way, ...] = ((320, "dark"), (1280, "light"))
OTHER_SITES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("no runs", {}, ""),
    ("no drift", {}, "/drift"),
    ("keys", {"AUTH_MODE": "key"}, ""),
)
"""What a new app shows, and one that does not know its visitors."""
NOT_FOR_PAPER = """() => {
  const shown = [...document.querySelectorAll('nav, form, button, .button')].filter(one => one.offsetParent);
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  return [...shown.map(one => `${one.tagName} ${one.textContent}`), ...(paper === 'rgb(255, 255, 255)' ? [] : [paper])];
}"""
"""What a printed page shows and should not: how to go on, and the dark background of the display."""
NOBODYS = "1 202 555 0199"
"""A number without its plus, which nobody has; a preview proposes it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("export") / "staff.xlsx"
    write_export(STAFF, file=found)
    return found


@pytest.fixture(scope="module")
def world(file: Path) -> Iterator[Served]:
    with after_a_run(file) as found:
        yield found


@contextmanager
def after_a_run(file: Path) -> Iterator[Served]:
    """One run is finished, and a reconcile has found what a person has changed."""
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
        "unknown run": "/runs/20261121T080000Z-0123456789",
        "unknown address": "/nothing",
    }


async def _runs(world: Served) -> list[str]:
    return [run.id async for run in world.inside.app.runs.newest_first(world.inside.clock.now())]


@dataclass
class Screen:
    """What a screen shows, and what is wrong with it, by how it is looked at."""

    seen: str
    """Content, address, and what the browser keeps."""
    faults: dict[str, list[str]]


def look_for_more(screens: dict[str, Screen], name: str, visitor: Visitor, ways: Sequence[Way]) -> None:
    """Where the screen has a form, what it answers."""
    match name:
        case "find":
            visitor.page.fill("#who", "nobody@contoso.example")
            visitor.press("Find")
            screens["nobody found"] = looked_at(visitor, ways)
            visitor.page.fill("#who", "a")
            visitor.press("Find")
            screens["several people"] = looked_at(visitor, ways)
        case "run":
            visitor.page.fill("#text", "a")
            visitor.press("Find")
            screens["found rows"] = looked_at(visitor, ways)
        case "person":
            visitor.page.fill("#number", NOBODYS)
            visitor.press("Show what would happen")
            screens["refused preview"] = looked_at(visitor, ways)


@pytest.fixture(scope="module")
def screens(world: Served, browser: Browser, file: Path) -> dict[str, Screen]:
    return seen(world, browser, file, TWO_WAYS)


def seen(world: Served, browser: Browser, file: Path, ways: Sequence[Way]) -> dict[str, Screen]:
    """Each screen is opened once, and looked at in these ways."""
    found: dict[str, Screen] = {}
    with visiting(browser, world.url, "administrator") as admin:
        for name, address in addresses(world).items():
            admin.open(address)
            found[name] = looked_at(admin, ways)
            look_for_more(found, name, admin, ways)
        without_graph(world)
        admin.open(addresses(world)["person"])
        assert admin.says("Unknown yet")
        found["silent Graph"] = looked_at(admin, ways)
    with visiting(browser, world.url, "no role yet") as nobody:
        nobody.open("")
        found["no role"] = looked_at(nobody, ways)
    with visiting(browser, world.url, "HR") as hr:
        hr.open("/upload")
        hr.page.set_input_files("#file", str(file))
        hr.press("Check the file")
        world.pump()
        hr.page.reload()
        found["checked"] = looked_at(hr, ways)
        hr.page.context.clear_cookies(name=SESSION)
        hr.press("Start a run")
        assert hr.says("You are signed out")
        found["signed out"] = looked_at(hr, ways)
    for name, settings, address in OTHER_SITES:
        with site(Staff(()), settings) as other, visiting(browser, other.url, "administrator") as admin:
            admin.open(address)
            found[name] = looked_at(admin, ways)
    return found


def without_graph(world: Served) -> None:
    """Have Graph answer later than a person can wait."""
    calls = world.inside.app.single_calls
    vars(world.inside.app)["single_calls"] = replace(calls, answer_seconds=0)


def looked_at(admin: Visitor, ways: Sequence[Way]) -> Screen:
    page, faults = admin.page, dict[str, list[str]]()
    seen = page.content() + page.url + page.evaluate("JSON.stringify({...localStorage})")
    for width, scheme in ways:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        faults[f"{width} {scheme}"] = admin.violations()
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults[f"{width} {scheme}"].append("wider than the display")
    page.emulate_media(media="print")
    faults["print"] = page.evaluate(NOT_FOR_PAPER)
    page.emulate_media(media="screen")
    return Screen(seen, {way: found for way, found in faults.items() if found})


def test_no_screen_has_a_barrier(screens: dict[str, Screen]) -> None:
    """By axe; no page is wider than the display; and on paper there is nothing to press."""
    assert {} == {name: screen.faults for name, screen in screens.items() if screen.faults}


@pytest.mark.long
def test_no_screen_has_a_barrier_in_any_other_way(browser: Browser, file: Path) -> None:
    """As above."""
    with after_a_run(file) as world:
        screens = seen(world, browser, file, OTHER_WAYS)
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
