"""The blob trigger's argument: where a blob is, without its content.

The Functions host asks the worker which arguments are references (`properties.SupportsDeferredBinding`), and sends only
their blobs' names, as `model_binding_data`; otherwise it reads the whole blob into memory, whatever its size, before
any code of the app can look at the size. The worker finds references by their base class, and their converter by the
kind of the binding. This module stands in for Microsoft's `azurefunctions-extensions-bindings-blob`, which imports the
clients of storage and identity whenever the app is indexed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from azurefunctions.extensions.base import (  # type: ignore[import-untyped] # Microsoft ships no types
    Datum,
    InConverter,
    SdkType,
)

_SOURCE = "AzureStorageBlobs"


@dataclass(frozen=True, slots=True)
class BlobReference(SdkType):  # type: ignore[misc] # the base has no types
    """Where a blob is: its container, and its name with all folders."""

    container: str
    name: str

    @classmethod
    def read(cls, data: Any) -> Self:  # noqa: ANN401 # a protobuf message: `source`, and `content` in JSON
        """Raises ValueError for the reference of another service.

        Source: `BlobSdkType` of azure-functions-python-extensions.
        """
        if data.source != _SOURCE:
            raise ValueError(f"A blob trigger was given a reference of {data.source!r}, not of {_SOURCE}.")
        content = json.loads(data.content)
        return cls(content["ContainerName"], content["BlobName"])


class _BlobReferenceConverter(
    InConverter,  # type: ignore[misc] # as above
    binding="blob",  # type: ignore[call-arg] # taken by the metaclass
    trigger="blobTrigger",
):
    """The definition of this class registers it with the worker."""

    @classmethod
    def check_input_type_annotation(cls, pytype: type) -> bool:
        return issubclass(pytype, BlobReference)

    @classmethod
    def decode(cls, data: Datum, *, trigger_metadata: object, pytype: type) -> BlobReference:  # noqa: ARG003 # the worker's call
        """Raises ValueError if the host sent the content instead of a reference."""
        if data.type != "model_binding_data":
            raise ValueError(f"The host sent a blob as {data.type!r}, not as a reference.")
        return BlobReference.read(data.value)
