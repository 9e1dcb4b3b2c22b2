"""A slot of an ownership record as texts by field, in clear: for the ledger, and for what an undo restores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from shared.core.record.ownership_record import Confirmation, SlotRecord, SlotValueOfRecord
from shared.core.values.slot import DesiredValue, MaskedValue, Remove, Slot, StoredValue, value_from_json, value_to_json

SLOT_FIELDS = tuple(one.name for one in fields(SlotRecord))
_YES = "yes"


def slot_to_texts(entry: SlotRecord) -> dict[str, str]:
    """The texts by name of the field; "" = no value, or False."""
    return {name: to_text(getattr(entry, name)) for name in SLOT_FIELDS}


def slot_from_texts(slot: Slot, texts: Mapping[str, str]) -> SlotRecord:
    """The inverse of `slot_to_texts`; a missing field has its default."""

    def value(name: str) -> StoredValue | None:
        return value_from_json(slot, texts.get(name) or None)

    return SlotRecord(
        desired=value("desired"),
        written=value("written"),
        confirmation=Confirmation(texts.get("confirmation") or Confirmation.CONFIRMED),
        previous=value("previous"),
        written_at=time_from_text(texts.get("written_at")),
        wanted_at=time_from_text(texts.get("wanted_at")),
        wanted_by=texts.get("wanted_by", ""),
        rewritten=texts.get("rewritten") == _YES,
        left=value("left"),
        declined=value("declined"),
        owned=value("owned"),
        given_back=texts.get("given_back") == _YES,
        undone=_undone(slot, texts.get("undone", "")),
    )


def _undone(slot: Slot, text: str) -> DesiredValue | None:
    if text == Remove.REMOVE.value:
        return Remove.REMOVE
    value = value_from_json(slot, text or None)
    return None if isinstance(value, MaskedValue) else value


def time_from_text(text: str | None) -> datetime | None:
    """The inverse of `to_text` for a time; None = no time."""
    return datetime.fromisoformat(text) if text else None


def to_text(value: SlotValueOfRecord) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case bool():
            return _YES if value else ""
        case Remove():
            return value.value
        case str():
            return str(value)
        case _:
            return value_to_json(value) or ""
