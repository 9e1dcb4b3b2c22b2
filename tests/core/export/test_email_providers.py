"""Domains that look like a mistyped provider's, and the ones that are real."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.desired import read_email
from shared.core.export.email_providers import BIG_PROVIDERS, OTHER_PROVIDERS, likely_domains
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.slot import EmailAddress

_BIG, _OTHERS = BIG_PROVIDERS.split(), OTHER_PROVIDERS.split()
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    ("domain", "likely"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("GMIAL.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmail.de", "gmail.com"),
        ("gmail.com.br", "gmail.com"),
        ("icloud.co.uk", "icloud.com"),
        ("gmail.con.br", "gmail.com"),
        ("gm\u0430il.com", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmal.de", "hotmail.de"),
        ("hotmail.xyz", "hotmail.com"),
        ("hotmail.co", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("outloook.de", "outlook.de"),
        ("yaho.fr", "yahoo.fr"),
        ("yahoo.co.ku", "yahoo.co.uk"),
        ("iclod.com", "icloud.com"),
        ("gmx.ed", "gmx.de"),
        ("wbe.de", "web.de"),
        ("ornage.fr", "orange.fr"),
        ("fre.fr", "free.fr"),
        ("liberi.it", "libero.it"),
        ("wpp.pl", "wp.pl"),
        ("senzam.cz", "seznam.cz"),
        ("mial.ru", "mail.ru"),
        ("qq.con", "qq.com"),
        ("163.co", "163.com"),
        ("nave.com", "naver.com"),
        ("protn.me", "proton.me"),
        ("sky.con", "sky.com"),
        ("comcast.nte", "comcast.net"),
        ("a-small-company.cmo", "a-small-company.com"),
    ],
)
def test_a_mistyped_domain_is_refused_with_the_likely_one(domain: str, likely: str) -> None:
    """One letter more, less, other or swapped, or another ending, is probably a typing mistake."""
    found = read_email(Cell("E17", CellKind.TEXT, f"Jan.Jansen@{domain}"))
    assert isinstance(found, Refusal)
    assert ("emailDomainSuspicious", "E17") == (found.code, found.address)
    assert EmailAddress(f"Jan.Jansen@{likely}") in found.candidates
    assert "jansen" not in (found.reason + repr(found)).casefold()


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "GMail.com", "ymail.com", "mail.com", "email.com", "gmx.at", "hotmail.de", "126.com", "mai.ru"],
)
def test_a_real_provider_is_no_mistake(domain: str) -> None:
    """Known domains stand, however near they are to another."""
    assert () == likely_domains(domain)


@pytest.mark.parametrize(
    "domain",
    [
        "contoso.example", "example.com", "posteo.de", "uni-bonn.de", "company.co.uk",
        "outlook.contoso.com", "yahoo.contoso.co.uk", "gmail.mail.contoso.example",
    ],
)  # fmt: skip
def test_other_domains_are_left_alone(domain: str) -> None:
    """A domain that is near no big provider is not judged."""
    assert () == likely_domains(domain)


def test_every_known_domain_stands() -> None:
    """No line of the tables is refused, and none stands twice."""
    assert [] == [domain for domain in (*_BIG, *_OTHERS) if likely_domains(domain)]
    assert len({*_BIG, *_OTHERS}) == len(_BIG) + len(_OTHERS)


@given(
    domain=st.sampled_from(_BIG),
    place=st.integers(min_value=0, max_value=30),
    letter=st.sampled_from(_ALPHABET),
    kind=st.sampled_from(["add", "drop", "replace", "swap"]),
)
def test_one_letter_away_is_always_noticed(domain: str, place: int, letter: str, kind: str) -> None:
    """Wherever the mistake is, the right domain is among the suggestions, or the typed one is a provider's."""
    place %= len(domain) - 1
    typed = {
        "add": domain[:place] + letter + domain[place:],
        "drop": domain[:place] + domain[place + 1 :],
        "replace": domain[:place] + letter + domain[place + 1 :],
        "swap": domain[:place] + domain[place + 1] + domain[place] + domain[place + 2 :],
    }[kind]
    assert typed in {*_BIG, *_OTHERS} or domain in likely_domains(typed)
