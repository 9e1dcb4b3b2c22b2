"""Old content holds its run when it would take people back to older values, and never an ordinary export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from shared.core.run.returned import done_name
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from shared.flows.intake.lost_exports import LOST_AFTER
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, person, tenant_of

PEOPLE = range(1, 6)
REPEATED, DATED = "the same content as run", "the last applied file of its folder"


def five_people(**settings: str) -> AbstractAsyncContextManager[InMemory]:
    """Without the safety limits that small changes of few people would exceed."""
    given = {"MAX_UPDATE_SHARE": "1", "SMALL_SET": "1000", "ON_EXISTING": "overwrite", **settings}
    return tenant_of([person(one) for one in PEOPLE], (), None, **given)


def month(values: Mapping[int, int]) -> bytes:
    """An export as text: the last digits of the mobile by person."""
    return csv("employeeId,mobile", *((f"E{one}", number(last)) for one, last in values.items()))


def saved(values: Mapping[int, int], at: datetime, comment: bytes = b"") -> bytes:
    """The same as a workbook that was saved at this time; another comment makes other bytes."""
    book, stream, dated = Workbook(), BytesIO(), BytesIO()
    sheet = book.worksheets[0]
    sheet.append(("employeeId", "mobile"))
    for one, last in values.items():
        sheet.append((f"E{one}", number(last)))
    book.save(stream)
    with ZipFile(stream) as old, ZipFile(dated, "w") as new:
        new.comment = comment
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":  # openpyxl writes the time of this moment
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + f"{at:%FT%TZ}".encode(), part)
            new.writestr(name, part)
    return dated.getvalue()


OCTOBER = {one: 10 + one for one in PEOPLE}
NOVEMBER = {**OCTOBER, 2: 32, 4: 34}


async def later(world: InMemory, name: str, data: bytes, *, days: float = 1) -> Run:
    """Drop a file some days later, and let its run go as far as it can."""
    world.clock.leap_to(world.clock.now() + timedelta(days=days))
    return await world.run_to_end(name, data)


async def touch(world: InMemory, name: str, *, by_sweep: bool) -> Run:
    """A flow sets metadata on the blob: its ETag and time change, its content does not."""
    world.clock.leap_to(world.clock.now() + timedelta(days=1))
    container = world.storage.container("hr-exports")
    await container.write(name, await container.read(name), metadata={"seenby": "a flow"})
    info = await container.info(name)
    assert info is not None
    if by_sweep:
        world.clock.leap_to(world.clock.now() + LOST_AFTER * 2)
        await world.app.sweep()
    else:
        await world.app.split(name)
    await world.pump()
    return await world.stored(run_id(info.last_modified, "hr-exports", name, info.etag))


def mobiles(world: InMemory) -> dict[int, str | None]:
    methods = {user.person.employeeId: user.methods for user in world.stand_in.tenant.people.values()}
    return {one: methods[f"E{one}"].get(PhoneType.MOBILE) for one in PEOPLE}


@pytest.mark.parametrize("by_sweep", [True, False])
async def test_a_touched_export_is_not_a_new_one(*, by_sweep: bool) -> None:
    """October's blob gets metadata after November's was applied: the run is held and says how many it takes back."""
    async with five_people() as world:
        first = await later(world, "october.csv", month(OCTOBER))
        await later(world, "november.csv", month(NOVEMBER))
        before = mobiles(world)

        run = await touch(world, "october.csv", by_sweep=by_sweep)

        assert RunState.HELD is run.state
        assert f"{REPEATED} {first.id}" in run.message
        assert "2 people would be taken back" in run.message
        assert "MAX_" not in run.message
        assert before == mobiles(world)


@pytest.mark.parametrize("name", ["copy.csv", "full/october.csv", "hr/october.csv"])
async def test_a_copy_is_not_a_new_export(name: str) -> None:
    """Wherever it is copied to; approved, it is applied, because a person may want exactly this."""
    async with five_people(EXPORT_FOLDERS="hr") as world:
        await later(world, "october.csv", month(OCTOBER))
        await later(world, "november.csv", month(NOVEMBER))

        run = await later(world, name, month(OCTOBER))
        assert (RunState.HELD, True) == (run.state, "2 people would be taken back" in run.message)

        await world.app.decisions.approve(run.id, run.digest, "a person")
        await world.pump()
        assert {one: number(last) for one, last in OCTOBER.items()} == mobiles(world)
        again = await later(world, f"{name}2.csv", month(OCTOBER))
        assert RunState.FINISHED is again.state


@pytest.mark.parametrize("form", ["line ends", "order", "headings", "metadata", "another layout"])
async def test_the_same_rows_in_other_bytes_are_old(form: str) -> None:
    """Other line ends, another order, a file saved again: what the file asks for is October's."""
    async with five_people() as world:
        whole = world.clock.now() + timedelta(days=40)
        before = saved(OCTOBER, whole) if form == "metadata" else month(OCTOBER)
        again = {
            "line ends": month(OCTOBER).replace(b"\n", b"\r\n") + b"\r\n",
            "order": month(dict(reversed(OCTOBER.items()))),
            "headings": month(OCTOBER).replace(b"employeeId,mobile", b"Employee ID,Mobile phone"),
            "metadata": saved(OCTOBER, whole, b"saved again"),
            "another layout": csv(
                "mobile,department,employeeId", *((number(last), "Sales", f"E{one}") for one, last in OCTOBER.items())
            ),
        }[form]
        assert before != again
        first = await later(world, "october.csv" if form != "metadata" else "october.xlsx", before)
        await later(world, "november.csv", month(NOVEMBER))

        run = await later(world, "copy.xlsx" if form == "metadata" else "copy.csv", again)

        assert RunState.HELD is run.state
        assert f"{REPEATED} {first.id}" in run.message
        assert "2 people would be taken back" in run.message


