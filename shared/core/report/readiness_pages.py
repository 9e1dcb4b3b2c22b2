"""The pages of readiness: how many people each class has, what to do, the shares over time, and every person's name."""

from __future__ import annotations

from collections.abc import Sequence

from shared.core.record.readiness import ClassifiedPerson, Readiness, by_class
from shared.core.report.page import Block, Column, Counts, Facts, Kind, Line, Page, Section, Shares, Table, Title, Tone
from shared.core.report.readiness_report import DEPENDENT, ReadinessPoint, ReadinessReport, departments
from shared.core.report.result_pages import facts_of, facts_title, for_support
from shared.core.report.row_words import capital
from shared.core.report.texts import Texts
from shared.core.run.run import Run

_TONES = {
    **dict.fromkeys(DEPENDENT, Tone.NOT_DONE),
    Readiness.NUMBER_CAN_GO: Tone.DONE,
    Readiness.OTHER_METHODS: Tone.DONE,
    Readiness.EMAIL_ONLY: Tone.PARTLY,
    Readiness.NOTHING: Tone.PARTLY,
    Readiness.NOT_KNOWN: Tone.UNSURE,
    Readiness.SMS_SIGN_IN: Tone.NOT_DONE,
}
_OF_METHODS = tuple(one for one in Readiness if one is not Readiness.SMS_SIGN_IN)
"""The classes of which each person has exactly one, so that their shares add up."""


def readiness_pages(
    run: Run, report: ReadinessReport, history: Sequence[ReadinessPoint], texts: Texts
) -> tuple[Page, ...]:
    """An overview with the shares over time, the departments, and a line for each person."""
    found = by_class(report.people)
    overview = Page(texts.say("sheet.about"), _overview(run, report, found, history, texts), texts.page_number)
    notes = [texts.again(note) for note in run.all_notes]
    pages = [overview.with_section(texts.say("section.notes"), notes) if notes else overview]
    if any(one.account.department for one in report.people):
        table = _departments(found, texts)
        pages.append(Page(texts.say("sheet.departments"), (table,), texts.page_number))
    if report.people:
        pages.append(Page(texts.say("sheet.readiness"), (_people(report.people, texts),), texts.page_number))
    return tuple(pages)


def _overview(
    run: Run,
    report: ReadinessReport,
    found: dict[Readiness, list[ClassifiedPerson]],
    history: Sequence[ReadinessPoint],
    texts: Texts,
) -> tuple[Block, ...]:
    counts = Counts(
        (Column(texts.heading("class"), 48), Column(texts.heading("count"), 12, Kind.NUMBER)),
        tuple((f"{_TONES[one].sign} {_name(one, texts)}", len(people), _TONES[one]) for one, people in found.items()),
    )
    actions = Facts(tuple((_name(one, texts), texts.say(f"action.{one}")) for one, people in found.items() if people))
    shares = Shares(
        (Column(texts.heading("time"), 30), *(Column(_name(one, texts), 18, Kind.NUMBER) for one in _OF_METHODS)),
        tuple((point.at[:10], tuple(point.counts.get(one, 0) for one in _OF_METHODS)) for point in history),
    )
    people, dependent = len(report.people), report.dependent
    further = (("disabled", report.disabled), ("notRead", report.not_read))
    facts = (*facts_of(run, texts), *((texts.say(f"fact.{name}"), texts.number(count)) for name, count in further))
    return (
        Title(readiness_headline(people, dependent, texts)),
        Section(texts.say("section.howMany")),
        counts,
        Section(texts.say("section.actions")),
        actions,
        Section(texts.say("section.share")),
        shares,
        facts_title(run, texts),
        Facts(facts),
        *for_support(run, texts),
    )


def readiness_headline(people: int, dependent: int, texts: Texts) -> str:
    """How many of so many people depend on a phone."""
    if not people:
        return texts.say("headline.readiness.nobody")
    if dependent in (0, people):
        key = "headline.readinessAll" if dependent else "headline.readinessNone"
        return texts.say_how_many(key, people, people=people)
    return texts.say_how_many("headline.readiness", dependent, count=dependent, people=people)


def _departments(found: dict[Readiness, list[ClassifiedPerson]], texts: Texts) -> Table:
    columns = (
        Column(texts.heading("department"), 30),
        Column(texts.heading("class"), 48, Kind.SENTENCE),
        Column(texts.heading("count"), 12, Kind.NUMBER),
    )
    counts = [
        (department, one, count) for one, people in found.items() for department, count in departments(people).items()
    ]
    ordered = sorted(counts, key=lambda row: row[0])  # stable: the classes stay in their order
    return Table(columns, tuple(Line((department, _name(one, texts), count)) for department, one, count in ordered))


def _people(people: Sequence[ClassifiedPerson], texts: Texts) -> Table:
    columns = (
        Column(texts.heading("name"), 26),
        Column(texts.heading("signIn"), 34),
        Column(texts.heading("department"), 22),
        Column(texts.heading("class"), 40, Kind.OUTCOME),
        Column(texts.heading("smsSignIn"), 16),
        Column(texts.heading("action"), 46, Kind.SENTENCE),
        Column(texts.heading("objectId"), 30, Kind.CODE),
        Column(texts.heading("code"), 24, Kind.CODE),
    )
    order = list(Readiness)
    ordered = sorted(people, key=lambda one: (order.index(one.readiness), one.account.department))
    return Table(columns, (_line(one, texts) for one in ordered))


def _line(person: ClassifiedPerson, texts: Texts) -> Line:
    account, one = person.account, person.readiness
    tone = _TONES[one]
    return Line(
        (
            account.display_name,
            account.user_principal_name,
            account.department,
            f"{tone.sign} {_name(one, texts)}",
            texts.say(f"sms.{person.sms}"),
            " ".join(texts.say(f"action.{each}") for each in person.classes),
            account.object_id,
            one.value,
        ),
        tone,
    )


def _name(readiness: Readiness, texts: Texts) -> str:
    return capital(texts.say(f"readiness.{readiness}"))
