"""Who delivers text messages and calls for sign-in, and the day from which Microsoft no longer does.

Source: Microsoft Learn, "SMS and voice retirement" (concept-sms-voice-retirement, as of July 2026): from 2027-02-01
Microsoft's public cloud delivers neither for workforce tenants; numbers then need a telecom provider of the tenant's
own, and SMS sign-in ends even with one. The date has moved before, so it is a setting. No date is announced for other
clouds.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from shared.core.values.said import NOTHING, Said, joined, verbatim

WARNING_DAYS = 60
"""How many days before the first day without delivery the warning begins."""


_CHANNELS = {"sms": Said("text messages"), "voice": Said("calls")}
_ALL = 100


class Deliverer(StrEnum):
    """The values of PHONE_DELIVERY."""

    UNKNOWN = "unknown"
    MICROSOFT = "microsoft"
    OWN_PROVIDER = "own-provider"


@dataclass(frozen=True, slots=True)
class Ended:
    """The changes that no longer have an effect and are refused; removals never are."""

    numbers: bool = False
    """Setting phone numbers."""
    sms_sign_in: bool = False
    """Enabling SMS sign-in."""


NOTHING_ENDED = Ended()


@dataclass(frozen=True, slots=True)
class PhoneDelivery:
    deliverer: Deliverer = Deliverer.UNKNOWN
    first_day_without: date | None = None
    """The first day, from 00:00 UTC on, on which Microsoft delivers nothing; None = no such day is announced."""

    def ended(self, now: datetime) -> Ended:
        """The changes without an effect at this time; for numbers, only if PHONE_DELIVERY is `microsoft`."""
        if not self._is_over(now):
            return NOTHING_ENDED
        return Ended(numbers=self.deliverer is Deliverer.MICROSOFT, sms_sign_in=True)

    def warning(self, now: datetime) -> Said:
        """The warning that the date is near or past; "" = there is none."""
        day = self.first_day_without
        if day is None or not self._is_near(now) or self.deliverer is Deliverer.OWN_PROVIDER:
            return NOTHING
        return self._warning(day, is_over=self._is_over(now))

    def _warning(self, day: date, *, is_over: bool) -> Said:
        refused = self.deliverer is Deliverer.MICROSOFT
        match is_over, refused:
            case True, True:
                return Said(
                    "Since {day} Microsoft no longer delivers text messages and calls for sign-in; "
                    "new numbers are refused.",
                    day=day,
                )
            case True, False:
                return Said(
                    "Since {day} Microsoft no longer delivers text messages and calls for sign-in; "
                    "numbers need a telecom provider of your organisation.",
                    day=day,
                )
            case False, True:
                return Said(
                    "From {day} Microsoft will no longer deliver text messages and calls for sign-in; "
                    "new numbers are refused then.",
                    day=day,
                )
            case _:
                return Said(
                    "From {day} Microsoft will no longer deliver text messages and calls for sign-in; "
                    "numbers then need a telecom provider of your organisation.",
                    day=day,
                )

    def _is_near(self, now: datetime) -> bool:
        """Whether the date is at most WARNING_DAYS ahead, or past."""
        begins = self._begins()
        return begins is not None and now >= begins - timedelta(days=WARNING_DAYS)

    def _is_over(self, now: datetime) -> bool:
        begins = self._begins()
        return begins is not None and now >= begins

    def _begins(self) -> datetime | None:
        day = self.first_day_without
        return None if day is None else datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class TelecomProvider:
    """How much a telecom provider of the tenant delivers; in evaluation it is sent everything and delivers nothing."""

    in_evaluation: bool
    percentage: int

    @property
    def delivers_all(self) -> bool:
        return not self.in_evaluation and self.percentage >= _ALL


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """The enabled methods of the tenant's authentication methods policy, and their telecom providers.

    Both name a method by its id in lower case. Source of the providers: Graph's reference of telecomProviderSettings.
    Graph may leave that property out, which says nothing.
    """

    enabled: Set[str]
    providers: Mapping[str, TelecomProvider]

    def suggested_deliverer(self) -> tuple[Deliverer | None, Said]:
        """The value of PHONE_DELIVERY that the policy suggests, and why; None = no value.

        A provider counts only once it delivers everything.
        """
        shown = {name: self.providers[name] for name in _CHANNELS if name in self.providers}
        enabled = [name for name in _CHANNELS if name in self.enabled]
        if not shown or not enabled:
            return None, NOTHING
        if all(name in shown and shown[name].delivers_all for name in enabled):
            first, *second = (_CHANNELS[name] for name in enabled)
            channels = Said("{first} and {second}", first=first, second=second[0]) if second else first
            sentence = Said(
                "Graph shows that a telecom provider of the tenant delivers all {channels}.", channels=channels
            )
            return Deliverer.OWN_PROVIDER, sentence
        states = joined("; ", (_state_of(_CHANNELS[name], shown.get(name)) for name in enabled))
        return None, Said(
            "Graph shows a telecom provider that does not deliver everything yet ({states}).", states=states
        )


def _state_of(channel: Said, provider: TelecomProvider | None) -> Said:
    if provider is None:
        state = Said("none shown")
    else:
        state = Said("evaluation") if provider.in_evaluation else verbatim(f"{provider.percentage} %")
    return Said("{what}: {state}", what=channel, state=state)


NO_END = PhoneDelivery()
