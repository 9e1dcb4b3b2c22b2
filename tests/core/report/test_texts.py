"""Every language says everything, and says the same."""

from __future__ import annotations

import json
import re
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.workbook.writing.rewritable import LOST_PARTS
from shared.core.export.fields import Field
from shared.core.export.headings.language import language_of
from shared.core.plan.question import QuestionReason
from shared.core.report import texts as module
from shared.core.report.page import Tone
from shared.core.report.texts import Language, in_every_language, offered, texts_in
from shared.core.values.codes import CODES
from shared.core.values.said import Said
from shared.core.values.states import RunState

_FOLDER = Path(module.__file__).with_name("texts")
_OTHERS = [language for language in Language if language is not Language.ENGLISH]


def document(language: Language) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_each_file_is_a_language() -> None:
    assert {f"{language}.json" for language in Language} == {file.name for file in _FOLDER.iterdir()}


@pytest.mark.parametrize("language", Language)
def test_every_code_has_words(language: Language) -> None:
    """A short reason, and what to do wherever the table of codes has a remedy."""
    own = document(language)
    assert CODES.keys() == own["short"].keys()
    assert all(own["short"].values())
    remedies = {code for code, info in CODES.items() if info.remedy}
    assert (set() if language is Language.ENGLISH else remedies) == own.get("todo", {}).keys()
    assert {code for code in CODES if texts_in(language).todo(code)} == remedies


@pytest.mark.parametrize("language", _OTHERS)
def test_every_text_exists_with_the_same_blanks(language: Language) -> None:
    """A text that is missing would be English, and a blank that is missing would leave a number out."""
    english, own = document(Language.ENGLISH), document(language)
    assert english["words"].keys() == own["words"].keys()
    assert english["formats"].keys() == own["formats"].keys()
    ones = {key for key in english["words"] if key.endswith(".one")}
    assert {key: blanks(text) for key, text in english["words"].items() if key not in ones} == {
        key: blanks(text) for key, text in own["words"].items() if key not in ones
    }
    assert [] == [code for code in CODES if "{" in texts_in(language).todo(code)]


@pytest.mark.parametrize("language", _OTHERS)
def test_remedies_ask_for_the_same_format_and_the_same_names(language: Language) -> None:
    """What is typed into the file, such as names of columns and folders, is the same in every language."""
    typed = ("objectId", "userPrincipalName", "employeeId", "alternateMobile", "preview", "full", "xlsx", "2026-01-31")
    names = re.compile(rf"\b(?:{'|'.join(typed)})\b")
    for code in CODES:
        english, own = (set(names.findall(texts_in(each).todo(code))) for each in (Language.ENGLISH, language))
        assert english == own, code


@pytest.mark.parametrize("language", Language)
def test_what_the_app_builds_keys_from_has_words(language: Language) -> None:
    said = texts_in(language).words
    assert {f"outcome.{tone}" for tone in Tone} <= said.keys()
    assert {f"runState.{state}" for state in RunState} <= said.keys()
    assert {f"role.{field}" for field in Field} <= said.keys()
    assert {f"question.{reason}" for reason in QuestionReason} <= said.keys()
    assert {f"lost.{kind}" for _, kind in LOST_PARTS} == {key for key in said if key.startswith("lost.")}
    assert all(len(text) <= 31 and not set("[]:*?/\\") & set(text) for key, text in said.items() if "sheet." in key)


_FRENCH_SIGN = re.compile(r"(?<!\u00a0)[:;?!»](?=\s|$)|«(?!\u00a0)")
_SINGLE, _LOW = "\u2018\u2019", "„\u201a"
_FOREIGN_QUOTES = {
    Language.ENGLISH: f'"`«»{_LOW}',
    Language.GERMAN: f"\"`'”«»{_SINGLE}",
    Language.FRENCH: f'"`“”{_LOW}{_SINGLE[0]}',
    Language.SPANISH: f"\"`'“”{_LOW}{_SINGLE}",
    Language.ITALIAN: f'"`“”{_LOW}{_SINGLE[0]}',
    Language.DUTCH: f'"`“”«»{_LOW}',
}


