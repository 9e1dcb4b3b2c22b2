"""The meaning of a combination of concepts, whatever the order, the language and the spelling of their words.

Each function decides about one subject and returns None for all others; the order of `_SUBJECTS` is the order of
precedence. A combination that no function knows has no meaning: it is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shared.core.export.fields import Field
from shared.core.export.headings.heading import Topic
from shared.core.export.headings.meaning import Concepts, Meaning, not_used, undecided, used
from shared.core.export.headings.phones import line, part_of_phone
from shared.core.export.headings.qualifiers import country, dates, kind_of_phone, status
from shared.core.values.said import Said

_NEUTRAL = frozenset({"stop", "noise", "contact_details"})
_THINGS = frozenset(
    {"mobile", "phone", "landline", "email", "calling_code", "area_code", "trunk", "prefix", "extension", "direct_dial"}
)
_WORK_PLACES = frozenset({"office", "company"})
"""Beside one of `_THINGS` these concepts say whose it is; alone they mean a place."""
_EXPANDED = {"desk_line": ("phone", "work"), "home_line": ("phone", "private"), "country_code": ("country", "code")}
_ADDRESSED = frozenset({"phone", "mobile", "landline", "email"})


def meaning_of(words: tuple[str, ...], group: tuple[str, ...] = ()) -> Meaning | None:
    """The meaning of the concepts of a heading together with those of its group heading; None = not known."""
    of_group = {"self"} if {"contact", "number"} <= set(words) else set()
    concepts = _plain({*words, *group} - (of_group - set(words)))
    if not concepts:
        return replace(not_used(Said("a heading without a subject")), weak=True)
    if group and not _plain(words):
        return None
    found = next((meaning for subject in _SUBJECTS if (meaning := subject(concepts)) is not None), None)
    if found is not None and "superior" in group:
        return replace(found, other_person=True)
    return found


def _plain(words: set[str] | tuple[str, ...]) -> Concepts:
    concepts = {part for word in words for part in _EXPANDED.get(word, (word,))} - _NEUTRAL
    if concepts & _THINGS or ("country" in concepts and not concepts & {"place"}) or concepts == {"office", "number"}:
        concepts = (concepts - _WORK_PLACES) | ({"work"} if concepts & _WORK_PLACES else set())
    return frozenset(concepts)


def _other_person(concepts: Concepts) -> Meaning | None:
    contact_name = "contact" in concepts and concepts & {"name", "place", "birth"}
    if not concepts & {"other_person", "superior"} and not contact_name:
        return None
    topics = {Topic.OTHER_PERSON} | ({Topic.PHONE} if concepts & (_ADDRESSED - {"email"}) else set())
    topics |= {Topic.EMAIL} if "email" in concepts else set()
    described = bool(concepts & ({"other_person"} | _ADDRESSED)) or bool(contact_name)
    why = Said("about another person" if described else "the name or number of another person")
    return not_used(why, *topics, other_person=described)


_FORMER = not_used(Said("a former value"))
_NEVER_USED: tuple[tuple[str, Meaning], ...] = (
    ("national_id", not_used(Said("a national identity number, which is never used to find a person"), Topic.PERSON)),
    ("citizenship", not_used(Said("a citizenship, which says nothing about phones"), Topic.COUNTRY)),
    ("fax", not_used(Said("a fax number"), Topic.PHONE)),
    ("pager", not_used(Said("a pager"), Topic.PHONE)),
    ("messenger", not_used(Said("an account of a messenger"))),
    ("attribute", not_used(Said("no phone number, e-mail address or id"))),
    ("former mobile", _FORMER),
    ("former phone", _FORMER),
    ("former landline", _FORMER),
    ("former email", _FORMER),
    ("former employee_id", _FORMER),
    ("former upn", _FORMER),
    ("former country", _FORMER),
)
"""Concepts that are not used. The first row whose concepts all occur decides; see `_never_used` for the exceptions."""


def _never_used(concepts: Concepts) -> Meaning | None:
    about = {_ATTRIBUTE_OF[concept] for concept in concepts & _ATTRIBUTE_OF.keys()}
    if concepts == {"messenger", "number"}:
        about = {Topic.PHONE}
    if (
        concepts & {"attribute", "messenger"}
        and about
        and not concepts & {"national_id", "citizenship", "fax", "pager", "former"}
    ):
        return _open(Said("it is about a phone, an e-mail address or a country, and may be none"), *about)
    return _first(_NEVER_USED, concepts)


_ATTRIBUTE_OF = {
    "mobile": Topic.PHONE,
    "phone": Topic.PHONE,
    "landline": Topic.PHONE,
    "email": Topic.EMAIL,
    "country": Topic.COUNTRY,
}
"""By concept, its topic. Beside `attribute` or `messenger` it is open whether the column holds the thing itself
(`Notification mobile`, `Mobile (WhatsApp)`) or only a property of it (`Mobile model`)."""


def _first(table: tuple[tuple[str, Meaning], ...], concepts: Concepts) -> Meaning | None:
    """The meaning in the first row of the table whose concepts all occur."""
    return next((meaning for needed, meaning in table if concepts >= set(needed.split())), None)


def _sms_sign_in(concepts: Concepts) -> Meaning | None:
    if "sms_sign_in" not in concepts:
        return None
    return (
        used(Field.SMS_SIGN_IN, why=Said("the switch of SMS sign-in"))
        if _only(concepts, "sms_sign_in status active")
        else None
    )


_KEYS: tuple[tuple[str, str, Field, Said], ...] = (
    ("upn", "login id email self number name work primary", Field.USER_PRINCIPAL_NAME, Said("the user principal name")),
    ("object_id", "login id self number name work code", Field.OBJECT_ID, Said("the object id")),
    (
        "employee_id",
        "self number id work company primary private contact code",
        Field.EMPLOYEE_ID,
        Said("the employee id"),
    ),
    ("self number", "work company private contact id code", Field.EMPLOYEE_ID, Said("the employee id")),
    ("self id", "work company private contact code login", Field.EMPLOYEE_ID, Said("the employee id")),
    ("self code", "work", Field.EMPLOYEE_ID, Said("the employee id")),
)
"""Needed concepts, concepts that may stand beside them, the field, and its name. A group heading such as `Contact` or
`Personal` does not change a key."""


def _key(concepts: Concepts) -> Meaning | None:
    for needed, besides, field, why in _KEYS:
        if concepts >= set(needed.split()) and _only(concepts, f"{needed} {besides}"):
            return used(field, why=why)
    return None


def _login(concepts: Concepts) -> Meaning | None:
    if "login" in concepts and _only(concepts, "login id self number name work code company primary"):
        return _open(Said("it may be a user principal name or a name of another system"), Topic.PERSON)
    if "id" in concepts and _only(concepts, "id number code self work private primary"):
        return _open(Said("it may be an object id or a number of the HR system"), Topic.PERSON)
    return None


_EMAILS: tuple[tuple[str, Meaning], ...] = (
    ("work private", undecided(Said("it names a work e-mail address and a private one"), Topic.EMAIL)),
    ("third", not_used(Said("a third e-mail address"), Topic.EMAIL)),
    ("mfa", used(Field.EMAIL, rank=2, why=Said("the authentication e-mail address"))),
    ("alternate work", not_used(Said("a second work e-mail address"), Topic.EMAIL)),
    ("private alternate", used(Field.EMAIL, rank=0, why=Said("a second private e-mail address"))),
    ("private", used(Field.EMAIL, why=Said("a private e-mail address"))),
    ("contact alternate", undecided(Said("it may belong to a second contact"), Topic.EMAIL, Topic.OTHER_PERSON)),
    ("alternate", used(Field.EMAIL, why=Said("an alternate e-mail address"))),
    ("contact", used(Field.MAIL, weak=True, why=Said("an e-mail address, perhaps of a contact"))),
    ("login", used(Field.MAIL, weak=True, why=Said("an e-mail address or a sign-in name"))),
    ("work", used(Field.MAIL, rank=2, why=Said("a work e-mail address"))),
    ("email", used(Field.MAIL, why=Said("an e-mail address"))),
)
"""Concepts beside `email`, and the meaning of both. A plain e-mail address is that of the company mailbox: a key."""
_BESIDE_EMAIL = "email work private alternate third primary mfa contact self number address login"


def _email(concepts: Concepts) -> Meaning | None:
    if "email" not in concepts:
        return None
    if concepts & {"status", "active", "type", "date"} and not concepts & {"phone", "mobile", "country"}:
        return not_used(Said("a property of an e-mail address"))
    if concepts not in ({"email", "id"}, {"email", "code"}) and not _only(concepts, _BESIDE_EMAIL):
        return None
    return _first(_EMAILS, concepts)


_HARMLESS = (
    "harmless name place address birth elsewhere residence type code id number self company office work private "
    "primary alternate third status active date start end international leaving hire domain area contact login "
    "former prefix"
)
_ENOUGH = frozenset({"harmless", "name", "address", "birth", "company", "elsewhere", "domain"})
"""A heading with one of these concepts, and with none but those of `_HARMLESS`, is not about what the app needs."""


def _harmless(concepts: Concepts) -> Meaning | None:
    if _only(concepts, _HARMLESS) and concepts & _ENOUGH:
        return not_used(Said("not about phones, e-mail addresses or ids"))
    if (
        "type" in concepts
        and len(concepts) > 1
        and _only(concepts, "type self address login code id name work company office")
    ):
        return not_used(Said("a kind of employment or of postal address"))
    return None


_WEAK: tuple[tuple[str, str, tuple[Topic, ...]], ...] = (
    ("place", "work office primary name code id number self private alternate country company", (Topic.COUNTRY,)),
    ("residence", "place private", (Topic.COUNTRY,)),
    ("contact", "number code id primary alternate work self third", (Topic.PHONE, Topic.EMAIL, Topic.OTHER_PERSON)),
    ("type", "number", (Topic.PHONE_TYPE,)),
    ("area", "work number", (Topic.PART_OF_NUMBER,)),
    ("code", "number", (Topic.PART_OF_NUMBER, Topic.PERSON)),
    ("private", "number primary alternate third", (Topic.PHONE, Topic.EMAIL)),
    ("work", "primary alternate third", (Topic.PHONE, Topic.EMAIL)),
    ("primary", "number", (Topic.PHONE, Topic.EMAIL)),
    ("alternate", "number", (Topic.PHONE, Topic.EMAIL)),
    ("international", "number", (Topic.PART_OF_NUMBER,)),
    ("mfa", "number primary alternate", (Topic.PHONE, Topic.EMAIL)),
    ("number", "third", (Topic.PHONE, Topic.PERSON)),
    ("self", "", (Topic.PERSON,)),
)
"""A needed concept, concepts that may stand beside it, and what the heading is then about."""


def _weak(concepts: Concepts) -> Meaning | None:
    """Concepts that can mean different things, so that the values decide."""
    for needed, besides, topics in _WEAK:
        if needed in concepts and _only(concepts, f"{needed} {besides}"):
            return _open(Said("its heading can mean several things"), *topics)
    return None


def _open(why: Said, *topics: Topic) -> Meaning:
    return replace(undecided(why, *topics), weak=True)


def _office(concepts: Concepts) -> Meaning | None:
    """`Office`: a desk line or a place. `Work number`: a desk line or a number of the company."""
    if concepts in ({"office"}, {"office", "primary"}, {"work", "number"}, {"work", "number", "primary"}):
        return used(Field.OFFICE, weak=True, why=Said("an office phone or a place"))
    return None


def _only(concepts: Concepts, allowed: str) -> bool:
    return concepts <= set(allowed.split())


_SUBJECTS: tuple[Callable[[Concepts], Meaning | None], ...] = (
    _other_person,
    _never_used,
    _sms_sign_in,
    kind_of_phone,
    _key,
    dates,
    status,
    part_of_phone,
    country,
    _email,
    line,
    _office,
    _weak,
    _login,
    _harmless,
)
