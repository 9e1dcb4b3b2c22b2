"""Which blobs are exports: a table of names, for the trigger and the sweep alike."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.export_folders import (
    MARKERS,
    ExportFolders,
    Placement,
    faults,
    folder_of,
    marker_of,
    nearly_marker,
)
from shared.core.values.storage import BlobInfo

FOLDERS = ExportFolders(("hr", "Payroll/Monthly"))
EXPORT, MISPLACED, LEFT_ALONE = Placement.EXPORT, Placement.MISPLACED, Placement.LEFT_ALONE


def blob(name: str, size: int = 1, metadata: dict[str, str] | None = None) -> BlobInfo:
    return BlobInfo(name, "0x1", datetime(2026, 11, 21, tzinfo=UTC), size, metadata or {})


@pytest.mark.parametrize(
    ("name", "marker"),
    [
        ("staff.xlsx", ""),
        ("Staff of November (2).xlsx", ""),
        ("full.xlsx", ""),
        ("preview.xlsx", ""),
        ("100 %.csv", ""),
        ("preview/staff.xlsx", "preview"),
        ("Preview/staff.xlsx", "preview"),
        ("PREVIEW/STAFF.XLSX", "preview"),
        ("full/staff.xlsx", "full"),
        ("Full/staff.xlsx", "full"),
        ("hr/staff.xlsx", ""),
        ("HR/staff.xlsx", ""),
        ("payroll/monthly/staff.csv", ""),
        ("preview/hr/staff.xlsx", "preview"),
        ("FULL/Payroll/monthly/staff.csv", "full"),
    ],
)
def test_what_is_an_export(name: str, marker: str) -> None:
    """The top level, the two markers in any case, and the configured folders, which may stand below a marker."""
    assert (EXPORT, marker) == (FOLDERS.placement(blob(name)), marker_of(name))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Preview /staff.xlsx", "preview"),
        (" preview/staff.xlsx", "preview"),
        ("previews/staff.xlsx", "preview"),
        ("previw/staff.xlsx", "preview"),
        ("pre-view/staff.xlsx", "preview"),
        ("preview.old/staff.xlsx", "preview"),
        ("fulll/staff.xlsx", "full"),
        ("ful/staff.xlsx", "full"),
        ("hr/preview/staff.xlsx", "preview"),
        ("hr/Full/staff.xlsx", "full"),
        ("preview/full/staff.xlsx", "preview"),
        ("full/preview/staff.xlsx", "full"),
        ("preview//staff.xlsx", "preview"),
        ("/staff.xlsx", ""),
        ("/preview/staff.xlsx", "preview"),
        ("./preview/staff.xlsx", "preview"),
        ("../staff.xlsx", ""),
        ("preview\\staff.xlsx", "preview"),
        ("preview%2Fstaff.xlsx", "preview"),
        ("preview%5cstaff.xlsx", "preview"),
        ("preview\u2215staff.xlsx", "preview"),
        ("\uff30\uff52\uff45view/staff.xlsx", ""),
        ("vorschau/staff.xlsx", ""),
        ("archive/a.xlsx", ""),
        ("old/2024/a.xlsx", ""),
        ("hr/2024/a.xlsx", ""),
        ("payroll/staff.csv", ""),
        ("hr/hr/staff.csv", ""),
        ("staff.xlsx/", ""),
    ],
)
def test_what_is_refused_by_its_name(name: str, near: str) -> None:
    """Each other folder, however near to a marker; the refusal names the marker that it resembles."""
    assert (MISPLACED, near) == (FOLDERS.placement(blob(name)), nearly_marker(name))


@pytest.mark.parametrize(
    ("name", "size", "metadata"),
    [
        ("~$staff.xlsx", 165, {}),
        ("preview/~$staff.xlsx", 165, {}),
        ("archive/~$staff.xlsx", 165, {}),
        ("~WRL0001.tmp", 165, {}),
        (".~lock.staff.xlsx#", 90, {}),
        (".DS_Store", 6148, {}),
        ("full/.DS_Store", 6148, {}),
        ("._staff.xlsx", 4096, {}),
        ("__MACOSX/._staff.xlsx", 4096, {}),
        (".Trashes/501/staff.xlsx", 4096, {}),
        ("Thumbs.db", 4096, {}),
        ("THUMBS.DB", 4096, {}),
        ("hr/desktop.ini", 100, {}),
        ("archive", 0, {"hdi_isfolder": "true"}),
        ("archive/2024", 0, {"Hdi_IsFolder": "True"}),
        ("preview/", 0, {}),
        ("archive/", 0, {}),
        ("archive_$folder$", 0, {}),
    ],
)
def test_what_is_left_alone(name: str, size: int, metadata: dict[str, str]) -> None:
    """Lock files, hidden files, files of the system and entries of folders, wherever they are."""
    assert LEFT_ALONE is FOLDERS.placement(blob(name, size, metadata))


@pytest.mark.parametrize(
    ("name", "size", "metadata", "expected"),
    [
        ("staff.xlsx", 0, {}, EXPORT),
        ("hr", 9, {}, EXPORT),
        ("staff.xlsx", 9, {"hdi_isfolder": "true"}, EXPORT),
        ("staff.xlsx", 0, {"hdi_isfolder": "false"}, EXPORT),
        ("archive/", 9, {}, MISPLACED),
        ("$staff.xlsx", 9, {}, EXPORT),
        ("~staff.xlsx", 9, {}, EXPORT),
        ("staff.tmp", 9, {}, EXPORT),
        ("..staff.xlsx", 9, {}, LEFT_ALONE),
        ("_staff.xlsx", 9, {}, EXPORT),
    ],
)
def test_what_is_nearly_left_alone(name: str, size: int, metadata: dict[str, str], expected: Placement) -> None:
    """A file with content is not ignored because of what surrounds it: it is read, or refused with a reason."""
    assert expected is FOLDERS.placement(blob(name, size, metadata))


@given(st.text(max_size=12), st.sampled_from(["/", "\\", "%2f", " /", "//"]), st.text(min_size=1, max_size=12))
def test_no_folder_but_the_known_ones_holds_exports(folder: str, separator: str, file: str) -> None:
    """Whatever the name: an export lies at the top level or in a folder that is known letter by letter."""
    name = f"{folder}{separator}{file}"
    if FOLDERS.placement(blob(name)) is EXPORT:
        assert folder_of(name) in {"", *MARKERS, "hr"}
        assert not any(slash in name for slash in ("\\", "//"))


@pytest.mark.parametrize("folder", ["preview", "Full/hr", "a//b", ".hidden", "a\\b", " ", "a/ b", ".."])
def test_folders_that_cannot_be_configured(folder: str) -> None:
    """What would change the meaning of a marker, or can match no blob."""
    assert [] != list(faults(folder))
