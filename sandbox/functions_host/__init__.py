"""A small host that runs a Python function app on one machine; README.md says what it does not reproduce."""

from sandbox.functions_host.clock import ManualClock
from sandbox.functions_host.config import ConfigurationError
from sandbox.functions_host.host import FunctionsHost
from sandbox.functions_host.runtime import Function, FunctionFailedError, IndexingError, index

__all__ = [
    "ConfigurationError",
    "Function",
    "FunctionFailedError",
    "FunctionsHost",
    "IndexingError",
    "ManualClock",
    "index",
]