def all_texts(language: Language) -> set[str]:
    texts = texts_in(language)
    tables = (texts.words, texts.shorts, texts.todos, texts.sentences, texts.framed)
    return {text for table in tables for text in table.values()}


@pytest.mark.parametrize("language", Language)
def test_every_text_has_the_quotes_of_its_language(language: Language) -> None:
    assert [] == [text for text in all_texts(language) if set(_FOREIGN_QUOTES[language]) & set(text)]


@pytest.mark.parametrize("language", Language)
def test_signs_have_the_space_of_the_language_before_them(language: Language) -> None:
    """In French one that no line ends with, in the other languages none."""
    wrong = _FRENCH_SIGN if language is Language.FRENCH else re.compile(r"\s[:;?!]|«\s|\s»|„\s|\s“\s")
    assert [] == [text for text in all_texts(language) if wrong.search(text)]


@pytest.mark.parametrize("language", Language)
def test_no_text_has_two_spaces_or_a_sign_twice(language: Language) -> None:
    assert [] == [text for text in all_texts(language) if re.search(r"\s\s|[,;:]\.|\.\.|\s[.,](?!\w)", text)]


def test_german_speaks_of_texts_and_runs_as_its_readers_do() -> None:
    assert [] == [text for text in all_texts(Language.GERMAN) if re.search(r"\b(Textnachricht|Lauf\b|Läufe)", text)]


_FAMILIAR = {
    Language.GERMAN: r"\b(du|dich|dir|deine?[mnrs]?|euch|euer|eure)\b",
    Language.FRENCH: r"\b(tu|toi|ton|ta|tes)\b",
    Language.SPANISH: r"\b(tú|tu|tus|ti|te|vuestr[ao]s?)\b",
    Language.ITALIAN: r"\b(tu|tuo|tua|tuoi|tue|ti|vostr[aoie])\b|(?<!^)(?<![.:;] )\b(Suo|Sua|Suoi|Sue)\b",
    Language.DUTCH: r"\b(je|jij|jou|jouw|jullie)\b",
}


@pytest.mark.parametrize("language", _FAMILIAR)
def test_people_are_addressed_in_one_way(language: Language) -> None:
    """The polite one, in lower case where the language lets one choose."""
    familiar = re.compile(_FAMILIAR[language])
    assert [] == [text for text in texts_in(language).todos.values() if familiar.search(text)]
    assert [] == [text for text in texts_in(language).words.values() if familiar.search(text)]


@pytest.mark.parametrize("language", Language)
def test_what_hr_has_to_do_is_said_in_sentences(language: Language) -> None:
    todos = {code: texts_in(language).todo(code) for code in CODES}
    assert {} == {code: text for code, text in todos.items() if text and not (text[0].isupper() and text[-1] == ".")}


def test_no_language_takes_the_names_of_another() -> None:
    """By its sheets and the beginning of its headings a result is known again, also one of an earlier version."""
    for key in ("prefix", "sheet.work", "sheet.summary", "sheet.help"):
        names = [name for language in Language for name in {texts_in(language).words[key], *former(language, key)}]
        assert len(names) == len(set(names))
        assert set(names) == in_every_language(key)


def former(language: Language, key: str) -> list[str]:
    names: list[str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))["former"].get(key, [])
    return [name.replace(" :", "\u00a0:") for name in names]


