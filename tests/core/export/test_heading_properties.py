"""What holds for the headings of every language: spelling, order of words, completeness of the words, hints, speed."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.fields import Field
from shared.core.export.headings.heading import Heading, Role, Topic
from shared.core.export.headings.hints import nearest_field
from shared.core.export.headings.meaning import topic_of
from shared.core.export.headings.reading import read_heading
from shared.core.export.headings.spelling import divisions, spell
from shared.core.export.headings.vocabulary import fold, languages, vocabulary, words_of
from tests.core.export.former_aliases import AMBIGUOUS_HEADERS, headers_of


def test_harmless_words_are_no_misspellings() -> None:
    """`County` is no misspelt `Country`: no harmless word of a language is given a topic."""
    for language in languages():
        for word in (*words_of(language).get("harmless", ()), *words_of(language).get("name", ())):
            read = read_heading(word)
            assert read.known or read.weak or read.role, (language, word)


@pytest.mark.parametrize("words_each", [2, pytest.param(None, marks=pytest.mark.long)], ids=["some", "every"])
def test_every_word_is_understood_alone(words_each: int | None) -> None:
    """No word of any language is left without a meaning; in short, the first ones of each concept."""
    silent = {"stop", "noise", "third", "former", "start", "end", "elsewhere", "iso", "home_line"}
    for language in languages():
        for concept, words in words_of(language).items():
            for word in words[:words_each]:
                if concept not in silent and spell(word).letters:
                    read = read_heading(word)
                    assert read.known or read.topics or concept in ("domain", "prefix"), (language, concept, word)


_EXPLAINED = {
    "służbowy": "`business` alone may be a phone or an e-mail address",
}
"""Headings that had a field and have none now."""


def test_every_alias_of_before_keeps_its_field() -> None:
    """What the list of whole headings knew is known still; a weak heading keeps its role as a proposal."""
    for field in Field:
        for header in headers_of(field):
            read = read_heading(header)
            if header in _EXPLAINED:
                assert read.role is None
            else:
                assert read.role == Role(field), header


def test_ambiguous_headings_of_before_have_no_role() -> None:
    """`Username`, `id` and `Home phone` are no column to use."""
    for header in AMBIGUOUS_HEADERS:
        assert read_heading(header).role is None, header


PARTS = (
    "Mobile",
    "Work",
    "Mobile phone",
    "E-mail",
    "Private",
    "Office phone",
    "Employee ID",
    "Country",
    "Fax",
    "Email",
)


@given(st.sampled_from(PARTS), st.sampled_from(["{}", "{}*", "{}:", " {} ", "{} (required)", "[{}]", '"{}"', "{} -"]))
def test_case_and_signs_do_not_matter(part: str, frame: str) -> None:
    """Capitals, spaces, brackets, underscores and a mark for `required` change nothing."""
    plain = read_heading(part)
    for text in (frame.format(part), frame.format(part).upper(), frame.format(part.replace(" ", "_")).lower()):
        assert same(read_heading(text), plain), text


@given(
    st.sampled_from(["Mobile", "Phone", "E-mail", "Handy", "Téléphone", "Correo", "Telefoon", "Cellulare"]),
    st.sampled_from(["work", "private", "alternate", "business", "personal", "home"]),
)
def test_order_of_qualifiers_does_not_matter(thing: str, qualifier: str) -> None:
    """Before, behind, in brackets, behind a dash or a colon."""
    spellings = ("{q} {t}", "{t} {q}", "{t} ({q})", "{t} - {q}", "{t}: {q}", "{q}_{t}", "[{q}] {t}")
    readings = [read_heading(spelling.format(q=qualifier, t=thing)) for spelling in spellings]
    assert all(same(reading, readings[0]) for reading in readings)
    assert readings[0].known


@given(st.sampled_from(["Mobile", "Handy", "Portable", "Móvil", "Office phone", "Telefon privat", "Fax"]))
def test_words_for_number_do_not_matter(thing: str) -> None:
    """`N°`, `Nº`, `#`, `Nr.`, `no` and `number` say nothing."""
    plain = read_heading(thing)
    for word in ("N°", "Nº", "#", "Nr.", "No.", "number", "№"):
        assert same(read_heading(f"{thing} {word}"), plain), word


@given(st.text(max_size=40), st.text(max_size=12))
def test_any_text_is_read(text: str, group: str) -> None:
    """Whatever stands there: a role only for what is known, and nothing that is used is another person's."""
    read = read_heading(text, group)
    assert read.role is None or read.known
    assert not (read.other_person and read.role)


