"""Queries on callbacks: the outbox of what is told to other servers, committed together with what it tells of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.rows import insert_all
from rhapsode.storage.webhooks import list_webhooks
from rhapsode.storage.workspaces import in_open_workspace
from rhapsode.studio.ids import WebhookId, WorkspaceId, new_id

_CALLBACKS = schema.callbacks
_DUE_COLUMNS = ("workspace_id", "callback_id", "url", "body", "attempt_count", "webhook_id")
_WEBHOOK_COLUMNS = ("secret", "request_headers", "retry_enabled")
_MAX_DUE = 100

Outcome = Literal["delivered", "given_up", "refused"]


@dataclass(frozen=True, slots=True)
class DueCallback:
    """Something that is to be sent now, with how its webhook wants it.

    body: JSON, the same in every attempt.    attempt_count: of those before.
    secret: to sign it with; None for the address that a project was created with.
    """

    workspace_id: WorkspaceId
    callback_id: str
    url: str
    body: str
    attempt_count: int
    webhook_id: WebhookId | None = None
    secret: str | None = field(default=None, repr=False)
    request_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    retry_enabled: bool = True


def insert_callbacks(tx: Transaction, *, body: str, project_url: str | None) -> None:
    """Have something sent: to the address of a project, if it has one, and to every webhook that isn't disabled."""
    targets: list[tuple[WebhookId | None, str]] = [] if project_url is None else [(None, project_url)]
    targets += [
        (webhook.webhook_id, webhook.url)
        for webhook in list_webhooks(tx)
        if not (webhook.disabled or webhook.auto_disabled)
    ]
    rows = [
        {
            "callback_id": new_id(tx.now_ms),
            "workspace_id": tx.workspace_id,
            "webhook_id": webhook_id,
            "url": url,
            "body": body,
            "attempt_count": 0,
            "next_attempt_at_ms": tx.now_ms,
            "created_at_ms": tx.now_ms,
        }
        for webhook_id, url in targets
    ]
    insert_all(tx.connection, _CALLBACKS, rows)


def list_due_callbacks(records: Records, *, now_ms: int) -> list[DueCallback]:
    """Of all open workspaces the oldest that is due of each address, those first that have waited longest.

    One for each address, so that a slow one keeps nobody else waiting; at most a hundred.
    """
    callback, webhook = _CALLBACKS.c, schema.webhooks.c
    is_due = sa.and_(
        callback.ended_at_ms.is_(None),
        callback.next_attempt_at_ms <= now_ms,
        in_open_workspace(callback.workspace_id),
    )
    oldest = (
        sa.select(sa.func.min(callback.callback_id))
        .where(is_due)
        .group_by(callback.workspace_id, callback.url)
    )
    statement = (
        sa.select(
            *(_CALLBACKS.c[name] for name in _DUE_COLUMNS),
            *(schema.webhooks.c[name] for name in _WEBHOOK_COLUMNS),
        )
        .join_from(
            _CALLBACKS,
            schema.webhooks,
            sa.and_(webhook.webhook_id == callback.webhook_id, webhook.workspace_id == callback.workspace_id),
            isouter=True,
        )
        .where(callback.callback_id.in_(oldest))
        .order_by(callback.next_attempt_at_ms, callback.callback_id)
        .limit(_MAX_DUE)
    )
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        return [_due(row) for row in tx.connection.execute(statement)]


def _due(row: sa.Row[Any]) -> DueCallback:
    values = {name: row._mapping[name] for name in _DUE_COLUMNS}
    if row.webhook_id is not None:
        values |= {name: row._mapping[name] for name in _WEBHOOK_COLUMNS}
        values["request_headers"] = json.loads(row.request_headers)
    return DueCallback(**values)


def postpone_callback(tx: Transaction, callback_id: str, status: int | None, *, until_ms: int) -> None:
    """Note an attempt that failed, and when the next one is due. status: HTTP status, None without an answer."""
    _note_attempt(tx, callback_id, status, next_attempt_at_ms=until_ms)


def end_callback(tx: Transaction, callback_id: str, status: int | None, outcome: Outcome) -> None:
    """Note the last attempt."""
    _note_attempt(tx, callback_id, status, ended_at_ms=tx.now_ms, outcome=outcome)


def _note_attempt(tx: Transaction, callback_id: str, status: int | None, **values: Any) -> None:
    callback = _CALLBACKS.c
    tx.connection.execute(
        _CALLBACKS.update()
        .where(
            callback.workspace_id == tx.workspace_id,
            callback.callback_id == callback_id,
            callback.ended_at_ms.is_(None),
        )
        .values(attempt_count=callback.attempt_count + 1, last_status=status, **values)
    )


def give_up_callbacks(tx: Transaction, webhook_id: WebhookId) -> None:
    """Send a webhook nothing more of what is there now."""
    callback = _CALLBACKS.c
    tx.connection.execute(
        _CALLBACKS.update()
        .where(
            callback.workspace_id == tx.workspace_id,
            callback.webhook_id == webhook_id,
            callback.ended_at_ms.is_(None),
        )
        .values(ended_at_ms=tx.now_ms, outcome="given_up")
    )


def delete_ended_callbacks(tx: Transaction, *, before_ms: int) -> None:
    """Forget what ended before a moment."""
    callback = _CALLBACKS.c
    tx.connection.execute(
        _CALLBACKS.delete().where(callback.workspace_id == tx.workspace_id, callback.ended_at_ms < before_ms)
    )
