"""Columns in doubt hold a run until a person approves or changes the proposals; the layout is then remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import Workbook

from sandbox.people import make_staff
from shared.app import App
from shared.core.run.messages import StepMessage
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState
from shared.flows.intake.lost_exports import LOST_AFTER
from testing.in_memory import InMemory, in_memory
from tests.flows.deciding import approved, chosen
from tests.flows.small_tenant import csv, number, person, rows_of, tenant_of

PEOPLE = range(1, 6)
MISSPELT = "employeeId,Moblie phone,Office phone"
TWICE = "employeeId,Phone,Contact Phone"


def five_people(**settings: str) -> AbstractAsyncContextManager[InMemory]:
    """Nobody has a number yet, so that what is written is what the file asks for."""
    return tenant_of([person(one, phones={}) for one in PEOPLE], (), None, **settings)


def filled(header: str, *, first: int = 10, people: Sequence[int] = PEOPLE) -> bytes:
    """Every cell is another number: column c of person p ends with `first` + 10 c + p."""
    width = header.count(",")
    rows = [(f"E{one}", *(number(first + 10 * column + one) for column in range(width))) for one in people]
    return csv(header, *rows)


def written(world: InMemory, kind: PhoneType = PhoneType.MOBILE) -> list[str | None]:
    """The last two digits of everybody's number, in order of people."""
    methods = {user.person.employeeId: user.methods for user in world.stand_in.tenant.people.values()}
    return [found[-2:] if (found := methods[f"E{one}"].get(kind)) else None for one in PEOPLE]


NOTHING = [None] * len(PEOPLE)
FIRST_COLUMN, SECOND_COLUMN = [f"{10 + one}" for one in PEOPLE], [f"{20 + one}" for one in PEOPLE]


@pytest.mark.parametrize(
    ("header", "in_doubt", "mobiles", "offices"),
    [
        (MISSPELT, {"B": ("Moblie phone", "ignore it")}, NOTHING, SECOND_COLUMN),
        (
            TWICE,
            {"B": ("Phone", "ignore it"), "C": ("Contact Phone", "ignore it")},
            NOTHING,
            NOTHING,
        ),
        ("employeeId,mobile,", {"C": ("no heading", "ignore it")}, FIRST_COLUMN, NOTHING),
        ("employeeId,mobile,Hotline", {"C": ("Hotline", "ignore it")}, FIRST_COLUMN, NOTHING),
    ],
)
async def test_a_column_in_doubt_holds_the_run_and_an_approval_applies_its_proposal(
    header: str, in_doubt: dict[str, tuple[str, str]], mobiles: list[str | None], offices: list[str | None]
) -> None:
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(header))

        assert (RunState.HELD, 0) == (run.state, world.writes)
        assert len(in_doubt) == len(run.all_concerns)
        for concern, (letters, (heading, proposal)) in zip(run.all_concerns, in_doubt.items(), strict=True):
            assert concern.startswith(f"column {letters} ({heading}): ")
            assert concern.endswith(f"; proposal: {proposal}")
            assert concern in run.message

        done = await approved(world, run)
        assert RunState.FINISHED is done.state
        assert (mobiles, offices) == (written(world), written(world, PhoneType.OFFICE))


async def test_without_approvals_a_file_in_doubt_is_rejected() -> None:
    async with five_people(APPROVAL="never") as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))

        assert (RunState.REJECTED, "runRejected", 0) == (run.state, run.code, world.writes)
        assert "column B (Moblie phone)" in run.message
        assert [] == [layout async for layout in world.app.clients.layouts.all()]


async def test_a_preview_shows_the_doubt_and_writes_nothing() -> None:
    async with five_people() as world:
        run = await world.run_to_end("preview/staff.csv", filled(MISSPELT))

        assert (RunState.FINISHED, 0) == (run.state, world.writes)
        assert any("column B (Moblie phone)" in concern for concern in run.all_concerns)
        assert [] == [layout async for layout in world.app.clients.layouts.all()]


async def test_a_choice_makes_a_new_plan_that_is_approved_by_its_own_digest() -> None:
    """Even where nothing is in doubt any more: what a person chose is seen as a plan before it is written."""
    async with five_people() as world:
        before = await world.run_to_end("staff.csv", filled(MISSPELT))
        run = await chosen(world, before, B="mobile")

        assert (RunState.HELD, 0, True) == (run.state, world.writes, run.digest != before.digest)
        assert ("column B (Moblie phone): an approver chose to use as the mobile phone",) == run.all_concerns
        with pytest.raises(PermanentError) as refused:
            await world.app.decisions.approve(run.id, before.digest, "an approver")
        assert "planChanged" == refused.value.code

        assert RunState.FINISHED is (await approved(world, run)).state
        assert (FIRST_COLUMN, SECOND_COLUMN) == (written(world), written(world, PhoneType.OFFICE))


