"""What was spoken, day by day, and what was used of how much. Ours."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from rhapsode.access.caller import Caller
from rhapsode.access.keys import UsedKey, list_used_keys
from rhapsode.access.permissions import missing_permission
from rhapsode.api.context import CallerOf, ServicesOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.user import get_allowance
from rhapsode.storage.account import DAY_MS, list_daily_characters
from rhapsode.studio.limits import MAX_USAGE_DAYS

router = APIRouter(prefix="/rhapsode/v1/usage", tags=["user"], route_class=JsonRoute)

_LIST_KEYS = "create_user_api_key"


class UsageDay(BaseModel):
    """date: a calendar day in UTC, as in `2026-11-22`.    characters: code points that were spoken, for whomever."""

    date: str
    characters: int


class UsageOfKey(BaseModel):
    """characters: code points that a key has had spoken in this period."""

    key_id: str
    name: str
    characters: int


class UsageModel(BaseModel):
    """days: the last ones up to today, the oldest first, also those on which nothing was spoken.

    keys: those of whoever asks; all of the workspace for whoever may see to its keys. A period is a calendar month in
      UTC, and ends at period_end_unix.
    total_characters: of this period, by the key that asks where it has a quota, otherwise by all.
    quota: characters that this key may have spoken in a period; null for any number.
    """

    days: list[UsageDay]
    keys: list[UsageOfKey]
    total_characters: int
    quota: int | None
    period_end_unix: int


@router.get("", summary="Tell what was spoken")
def get_usage(
    services: ServicesOf, caller: CallerOf, days: Annotated[int, Query(ge=1, le=MAX_USAGE_DAYS)] = 30
) -> UsageModel:
    """Characters that were spoken on each day, and by each key in this month. What is said again counts nothing."""
    with services.records.read(caller.workspace_id) as tx:
        first_day = tx.now_ms // DAY_MS - days + 1
        spoken = list_daily_characters(tx, since_ms=first_day * DAY_MS)
        allowance = get_allowance(tx, caller.key_id)
    used = list_used_keys(services.records, caller.workspace_id)
    return UsageModel(
        days=[
            UsageDay(date=_date(day), characters=spoken.get(day, 0))
            for day in range(first_day, first_day + days)
        ],
        keys=[
            UsageOfKey(key_id=each.api_key.key_id, name=each.api_key.name, characters=each.character_count)
            for each in used
            if _is_told(each, caller)
        ],
        total_characters=allowance.used,
        quota=allowance.limit,
        period_end_unix=allowance.ends_at_ms // 1000,
    )


def _is_told(used: UsedKey, caller: Caller) -> bool:
    key = used.api_key
    if key.revoked_at_ms is not None and not used.character_count:
        return False
    is_own = key.key_id == caller.key_id or (caller.user_id is not None and key.user_id == caller.user_id)
    return is_own or missing_permission(caller.allowed, _LIST_KEYS) is None


def _date(day: int) -> str:
    return f"{datetime.fromtimestamp(0, UTC) + timedelta(days=day):%Y-%m-%d}"
