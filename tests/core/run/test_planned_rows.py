"""All planned rows side by side: people who appear twice, mobiles that too many share, the figures."""

from __future__ import annotations

from dataclasses import replace

from shared.core.export.desired import Desired
from shared.core.export.fields import Field
from shared.core.export.file_mapping import FileMapping, MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.person.account import Methods
from shared.core.plan.plan import Plan, plan_person
from shared.core.run.plan_digest import PlanDigest
from shared.core.run.planned_rows import PlannedRows
from shared.core.run.row import Outcome, Row
from shared.core.run.safety_limits import PlanFigures, SafetyLimits, exceeded_limits
from shared.core.values.cell import Refusal
from shared.core.values.said import Said
from shared.core.values.slot import PhoneNumber, Slot
from shared.core.values.states import Policy, RowState

A, B = PhoneNumber(1, "2025550101"), PhoneNumber(1, "2025550102")


def planned(number: int, person: str, mobile: PhoneNumber) -> Row:
    plan = plan_person(Desired(((Slot.MOBILE, mobile),)), {}, Methods(), Policy.MERGE)
    assert isinstance(plan, Plan)
    return Row("run", number, RowState.PLANNED, object_id=person, plan=plan)


def judged(*rows: Row, max_same_mobile: int = 2) -> tuple[dict[int, Outcome], PlanFigures]:
    together = PlannedRows(max_same_mobile)
    for row in rows:
        together.add(row)
    outcomes = together.outcomes()
    return outcomes, together.figures(outcomes, previous_people=None)


def test_what_a_person_approved_counts_once_among_the_rows_that_are_not_applied() -> None:
    """A refused row is in no figure, so its approval takes nothing from the changes of others."""
    together = PlannedRows(1)
    rows = [planned(5, "p", A), planned(9, "q", A), planned(11, "r", B)]
    for row in (replace(rows[0], is_approved=True), replace(rows[1], is_approved=True), rows[2]):
        together.add(row)
    outcomes = together.outcomes()
    assert {5, 9} == set(outcomes)
    figures = together.figures(outcomes, previous_people=None)
    left = together.not_approved(figures, outcomes)
    assert (1, 1) == (left.creates, left.writes)


def test_equal_rows_of_one_person_merge_into_the_first() -> None:
    """The person is planned once; the other row says which one stands for it."""
    outcomes, figures = judged(planned(5, "p", A), planned(9, "p", A))

    assert [9] == list(outcomes)
    assert (RowState.MERGED, "row 5 asks for the same") == (outcomes[9].state, outcomes[9].reason)
    assert (1, 1) == (figures.people, figures.creates)


def test_contradicting_rows_of_one_person_are_all_refused_naming_each_other() -> None:
    """Which one HR meant is not ours to guess."""
    outcomes, figures = judged(planned(5, "p", A), planned(9, "p", B))

    assert {5, 9} == set(outcomes)
    assert "row 9 asks for other values" in outcomes[5].reason
    assert "row 5 asks for other values" in outcomes[9].reason
    assert (1, 0, 2, 2) == (figures.people, figures.matched, figures.refused, figures.rows)


def contradicted(number: int, key: str, person: str = "") -> Row:
    return Row("run", number, RowState.REFUSED, "conflictingRows", key=key, object_id=person)


def test_a_person_counts_once_whichever_pass_refused_the_rows() -> None:
    """By the gate now, by a gate before a crash, or by the keys of the file, of which some rows were looked up."""
    rows = [planned(5, "p", A), planned(9, "p", B), planned(11, "q", A)]
    refused = [contradicted(12, "E3", "r"), contradicted(13, "e3"), contradicted(14, "E4"), contradicted(15, "E4")]
    _, figures = judged(*rows, *refused)
    assert (4, 1, 6, 3) == (figures.people, figures.matched, figures.refused, figures.repeated)
    assert 7 == figures.rows


def test_the_share_of_refused_rows_is_one_of_rows() -> None:
    """Counting people would let a damaged file pass: 8 of 84 are less than a tenth, and 24 of 100 rows are not."""
    rows = [planned(number, f"person {number}", PhoneNumber(1, f"202555{number:04}")) for number in range(76)]
    refused = [contradicted(100 + 3 * person + row, f"E{person}") for person in range(8) for row in range(3)]
    _, figures = judged(*rows, *refused)
    assert (84, 24) == (figures.people, figures.refused)
    messages = {one.setting: one.message for one in exceeded_limits(figures, SafetyLimits(max_refused_share=0.2))}
    assert "24 of 100 rows (24.0%) are refused; the limit is 20.0%" == messages["MAX_REFUSED_SHARE"]


def test_a_mobile_that_too_many_people_share_is_refused_for_all_of_them() -> None:
    """At the limit it passes, one person above it all are refused, each naming the others."""
    rows = [planned(number, f"person {number}", A) for number in (4, 5, 6)]

    assert {} == judged(*rows[:2])[0]
    outcomes, _ = judged(*rows)
    assert {4, 5, 6} == set(outcomes)
    assert outcomes[4].reason.startswith("rows 5, 6 have the same mobile number")


def test_rows_already_settled_count_as_refused_or_unmatched() -> None:
    """The gate's figures are of people: merged rows are nobody of their own, rows done before are matched."""
    _, figures = judged(
        planned(1, "p", A),
        Row("run", 2, RowState.REFUSED, "personNotFound"),
        Row("run", 3, RowState.REFUSED, "keyMissing"),
        Row("run", 4, RowState.MERGED, "duplicateRow"),
        Row("run", 5, RowState.CREATED, "applied"),
    )

    assert (4, 2, 1, 1) == (figures.people, figures.matched, figures.unmatched, figures.refused)


def test_a_person_with_a_refused_slot_is_matched_and_refused() -> None:
    """One person, whose other slot would be written."""
    bad = Refusal("landlineNotMobile", Said("C5: a landline"), "C5", slot="office")
    row = replace(planned(5, "p", A), plan=replace(planned(5, "p", A).plan or Plan((), ()), refused=(bad,)))
    _, figures = judged(row)

    assert (1, 1, 1, 1) == (figures.people, figures.matched, figures.creates, figures.refused)


def test_refused_slots_count_in_the_digest_since_version_3() -> None:
    """An approval covers them; digests of older versions are of plans without any."""
    whole = planned(5, "p", A)
    bad = Refusal("landlineNotMobile", Said("C5: a landline"), "C5", slot="office")
    partly = replace(whole, plan=replace(whole.plan or Plan((), ()), refused=(bad,)))

    assert [True, True, False] == [digest_of(whole, version) == digest_of(partly, version) for version in (1, 2, 3)]


def digest_of(row: Row, version: int) -> str:
    digest = PlanDigest("nonce", version)
    digest.add(row)
    return digest.hexdigest()


def test_the_mapping_of_the_file_counts_in_the_digest_since_version_3() -> None:
    """An approval covers the proposals; digests of older versions are of runs without any."""
    proposed = MappedColumn(2, "Hotline", Use.IN_DOUBT, why=Said("its heading is not known"))
    mapping = FileMapping("Sheet1", 1, (proposed,))
    decided = replace(mapping, columns=(replace(proposed, role=Role(Field.OFFICE)),))

    for version, differ in ((1, False), (2, False), (3, True)):
        digests = {PlanDigest("nonce", version, one).hexdigest() for one in (None, mapping, decided)}
        assert differ == (len(digests) == 3), version
        assert differ or len(digests) == 1