@given(
    st.sampled_from(["Emergency contact", "Spouse", "Notfallkontakt", "Next of kin", "緊急連絡先"]),
    st.sampled_from(PARTS),
)
def test_another_person_wins_over_everything(person: str, part: str) -> None:
    """Nothing of an emergency contact or a spouse is used, in the heading or in the group."""
    for read in (read_heading(part, person), read_heading(f"{person} {part}"), read_heading(f"{part} ({person})")):
        assert read.role is None
        assert Topic.OTHER_PERSON in read.topics


THINGS = ("mobile", "tel", "e-mail", "employee id")


def given_away(language: str, words_each: int | None) -> Iterator[str]:
    """Headings with a word for another person or a national number, and with a role all the same."""
    for concept in ("other_person", "superior", "national_id"):
        for word, thing in itertools.product(words_of(language).get(concept, ())[:words_each], THINGS):
            read = read_heading(f"{word} {thing}")
            if read.role is not None and not (read.weak and f"{word} {thing}" in SHARED_WORDS):
                yield f"{word} {thing}"


@pytest.mark.parametrize("language", languages())
def test_no_language_gives_away_another_person(language: str) -> None:
    """Whatever language reads the word, which may stand before any thing; the first words of each concept."""
    assert [] == list(given_away(language, 4))


@pytest.mark.long
def test_no_word_gives_away_another_person() -> None:
    assert [] == [text for language in languages() for text in given_away(language, None)]


SHARED_WORDS = {"PA employee id", "TFN mobile", "TFN tel", "pers.nr employee id", "persnr employee id"}
"""Words of another meaning elsewhere: `tfn` is a Swedish phone, `Pers.-Nr.` a German employee id."""


def test_scripts() -> None:
    """Letters of every script count; accents, vowel points and the forms of one letter do not."""
    assert "telephonen2" == fold("Téléphone n° 2")
    assert fold("İŞ TELEFONU") == fold("iş telefonu")
    assert "κινητοτηλεφωνο" == fold("Κινητό ΤΗΛΈΦΩΝΟ")
    assert fold("هَاتِف") == fold("هاتف")
    assert fold("ﾓﾊﾞｲﾙ") == fold("モバイル")
    assert len(fold("휴대폰")) == len("휴대폰")
    assert "еи" == fold("Ё й")


def test_a_division_is_complete_or_none() -> None:
    """A word that is not known leaves no division; a compound is divided; the whole word goes first."""
    assert not list(divisions(spell("Mobile xyzzy"), vocabulary()))
    assert frozenset({("work", "mobile")}) <= next(divisions(spell("Diensthandy"), vocabulary()))
    assert all(len(words) == 1 for words in next(divisions(spell("personnummer"), vocabulary())))


@given(
    st.one_of(st.text(max_size=20), st.sampled_from(["Emial adress", "Altrnate mobile", "Moblie", "Contry", "E-Mali"]))
)
def test_hints_never_cross_kinds(text: str) -> None:
    """A heading about e-mail is never said to resemble a phone."""
    read = read_heading(text)
    field = nearest_field(read)
    assert field is None or topic_of(field) in read.topics


def test_hints() -> None:
    """A misspelt heading names the field that it resembles."""
    hints = {
        "Moblie phone": Field.MOBILE,
        "Emial address": Field.MAIL,
        "Usr Principal Name": Field.USER_PRINCIPAL_NAME,
        "Favourite thing": None,
    }
    assert {text: nearest_field(read_heading(text)) for text in hints} == hints


def test_nothing_is_loaded_before_the_first_heading() -> None:
    """Importing the module reads no file: a cold start pays nothing for the words."""
    code = (
        "import shared.core.export.headings.reading, shared.core.export.headings.vocabulary as v;"
        "print(v.vocabulary.cache_info().currsize)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert "0" == ran.stdout.strip()


def test_the_words_are_loaded_once() -> None:
    vocabulary.cache_clear()
    read_heading.cache_clear()
    for pair in itertools.product(PARTS, PARTS):
        read_heading(" ".join(pair))
    assert 1 == vocabulary.cache_info().misses


def same(one: Heading, other: Heading) -> bool:
    return (one.role, one.known, one.rank, one.other_person) == (
        other.role,
        other.known,
        other.rank,
        other.other_person,
    )
