"""Every switch of the stand-in, with its meaning and its default.

Graph's documents leave many answers open; each open answer is a switch here, so that a caller can be tested under all
of them. Built where a stand-in is started, or from JSON by the control path; read by all other modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

from sandbox.graph.decoding import STRICT, decode
from sandbox.graph.permissions import APP_ROLES, AUDIT_LOG_READ, EMAIL_WRITE, METHODS_READ, POLICY_READ
from shared.core.values.capabilities import CloudName

RetryAfterForm = Literal["integer", "fraction", "date", "none"]
UselessRetryAfter = Literal["past", "zero", "negative", "garbage"]
"""Forms of the header that name no time ahead; only faults have them."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket's size: `amount` at once, refilled over `seconds`."""

    amount: float
    seconds: float


@dataclass(frozen=True, slots=True)
class TelecomProvider:
    """How far the tenant's own provider is in use: `evaluation` sends it requests and delivers nothing."""

    evaluation: bool = False
    percentage: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The stand-in's switches; the first value of each alternative is the default."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    identity_header: str = "sandbox"
    """The expected value of `X-IDENTITY-HEADER`."""
    cloud: CloudName = "global"
    """The cloud whose tokens are issued and accepted; it also decides what is not served, see `clouds.py`."""
    absent_api: Literal["segment", "UnknownError"] = "segment"
    """How a request is answered that the cloud does not have: 400 naming the segment, or 404 UnknownError."""
    roles: tuple[str, ...] = APP_ROLES
    """Roles granted to the identity, as the `roles` claim of its tokens."""
    email_role: bool = False
    """Whether the role for e-mail methods is also granted."""
    policy_role: bool = False
    """Whether the role for the authentication methods policy is also granted."""
    report_role: bool = False
    """Whether the role for the registration report is also granted."""
    methods_role: bool = False
    """Whether the role for reading all authentication methods is also granted."""
    app_id: str = "5a7d5b0c-0000-4000-8000-000000000001"
    tenant_id: str = "5a7d5b0c-0000-4000-8000-00000000000f"
    is_user_assigned: bool = False
    """Whether the identity is a user-assigned one: a request for a token then has to name it, by `client_id`."""
    token_seconds: int = 86_400
    token_names_resource: bool = True
    """Whether the token answer repeats `resource`; azure-identity's async credential cannot do without."""

    throttling: bool = True
    units: RateLimit | None = None
    """Resource units per app; None: by the number of people, as documented (3,500, 5,000 or 8,000 per 10 s)."""
    writes: RateLimit = RateLimit(3_000, 150)
    reports: RateLimit = RateLimit(5, 10)
    """Requests for reports per app."""
    tenant_writes: RateLimit = RateLimit(18_000, 300)
    neighbour_writes: float = 0.0
    """Share of the tenant's writes that another app uses up."""
    hidden_limit: float | None = None
    """Share of units and writes above which the backend of the authentication methods refuses by itself, with a bare
    429: no Retry-After, no other header, and no warning of its own."""
    time_scale: float = 1.0
    """Multiplies the rate at which the buckets refill."""
    retry_after: RetryAfterForm = "integer"
    minimum_retry_after: float = 0.0
    """The shortest wait of a 429; with 200, SDKs give up."""
    limit_percentage: bool = True
    """Whether `x-ms-throttle-limit-percentage` is sent above 0.8."""

    latency_ms: float = 0.0
    """Median of the log-normal time that each request takes; 0 answers at once."""
    latency_sigma: float = 0.35
    batch_parallelism: int = 20
    """How many items of a batch run at once; matters only with latency."""
    throttled_batch: Literal["200", "424"] = "200"
    """The status of a batch in which an item was throttled; older documentation gives 424."""

    number_spelling: Literal["graph", "verbatim", "space-required"] = "graph"
    """Stored as `+CC NSN[xEXT]`; as it came; or refused when the space is missing."""
    rule_answer: Literal["400", "404", "409", "empty"] = "400"
    """How a broken rule of the methods is answered; `empty` is 400 without a body."""
    taken_number: Literal["409-stored", "409-not-stored", "201-stored"] = "409-stored"
    """What happens to a mobile number that another person holds for SMS sign-in."""
    default_in_use: Literal["current", "older"] = "current"
    """Which of the two reported texts refuses to delete the default method."""
    sms_out_of_scope: Literal["405", "400"] = "405"
    not_found: Literal["coded", "UnknownError"] = "coded"
    """How an absent user or method under `/authentication` is answered."""
    shown_numbers: Literal["full", "masked", "none"] = "full"
    """What reads show of phone numbers: all, the last two digits as in a delegated session, or no method at all as for
    B2C users, although a creation is refused because there is one."""
    late_seconds: float = 0.0
    """How late the late replicas of authentication methods are: they know the methods of this many seconds ago."""
    late_share: float = 1.0
    """The share of requests for authentication methods that a late replica answers."""
    late_writes: Literal["by-what-they-know", "at-once"] = "by-what-they-know"
    """Whether a late replica also refuses writes by what it knows: 404 for a method that it does not know yet, and a
    creation of one that it still knows. What it lets pass is decided by the present state."""
    new_user_seconds: float = 0.0
    """How long everything under `/authentication` answers 404 for a person who joined after the beginning."""
    patch_answer: Literal["204", "200"] = "204"
    """`200`: an update is answered with the entity."""
    sms_by_upn: Literal["works", "ignored"] = "works"
    """`ignored`: SMS actions addressed by sign-in name answer 204 and do nothing."""
    premium: bool = True
    """False: schedules of roles and of groups are answered with 400 AadPremiumLicenseRequired."""
    report_licence: bool = True
    """False: the registration report is answered with 403 Authentication_RequestFromNonPremiumTenantOrB2CTenant."""
    report_page_size: int = 1_000
    founder: bool = True
    """Whether a service principal is Global Administrator where no one else holds a role: no tenant is without one."""
    beta: bool = True
    """False: `/beta` answers 404, as a cloud without it does."""
    sms_policy: Literal["enabled", "disabled"] = "enabled"
    """The state of SMS in the authentication methods policy."""
    voice_policy: Literal["enabled", "disabled"] = "enabled"
    sms_provider: TelecomProvider | None = None
    """The telecom provider that the SMS configuration of the policy shows; None: the property is absent."""
    voice_provider: TelecomProvider | None = None
    page_size: int = 100
    empty_pages: bool = False
    """Whether an empty page with a link comes before every page, as Graph may send one at any time."""
    repeated_changes: bool = False
    """Whether each person in a round of `/users/delta` comes twice, as replays may."""
    delta_token_seconds: int = 604_800
    """How old a token of `/users/delta` can be before it is answered with 410."""

    def __post_init__(self) -> None:
        if not 0 <= self.neighbour_writes < 1:
            raise ValueError("neighbour_writes must be a share from 0 to below 1")
        if self.hidden_limit is not None and not 0 < self.hidden_limit <= 1:
            raise ValueError("hidden_limit must be a share above 0 and up to 1")
        if not 0 <= self.late_share <= 1:
            raise ValueError("late_share must be a share from 0 to 1")

    @property
    def granted(self) -> tuple[str, ...]:
        """All roles of the identity."""
        optional = {
            EMAIL_WRITE: self.email_role,
            POLICY_READ: self.policy_role,
            AUDIT_LOG_READ: self.report_role,
            METHODS_READ: self.methods_role,
        }
        return (*self.roles, *(role for role, is_granted in optional.items() if is_granted))

    def changed(self, changes: Mapping[str, Any]) -> Options:
        """A copy with JSON `changes`; raises ValueError naming an unknown switch or a value it cannot have."""
        return decode(Options, {**asdict(self), **changes})
