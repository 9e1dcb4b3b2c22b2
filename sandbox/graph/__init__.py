"""A stand-in for the parts of Microsoft Graph that the app uses, in process or on a port.

Used by tests, benchmarks and `python -m sandbox`; see README.md beside this file.
"""

from sandbox.graph.faults import Fault
from sandbox.graph.findings import Finding
from sandbox.graph.options import Budget, Options
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.graph.server import serve
from sandbox.graph.stand_in import StandIn
from sandbox.graph.state import Tenant
from sandbox.graph.user_state import UserState

__all__ = [
    "GLOBAL_ADMINISTRATOR",
    "Budget",
    "Fault",
    "Finding",
    "Group",
    "Options",
    "Person",
    "StandIn",
    "Tenant",
    "UserState",
    "serve",
]