async def test_a_choice_can_be_changed_and_taken_back() -> None:
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        digests = [run.digest]
        for choices in ({"B": "mobile"}, {"B": "alternateMobile", "C": "mobile"}, {"B": "ignore", "C": "office"}):
            run = await chosen(world, run, **choices)
            assert RunState.HELD is run.state
            digests.append(run.digest)

        assert len(digests) == len(set(digests))
        await approved(world, run)
        assert (NOTHING, SECOND_COLUMN) == (written(world), written(world, PhoneType.OFFICE))


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"Z": "mobile"}, "columnsNotChosen"),
        ({"B": "fax"}, "columnsNotChosen"),
        ({"B": "mobile", "C": "mobile"}, "columnsNotChosen"),
        ({"A": "ignore"}, "columnsNotChosen"),
        ({"B": "ignore", "C": "ignore"}, "columnsNotChosen"),
        ({"9": "mobile"}, "columnsNotChosen"),
    ],
)
async def test_impossible_choices_change_nothing(choices: dict[str, str], code: str) -> None:
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        with pytest.raises(PermanentError) as refused:
            await world.app.decisions.choose_columns(run.id, run.digest, choices, "an approver")
        assert (code, run) == (refused.value.code, await world.stored(run.id))


async def test_a_choice_names_the_plan_that_the_person_saw() -> None:
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        for digest in ("", "0" * 64, run.digest[:11]):
            with pytest.raises(PermanentError) as refused:
                await world.app.decisions.choose_columns(run.id, digest, {"B": "mobile"}, "an approver")
            assert "planChanged" == refused.value.code


async def test_rows_that_were_written_are_not_read_again() -> None:
    """A redriven run may be held again; its columns are what its first rows were written by."""
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT, people=range(1, 7)))
        run = await approved(world, run)
        world.stand_in.tenant.put(person(6, phones={}))
        await world.app.redrive(run.id, "an approver")
        await world.pump()
        run = await world.stored(run.id)

        assert RunState.HELD is run.state
        with pytest.raises(PermanentError) as refused:
            await world.app.decisions.choose_columns(run.id, run.digest, {"B": "mobile"}, "an approver")
        assert "columnsNotChosen" == refused.value.code


async def test_a_choice_survives_a_crash_before_its_step_was_sent() -> None:
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        await world.app.decisions.choose_columns(run.id, run.digest, {"B": "mobile"}, "an approver")
        world.storage.queue(world.app.settings.steps_queue).messages.clear()
        world.clock.leap_to(world.clock.now() + LOST_AFTER * 2)
        await world.app.sweep()
        await world.pump()
        run = await world.stored(run.id)

        assert RunState.HELD is run.state
        await approved(world, run)
        assert (FIRST_COLUMN, SECOND_COLUMN) == (written(world), written(world, PhoneType.OFFICE))


async def test_a_repeated_event_of_the_blob_leaves_a_choice_alone() -> None:
    """The export is read by its step alone; the trigger may see the same version of the blob again."""
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        await world.app.decisions.choose_columns(run.id, run.digest, {"B": "mobile"}, "an approver")
        reading = await world.stored(run.id)
        await world.split_as_is("staff.csv")
        assert reading == await world.stored(run.id)

        await world.pump()
        run = await world.stored(run.id)
        assert (RunState.HELD, "an approver") == (run.state, run.mapping.columns[1].chosen_by if run.mapping else "")


@pytest.mark.parametrize("dies_after", range(12))
async def test_a_choice_survives_a_crash_after_any_message(dies_after: int) -> None:
    """Every message is delivered twice, and the step that was saved last once more after some messages."""
    async with five_people() as world:
        world.host.twice = True
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        await world.app.decisions.choose_columns(run.id, run.digest, {"B": "mobile"}, "an approver")
        for _ in range(dies_after):
            await world.deliver_visible()
        stored = await world.stored(run.id)
        for step in range(1, stored.step + 1):
            await world.app.advance_run(StepMessage(run.id, step), redelivered=True)
        await world.pump()
        run = await world.stored(run.id)

        assert RunState.HELD is run.state
        run = await approved(world, run)
        assert RunState.FINISHED is run.state
        assert (FIRST_COLUMN, SECOND_COLUMN) == (written(world), written(world, PhoneType.OFFICE))
        assert len(PEOPLE) == len(await rows_of(world, run))


