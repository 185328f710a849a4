"""Webhooks of the workspace: list, create, update, delete."""

from fastapi import APIRouter

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.studio_models import Done
from rhapsode.api.webhook_models import (
    CreatedWebhook,
    NewWebhook,
    WebhookChanges,
    WebhookList,
    sent_headers,
    webhook_model,
)
from rhapsode.delivery.webhooks import create_webhook, delete_webhook, list_webhooks, update_webhook
from rhapsode.studio.ids import WebhookId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/v1/workspace/webhooks", tags=["webhooks"], route_class=JsonRoute, strict_content_type=False
)


@router.get("", summary="List webhooks")
def list_all(services: ServicesOf, workspace_id: WorkspaceOf, include_usages: bool = False) -> WebhookList:
    """All of the workspace, the oldest first. Source: operation get_workspace_webhooks_route."""
    found = list_webhooks(services.records, workspace_id)
    return WebhookList(webhooks=[webhook_model(webhook, with_usages=include_usages) for webhook in found])


@router.post("", summary="Create a webhook")
def create(body: NewWebhook, services: ServicesOf, workspace_id: WorkspaceOf) -> CreatedWebhook:
    """Let an address be told of every conversion. Source: operation create_workspace_webhook_route.

    The secret that messages are signed with is told only here.
    """
    sent = body.settings
    webhook = create_webhook(
        services.records,
        workspace_id,
        services.fetcher.check,
        name=sent.name,
        url=sent.webhook_url,
        request_headers=sent_headers(sent.request_headers or {}),
    )
    return CreatedWebhook(webhook_id=webhook.webhook_id, webhook_secret=webhook.secret)


@router.patch("/{webhook_id}", summary="Update a webhook")
def update(webhook_id: str, body: WebhookChanges, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Rename, disable or enable a webhook; what isn't sent stays. Source: operation edit_workspace_webhook_route."""
    headers = body.request_headers
    update_webhook(
        services.records,
        workspace_id,
        WebhookId(webhook_id),
        name=body.name,
        disabled=body.is_disabled,
        retry_enabled=body.retry_enabled,
        request_headers=None if headers is None else sent_headers(headers),
        events=body.events,
    )
    return Done()


@router.delete("/{webhook_id}", summary="Delete a webhook")
def delete(webhook_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """Delete a webhook. Source: operation delete_workspace_webhook_route."""
    delete_webhook(services.records, workspace_id, WebhookId(webhook_id))
    return Done()
