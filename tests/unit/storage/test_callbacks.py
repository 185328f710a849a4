"""The outbox, and webhooks, which it is sent to."""

import contextlib
from dataclasses import replace

import pytest

from rhapsode.storage import schema, webhooks
from rhapsode.storage.callbacks import (
    DueCallback,
    end_callback,
    give_up_callbacks,
    insert_callbacks,
    list_due_callbacks,
    postpone_callback,
)
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.storage.webhooks import Webhook
from rhapsode.studio.errors import WebhookNotFound
from rhapsode.studio.ids import WebhookId, WorkspaceId

from .stored import DAY_MS, FOREIGN, WORKSPACE, rows_of

LATER_MS = 2**43


def make_webhook(webhook_id: str = "hook", **fields: object) -> Webhook:
    """One that was made just now."""
    webhook = Webhook(WebhookId(webhook_id), "Tides", f"https://{webhook_id}.example/", "wsec_1", 7)
    return replace(webhook, **fields)  # type: ignore[arg-type]


def add(records: Records, *hooks: Webhook, workspace_id: WorkspaceId = WORKSPACE) -> None:
    with records.write(workspace_id) as tx:
        ensure_workspace(tx)
        for webhook in hooks:
            webhooks.insert_webhook(tx, webhook)


def tell(
    records: Records, body: str = "{}", url: str | None = None, workspace_id: WorkspaceId = WORKSPACE
) -> None:
    with records.write(workspace_id) as tx:
        ensure_workspace(tx)
        insert_callbacks(tx, body=body, project_url=url)


def due(records: Records, now_ms: int = LATER_MS) -> list[DueCallback]:
    return list_due_callbacks(records, now_ms=now_ms)


def test_a_webhook_comes_back_as_it_went_in(records: Records) -> None:
    """With all that was said of it, and that failed; the oldest is the first of the list."""
    full = make_webhook(
        "b",
        request_headers={"X-Key": "1"},
        events=("agent_qa",),
        retry_enabled=False,
        disabled=True,
        auto_disabled=True,
        last_failure_code=500,
        last_failure_at_ms=8,
    )
    add(records, full, make_webhook("a"))

    with records.read(WORKSPACE) as tx:
        assert webhooks.list_webhooks(tx) == [make_webhook("a"), full]
        assert webhooks.get_webhook(tx, WebhookId("b")) == full


def test_other_workspaces_know_nothing_of_a_webhook(records: Records) -> None:
    """For them it can be neither found, nor changed, nor deleted, nor told anything."""
    add(records, make_webhook())
    add(records, workspace_id=FOREIGN)

    with records.write(FOREIGN) as tx:
        assert webhooks.list_webhooks(tx) == []
        with pytest.raises(WebhookNotFound):
            webhooks.get_webhook(tx, WebhookId("hook"))
        with pytest.raises(WebhookNotFound):
            webhooks.update_webhook(tx, make_webhook(name="Rivers"))
        with pytest.raises(WebhookNotFound):
            webhooks.delete_webhook(tx, WebhookId("hook"))
        webhooks.note_failure(tx, WebhookId("hook"), 410, is_gone=True)
        insert_callbacks(tx, body="{}", project_url=None)

    with records.read(WORKSPACE) as tx:
        assert webhooks.list_webhooks(tx) == [make_webhook()]
    assert due(records) == []


def test_everybody_who_wants_to_know_is_told(records: Records) -> None:
    """The project's address without a signature, each webhook with its own; none that is disabled."""
    add(
        records,
        make_webhook("a", request_headers={"X-Key": "1"}, retry_enabled=False),
        make_webhook("b", disabled=True),
        make_webhook("c", auto_disabled=True),
    )
    tell(records, '{"a":1}', url="https://project.example/")

    project, webhook = sorted(due(records), key=lambda callback: callback.url, reverse=True)
    assert project == DueCallback(WORKSPACE, project.callback_id, "https://project.example/", '{"a":1}', 0)
    assert webhook == DueCallback(
        WORKSPACE,
        webhook.callback_id,
        "https://a.example/",
        '{"a":1}',
        0,
        WebhookId("a"),
        "wsec_1",
        {"X-Key": "1"},
        retry_enabled=False,
    )
    assert "wsec_1" not in repr(webhook)


def test_one_callback_of_each_address_is_due(records: Records) -> None:
    """Its oldest, so that an address with a thousand is served beside others; workspaces count apart."""
    for number in range(3):
        tell(records, str(number), url="https://a.example/")
    tell(records, "3", url="https://b.example/")
    tell(records, "4", url="https://a.example/", workspace_id=FOREIGN)

    assert sorted(callback.body for callback in due(records)) == ["0", "3", "4"]


def test_a_callback_is_due_until_it_has_ended(records: Records) -> None:
    """After a failure at the time that was set; after its end never more."""
    tell(records, url="https://a.example/")
    (first,) = due(records)
    with records.write(WORKSPACE) as tx:
        postpone_callback(tx, first.callback_id, None, until_ms=LATER_MS)

    assert due(records, LATER_MS - 1) == []
    (second,) = due(records, LATER_MS)
    assert second == replace(first, attempt_count=1)

    with records.write(WORKSPACE) as tx:
        end_callback(tx, first.callback_id, 200, "delivered")
        # What comes too late changes nothing.
        end_callback(tx, first.callback_id, 410, "refused")
    assert due(records) == []
    (row,) = rows_of(records, schema.callbacks)
    assert (row["attempt_count"], row["last_status"], row["outcome"]) == (2, 200, "delivered")


def test_what_a_webhook_was_to_be_told_goes_with_it(records: Records) -> None:
    """Given up where somebody disables it, deleted where somebody deletes it; other addresses are told."""
    add(records, make_webhook("a"), make_webhook("b"))
    tell(records)
    with records.write(WORKSPACE) as tx:
        give_up_callbacks(tx, WebhookId("a"))
    assert [callback.webhook_id for callback in due(records)] == ["b"]

    with records.write(WORKSPACE) as tx:
        webhooks.delete_webhook(tx, WebhookId("b"))
    (row,) = rows_of(records, schema.callbacks)
    assert (row["webhook_id"], row["outcome"]) == ("a", "given_up")


def test_what_has_ended_is_forgotten_after_a_month(records: Records, blobs: LocalBlobs) -> None:
    """By clean-up; what hasn't is kept, however old it is."""
    for url in ("https://a.example/", "https://b.example/"):
        tell(records, url=url)
    first, second = due(records)
    with records.write(WORKSPACE) as tx:
        now_ms = tx.now_ms
        end_callback(tx, first.callback_id, 200, "delivered")
    clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms + 29 * DAY_MS)
    assert len(rows_of(records, schema.callbacks)) == 2
    clean_up(records, blobs, CleanupPolicy(), now_ms=now_ms + 31 * DAY_MS)

    assert [row["callback_id"] for row in rows_of(records, schema.callbacks)] == [second.callback_id]


def test_nothing_is_told_of_what_was_rolled_back(records: Records) -> None:
    """The outbox is part of the transaction that it tells of."""
    with contextlib.suppress(ZeroDivisionError), records.write(WORKSPACE) as tx:
        insert_callbacks(tx, body="{}", project_url="https://a.example/")
        raise ZeroDivisionError

    assert due(records) == []
