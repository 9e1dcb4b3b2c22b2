"""An unusable file is quarantined with an explanation, and its run fails with the same message."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from openpyxl import Workbook

from sandbox.people import Staff
from shared.core.values.states import RunState
from testing.in_memory import in_memory

OLE2_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


def without_a_person_column() -> bytes:
    stream = BytesIO()
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["Department", "mobile"])
    sheet.append(["Sales", "+1 202 555 0123"])
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("no-workbook.xlsx", b"this is not a workbook at all"),
        ("encrypted.xlsx", OLE2_ENCRYPTED),
        ("no-person.xlsx", without_a_person_column()),
        ("empty.xlsx", b""),
    ],
)
async def test_an_unusable_file_is_quarantined_with_reason_and_remedy(staff: Staff, name: str, data: bytes) -> None:
    """The original bytes lie beside the explanation, nothing is queued, and an event tells of the failed run."""
    async with in_memory(staff) as world:
        run = await world.run_to_end(name, data)

        assert RunState.FAILED is run.state
        kept = world.storage.container("quarantine")
        assert data == await kept.read(f"{run.id}/{name}")
        explanation = json.loads(await kept.read(f"{run.id}/{name}.error.json"))
        assert explanation["message"]
        assert explanation["remedy"]
        assert f"{explanation['message']} {explanation['remedy']}" == run.message
        assert explanation["code"] == run.code
        assert b"2025550123" not in json.dumps(explanation).encode()
        assert ["run-events"] == [queue.name for queue in world.storage.queues.values() if queue.messages]
        assert 0 == world.writes


async def test_each_unusable_file_has_a_reason_of_its_own(staff: Staff) -> None:
    """Each kind of unusable file has a code of its own."""
    async with in_memory(staff) as world:
        codes = {
            (await world.run_to_end(name, data)).code
            for name, data in {
                "a.xlsx": b"no zip",
                "b.xlsx": OLE2_ENCRYPTED,
                "c.xlsx": without_a_person_column(),
            }.items()
        }

        assert 3 == len(codes)
