"""The user and the subscription: whoever has a key of a workspace is its one user."""

from datetime import UTC, datetime

from fastapi import APIRouter

from rhapsode.api.context import KeyOf, ServicesOf, WorkspaceOf
from rhapsode.api.user_models import CHARACTER_LIMIT, ExtendedSubscription, Subscription, User
from rhapsode.storage.account import count_characters_spoken, get_created_at_ms
from rhapsode.storage.key_usage import count_characters, get_character_limit
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ApiKeyId

router = APIRouter(tags=["user"])


@router.get("/v1/user", summary="Get the user")
def get_user(services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf) -> User:
    """Who the key belongs to. Source: operation get_user_info."""
    with services.records.read(workspace_id) as tx:
        return User(
            user_id=workspace_id,
            workspace_id=workspace_id,
            subscription=_subscription(tx, key_id),
            created_at=get_created_at_ms(tx) // 1000,
        )


@router.get("/v1/user/subscription", summary="Get the subscription")
def get_subscription(services: ServicesOf, workspace_id: WorkspaceOf, key_id: KeyOf) -> ExtendedSubscription:
    """What was used of how much. Source: operation get_user_subscription_info."""
    with services.records.read(workspace_id) as tx:
        return ExtendedSubscription(**_subscription(tx, key_id).model_dump())


def _subscription(tx: Transaction, key_id: ApiKeyId | None) -> Subscription:
    """What was used: by the key where it has a limit, because that is what it can still use; else by all."""
    start_ms, next_start_ms = month_of(tx.now_ms)
    limit = None if key_id is None else get_character_limit(tx, key_id)
    if key_id is None or limit is None:
        used, limit = count_characters_spoken(tx, since_ms=start_ms), CHARACTER_LIMIT
    else:
        used = count_characters(tx, key_id)
    return Subscription(
        character_count=used,
        character_limit=limit,
        next_character_count_reset_unix=next_start_ms // 1000,
    )


def month_of(moment_ms: int) -> tuple[int, int]:
    """Pure: when the month of a moment begins and when the next one does, in UTC, as Unix milliseconds."""
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    start = datetime(moment.year, moment.month, 1, tzinfo=UTC)
    following = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
    return int(start.timestamp() * 1000), int(following.timestamp() * 1000)
