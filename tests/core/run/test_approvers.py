"""Who may approve a run, and what is still missing: the truth table, and what holds in every combination."""

from __future__ import annotations

from itertools import product

import pytest

from shared.core.run.approvers import (
    BY_APPLICATION,
    BY_EXPORT,
    BY_KEY,
    BY_LOCAL,
    BY_TIMER,
    ActorKind,
    ApprovalAnswer,
    MissingApprovals,
    SecondPerson,
    TouchedBy,
    answer_to,
    kind_of,
    missing_approvals,
)

STARTER, CHANGER, CHOOSER, OTHER, ANOTHER = (f"5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b00{n}" for n in range(5))
APP, ADA, BOB = f"{BY_APPLICATION}{OTHER}", f"{BY_LOCAL}ada", f"{BY_LOCAL}bob"
PEOPLE = (STARTER, CHANGER, CHOOSER, OTHER, ANOTHER, ADA, BOB)
CALLERS = (*PEOPLE, APP, BY_KEY, BY_EXPORT, BY_TIMER)
STARTERS = (STARTER, BY_EXPORT, BY_KEY, BY_TIMER, APP, ADA)
CHANGES: tuple[frozenset[str], ...] = (
    frozenset(), frozenset({CHANGER}), frozenset({CHANGER, CHOOSER}), frozenset({BY_KEY}), frozenset({APP, ADA}),
)  # fmt: skip
GIVEN: tuple[frozenset[str], ...] = (
    frozenset(), frozenset({CHANGER}), frozenset({OTHER}), frozenset({ADA}), frozenset({CHANGER, CHOOSER}),
)  # fmt: skip
WANTED = (SecondPerson.HELD, SecondPerson.ALWAYS)
NONE, ONE, ONE_UNTOUCHED = MissingApprovals(), MissingApprovals(1), MissingApprovals(1, untouched=True)
TWO = MissingApprovals(2, untouched=True)
REQUIRED, UNKNOWN = "secondPersonRequired", "secondPersonUnknown"


def touched(starter: str, changers: frozenset[str] = frozenset()) -> TouchedBy:
    return TouchedBy(frozenset({starter}), changers)


TABLE: list[tuple[str, frozenset[str], frozenset[str], str, str, MissingApprovals]] = [
    # who started it, who changed it, who has approved it, who asks, the refusal, what is missing then
    (STARTER, frozenset(), frozenset(), OTHER, "", NONE),
    (STARTER, frozenset(), frozenset(), STARTER, REQUIRED, ONE_UNTOUCHED),
    (STARTER, frozenset(), frozenset(), STARTER.upper(), REQUIRED, ONE_UNTOUCHED),
    (STARTER, frozenset({CHANGER}), frozenset(), CHANGER, REQUIRED, ONE_UNTOUCHED),
    (STARTER, frozenset({CHANGER}), frozenset(), STARTER, REQUIRED, ONE_UNTOUCHED),
    (STARTER, frozenset({CHANGER}), frozenset(), OTHER, "", NONE),
    (STARTER, frozenset(), frozenset(), BY_KEY, UNKNOWN, ONE_UNTOUCHED),
    (STARTER, frozenset(), frozenset(), ADA, "", NONE),
    (ADA, frozenset(), frozenset(), BOB, REQUIRED, ONE_UNTOUCHED),
    (ADA, frozenset(), frozenset(), OTHER, "", NONE),
    (BY_TIMER, frozenset(), frozenset(), OTHER, "", NONE),
    (BY_TIMER, frozenset({CHANGER}), frozenset(), CHANGER, REQUIRED, ONE_UNTOUCHED),
    (BY_EXPORT, frozenset(), frozenset(), OTHER, "", ONE),
    (BY_EXPORT, frozenset(), frozenset({OTHER}), OTHER, REQUIRED, ONE),
    (BY_EXPORT, frozenset(), frozenset({OTHER}), ANOTHER, "", NONE),
    (BY_EXPORT, frozenset(), frozenset({ADA}), BOB, REQUIRED, ONE),
    (BY_EXPORT, frozenset(), frozenset({ADA}), OTHER, "", NONE),
    (BY_EXPORT, frozenset({CHANGER}), frozenset(), CHANGER, "", ONE_UNTOUCHED),
    (BY_EXPORT, frozenset({CHANGER}), frozenset({CHANGER}), OTHER, "", NONE),
    (BY_EXPORT, frozenset({CHANGER}), frozenset({OTHER}), CHANGER, "", NONE),
    (BY_EXPORT, frozenset({CHANGER, CHOOSER}), frozenset({CHANGER}), CHOOSER, "", ONE_UNTOUCHED),
    (BY_EXPORT, frozenset({CHANGER, CHOOSER}), frozenset({CHANGER, CHOOSER}), OTHER, "", NONE),
    (BY_KEY, frozenset(), frozenset(), OTHER, "", ONE),
    (APP, frozenset(), frozenset(), OTHER, "", ONE),
    (STARTER, frozenset({BY_KEY}), frozenset(), OTHER, "", ONE),
    (STARTER, frozenset({BY_KEY}), frozenset({OTHER}), STARTER, REQUIRED, ONE),
    (STARTER, frozenset({APP}), frozenset({OTHER}), ANOTHER, "", NONE),
]


