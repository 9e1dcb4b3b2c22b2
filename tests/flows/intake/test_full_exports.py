"""Full exports: one that shrank, one that is older than the last one, and one with the same content."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest

from sandbox.exports import write_export
from sandbox.people import Staff, make_staff
from shared.core.values.states import RunState
from testing.in_memory import in_memory


@pytest.fixture(scope="module")
def few() -> Staff:
    """Enough for whole files that are applied one after the other, where no share of a hundred counts."""
    return make_staff(50)


def saved_at(data: bytes, time: datetime) -> bytes:
    """The same workbook with another time of its last save."""
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + f"{time:%FT%TZ}".encode(), part)
            new.writestr(name, part)
    return stream.getvalue()


async def test_a_full_export_that_lost_many_people_is_held(staff: Staff) -> None:
    """With 30 % fewer people than the last applied full export it is applied; with fewer still it is held."""
    async with in_memory(staff) as world:
        assert RunState.FINISHED is (await world.run_to_end("full/staff.xlsx", write_export(staff))).state
        writes = world.writes

        at_the_limit = await world.run_to_end("full/a.xlsx", write_export(Staff(staff.members[:70])))
        assert RunState.FINISHED is at_the_limit.state
        await world.run_to_end("full/staff2.xlsx", write_export(staff))
        held = await world.run_to_end("full/b.xlsx", write_export(Staff(staff.members[:69])))
        assert (RunState.HELD, True) == (held.state, "of the last full export are missing" in held.message)
        partial = await world.run_to_end("c.xlsx", write_export(Staff(staff.members[:20])))
        assert RunState.FINISHED is partial.state
        assert writes == world.writes


async def test_an_older_full_export_is_held_saying_so(few: Staff) -> None:
    """Last week's file was dropped again."""
    async with in_memory(few) as world:
        data = write_export(few)
        new = await world.run_to_end("full/new.xlsx", saved_at(data, datetime(2026, 11, 20, 12, 0, tzinfo=UTC)))
        assert RunState.FINISHED is new.state

        old = await world.run_to_end("full/old.xlsx", saved_at(data, datetime(2026, 11, 13, 12, 0, tzinfo=UTC)))

        assert RunState.HELD is old.state
        assert "last saved 2026-11-13 12:00" in old.message
        assert new.id in old.message


async def test_the_same_content_again_says_so(few: Staff) -> None:
    """It becomes a new run that finds nothing to do and names the first run."""
    async with in_memory(few) as world:
        first = await world.run_to_end("staff.xlsx", write_export(few))
        again = await world.run_to_end("copy.xlsx", write_export(few))

        assert f"same content as run {first.id}" in again.notes
        assert [] == [note for note in first.notes if "same content" in note]


@pytest.mark.parametrize(
    ("metadata", "state", "message"),
    [
        ({"approval": "always"}, RunState.HELD, "every run waits"),
        ({"approval": "never"}, RunState.HELD, "`approval` has a value that is unknown, or that a file may not choose"),
        ({"preview": "true"}, RunState.FINISHED, "Preview"),
        ({"defaultregion": "DE"}, RunState.FINISHED, ""),
    ],
)
async def test_a_file_may_tighten_its_run(few: Staff, metadata: dict[str, str], state: RunState, message: str) -> None:
    """Blob metadata may make options stricter; metadata that would loosen one is named and holds the run."""
    async with in_memory(few) as world:
        await world.storage.container("hr-exports").write("staff.xlsx", write_export(few), metadata=metadata)
        identity = await world.split_as_is("staff.xlsx")
        await world.pump()

        run = await world.stored(identity)
        assert (state, True) == (run.state, message in run.message)
