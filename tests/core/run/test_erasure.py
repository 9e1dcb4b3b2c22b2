"""What the app's documents become without a person: entries about the person go, and who acted stays."""

from __future__ import annotations

from typing import Any

import pytest

from shared.core.run.erasure import Sought, without_person

PERSON, OTHER = "aa3a2e14-0318-4ade-8f3f-62d38c892a84", "b6f79994-8d83-4567-85ba-8d1ea016ce8b"
SOUGHT = Sought.of(PERSON, ["canary.bird@contoso.example", "KQ-7731"])


@pytest.mark.parametrize(
    ("document", "left"),
    [
        ({"people": [OTHER, PERSON]}, {"people": [OTHER]}),
        ({"people": [PERSON.upper()]}, {"people": []}),
        ({"changes": [{"id": PERSON, "slots": []}, {"id": OTHER}]}, {"changes": [{"id": OTHER}]}),
        ({"rows": [[PERSON, "Canary Bird"], [OTHER, "Other"]]}, {"rows": [[OTHER, "Other"]]}),
        ({"notRead": {PERSON: "graphUnavailable", OTHER: "x"}}, {"notRead": {OTHER: "x"}}),
        ({"file": f"{PERSON}.xlsx"}, {"file": ""}),
        ({"file": "Canary.Bird@contoso.example.xlsx"}, {"file": ""}),
        ({"notes": ["the key KQ-7731 is twice", "row 2, KQ-7731"]}, {"notes": ["the key KQ-7731 is twice", ""]}),
    ],
)
def test_what_is_about_the_person_goes(document: Any, left: Any) -> None:
    """In every shape that a document of the app has; an employee number only as a whole cell, as in files."""
    assert left == without_person(document, SOUGHT)


@pytest.mark.parametrize(
    "document",
    [
        {"startedBy": PERSON},
        {"approvedBy": f"{OTHER}, {PERSON}"},
        {"approvedBy": f"{PERSON}, local:root"},
        {"columns": [{"letters": "A", "chosenBy": PERSON}]},
        {"note": "of canary.bird@contoso.example.au"},
    ],
)
def test_who_acted_and_who_is_somebody_else_stays(document: Any) -> None:
    """Also the second of two approvers; docs/privacy.md says that this stays, and why."""
    assert document == without_person(document, SOUGHT)
