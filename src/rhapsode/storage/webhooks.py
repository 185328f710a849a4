"""Queries on webhooks: addresses that are told of every conversion of a workspace."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import WebhookNotFound
from rhapsode.studio.ids import WebhookId

_WEBHOOKS = schema.webhooks


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address with the secret that what is sent there is signed with.

    request_headers: sent along.    events: of those that its maker may name, None for none named.
    disabled: by a person; auto_disabled: because its server said that it is gone.
    last_failure_code: HTTP status; None where there was no answer, or no failure yet.
    Source: schema WorkspaceWebhookResponseModel.
    """

    webhook_id: WebhookId
    name: str
    url: str
    secret: str = field(repr=False)
    created_at_ms: int
    request_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    events: tuple[str, ...] | None = None
    retry_enabled: bool = True
    disabled: bool = False
    auto_disabled: bool = False
    last_failure_code: int | None = None
    last_failure_at_ms: int | None = None


def insert_webhook(tx: Transaction, webhook: Webhook) -> None:
    """Keep a new one."""
    tx.connection.execute(_WEBHOOKS.insert().values(workspace_id=tx.workspace_id, **_packed(webhook)))


def list_webhooks(tx: Transaction) -> list[Webhook]:
    """The workspace's, the oldest first."""
    rows = tx.connection.execute(_select(tx).order_by(_WEBHOOKS.c.webhook_id))
    return [_webhook(row) for row in rows]


def get_webhook(tx: Transaction, webhook_id: WebhookId) -> Webhook:
    """Raises WebhookNotFound."""
    row = tx.connection.execute(_select(tx).where(_WEBHOOKS.c.webhook_id == webhook_id)).first()
    if row is None:
        raise _not_found(webhook_id)
    return _webhook(row)


def update_webhook(tx: Transaction, webhook: Webhook) -> None:
    """Replace all of its fields. Raises: WebhookNotFound."""
    changed = tx.connection.execute(
        _WEBHOOKS.update().where(*_is(tx, webhook.webhook_id)).values(_packed(webhook))
    )
    if changed.rowcount == 0:
        raise _not_found(webhook.webhook_id)


def delete_webhook(tx: Transaction, webhook_id: WebhookId) -> None:
    """Delete it, with all that was still to be sent to it. Raises: WebhookNotFound."""
    if tx.connection.execute(_WEBHOOKS.delete().where(*_is(tx, webhook_id))).rowcount == 0:
        raise _not_found(webhook_id)


def note_failure(tx: Transaction, webhook_id: WebhookId, status: int | None, *, is_gone: bool) -> None:
    """Note that something could not be delivered; one that is gone is told nothing more.

    status: HTTP status; None where there was no answer.
    """
    values: dict[str, Any] = {"last_failure_code": status, "last_failure_at_ms": tx.now_ms}
    if is_gone:
        values["auto_disabled"] = True
    tx.connection.execute(_WEBHOOKS.update().where(*_is(tx, webhook_id)).values(values))


def _is(tx: Transaction, webhook_id: WebhookId) -> tuple[sa.ColumnElement[bool], ...]:
    return _WEBHOOKS.c.workspace_id == tx.workspace_id, _WEBHOOKS.c.webhook_id == webhook_id


def _select(tx: Transaction) -> sa.Select[Any]:
    return sa.select(_WEBHOOKS).where(_WEBHOOKS.c.workspace_id == tx.workspace_id)


def _packed(webhook: Webhook) -> dict[str, Any]:
    values = asdict(webhook)
    values["request_headers"] = json.dumps(values["request_headers"])
    values["events"] = None if webhook.events is None else json.dumps(webhook.events)
    return values


def _webhook(row: sa.Row[Any]) -> Webhook:
    values = dict(row._mapping)
    del values["workspace_id"]
    events = values["events"]
    values["request_headers"] = json.loads(values["request_headers"])
    values["events"] = None if events is None else tuple(json.loads(events))
    return Webhook(**values)


def _not_found(webhook_id: WebhookId) -> WebhookNotFound:
    return WebhookNotFound(f"There is no webhook {webhook_id}.")
