"""The doctor's check of countries: which calling codes the tenant needs, and where Microsoft asks for an opt-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from dataclasses import dataclass

from shared.core.numbers import delivery, numbering_plan
from shared.core.values.said import counted
from shared.doctor.findings import DoctorCheck, Finding, Status

_NOTHING = "No usage location and no number that was read asks for a setting or an opt-in."


@dataclass(frozen=True, slots=True)
class CountriesInputs:
    """Regions are ISO 3166 alpha-2 codes. Both reads are samples; they raise ExplainedError."""

    usage_locations: Callable[[], Awaitable[Mapping[str, int]]]
    """Region -> number of enabled accounts with this usage location."""
    of_numbers: Callable[[], Awaitable[Set[str]]]
    """The regions of numbers that the app has written or adopted."""
    allowed: frozenset[int] = frozenset()
    """ALLOWED_CALLING_CODES; empty = any."""


async def countries_finding(inputs: CountriesInputs) -> Finding:
    """A note, never a warning, because Graph does not show whether the tenant has opted in."""
    located = {
        region: people
        for region, people in (await inputs.usage_locations()).items()
        if region in numbering_plan.KNOWN_REGIONS
    }
    listed = sorted(filter(delivery.needs_opt_in, located.keys() | await inputs.of_numbers()))
    sentences = [*_of_calling_codes(located, inputs.allowed), *([_of_opt_in(listed)] if listed else [])]
    return Finding(DoctorCheck.COUNTRIES, Status.OK, " ".join(sentences) or _NOTHING)


def _of_calling_codes(located: Mapping[str, int], allowed: Set[int]) -> Iterable[str]:
    code_of = numbering_plan.country_code_of
    codes = sorted(set(map(code_of, located)))
    if codes and not allowed:
        read = counted(sum(located.values()), "account that was read", "accounts that were read")
        yield f"By the usage location of {read}, ALLOWED_CALLING_CODES could be {';'.join(map(str, codes))}."
    refused = [region for region in sorted(located) if code_of(region) not in allowed]
    if refused and allowed:
        yield f"ALLOWED_CALLING_CODES refuses numbers of usage locations of accounts: {_named(refused)}."


def _of_opt_in(regions: Iterable[str]) -> str:
    return (
        f"Microsoft delivers SMS and voice calls to these countries only after an opt-in by a support request, as of "
        f"its list of {delivery.LIST_DATE}, and Graph does not show whether there was one: {_named(regions)}."
    )


def _named(regions: Iterable[str]) -> str:
    return ", ".join(f"{region} (+{numbering_plan.country_code_of(region)})" for region in regions)
