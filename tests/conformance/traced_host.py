"""`python -m tests.conformance.traced_host …`: the Functions host, which writes down what each function is given.

Takes the host's own arguments; one JSON line per invocation goes to the file that TRACE names. MUTATION names a fault
that the host then has, for the test that the comparison finds it.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sandbox.functions_host import queues
from sandbox.functions_host.__main__ import main
from sandbox.functions_host.app import LoadedApp
from sandbox.functions_host.blobs import BlobTrigger
from sandbox.functions_host.runtime import Function

LONGEST = 200
"""Characters of a value that are written down; of a longer one its length."""


def _plain(value: object) -> object:
    match value:
        case SimpleNamespace(model_binding_data=bag):
            return {**vars(bag), "content": json.loads(bag.content)}
        case bytes():
            return {"base64": _plain(base64.b64encode(value).decode())}
        case str() if len(value) > LONGEST:
            return f"{len(value)} characters"
        case _:
            return value


def _record() -> None:
    invoke, file = LoadedApp.invoke, Path(os.environ["TRACE"]).open("a", buffering=1)  # noqa: SIM115 # to the end

    async def recorded(self: LoadedApp, function: Function, value: object, metadata: Mapping[str, object]) -> Any:
        given = {
            "function": function.name,
            "value": _plain(value),
            "metadata": {k: _plain(v) for k, v in metadata.items()},
        }
        file.write(json.dumps(given) + "\n")
        return await invoke(self, function, value, metadata)

    LoadedApp.invoke = recorded  # type: ignore[method-assign] # the host has no such place, and needs none


def _mutate() -> None:
    match os.environ.get("MUTATION"):
        case "wrong poison name":
            queues.POISON_SUFFIX = "-poisoned"
        case "lost ETag":
            notify = BlobTrigger.notify
            BlobTrigger.notify = lambda self, container, name, _: notify(self, container, name, "")  # type: ignore[method-assign,assignment] # a fault
        case "misspelt metadata":
            metadata_of = queues.metadata_of
            queues.metadata_of = lambda message: {
                name.replace("queueC", "queuC"): value for name, value in metadata_of(message).items()
            }


if __name__ == "__main__":
    _mutate()
    _record()
    main()