async def test_half_read_rows_of_the_old_columns_are_replaced() -> None:
    """The process dies while it stores the rows that follow from the choice."""
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        old = await rows_of(world, run)
        await world.app.decisions.choose_columns(run.id, run.digest, {"B": "mobile"}, "an approver")
        half = [replace(row, export_row=old[0].export_row) for row in old[:2]]
        await world.app.rows.put(run.id, half)
        await world.pump()

        await approved(world, await world.stored(run.id))
        assert (FIRST_COLUMN, SECOND_COLUMN) == (written(world), written(world, PhoneType.OFFICE))


SAME = [
    ("other rows", MISSPELT, filled(MISSPELT, first=40, people=[1, 2, 3])),
    ("a date in the name", MISSPELT, filled(MISSPELT, first=40)),
    ("blank columns", MISSPELT, csv(MISSPELT, *((f"E{one}", "", number(60 + one)) for one in PEOPLE))),
    ("other case and spaces", MISSPELT, filled("EMPLOYEEID,Moblie  Phone,office phone", first=40)),
]


@pytest.mark.parametrize(("header", "second"), [one[1:] for one in SAME], ids=[one[0] for one in SAME])
async def test_an_approved_layout_runs_through_next_time(header: str, second: bytes) -> None:
    async with five_people(ON_EXISTING="overwrite", MAX_UPDATE_SHARE="1") as world:
        first = await world.run_to_end("staff-2026-10-01.csv", filled(header))
        first = await approved(world, await chosen(world, first, B="mobile"))

        run = await world.run_to_end("staff-2026-11-01.csv", second)

        assert (RunState.FINISHED, "") == (run.state, run.approved_by)
        if b",," not in second:
            assert f"an approver has confirmed the columns of this list (run {first.id})" in run.all_notes
            assert number(41)[-2:] == written(world)[0]


CHANGED = [
    ("employeeId,Moblie phone,Office phone,Hotline", "new: column D (Hotline)"),
    ("employeeId,Office phone,Moblie phone", "the columns are in another order"),
    ("employeeId,Moblie phone", "missing: Office phone"),
    ("employeeId,Mobil phoen,Office phone", "new: column B (Mobil phoen); missing: Moblie phone"),
]


@pytest.mark.parametrize(("header", "change"), CHANGED)
async def test_a_changed_layout_is_held_again_and_says_what_changed(header: str, change: str) -> None:
    async with five_people(ON_EXISTING="overwrite", MAX_UPDATE_SHARE="1") as world:
        first = await world.run_to_end("staff.csv", filled(MISSPELT))
        first = await approved(world, await chosen(world, first, B="mobile"))

        run = await world.run_to_end("changed.csv", filled(header, first=40))

        assert RunState.HELD is run.state
        differs = f"the layout differs from the one approved with run {first.id}: {change}"
        assert differs in run.all_concerns
        assert differs in run.message


async def test_other_kinds_of_values_are_another_layout() -> None:
    async with five_people() as world:
        first = await approved(world, await world.run_to_end("staff.csv", filled(MISSPELT)))
        mails = csv(MISSPELT, *((f"E{one}", f"p{one}@example.com", number(20 + one)) for one in PEOPLE))

        run = await world.run_to_end("changed.csv", mails)

        assert RunState.HELD is run.state
        change = "column B (Moblie phone) holds e-mail address"
        assert f"the layout differs from the one approved with run {first.id}: {change}" in run.all_concerns


async def test_a_column_is_never_believed_against_what_a_person_decided_about_it() -> None:
    """`Phone` alone is believed to be a mobile; an approver had it ignored beside another column."""
    async with five_people() as world:
        first = await world.run_to_end("staff.csv", filled(TWICE))
        await approved(world, await chosen(world, first, B="ignore", C="mobile"))

        run = await world.run_to_end("staff2.csv", filled("employeeId,Phone", first=40))

        assert RunState.HELD is run.state
        assert "missing: Contact Phone" in run.message


