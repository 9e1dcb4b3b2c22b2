"""The settings of the safety limits: when a run waits for a person, and to how many people calls may write."""

from __future__ import annotations

from pydantic import BaseModel, Field

from shared.core.run.approvers import SecondPerson
from shared.core.run.call_quotas import CallLimits
from shared.core.run.planned_values import AccidentLimits
from shared.core.run.safety_limits import SafetyLimits
from shared.core.run.value_index import SharingLimits
from shared.core.values.states import Approval
from shared.setting_types import (
    Count,
    Positive,
    SecondPersonRule,
    Share,
)


class SafetySettings(BaseModel):
    """When a run waits for a person, and to how many people calls may write."""

    approval: Approval = Field(
        Approval.LIMITS,
        description="When runs wait for approval: above the safety limits or with a doubt (`limits`), `always`, or "
        "`never`. With `never` a run above the limits or with a doubt is rejected.",
    )
    small_set: Count = Field(
        10,
        description="Number of people in a run below which its counts are checked but its shares are not. People "
        "outside the pilot group do not count, and contradicting rows count one by one. For `MAX_SHRINK_SHARE` it is "
        "the number of people in the earlier export.",
    )
    max_update_share: Share = Field(
        0.3,
        description="Share of people who may get a changed value, or SMS sign-in, without approval. For one file, it "
        "is a share of the people for whom the file asks something in the slot, or of those managed in the slot if "
        "they are more. For all runs of 24 hours and of 7 days together, it is a share of the people managed in the "
        "slot, and never fewer people than `SMALL_SET`.",
    )
    max_create_share: Share = Field(
        0.2,
        description="Share of the managed people to whom all runs of 24 hours together may, without approval, give a "
        "value in a slot that was empty; never fewer people than `SMALL_SET`. It counts once 50 people are managed.",
    )
    max_removal_share: Share = Field(
        0.05,
        description="Share of people who may lose a value, or SMS sign-in, in one file without approval, counted as "
        "`MAX_UPDATE_SHARE` is.",
    )
    max_refused_share: Share = Field(
        0.2,
        description="Share of refused people above which a run is held; rows that contradict each other count one by "
        "one, and people outside the pilot group do not count.",
    )
    max_unmatched_share: Share = Field(
        0.2,
        description="Share of people without account above which a run is held; people outside the pilot group do not "
        "count.",
    )
    max_shrink_share: Share = Field(
        0.3,
        description="Share by which a full export may be smaller than the largest full export of the last 90 days "
        "before it is held. After a person has approved a shrink, only that export and later ones count.",
    )
    max_writes_unapproved: Count = Field(
        500,
        description="Number of people to whom one run, or all runs of 24 hours together, may write without approval.",
    )
    max_removals_unapproved: Count = Field(
        0,
        description="Number of people who may lose a value without approval, by one run or by all runs of 24 hours "
        "together.",
    )
    max_unmanaged_replaced: Count = Field(
        0,
        description="Number of people of a run whose values that the app neither wrote nor adopted may be replaced, "
        "or get a phone beside them, without a person's decision. Above it these people are set apart and the others "
        "go on, or if they are more than 20 and more than 5 % of the file, the whole run is held; see "
        "[ownership.md](ownership.md#first-contact).",
    )
    max_same_mobile: Positive = Field(
        2,
        description="Number of people who may share one mobile or alternate mobile number, or one e-mail address, "
        "without approval, counting the file, the ownership records and open runs.",
    )
    max_same_office: Positive = Field(
        20, description="Number of people who may share one office number without approval, counted in the same way."
    )
    max_calls_per_day: Count = Field(
        200,
        description="Number of people for whom calls may replace or remove a value, or switch SMS sign-in, in 24 "
        "hours.",
    )
    max_calls_per_caller: Count = Field(50, description="The same for the calls of one caller.")
    max_creates_by_call_per_day: Count = Field(
        2000, description="Number of people without a value to whom calls may give one in 24 hours."
    )
    max_taken_back: Count = Field(
        2,
        description="Number of people to whom a run may write, without approval, a value that the app wrote before and "
        "replaced in the last 90 days.",
    )
    max_moved_numbers: Count = Field(
        2,
        description="Number of people in one file who may, without approval, get a number or e-mail address that "
        "another person in the file loses, while their own goes to another person in the file.",
    )
    max_repeated_numbers: Count = Field(
        10,
        description="Number of people in one file who may get a mobile number or e-mail address that it gives to "
        "another person too, without approval.",
    )
    max_counted_numbers: Count = Field(
        10,
        description="Number of people in rows one below the other whose new mobile numbers may count up or down by the "
        "same step, without approval. A stretch of rows in which no person had a number before does not count.",
    )
    min_rows: Count = Field(1, description="Number of people below which an export is held.")
    require_second_person: SecondPersonRule = Field(
        SecondPerson.FALSE,
        description="Which runs a person who touched them may not approve alone: none (`false`), `held` runs, or "
        "`always`, which also holds every run but a call for one person. `true` means `held`.",
    )
    held_days: Positive = Field(7, description="Days after which a held run expires.")

    def safety_limits(self) -> SafetyLimits:
        return SafetyLimits(
            small_set=self.small_set,
            max_update_share=self.max_update_share,
            max_removal_share=self.max_removal_share,
            max_refused_share=self.max_refused_share,
            max_unmatched_share=self.max_unmatched_share,
            max_shrink_share=self.max_shrink_share,
            max_create_share=self.max_create_share,
            max_writes_unapproved=self.max_writes_unapproved,
            max_removals_unapproved=self.max_removals_unapproved,
            min_rows=self.min_rows,
        )

    def sharing_limits(self) -> SharingLimits:
        return SharingLimits(self.max_same_mobile, self.max_same_office)

    def call_limits(self) -> CallLimits:
        return CallLimits(self.max_calls_per_day, self.max_calls_per_caller, self.max_creates_by_call_per_day)

    def accident_limits(self) -> AccidentLimits:
        return AccidentLimits(
            self.max_moved_numbers, self.max_repeated_numbers, self.max_counted_numbers, self.max_taken_back
        )
