"""The commands that measure paths and structure, in short form: what is known to be there is found."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from shared.core.values.slot import PhoneNumber
from tools import paths, structure
from tools.figures import BUDGETS, Measured
from tools.trace import holds

KNOWN = {
    "cell": {
        "cell: files that a number passes": "shared/adapters/graph/requests.py",
        "cell: files of the whole run": "shared/flows/pipeline/gate.py",
    },
    "approve": {"approve: files": "shared/flows/pipeline/decisions.py"},
    "reconcile": {"reconcile: files": "shared/flows/scheduled/reconcile.py"},
    "put": {"put: files": "shared/api/phone_methods.py"},
}
"""A file that cannot be missing from a list."""


SLOW = {"cell"}
"""It looks for the number in every variable at every line of a whole run."""


@cache
def measured(path: str) -> Measured:
    return asyncio.run(_measured(path))


async def _measured(path: str) -> Measured:
    return await paths.PATHS[path]()


@pytest.mark.parametrize("path", [pytest.param(path, marks=pytest.mark.long if path in SLOW else ()) for path in KNOWN])
def test_a_path_lists_the_files_that_it_takes(path: str) -> None:
    """The list has a file that the path cannot do without, all are files of shared, and none is listed twice."""
    found = measured(path)

    for name, file in KNOWN[path].items():
        listed = found.lists[name]
        assert file in listed
        assert found.numbers[name] == len(listed) == len(set(listed))
        assert all((structure.ROOT / one).is_file() and one.startswith("shared/") for one in listed)
    assert set(found.lists) & set(paths.LISTED) == set(KNOWN[path])


@pytest.mark.parametrize(
    ("lines", "fewest"),
    [({}, 0), ({"a/b.py": 300}, 1), ({"a/b.py": 200, "a/c.py": 101}, 2), ({"a/b.py": 100, "a/c/d.py": 100}, 2)],
)
def test_joined_files_stay_in_their_package_and_below_the_limit(lines: dict[str, int], fewest: int) -> None:
    assert fewest == paths.fewest_files(lines)


def test_every_path_is_known_and_every_budget_is_of_one() -> None:
    """A path that is added here or there is added in both."""
    assert set(KNOWN) == set(paths.PATHS)
    assert {name.partition(":")[0] for name in BUDGETS} == set(paths.PATHS)


def test_a_put_writes_to_graph_from_within_shared() -> None:
    """Frames are counted at reads and at writes; as one stack, those count that led to the task of the call."""
    found = measured("put")
    whole = found.numbers["put: most frames to a write as one stack"]
    assert found.numbers["put: fewest frames to a read"] > 1
    assert 1 < found.numbers["put: most frames to a write"] < whole
    assert whole <= BUDGETS["put: most frames to a write as one stack"]


@dataclass
class _Elsewhere:
    text: str


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (PhoneNumber(1, "2025550142"), True),
        (PhoneNumber(1, "2025550143"), False),
        ({"a": [b'{"phoneNumber": "+1 202-555-0142"}']}, True),
        (12025550142, True),
        (_Elsewhere("2025550142"), False),
    ],
)
def test_a_number_is_found_by_its_digits_in_values_of_shared(value: object, expected: bool) -> None:  # noqa: FBT001 - a row of the table above
    """Masked values are looked into, collections too; objects of other packages are not."""
    assert expected is holds(value, "2025550142")


def test_structure_is_measured_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Measured are stored beside those of other commands, and the table has both sides."""
    file = tmp_path / "figures.json"
    Measured({"put: files": 63}).add_to(file)
    structure.main(["--json", str(file)])
    stored = Measured.read(file)
    assert 63 == stored.numbers["put: files"]
    assert stored.numbers["lines"] == sum(structure.sizes().values())
    capsys.readouterr()

    structure.main(["--against", str(file)])
    table = capsys.readouterr().out.splitlines()
    assert "| put: files | 63 |  | 40 |" in table
    assert f"| lines | {stored.numbers['lines']:,} | {stored.numbers['lines']:,} |  |" in table


def test_structure_is_measured_without_importing_what_is_measured() -> None:
    """So that any version can be measured, also one that cannot be imported."""
    program = (
        "import sys; from tools import structure; sys.exit(any(name.startswith('shared') for name in sys.modules))"
    )
    assert 0 == subprocess.run([sys.executable, "-c", program], check=False).returncode  # noqa: S603 - our own program


def test_an_import_closure_goes_through_others() -> None:
    """The module is in it, what it imports, and what that imports."""
    found = structure.closure("shared.core.plan.ownership")
    assert {"shared.core.plan.ownership", "shared.core.values.slot", "shared.core.values.states"} <= set(found)


def test_no_type_name_of_shared_means_two_things() -> None:
    """A name that two modules define is two things to a reader who meets it in a third one."""
    assert [] == structure.repeated_types([structure.PACKAGE])
