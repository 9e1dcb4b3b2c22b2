"""The search for canaries finds them in every disguise, and nothing where there is none."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from trials.canaries import Canary, CanaryKind, Finder

NUMBER, NAME = "12025550187", "kanarie-login"
FINDER = Finder.of(
    (Canary(CanaryKind.PHONE, NUMBER), Canary(CanaryKind.EMAIL, "kanarie-privat"), Canary(CanaryKind.SIGN_IN, NAME))
)
LINE = 'PATCH {"phoneNumber": "+1 2025550187"}'


@pytest.mark.parametrize(
    "data",
    [
        "+1 2025550187",
        "+1 (202) 555-01 87",
        "2.0.2.5.5.5.0.1.8.7",
        "202\u00a0555\u20110187",
        "tel=%2B1%20202%20555%200187",
        "tel=%252B1+202+555+0187",
        base64.b64encode(LINE.encode()).decode(),
        base64.b64encode(base64.b64encode(LINE.encode())).decode(),
        base64.urlsafe_b64encode(("\u00ff\u00fe" + LINE).encode()).decode().rstrip("="),
        "token=" + base64.b64encode(LINE.encode()).decode()[3:],
        LINE.encode("utf-16-le"),
        LINE.encode("utf-16-be"),
        base64.b64encode(LINE.encode("utf-16")).decode(),
        "\\u0032\\u0030\\u0032\\u0035\\u0035\\u0035\\u0030\\u0031\\u0038\\u0037",
        json.dumps(json.dumps({"n": "\u00a0202\u00a05550187"})),
        "&#50;025550187",
        LINE.encode().hex(),
        "..50187, 2025550187...",
    ],
)
def test_a_number_is_found_in_every_disguise(data: str | bytes) -> None:
    """Grouped, encoded, wrapped twice, cut off."""
    assert {CanaryKind.PHONE} == FINDER.found(data)


@pytest.mark.parametrize("text", ["kanarie-privat@example.com", "KANARIE-PRIVAT@EXAMPLE.COM", "<kanarie%2Dprivat%40e>"])
def test_an_address_is_found_in_any_case(text: str) -> None:
    """Each kind of canary apart."""
    assert {CanaryKind.EMAIL} == FINDER.found(text)
    assert {CanaryKind.SIGN_IN} == FINDER.found(quote(f"/users/{NAME}@contoso.example/authentication"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<number ending in 87>",
        "2026-11-22T02:25:55.018+00:00 run 20261121T080000Z-0123456789",
        base64.b64encode(bytes(range(256)) * 20).decode(),
        "etag 0x8DCF2025, row 555, shard 0187",
    ],
)
def test_nothing_is_found_where_nothing_is(text: str) -> None:
    """Times, ids, hashes and masked numbers are no leaks."""
    assert frozenset() == FINDER.found(text)