async def test_one_other_row_is_other_content() -> None:
    """One more person, or the same row twice, is no old content by its rows."""
    async with five_people() as world:
        await later(world, "october.csv", month(OCTOBER))
        await later(world, "november.csv", month(NOVEMBER))

        twice = await later(world, "twice.csv", month(OCTOBER) + month({1: 11}).partition(b"\n")[2])
        other = await later(world, "other.csv", month({**OCTOBER, 1: 19}))

        assert [] == [note for run in (twice, other) for note in run.notes if "same content" in note]


async def test_a_preview_of_old_content_says_what_it_would_take_back() -> None:
    """A preview is not held; its notes say it."""
    async with five_people() as world:
        await later(world, "october.csv", month(OCTOBER))
        await later(world, "november.csv", month(NOVEMBER))

        run = await later(world, "preview/october.csv", month(OCTOBER))

        assert RunState.FINISHED is run.state
        assert [False, True] == ["2 people would be taken back" in note for note in run.notes]


async def test_approval_never_rejects_old_content() -> None:
    """Where nobody approves, nobody is taken back."""
    async with five_people(APPROVAL="never") as world:
        await later(world, "october.csv", month(OCTOBER))
        await later(world, "november.csv", month(NOVEMBER))

        run = await later(world, "copy.csv", month(OCTOBER))

        assert (RunState.REJECTED, True) == (run.state, "2 people would be taken back" in run.message)


async def test_content_that_is_older_by_its_own_date_is_held() -> None:
    """October's workbook, saved in another form: other bytes, an older date."""
    async with five_people() as world:
        now = world.clock.now()
        first = await later(world, "november.xlsx", saved(NOVEMBER, now))

        run = await later(world, "october.xlsx", saved(OCTOBER, now - timedelta(days=30)))

        assert RunState.HELD is run.state
        assert f"{DATED} ({first.id})" in run.message
        assert "2 people would be taken back" in run.message
        elsewhere = await later(world, "full/october.xlsx", saved(OCTOBER, now - timedelta(days=29)))
        assert RunState.FINISHED is elsewhere.state  # dates are compared within a folder


@pytest.mark.parametrize(
    ("pattern", "last", "old"),
    [("%Y-%m", "staff 2026-11.csv", "staff 2026-10.csv"), ("%d.%m.%Y", "20.11.2026.csv", "19.11.2026.csv")],
)
async def test_the_date_in_the_name_counts(pattern: str, last: str, old: str) -> None:
    """Text files have no date of their own."""
    async with five_people(EXPORT_DATE_PATTERN=pattern) as world:
        await later(world, last, month(NOVEMBER))

        run = await later(world, old, month(OCTOBER))

        assert (RunState.HELD, True) == (run.state, DATED in run.message)


async def test_a_date_after_the_upload_counts_as_the_upload() -> None:
    """A clock that is wrong, or a period that ends later, does not make every later export an old one."""
    async with five_people(EXPORT_DATE_PATTERN="%Y-%m-%d") as world:
        early = await later(world, "staff 2031-01-01.csv", month(OCTOBER))
        assert early.export_time == early.content_date

        run = await later(world, "staff 2026-11-30.csv", month(NOVEMBER), days=20)

        assert RunState.FINISHED is run.state


async def test_a_period_in_the_name_hides_no_age() -> None:
    """Nobody knows whether its first or its last day is that of the content, so the run is held before a write."""
    async with five_people(EXPORT_DATE_PATTERN="%Y%m%d") as world:
        await later(world, "staff 20261120.csv", month(NOVEMBER))
        current = mobiles(world)

        old = await later(world, "staff 20260101-20261231.csv", month(OCTOBER))

        assert (RunState.HELD, None) == (old.state, old.content_date)
        assert "the file's name has several dates" in old.message
        assert current == mobiles(world)


