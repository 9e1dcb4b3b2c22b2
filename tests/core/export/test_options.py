"""Files tighten and never loosen; what cannot be read holds the run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.core.export.options import STRICTNESS, RunOptions, file_options
from shared.core.values.slot import PhoneType
from shared.core.values.states import Approval, Policy

BASE = RunOptions()


@pytest.mark.parametrize(
    ("name", "metadata", "expected"),
    [
        ("staff.xlsx", {}, BASE),
        ("preview/staff.xlsx", {}, replace(BASE, preview=True)),
        ("full/staff.xlsx", {}, replace(BASE, full=True)),
        ("Preview/staff.xlsx", {}, replace(BASE, preview=True)),
        ("PREVIEW/staff.xlsx", {}, replace(BASE, preview=True)),
        ("Full/staff.xlsx", {}, replace(BASE, full=True)),
        ("preview/hr/staff.xlsx", {}, replace(BASE, preview=True)),
        ("previews.xlsx", {}, BASE),
        ("staff.xlsx", {"Preview": "true"}, replace(BASE, preview=True)),
        ("staff.xlsx", {"approval": "always"}, replace(BASE, approval=Approval.ALWAYS)),
        ("staff.xlsx", {"onexisting": "keep"}, replace(BASE, on_existing=Policy.KEEP)),
        ("staff.xlsx", {"scope": "full"}, replace(BASE, full=True)),
        ("staff.xlsx", {"defaultregion": "de"}, replace(BASE, default_region="DE")),
        ("staff.xlsx", {"defaultphonetype": "office"}, replace(BASE, default_phone_type=PhoneType.OFFICE)),
        ("staff.xlsx", {"uploadedby": "a tool"}, BASE),
    ],
)
def test_what_a_file_may_choose(name: str, metadata: dict[str, str], expected: RunOptions) -> None:
    """Scope, region and type freely; preview, approval and policy only in the stricter direction."""
    found = file_options(BASE, name, metadata)

    assert (expected, ()) == (found.options, found.concerns)


@pytest.mark.parametrize(
    ("base", "metadata"),
    [
        (BASE, {"approval": "never"}),
        (replace(BASE, approval=Approval.ALWAYS), {"approval": "limits"}),
        (replace(BASE, preview=True), {"preview": "false"}),
        (BASE, {"preview": "yes please"}),
        (BASE, {"onexisting": "replace"}),
        (BASE, {"defaultregion": "XX"}),
        (BASE, {"scope": "everything"}),
        (replace(BASE, full=True), {"scope": "partial"}),
        (BASE, {"defaultphonetype": "pager"}),
    ],
)
def test_what_would_loosen_or_cannot_be_read_holds_the_run(base: RunOptions, metadata: dict[str, str]) -> None:
    """The option stays as it was, and the concern names the metadata key."""
    found = file_options(base, "staff.xlsx", metadata)

    assert base == found.options
    assert [True] == [key in concern for key, concern in zip(metadata, found.concerns, strict=True)]


def test_metadata_does_not_make_a_file_in_the_folder_of_full_exports_partial() -> None:
    """The folder asks for the comparison with the full export before, and metadata may not take it away."""
    found = file_options(BASE, "full/staff.xlsx", {"scope": "partial"})
    assert found.options.full
    assert [True] == ["scope" in concern for concern in found.concerns]


def test_a_policy_may_only_become_stricter() -> None:
    """Every pair of policies, from the loosest to the strictest."""
    for set_by_settings in STRICTNESS:
        for wanted in STRICTNESS:
            found = file_options(replace(BASE, on_existing=set_by_settings), "a.xlsx", {"onexisting": wanted})
            stricter = STRICTNESS.index(wanted) >= STRICTNESS.index(set_by_settings)
            assert stricter == (found.concerns == ())
            assert (wanted if stricter else set_by_settings) == found.options.on_existing


@pytest.mark.parametrize(
    "name",
    ["preview-a.xlsx", "Preview a.xlsx", "hr/preview - a.csv", "preview.xlsx", "a_Preview.csv", "[preview].csv",
     "full/preview-a.xlsx", "FULL/hr/a preview.csv"],
)  # fmt: skip
def test_a_file_that_is_only_called_a_preview_is_held(name: str) -> None:
    """Its name says what was meant, and only the folder does it; below `preview/` nothing is in doubt."""
    assert ["the file is called a preview, but only the folder preview/ makes it one"] == list(
        file_options(BASE, name, {}).concerns
    )
    assert () == file_options(BASE, f"preview/{name}", {}).concerns


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("previw", "preview"),
        ("Preview_", "preview"),
        ("is_preview", "preview"),
        ("scop", "scope"),
        ("on_existing", "onexisting"),
        ("default_region", "defaultregion"),
        ("aproval", "approval"),
        ("hdi_isfolder", ""),
        ("uploadedby", ""),
        ("approvedBy", ""),
        ("region", ""),
        ("owner", ""),
        ("review", "preview"),
        ("_", ""),
    ],
)
def test_metadata_that_is_nearly_an_option_holds_the_run(key: str, near: str) -> None:
    """Somebody meant to choose; keys of other tools are ignored."""
    found = file_options(BASE, "staff.xlsx", {key: "true"})

    concerns = (f"the file's metadata `{key}` is nearly `{near}`, which is an option",) if near else ()
    assert (BASE, concerns) == (found.options, found.concerns)