async def test_every_new_layout_is_held_once_where_it_must_be_confirmed() -> None:
    async with five_people(LAYOUTS="confirm", ON_EXISTING="overwrite", MAX_UPDATE_SHARE="1") as world:
        plain = "employeeId,mobile"
        run = await world.run_to_end("staff.csv", filled(plain))
        assert (RunState.HELD, True) == (run.state, "this layout is new" in run.message)
        await approved(world, run)

        assert RunState.FINISHED is (await world.run_to_end("staff2.csv", filled(plain, first=40))).state
        turned = csv("mobile,employeeId", *((number(40 + one), f"E{one}") for one in PEOPLE))
        assert RunState.HELD is (await world.run_to_end("staff3.csv", turned)).state


async def test_only_mapped_files_are_read_where_layouts_must_be_mapped() -> None:
    async with five_people(LAYOUTS="map") as world:
        run = await world.run_to_end("staff.csv", filled("employeeId,mobile"))
        assert (RunState.FAILED, "layoutNotMapped", 0) == (run.state, run.code, world.writes)
        assert "Columns: A, B." in run.message
    by_hand = {"LAYOUTS": "map", "COLUMN_MAP": "employeeId=employeeId;mobile=mobile"}
    async with five_people(**by_hand) as world:
        assert RunState.FINISHED is (await world.run_to_end("staff.csv", filled("employeeId,mobile"))).state


@asynccontextmanager
async def settings_changed(world: InMemory, **settings: str) -> AsyncIterator[None]:
    """Another process goes on with these settings."""
    world.host.app = App({**world.settings, **settings}, clock=world.clock, storage=world.storage)
    try:
        yield
    finally:
        await world.app.close()


MAPPED = "employeeId,Blorp,Office phone"
BESIDE = f"{MAPPED},Moblie phone"


@pytest.mark.parametrize("header", [MAPPED, BESIDE])
async def test_a_changed_setting_counts_for_an_approved_layout_too(header: str) -> None:
    """What COLUMN_MAP decided about a column does not outlive the setting; what the approver decided, does."""
    asked = {"ON_EXISTING": "overwrite", "MAX_UPDATE_SHARE": "1", "COLUMN_MAP": "Blorp=mobile"}
    async with five_people(**asked, APPROVAL="always") as world:
        await approved(world, await world.run_to_end("staff.csv", filled(header)))
        async with settings_changed(world, APPROVAL="limits", COLUMN_MAP="Blorp=ignore"):
            run = await world.run_to_end("staff2.csv", filled(header, first=40))

            assert (RunState.FINISHED, "") == (run.state, run.approved_by)
            assert FIRST_COLUMN == written(world)
            assert [f"{50 + one}" for one in PEOPLE] == written(world, PhoneType.OFFICE)


@pytest.mark.parametrize(
    ("header", "later", "why"),
    [
        (MAPPED, "Blorp=ignore", "read otherwise than approved: column B (Blorp)"),
        ("employeeId,Mobile,Office phone", "", "read otherwise than approved: column B (Mobile)"),
        (BESIDE, "", "column B (Blorp): its heading is not known and its values look like phone numbers"),
    ],
    ids=["confirm", "believed", "in doubt"],
)
async def test_a_layout_is_approved_again_once_its_setting_was_changed(header: str, later: str, why: str) -> None:
    """If every layout is confirmed, or if the column is then believed to be something else, or is in doubt."""
    rule = "confirm" if later else "doubt"
    of_column = "Blorp=mobile;Mobile=alternateMobile"
    async with five_people(LAYOUTS=rule, COLUMN_MAP=of_column, APPROVAL="always") as world:
        await approved(world, await world.run_to_end("staff.csv", filled(header)))
        async with settings_changed(world, APPROVAL="limits"):
            assert RunState.FINISHED is (await world.run_to_end("staff2.csv", filled(header))).state
        async with settings_changed(world, APPROVAL="limits", COLUMN_MAP=later):
            run = await world.run_to_end("staff3.csv", filled(header))

            assert (RunState.HELD, True) == (run.state, why in run.message)
            await approved(world, run)
            assert RunState.FINISHED is (await world.run_to_end("staff4.csv", filled(header))).state


async def test_what_a_person_decided_about_a_layout_goes_before_the_setting() -> None:
    async with five_people() as world:
        first = await world.run_to_end("staff.csv", filled(MISSPELT))
        await approved(world, await chosen(world, first, B="mobile"))
        async with settings_changed(world, COLUMN_MAP="Moblie phone=ignore"):
            run = await world.run_to_end("staff2.csv", filled(MISSPELT))

            assert [RunState.FINISHED, ["unchanged"] * 5] == [
                run.state,
                [row.state for row in await rows_of(world, run)],
            ]
            assert f"an approver has confirmed the columns of this list (run {first.id})" in run.all_notes


