"""Requests and answers fit Graph's metadata, and the table of what each cloud lacks is that of the metadata.

`tests/conftest.py` records what all tests exchange with the Graph stand-in and checks it when they are over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from sandbox.system import ROOT
from shared.adapters.graph.clouds import PATHS
from shared.core.values.capabilities import OFFERED, Capabilities, CloudName
from tests.conformance.checker import needs_metadata, traffic_faults
from tests.conformance.traffic import BETA, METADATA_OF, faults

METHODS = "/users/00000000-0000-4000-8000-000000000001/authentication/phoneMethods"
GOOD: Mapping[str, Any] = {
    "cloud": "global",
    "byApp": True,
    "method": "POST",
    "url": METHODS,
    "body": {"phoneNumber": "+1 2025550101", "phoneType": "mobile"},
    "status": 201,
    "answer": {"id": "3179e48a-750b-4051-897c-87b9720928f7", "phoneType": "mobile", "smsSignInState": "notEnabled"},
}


@needs_metadata
@pytest.mark.parametrize("cloud", OFFERED)
@pytest.mark.parametrize("feature", [one.name for one in fields(Capabilities)])
def test_a_cloud_offers_what_its_metadata_declares(cloud: CloudName, feature: str) -> None:
    """The table of capabilities is computed from the metadata of each cloud."""
    ids = {"user": "00000000-0000-4000-8000-000000000001", "method": "3179e48a-750b-4051-897c-87b9720928f7"}
    needed = [
        {"method": "POST" if path.endswith("SmsSignIn") else "GET", "url": path.format(**ids)}
        for path in PATHS[feature]
    ]
    is_declared = [] == traffic_faults(METADATA_OF[cloud], needed)
    assert getattr(OFFERED[cloud], feature) is is_declared


@needs_metadata
def test_beta_is_asked_only_for_what_is_listed() -> None:
    """What the list does not name is a fault, whatever it is."""
    listed, other = f"{BETA[0]}?$filter=isPrivileged eq true", "/beta/users"
    asked: Mapping[str, Any] = {"method": "GET", "body": None, "status": 200, "answer": {"value": []}}
    assert [] == faults([{**GOOD, **asked, "url": listed}])
    assert 1 == len(faults([{**GOOD, **asked, "url": other}]))


def test_the_app_asks_beta_for_everything_that_is_listed() -> None:
    """The list holds nothing that nobody asks for."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared/adapters/graph").glob("*.py"))
    assert [] == [path for path in BETA if path.removeprefix("/beta") not in sources]


@needs_metadata
def test_the_metadata_still_lacks_what_is_newer() -> None:
    """Once it declares the property, the exemption of `traffic` goes."""
    url = f"{PATHS['methods_policy'][0]}/authenticationMethodConfigurations/sms"
    sms = {"@odata.type": "#microsoft.graph.smsAuthenticationMethodConfiguration", "id": "Sms"}
    asked: Mapping[str, Any] = {"method": "GET", "url": url, "body": None}
    newer = {**asked, "answer": {"telecomProviderSettings": {"partners": []}, **sms}}
    (fault,) = traffic_faults("global", [{**asked, "answer": sms}, newer])
    assert "telecomProviderSettings" in fault


@needs_metadata
def test_a_good_exchange_has_no_fault() -> None:
    """The exchange that the next test damages."""
    assert [] == faults([GOOD])


@needs_metadata
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": {"phoneNumber": "+1 2025550101", "phoneType": "pager"}}, "phoneType"),
        ({"body": {"phoneNumbr": "+1 2025550101", "phoneType": "mobile"}}, "phoneNumbr"),
        ({"method": "GET", "url": "/users?$select=id,employeID", "body": None, "answer": {"value": []}}, "employeID"),
        ({"url": METHODS.replace("phoneMethods", "phoneMethod")}, "phoneMethod"),
        ({"answer": {"id": 5, "phoneType": "mobile"}}, ""),
        ({"answer": {**GOOD["answer"], "smsSignInState": "sometimes"}}, "smsSignInState"),
        ({"status": 400, "answer": {"message": "no"}}, "error envelope"),
        ({"cloud": "china", "url": METHODS.replace("phoneMethods", "emailMethods")}, "emailMethods"),
    ],
)
def test_a_wrong_exchange_is_found(change: Mapping[str, Any], words: str) -> None:
    """A wrong enumeration member, name, path or type is a fault, in the request and in the answer."""
    assert 1 == len(found := faults([{**GOOD, **change}]))
    assert words in found[0] or "is no " in found[0]
