"""What the host sends in place of a blob, and that nothing else is taken for it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from azurefunctions.extensions.base import Datum, get_binding_registry  # type: ignore[import-untyped] # no types

from shared.adapters.storage.blob_reference import BlobReference
from tests.payloads import payload


def decoded(kind: str, value: object) -> object:
    """As the worker does it."""
    converter = get_binding_registry().get("blobTrigger")
    return converter.decode(Datum(value, kind), trigger_metadata={}, pytype=BlobReference)


def sent(**changes: str) -> SimpleNamespace:
    given = payload("blob-reference")
    place = {**given["content"], "BlobName": "Nord/a {b} %20.xlsx"}
    return SimpleNamespace(**{**given, "content": json.dumps(place), **changes})


def test_the_name_is_taken_as_it_is() -> None:
    """With its folders, and unquoted, because the host does not quote it."""
    assert BlobReference("hr-exports", "Nord/a {b} %20.xlsx") == decoded("model_binding_data", sent())


@pytest.mark.parametrize("kind", ["bytes", "string"])
def test_content_is_no_reference(kind: str) -> None:
    """A host that sends the blob itself is not what was asked for."""
    with pytest.raises(ValueError, match="not as a reference"):
        decoded(kind, b"user,mobile")


def test_another_service_s_reference_is_refused() -> None:
    """Its fields may mean something else."""
    with pytest.raises(ValueError, match="AzureServiceBusReceivedMessage"):
        decoded("model_binding_data", sent(source="AzureServiceBusReceivedMessage"))
