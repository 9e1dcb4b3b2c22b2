"""Pictures of the console's screens for the documentation: `python -m tools.console_pictures FOLDER`.

The app runs in memory, with made-up people. Make the pictures again when a page has changed, and look at each before it
is committed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from sandbox.exports import write_export
from sandbox.people import PersonKind, make_staff
from testing.browser import Visitor, chromium, visiting
from testing.site import Served, site

_STAFF = make_staff(120)
_WIDE, _NARROW = {"width": 1180, "height": 780}, {"width": 390, "height": 844}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"REQUIRE_SECOND_PERSON": "held", "APPROVAL": "always"}
    with tempfile.TemporaryDirectory() as scratch, site(_STAFF, settings) as world, chromium() as browser:
        export = Path(scratch) / "staff.xlsx"
        write_export(_STAFF, file=export)
        held = world.run(world.inside.drop("staff November.xlsx", export.read_bytes()))
        world.pump()
        _held(world, browser, held, folder)
        _finished(world, browser, held, folder)
        _checked(world, browser, export, folder)


def _held(world: Served, browser: Browser, held: str, folder: Path) -> None:
    with visiting(browser, world.url, "administrator", viewport=_WIDE) as admin:
        _picture(admin, "", folder / "console-home.png")
        _picture(admin, f"/runs/{held}", folder / "console-run.png")
        _approve(admin)
    with visiting(browser, world.url, "second administrator") as second:
        second.open(f"/runs/{held}")
        _approve(second)
    world.pump()


def _checked(world: Served, browser: Browser, export: Path, folder: Path) -> None:
    with visiting(browser, world.url, "HR", viewport=_WIDE) as hr:
        _picture(hr, "/upload", folder / "console-upload.png")
        hr.page.set_viewport_size({"width": _WIDE["width"], "height": 1240})
        hr.page.set_input_files("#file", str(export))
        hr.press("Check the file")
        world.pump()
        hr.page.reload()
        hr.page.screenshot(path=folder / "console-checked.png")


def _approve(visitor: Visitor) -> None:
    visitor.page.fill("#people", visitor.page.inner_text("label[for=people]").split()[0])
    visitor.press("Approve this plan")


def _finished(world: Served, browser: Browser, run: str, folder: Path) -> None:
    person = next(one.person.id for one in _STAFF.members if one.kind is PersonKind.OTHER_NUMBER and one.person)
    world.run(world.inside.app.reconcile("timer"))
    world.pump()
    with visiting(browser, world.url, "administrator", viewport=_WIDE, color_scheme="dark") as admin:
        _picture(admin, f"/runs/{run}?state=refused", folder / "console-result-dark.png")
    with visiting(browser, world.url, "administrator", viewport=_WIDE) as admin:
        _picture(admin, f"/people/{person}", folder / "console-person.png")
        _picture(admin, "/drift", folder / "console-drift.png")
        _picture(admin, "/health", folder / "console-health.png")
    with visiting(browser, world.url, "administrator", viewport=_NARROW) as admin:
        _picture(admin, f"/runs/{run}", folder / "console-run-narrow.png")


def _picture(visitor: Visitor, address: str, file: Path) -> None:
    visitor.open(address)
    visitor.page.screenshot(path=file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
