"""The safety limits as a table: each figure of the plan beside the limit within which it needs no approval."""

from __future__ import annotations

from shared.core.report.page import Column, Kind, Line, Table, Tone
from shared.core.report.texts import Texts
from shared.core.run.safety_limits import PlanFigures, SafetyLimits, exceeded_limits

_LEAST = "MIN_ROWS"
"""The setting that is a lower limit; the others are upper limits."""
_SHARE_OF_ROWS = "MAX_REFUSED_SHARE"
"""The setting that limits a share of the rows; the other shares in this table are of people."""
_NEVER_MARKED = ""
"""For a figure without a limit, and for one that the gate compares with more than the figures in this table."""


def limits_table(figures: PlanFigures, limits: SafetyLimits, texts: Texts) -> Table:
    """One line per figure; a figure that is certain to be beyond its limit is marked."""
    is_small = figures.rows < limits.small_set
    exceeded = {one.setting for one in exceeded_limits(figures, limits)}
    share, people = texts.share, figures.people - figures.outside
    lines = (
        ("people", figures.people, limits.min_rows, _LEAST),
        ("writes", figures.writes, limits.max_writes_unapproved, "MAX_WRITES_UNAPPROVED"),
        ("removals", figures.removals, limits.max_removals_unapproved, "MAX_REMOVALS_UNAPPROVED"),
        ("replaced", figures.updates, share(limits.max_update_share), _NEVER_MARKED),
        ("new", figures.creates, None, _NEVER_MARKED),
        ("refused", figures.refused, share(limits.max_refused_share), _SHARE_OF_ROWS),
        ("unmatched", figures.unmatched, share(limits.max_unmatched_share), "MAX_UNMATCHED_SHARE"),
    )
    columns = (
        Column(texts.heading("limit"), 56),
        Column(texts.heading("inThisPlan"), 34, Kind.OUTCOME),
        Column(texts.heading("withoutApproval"), 48),
    )

    def shown(count: int, setting: str) -> str:
        base = figures.rows if setting == _SHARE_OF_ROWS else people
        of_all = f" ({share(count / base)})" if base and setting != _LEAST else ""
        beyond = texts.say("limit.below" if setting == _LEAST else "limit.above")
        return f"{texts.number(count)}{of_all}" + (f" {beyond}" if setting in exceeded else "")

    def allowed(limit: int | str | None, setting: str) -> str:
        if limit is None:
            return texts.say("limit.none")
        words = texts.say("limit.atLeast" if setting == _LEAST else "limit.atMost", limit=limit)
        if not (isinstance(limit, str) and is_small):
            return words
        return texts.say_how_many("limit.from", limits.small_set, limit=words, people=limits.small_set)

    return Table(
        columns,
        tuple(
            Line(
                (texts.say(f"limit.{key}"), shown(count, setting), allowed(limit, setting)),
                Tone.NOT_DONE if setting in exceeded else None,
            )
            for key, count, limit, setting in lines
        ),
    )
