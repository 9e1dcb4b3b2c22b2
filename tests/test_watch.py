"""The suite's watch over leaks catches each kind in each place, and names it without repeating it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.fictional_numbers import OFFICES, mobiles
from sandbox.people import make_staff
from trials.canaries import CanaryKind
from trials.made_up import made_up

ROOT = Path(__file__).parents[1]
LEAKING = """
import logging
from pathlib import Path

import pytest

from shared.core.values.errors import PermanentError
from tests.watch import nothing_leaks, watch

PHONE, EMAIL, NAME = "+1 202-555-0187", "kanarie@example.com", "kanarie@contoso.example"
log = logging.getLogger("somebody")

def parse(text):
    raise ValueError(text)

def chained(suppressed):
    try:
        parse(NAME)
    except ValueError:
        if suppressed:
            raise PermanentError("code", "why") from None
        raise PermanentError("code", "why")

def test_message(): log.info("Number %s", PHONE)
def test_argument(): log.info("Masked%.0s", EMAIL)
def test_traceback():
    try:
        parse(NAME)
    except ValueError:
        log.exception("It failed.")
def test_error():
    with pytest.raises(PermanentError):
        raise PermanentError("code", PHONE)
def test_chain():
    with pytest.raises(PermanentError):
        chained(suppressed=False)
def test_file(tmp_path):
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "host.log").write_text("GET /users/kanarie%40contoso.example?n=2025550187")

def test_quiet(tmp_path):
    log.info("Row 17: the number ending in 87 of %s is refused", "0a0a0a0a-0000-4000-8000-000000000002")
    log.debug(PHONE)
    with pytest.raises(PermanentError):
        chained(suppressed=True)
    (tmp_path / "graph.log").write_text(PHONE)
"""


def test_a_test_that_leaks_fails_and_the_next_one_does_not(tmp_path: Path) -> None:
    """Messages, arguments, tracebacks, errors with what they are chained to, and files; never the value."""
    (tmp_path / "test_leaking.py").write_text(LEAKING)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=line", "-c", "/dev/null", str(tmp_path)]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )

    caught = dict(re.findall(r"ERROR at teardown of (\w+) _+\nThis leaked: (.*)\.\n", done.stdout))
    assert {
        "test_message": "phone number in the log of somebody",
        "test_argument": "e-mail address in the log of somebody",
        "test_traceback": "sign-in name in the log of somebody",
        "test_error": "phone number in a PermanentError",
        "test_chain": "sign-in name in a PermanentError",
        "test_file": "phone number in host.log; sign-in name in host.log",
    } == caught, done.stdout
    assert "7 passed, 6 errors" in done.stdout


@pytest.mark.parametrize(
    "form", ["+{code} {national}", "+{code}{national}x123", "0{national}", "00{code}{national}", "{code}{national}"]
)
def test_every_number_of_the_made_up_staff_is_recognised(form: str) -> None:
    """One of each hundred, in the forms in which people and programs write them."""
    finder = made_up()
    numbers = [number for block in (*OFFICES.values(), *mobiles().values()) for number in block[:: max(1, 99)]]
    missed = [
        n.country_code for n in numbers if not finder.found(form.format(code=n.country_code, national=n.national))
    ]
    assert [] == missed


def test_everybody_of_the_made_up_staff_is_recognised() -> None:
    """By sign-in name and by address."""
    finder = made_up()
    for person in make_staff(50).people:
        assert CanaryKind.SIGN_IN in finder.found(person.userPrincipalName)
        assert {CanaryKind.EMAIL} == finder.found(person.mail or "")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T20:55:50.123+00:00 and 2026-11-22 05:55:50.123456",
        "2026-11-30T17:25:55.080+00:00 and 2026-11-30T17:25:55.000+00:00",
        "run 20261122T025555Z-0255550123",
        "0a2d2025-5501-4000-8000-120255501234",
        "0.20255501012345",
        "<number ending in 87> of https://contoso.example/users and example.com",
    ],
)
def test_times_and_ids_are_no_numbers(text: str) -> None:
    """Else the suite would fail at some times of the day."""
    assert frozenset() == made_up().found(text)