async def test_a_pattern_with_text_selects_a_date_of_a_period() -> None:
    """Whoever sets it has said which one counts."""
    async with five_people(EXPORT_DATE_PATTERN="-%Y%m%d") as world:
        assert RunState.FINISHED is (await later(world, "20261101-20261130.csv", month(NOVEMBER))).state

        old = await later(world, "20261001-20261031.csv", month(OCTOBER))

        assert (RunState.HELD, True) == (old.state, DATED in old.message)


async def test_the_run_in_the_name_of_a_moved_export_is_no_date_of_its_content() -> None:
    """The app has added it, and it would be a second date."""
    async with five_people(EXPORT_DATE_PATTERN="%Y%m%d") as world:
        first = await later(world, "staff 20261101.csv", month(OCTOBER))

        again = await later(world, done_name(first), month(NOVEMBER))

        assert (RunState.FINISHED, first.content_date) == (again.state, again.content_date)


async def test_two_files_of_one_folder_about_different_people() -> None:
    """The older one takes nobody back, because the newer one set nobody of it."""
    async with five_people() as world:
        now = world.clock.now()
        north, south = {1: 11, 2: 12}, {3: 13, 4: 14}
        for week in range(4):
            world.clock.leap_to(now + timedelta(days=7 * week))
            for name, values, age in (("south", south, 0), ("north", north, 1)):
                changed = {one: last + 10 * week for one, last in values.items()}
                data = saved(changed, now + timedelta(days=7 * week - age))
                assert RunState.FINISHED is (await later(world, f"{name}{week}.xlsx", data, days=0.01)).state


async def test_an_unchanged_repeat_is_not_held() -> None:
    """The same file every week, also after a newer one that asked for the same of these people."""
    async with five_people() as world:
        for name in ("a.csv", "b.csv", "c.csv"):
            assert RunState.FINISHED is (await later(world, name, month(OCTOBER))).state
        assert RunState.FINISHED is (await later(world, "few.csv", month({1: OCTOBER[1]}))).state
        assert RunState.FINISHED is (await later(world, "d.csv", month(OCTOBER))).state


async def test_a_file_that_was_previewed_before_is_not_held() -> None:
    """Preview first, then the real drop of the same bytes."""
    async with five_people() as world:
        await later(world, "october.csv", month(OCTOBER))
        await later(world, "preview/november.csv", month(NOVEMBER))

        assert RunState.FINISHED is (await later(world, "november.csv", month(NOVEMBER))).state


async def test_a_removal_is_not_undone_by_old_content() -> None:
    """November removed a number that October has: its record is gone, and the person counts all the same."""
    async with five_people(ALLOW_REMOVALS="true") as world:
        await later(world, "october.csv", month(OCTOBER))
        november = await later(world, "november.csv", csv("employeeId,mobile", ("E1", "remove")))
        await world.app.decisions.approve(november.id, november.digest, "a person")
        await world.pump()
        assert mobiles(world)[1] is None

        run = await later(world, "copy.csv", month(OCTOBER))

        assert (RunState.HELD, True) == (run.state, "1 person would be taken back" in run.message)


async def test_an_old_full_export_that_changes_nobody_is_not_held() -> None:
    """Whom it lists no longer decides alone: the removal of leavers waits for a person in any case."""
    async with five_people() as world:
        await later(world, "full/october.csv", month(OCTOBER))
        await later(world, "full/november.csv", month({one: OCTOBER[one] for one in (1, 2, 3, 4)}))

        assert RunState.FINISHED is (await later(world, "full/copy.csv", month(OCTOBER))).state


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
async def test_nobody_is_taken_back_without_a_held_run(seed: int) -> None:
    """Months in order are never held; what is copied, or packed anew with its old date, is held where it differs."""
    random, as_workbook = Random(seed), seed % 2 == 1
    ending = "xlsx" if as_workbook else "csv"
    async with five_people() as world:
        months: list[tuple[dict[int, int], datetime]] = []
        in_force: dict[int, str] = {}
        for step in range(10):
            is_new = not months or random.random() < 0.4
            if is_new:
                some = random.sample(list(PEOPLE), random.randint(1, len(PEOPLE)))
                months.append(({one: 9 * step + one for one in some}, world.clock.now()))
            values, at = months[-1] if is_new else random.choice(months)
            comment = b"" if is_new else random.choice((b"", b"packed anew"))
            run = await later(world, f"{step}.{ending}", saved(values, at, comment) if as_workbook else month(values))
            if is_new:
                assert RunState.FINISHED is run.state
                in_force |= {one: number(last) for one, last in values.items()}
            elif run.state is RunState.HELD:
                assert "would be taken back" in run.message
                await world.app.decisions.reject(run.id, "a person")
                await world.pump()
            assert in_force == {one: mobile for one, mobile in mobiles(world).items() if one in in_force}
