"""Webhooks on the wire. Sources: the schemas that each model names."""

from typing import Annotated, Literal

from pydantic import BaseModel

from rhapsode.api.sent_lists import at_most
from rhapsode.storage.webhooks import Webhook

Event = Literal["voice_library_removal_notice", "speech_to_text", "agent_qa", "flows"]
"""Source: schema WorkspaceWebhookEventType. The list that a client sends is kept; none of them happens here."""

_MAX_EVENTS = 100

SentHeaders = dict[str, str | None]
"""Header values by their names, as the SDKs' types have them; null is as good as no header."""


class HmacSettings(BaseModel):
    """Source: schema WebhookHMACSettings."""

    auth_type: Literal["hmac"]
    name: str
    webhook_url: str
    request_headers: SentHeaders | None = None


class NewWebhook(BaseModel):
    """Source: schema Body_Create_workspace_webhook_v1_workspace_webhooks_post."""

    settings: HmacSettings


class WebhookChanges(BaseModel):
    """Source: schema Body_Update_workspace_webhook_v1_workspace_webhooks__webhook_id__patch."""

    is_disabled: bool
    name: str
    retry_enabled: bool | None = None
    request_headers: SentHeaders | None = None
    events: Annotated[list[Event] | None, at_most(_MAX_EVENTS, of_what="events")] = None


class CreatedWebhook(BaseModel):
    """The one time that the secret is told. Source: schema WorkspaceCreateWebhookResponseModel."""

    webhook_id: str
    webhook_secret: str


class WebhookModel(BaseModel):
    """Source: schema WorkspaceWebhookResponseModel. usage, events: null where nobody asked for them."""

    name: str
    webhook_id: str
    webhook_url: str
    is_disabled: bool
    is_auto_disabled: bool
    created_at_unix: int
    auth_type: Literal["hmac"] = "hmac"
    usage: list[None] | None
    events: list[str] | None
    most_recent_failure_error_code: int | None
    most_recent_failure_timestamp: int | None


class WebhookList(BaseModel):
    """Source: schema WorkspaceWebhookListResponseModel."""

    webhooks: list[WebhookModel]


def webhook_model(webhook: Webhook, *, with_usages: bool) -> WebhookModel:
    """Pure: a webhook without its secret and headers. None of the uses that the contract knows exists here."""
    failed_at_ms = webhook.last_failure_at_ms
    return WebhookModel(
        name=webhook.name,
        webhook_id=webhook.webhook_id,
        webhook_url=webhook.url,
        is_disabled=webhook.disabled,
        is_auto_disabled=webhook.auto_disabled,
        created_at_unix=webhook.created_at_ms // 1000,
        usage=[] if with_usages else None,
        events=[*(webhook.events or ())] if with_usages else None,
        most_recent_failure_error_code=webhook.last_failure_code,
        most_recent_failure_timestamp=None if failed_at_ms is None else failed_at_ms // 1000,
    )


def sent_headers(headers: SentHeaders) -> dict[str, str]:
    """Pure: those that have a value."""
    return {name: value for name, value in headers.items() if value is not None}
