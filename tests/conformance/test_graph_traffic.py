"""Requests and answers fit Graph's metadata, and the table of what each cloud lacks is that of the metadata.

`tests/conftest.py` records what all tests exchange with the Graph stand-in and checks it when they are over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from itertools import chain
from typing import Any

from sandbox.system import ROOT
from shared.adapters.graph.clouds import PATHS
from shared.core.values.capabilities import OFFERED, Capabilities
from tests.conformance.checker import CSDL, needs_metadata, traffic_faults
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


def asked(path: str) -> dict[str, str]:
    url = path.format(user="00000000-0000-4000-8000-000000000001", method="3179e48a-750b-4051-897c-87b9720928f7")
    return {"method": "POST" if path.endswith("SmsSignIn") else "GET", "url": url}


def declared(metadata: str) -> set[str]:
    """The features whose requests fit a metadata document, which one run of the checker reads for all of them."""
    faults_found = traffic_faults(metadata, map(asked, chain.from_iterable(PATHS.values())))
    refused = {fault.partition(": ")[0] for fault in faults_found}
    return {
        feature
        for feature, paths in PATHS.items()
        if not any("{method} {url}".format(**asked(path)) in refused for path in paths)
    }


@needs_metadata
def test_a_cloud_offers_what_its_metadata_declares() -> None:
    """The table of capabilities is computed from the metadata of each cloud."""
    of_metadata = {metadata: declared(metadata) for metadata in CSDL}
    offered = {
        cloud: {one.name for one in fields(Capabilities) if getattr(offers, one.name)}
        for cloud, offers in OFFERED.items()
    }
    assert {cloud: of_metadata[METADATA_OF[cloud]] for cloud in OFFERED} == offered


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


WRONG: tuple[tuple[Mapping[str, Any], str], ...] = (
    ({"status": 400, "answer": {"message": "no"}}, "error envelope"),
    ({"body": {"phoneNumber": "+1 2025550101", "phoneType": "pager"}}, "phoneType"),
    ({"body": {"phoneNumbr": "+1 2025550101", "phoneType": "mobile"}}, "phoneNumbr"),
    ({"method": "GET", "url": "/users?$select=id,employeID", "body": None, "answer": {"value": []}}, "employeID"),
    ({"method": "GET", "url": "/beta/users", "body": None, "answer": {"value": []}}, "beta"),
    ({"url": METHODS.replace("phoneMethods", "phoneMethod")}, "phoneMethod"),
    ({"answer": {"id": 5, "phoneType": "mobile"}}, ""),
    ({"answer": {**GOOD["answer"], "smsSignInState": "sometimes"}}, "smsSignInState"),
    ({"cloud": "china", "url": METHODS.replace("phoneMethods", "emailMethods")}, "emailMethods"),
)
"""What is changed in the good exchange, and a word of the fault; in the order in which faults are told."""


@needs_metadata
def test_wrong_exchanges_are_found_and_good_ones_are_not() -> None:
    """A wrong enumeration member, name, path or type is a fault, in the request and in the answer.

    Of `/beta`, what the list does not name is a fault, whatever it is.
    """
    asked_of_beta = f"{BETA[0]}?$filter=isPrivileged eq true"
    listed: Mapping[str, Any] = {**GOOD, "method": "GET", "url": asked_of_beta, "body": None, "answer": {"value": []}}
    found = faults([GOOD, listed, *({**GOOD, **change} for change, _ in WRONG)])
    for (change, words), fault in zip(WRONG, found, strict=True):
        assert words in fault or "is no " in fault, change
