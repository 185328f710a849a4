"""Webhooks are checked before they are kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, open_records

from rhapsode.delivery.webhooks import create_webhook, delete_webhook, list_webhooks, update_webhook
from rhapsode.storage.records import Records
from rhapsode.storage.webhooks import Webhook
from rhapsode.studio.errors import FetchRefused, InvalidInput, WebhookNotFound
from rhapsode.studio.ids import WebhookId
from rhapsode.studio.limits import MAX_REQUEST_HEADERS, MAX_WEBHOOKS


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    records = open_records(tmp_path / "records.sqlite3")
    yield records
    records.close()


def check(url: str) -> None:
    """Stands for Fetcher.check."""
    if "private" in url:
        raise FetchRefused


def make(
    records: Records,
    name: str = "Tides",
    url: str = "https://tides.example/",
    request_headers: dict[str, str] | None = None,
) -> Webhook:
    return create_webhook(
        records, WORKSPACE, check, name=name, url=url, request_headers=request_headers or {}
    )


def test_each_webhook_has_a_secret_of_its_own(records: Records) -> None:
    """Long enough that nobody guesses it, and kept, for each message is signed with it."""
    webhooks = [make(records) for _ in range(3)]

    assert len({webhook.secret for webhook in webhooks}) == 3
    assert all(webhook.secret.startswith("wsec_") and len(webhook.secret) == 69 for webhook in webhooks)
    assert list_webhooks(records, WORKSPACE) == sorted(webhooks, key=lambda webhook: webhook.webhook_id)


def test_an_address_that_may_not_be_reached_is_not_kept(records: Records) -> None:
    """It is refused when it is saved, and not only when something is sent."""
    with pytest.raises(FetchRefused):
        make(records, url="http://private.example/")

    assert list_webhooks(records, WORKSPACE) == []


@pytest.mark.parametrize("name", ["", "  ", "a" * 501])
def test_a_name_is_said_and_short(records: Records, name: str) -> None:
    """When a webhook is made, and when it is renamed."""
    webhook = make(records)
    with pytest.raises(InvalidInput, match="1 to 500 characters"):
        make(records, name)
    with pytest.raises(InvalidInput, match="1 to 500 characters"):
        update_webhook(records, WORKSPACE, webhook.webhook_id, name=name, disabled=False)


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"": "x"}, "a name without spaces"),
        ({"X Key": "x"}, "a name without spaces"),
        ({"X-Key:": "x"}, "a name without spaces"),
        ({"X-Kéy": "x"}, "a name without spaces"),
        ({"X-Key": "a\r\nHost: b"}, "visible ASCII"),
        ({"X-Key": "a\n"}, "visible ASCII"),
        ({"X-Key\n": "a"}, "a name without spaces"),
        ({"X-Key": " a"}, "visible ASCII"),
        ({"X-Key": "é"}, "visible ASCII"),
        ({"X-Key": "a" * 1000}, "at most 1,000 characters"),
        ({"Host": "other.example"}, "set by the server"),
        ({"content-LENGTH": "1"}, "set by the server"),
        ({"Transfer-Encoding": "chunked"}, "set by the server"),
        ({"elevenlabs-signature": "t=1,v0=1"}, "set by the server"),
        ({f"X-{number}": "" for number in range(MAX_REQUEST_HEADERS + 1)}, "at most 20"),
    ],
)
def test_headers_are_such_as_can_be_sent(records: Records, headers: dict[str, str], why: str) -> None:
    """And none that would make another request of it, or let it say who it is from."""
    webhook = make(records)
    with pytest.raises(InvalidInput, match=why):
        make(records, request_headers=headers)
    with pytest.raises(InvalidInput, match=why):
        update_webhook(
            records, WORKSPACE, webhook.webhook_id, name="a", disabled=False, request_headers=headers
        )

    assert list_webhooks(records, WORKSPACE) == [webhook]


def test_usual_headers_are_kept(records: Records) -> None:
    """Those that people authenticate with."""
    headers = {"Authorization": "Bearer a b", "X-Api-Key": "!~", "X-Empty": "", "User-Agent": "tides/1"}
    assert make(records, request_headers=headers).request_headers == headers


def test_what_isnt_said_stays(records: Records) -> None:
    """An update without headers, events and retries leaves them alone; empty ones empty them."""
    webhook = make(records, request_headers={"X-Key": "1"})
    ids = (records, WORKSPACE, webhook.webhook_id)
    update_webhook(*ids, name="Rivers", disabled=False, retry_enabled=False, events=["agent_qa"])
    update_webhook(*ids, name="Rivers", disabled=True)

    (changed,) = list_webhooks(records, WORKSPACE)
    assert (changed.name, changed.disabled, changed.retry_enabled) == ("Rivers", True, False)
    assert (changed.events, changed.request_headers) == (("agent_qa",), {"X-Key": "1"})
    assert changed.secret == webhook.secret

    update_webhook(*ids, name="Rivers", disabled=False, request_headers={}, events=[])
    (emptied,) = list_webhooks(records, WORKSPACE)
    assert (emptied.events, emptied.request_headers, emptied.disabled) == ((), {}, False)


def test_there_is_an_end_to_webhooks(records: Records) -> None:
    """Each of them is told of everything."""
    for _ in range(MAX_WEBHOOKS):
        webhook = make(records)
    with pytest.raises(InvalidInput, match="no more are possible"):
        make(records)

    delete_webhook(records, WORKSPACE, webhook.webhook_id)
    make(records)


def test_one_that_isnt_there_is_not_found(records: Records) -> None:
    """Neither to change nor to delete."""
    with pytest.raises(WebhookNotFound):
        update_webhook(records, WORKSPACE, WebhookId("none"), name="a", disabled=False)
    with pytest.raises(WebhookNotFound):
        delete_webhook(records, WORKSPACE, WebhookId("none"))
