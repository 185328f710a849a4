"""Webhooks: made, changed, and checked before they are kept."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rhapsode.storage import webhooks
from rhapsode.storage.callbacks import give_up_callbacks
from rhapsode.storage.records import Records
from rhapsode.storage.webhooks import Webhook
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import WebhookId, WorkspaceId, new_id
from rhapsode.studio.limits import (
    MAX_NAME_CHARACTERS,
    MAX_REQUEST_HEADER_CHARACTERS,
    MAX_REQUEST_HEADERS,
    MAX_WEBHOOKS,
)

_SECRET_PREFIX = "wsec_"  # noqa: S105 -- what every secret begins with
_SECRET_BYTES = 32
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
_OUR_HEADERS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "elevenlabs-signature",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def create_webhook(
    records: Records,
    workspace_id: WorkspaceId,
    check_url: Callable[[str], None],
    *,
    name: str,
    url: str,
    request_headers: Mapping[str, str],
) -> Webhook:
    """Make a webhook with a secret of 256 random bits.

    check_url: as Fetcher.check.
    Raises: FetchRefused; InvalidInput, for a name or headers that can't be, or when there are too many.
    """
    _check_name(name)
    _check_headers(request_headers)
    check_url(url)
    with records.write(workspace_id) as tx:
        if len(webhooks.list_webhooks(tx)) >= MAX_WEBHOOKS:
            msg = f"There are {MAX_WEBHOOKS} webhooks, and no more are possible. Delete one first."
            raise InvalidInput(msg)
        webhook = Webhook(
            webhook_id=WebhookId(new_id(tx.now_ms)),
            name=name,
            url=url,
            secret=_SECRET_PREFIX + secrets.token_hex(_SECRET_BYTES),
            created_at_ms=tx.now_ms,
            request_headers=request_headers,
        )
        webhooks.insert_webhook(tx, webhook)
    return webhook


def list_webhooks(records: Records, workspace_id: WorkspaceId) -> list[Webhook]:
    """The workspace's, the oldest first."""
    with records.read(workspace_id) as tx:
        return webhooks.list_webhooks(tx)


def update_webhook(
    records: Records,
    workspace_id: WorkspaceId,
    webhook_id: WebhookId,
    *,
    name: str,
    disabled: bool,
    retry_enabled: bool | None = None,
    request_headers: Mapping[str, str] | None = None,
    events: Sequence[str] | None = None,
) -> None:
    """Change a webhook; None leaves something as it is. One that is disabled is told nothing of what has happened.

    Enabling one also forgets that its server once said it was gone.
    Raises: WebhookNotFound; InvalidInput.
    """
    _check_name(name)
    _check_headers(request_headers or {})
    with records.write(workspace_id) as tx:
        before = webhooks.get_webhook(tx, webhook_id)
        after = replace(
            before,
            name=name,
            disabled=disabled,
            auto_disabled=before.auto_disabled and disabled,
            retry_enabled=before.retry_enabled if retry_enabled is None else retry_enabled,
            request_headers=before.request_headers if request_headers is None else request_headers,
            events=before.events if events is None else tuple(events),
        )
        webhooks.update_webhook(tx, after)
        if disabled:
            give_up_callbacks(tx, webhook_id)


def delete_webhook(records: Records, workspace_id: WorkspaceId, webhook_id: WebhookId) -> None:
    """Delete a webhook, and all that was still to be sent to it. Raises: WebhookNotFound."""
    with records.write(workspace_id) as tx:
        webhooks.delete_webhook(tx, webhook_id)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS:
        msg = f"The name of a webhook has 1 to {MAX_NAME_CHARACTERS} characters."
        raise InvalidInput(msg)


def _check_headers(headers: Mapping[str, str]) -> None:
    if len(headers) > MAX_REQUEST_HEADERS:
        msg = f"There are {len(headers):,} request headers; at most {MAX_REQUEST_HEADERS} are possible."
        raise InvalidInput(msg)
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            msg = "A request header has a name without spaces, and a value of visible ASCII characters."
            raise InvalidInput(msg)
        if len(name) + len(value) > MAX_REQUEST_HEADER_CHARACTERS:
            msg = f"A request header has at most {MAX_REQUEST_HEADER_CHARACTERS:,} characters."
            raise InvalidInput(msg)
        if name.lower() in _OUR_HEADERS:
            msg = f"The request header {name} is set by the server itself."
            raise InvalidInput(msg)