@pytest.mark.parametrize("rule", WANTED)
@pytest.mark.parametrize("row", TABLE)
def test_two_people_are_two_people(
    rule: SecondPerson, row: tuple[str, frozenset[str], frozenset[str], str, str, MissingApprovals]
) -> None:
    """Every kind of author with every kind of approver."""
    starter, changers, given, caller, refused, missing = row
    assert ApprovalAnswer(refused, missing) == answer_to(caller, rule, touched(starter, changers), given)


EVERYTHING = list(product(CALLERS, SecondPerson, STARTERS, CHANGES, GIVEN, (False, True)))


def test_what_holds_in_every_combination() -> None:
    """Applications never approve; keys and flows only where one approval is enough; touching never decides alone."""
    for caller, rule, starter, changers, given, through_connector in EVERYTHING:
        who = touched(starter, changers)
        answer = answer_to(caller, rule, who, given, through_connector=through_connector)
        case = (caller, rule, starter, changers, given, through_connector)
        if caller in {APP, BY_EXPORT, BY_TIMER}:
            assert answer.refused, case
        if rule is SecondPerson.FALSE:
            assert bool(answer.refused) == (caller in {APP, BY_EXPORT, BY_TIMER}), case
            continue
        if caller == BY_KEY or through_connector:
            assert answer.refused, case
        if answer.refused:
            assert answer.missing == missing_approvals(rule, who, given), case
            continue
        given_now = {"local" if name in {ADA, BOB} else name for name in given | {caller}}
        has_touched = {"local" if name in {ADA, BOB} else name for name in {starter} | changers}
        assert starter != caller, case
        assert bool(answer.missing.people) == (
            not given_now - has_touched or (who.is_unknown and len(given_now) < 2)
        ), case


def test_the_order_of_approvals_does_not_matter() -> None:
    """Whoever comes first, the same people are enough."""
    for starter, changers, one, other in product(STARTERS, CHANGES, PEOPLE, PEOPLE):
        who = touched(starter, changers)
        if one == other or any(answer_to(name, SecondPerson.HELD, who, frozenset()).refused for name in (one, other)):
            continue
        first = answer_to(other, SecondPerson.HELD, who, frozenset({one}))
        second = answer_to(one, SecondPerson.HELD, who, frozenset({other}))
        assert first == second


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (OTHER, ActorKind.PERSON), ("", ActorKind.UNKNOWN), ("Key", ActorKind.KEY), ("EXPORT", ActorKind.UNKNOWN),
        ("timer", ActorKind.TIMER), ("LOCAL:ada", ActorKind.LOCAL), ("App:x", ActorKind.APPLICATION),
    ],
)  # fmt: skip
def test_a_name_proves_its_kind_however_it_is_spelled(name: str, kind: ActorKind) -> None:
    """No spelling makes a key or an application a person."""
    assert kind is kind_of(name)


def test_what_is_missing_is_said() -> None:
    """In one sentence, for the message of a held run."""
    assert ["", "one more person", "one person who has not touched", "2 people, one of whom has not touched"] == [
        missing.in_words().removeprefix("Missing: the approval of ").removeprefix("Missing: the approvals of ")
        .removesuffix(" the run.").removesuffix(".")
        for missing in (NONE, ONE, ONE_UNTOUCHED, TWO)
    ]  # fmt: skip
