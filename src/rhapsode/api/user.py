"""The user and the subscription. A key that is nobody's stands for the workspace, which is then the user."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter

from rhapsode.api.context import CallerOf, KeyOf, ServicesOf, WorkspaceOf
from rhapsode.api.user_models import (
    CHARACTER_LIMIT,
    ExtendedSubscription,
    SeatType,
    Subscription,
    User,
)
from rhapsode.storage import users
from rhapsode.storage.account import count_characters_spoken, get_created_at_ms
from rhapsode.storage.key_usage import count_characters, get_character_limit
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ApiKeyId
from rhapsode.studio.people import Role

router = APIRouter(tags=["user"])

_SEATS: Mapping[Role, SeatType] = {
    "admin": "workspace_admin",
    "editor": "workspace_member",
    "viewer": "workspace_lite_member",
}


@router.get("/v1/user", summary="Get the user")
def get_user(services: ServicesOf, caller: CallerOf) -> User:
    """Who asks, with their seat in the workspace. Source: operation get_user_info."""
    with services.records.read(caller.workspace_id) as tx:
        user = None if caller.user_id is None else users.get_user(tx, caller.user_id)
        return User(
            user_id=caller.workspace_id if user is None else user.user_id,
            workspace_id=caller.workspace_id,
            subscription=_subscription(tx, caller.key_id),
            first_name=None if user is None else user.name,
            created_at=(get_created_at_ms(tx) if user is None else user.created_at_ms) // 1000,
            seat_type="workspace_admin" if caller.role is None else _SEATS[caller.role],
        )


@router.get("/v1/user/subscription", summary="Get the subscription")
def get_subscription(services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf) -> ExtendedSubscription:
    """What was used of how much. Source: operation get_user_subscription_info."""
    with services.records.read(workspace_id) as tx:
        return ExtendedSubscription(**_subscription(tx, key_id).model_dump())


def _subscription(tx: Transaction, key_id: ApiKeyId | None) -> Subscription:
    allowance = get_allowance(tx, key_id)
    return Subscription(
        character_count=allowance.used,
        character_limit=CHARACTER_LIMIT if allowance.limit is None else allowance.limit,
        next_character_count_reset_unix=allowance.ends_at_ms // 1000,
    )


@dataclass(frozen=True, slots=True)
class Allowance:
    """Characters of a month: how many were used of how many, None for any number, and when it ends.

    ends_at_ms: Unix milliseconds.
    """

    used: int
    limit: int | None
    ends_at_ms: int


def get_allowance(tx: Transaction, key_id: ApiKeyId | None) -> Allowance:
    """What was used: by the key where it has a limit, because that is what it can still use; else by all."""
    start_ms, next_start_ms = month_of(tx.now_ms)
    limit = None if key_id is None else get_character_limit(tx, key_id)
    if key_id is None or limit is None:
        return Allowance(count_characters_spoken(tx, since_ms=start_ms), None, next_start_ms)
    return Allowance(count_characters(tx, key_id), limit, next_start_ms)


def month_of(moment_ms: int) -> tuple[int, int]:
    """Pure: when the month of a moment begins and when the next one does, in UTC, as Unix milliseconds."""
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    start = datetime(moment.year, moment.month, 1, tzinfo=UTC)
    following = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
    return int(start.timestamp() * 1000), int(following.timestamp() * 1000)