def test_the_names_that_versions_before_wrote_are_known() -> None:
    """Workbooks with them lie in mailboxes; a name is never taken out of this list, only added."""
    written = {
        "prefix": (
            *("Phone methods: ", "Anmeldetelefon: ", "Téléphone de connexion\u00a0: ", "Teléfono de acceso: "),
            *("Telefono di accesso: ", "Aanmeldtelefoon: "),
        ),
        "sheet.work": (
            *("Phone methods to correct", "Anmeldetelefon zu korrigieren", "Téléphones à corriger"),
            *("Teléfonos por corregir", "Telefoni da correggere", "Telefoons te corrigeren"),
        ),
        "sheet.summary": (
            *("Phone methods summary", "Anmeldetelefon Überblick", "Téléphones - synthèse", "Resumen de teléfonos"),
            *("Riepilogo telefoni", "Telefoons overzicht"),
        ),
        "sheet.help": (
            *("How to fill it in", "So füllen Sie es aus", "Comment remplir", "Cómo rellenarlo", "Come compilarlo"),
            "Zo vult u het in",
        ),
        "heading.todo": ("ce qu'il faut faire",),
    }
    assert [] == [(key, name) for key, names in written.items() for name in names if name not in in_every_language(key)]


@pytest.mark.parametrize("language", Language)
def test_sheets_and_columns_of_a_result_are_called_by_one_name(language: Language) -> None:
    """A reader who sees `Sign-in phone: result` finds the sheet about sign-in phones."""
    words = texts_in(language).words
    name = words["prefix"].rstrip(": \u00a0").casefold()
    end = next(name[place:] for place in range(len(name)) if name[place:] in words["sheet.work"].casefold())
    ends = [end[: len(end) - cut] for cut in range(3)]
    for key in ("sheet.work", "sheet.summary"):
        assert any(len(one) > 8 and one in words[key].casefold() for one in ends), words[key]


_TEXT_FORMAT = re.compile(r"\b(Text|Texte|Texto|Testo|Tekst)\b")


@pytest.mark.parametrize("language", Language)
def test_what_to_type_into_a_frame_asks_for_no_format(language: Language) -> None:
    """The framed cell is text already; another cell that the sentence names is not."""
    texts, own = texts_in(language), document(language)["framed"]
    beginnings = [code for code, info in CODES.items() if re.match(r"Format the (?:\w+ )?cell\b", info.remedy)]
    assert len(beginnings) > 20
    for code in beginnings:
        first = re.split(r"[;.] ", texts.in_frame(texts.todo(code)))[0]
        assert not _TEXT_FORMAT.search(first), (code, first)
        assert first[0].isupper()
    assert [] == [one for one in own if not any(one in texts.todo(code) for code in CODES)]


def test_numbers_and_times_have_the_form_of_the_language() -> None:
    at = datetime(2026, 3, 5, 7, 4, tzinfo=UTC)
    german, english = texts_in(Language.GERMAN), texts_in(Language.ENGLISH)
    assert ("12.345", "12,5\u00a0%", "5. März 2026, 07:04 UTC") == (
        german.number(12_345),
        german.share(0.125),
        german.moment(at),
    )
    assert ("12,345", "5 March 2026, 07:04 UTC") == (english.number(12_345), english.moment(at))


@pytest.mark.parametrize(
    ("headings", "language"),
    [
        (("Personalnummer", "Nachname", "Handynummer", "Telefon Büro"), "de"),
        (("Matricule", "Nom", "Prénom", "Portable", "Pays"), "fr"),
        (("Número de empleado", "Nombre", "Teléfono móvil"), "es"),
        (("Matricola", "Cognome", "Nome", "Cellulare"), "it"),
        (("Personeelsnummer", "Naam", "Mobiel nummer", "Land"), "nl"),
        (("Employee ID", "Name", "Mobile phone"), "en"),
        (("userPrincipalName", "mobile", "office"), "en"),
        (("E-Mail", "Name", "Mobil"), "de"),
        ((), "en"),
        (("qwertz", ""), "en"),
    ],
)
def test_headings_tell_their_language(headings: tuple[str, ...], language: str) -> None:
    assert language == language_of(headings)


def test_a_language_that_is_not_offered_becomes_english() -> None:
    assert (Language.ENGLISH, Language.GERMAN) == (offered(language_of(["工号", "姓名", "手机"])), offered("de"))


def test_names_of_graph_are_not_hr_s() -> None:
    """In English too, where the sentence stays as it was said."""
    said = Said("No account has this {key}.", key=Said("employeeId"))
    assert "No account has this employee number." == texts_in(Language.ENGLISH).again(said)