@pytest.mark.parametrize("ended_by", ["reject", "cancel"])
async def test_only_finished_runs_are_remembered(ended_by: str) -> None:
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        await getattr(world.app.decisions, ended_by)(run.id, "an approver")
        await world.pump()
        assert [] == [layout async for layout in world.app.clients.layouts.all()]

        again = await world.run_to_end("staff2.csv", filled(MISSPELT, first=40))
        assert RunState.HELD is again.state
        await world.app.decisions.approve(again.id, again.digest, "an approver")
        assert [] == [layout async for layout in world.app.clients.layouts.all()]
        await world.app.decisions.cancel(again.id, "an approver")
        await world.pump()
        assert [] == [layout async for layout in world.app.clients.layouts.all()]


async def test_exports_in_another_folder_have_layouts_of_their_own() -> None:
    async with five_people(EXPORT_FOLDERS="hr") as world:
        await approved(world, await world.run_to_end("staff.csv", filled(MISSPELT)))
        assert RunState.HELD is (await world.run_to_end("hr/staff.csv", filled(MISSPELT, first=40))).state


async def test_a_forgotten_layout_is_held_again() -> None:
    async with five_people() as world:
        await approved(world, await world.run_to_end("staff.csv", filled(MISSPELT)))
        (layout,) = [layout async for layout in world.app.clients.layouts.all()]
        assert await world.app.forget_layout(layout.fingerprint, "someone")
        assert RunState.HELD is (await world.run_to_end("staff2.csv", filled(MISSPELT, first=40))).state


async def test_a_copy_that_cannot_be_read_again_fails_and_every_row_has_an_outcome() -> None:
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", filled(MISSPELT))
        await world.app.decisions.choose_columns(run.id, run.digest, {"B": "mobile"}, "an approver")
        await world.app.results.write(run.input_blob, b"")
        await world.pump()
        run = await world.stored(run.id)

        assert (RunState.FAILED, "emptyFile", True, 0) == (run.state, run.code, run.closed, world.writes)
        assert {RowState.UNPROCESSED} == {row.state for row in await rows_of(world, run)}


def workbook(*, hidden: bool, first: int) -> bytes:
    book, stream = Workbook(), BytesIO()
    sheet = book.worksheets[0]
    sheet.title = f"Staff {first}.11.2026"
    sheet.append(MISSPELT.split(","))
    for one in PEOPLE:
        sheet.append([f"E{one}", number(first + one), number(first + 10 + one)])
    sheet.column_dimensions["B"].hidden = hidden
    book.save(stream)
    return stream.getvalue()


async def test_a_column_that_becomes_hidden_is_another_layout_and_a_date_in_the_name_of_a_sheet_is_not() -> None:
    async with five_people(ON_EXISTING="overwrite", MAX_UPDATE_SHARE="1") as world:
        first = await world.run_to_end("staff.xlsx", workbook(hidden=False, first=10))
        first = await approved(world, await chosen(world, first, B="mobile"))
        again = await world.run_to_end("staff2.xlsx", workbook(hidden=False, first=20))
        assert (RunState.FINISHED, "") == (again.state, again.approved_by)

        run = await world.run_to_end("staff3.xlsx", workbook(hidden=True, first=30))

        assert RunState.HELD is run.state
        assert (
            f"the layout differs from the one approved with run {first.id}: column B (Moblie phone) holds hidden"
            in run.message
        )


@pytest.mark.parametrize("rule", ["doubt", "confirm", "map"])
async def test_what_the_app_exports_itself_is_never_in_doubt(rule: str) -> None:
    source = {"DIRECTORY_SOURCE": "mobile=mobilePhone;office=businessPhones", "LAYOUTS": rule}
    async with in_memory(make_staff(10), source) as world:
        started = await world.app.directory()
        assert started is not None
        await world.pump()
        run = await world.stored(started.id)

        assert ((), ()) == (run.all_concerns, run.mapping.in_doubt if run.mapping else None)
        assert run.state in {RunState.FINISHED, RunState.HELD}  # the latter for the limits alone
        assert "layout" not in run.message
        assert [] == [layout async for layout in world.app.layouts.all()]
