"""Webhooks of the workspace, and what they and the addresses of projects are told of conversions."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import WebhookHmacSettings
from tests.loopback import Loopback, always, answering, reply

from .journeys import make_project

_LIMIT_S = 30
PATH = "/v1/workspace/webhooks"


@pytest.fixture
def receiver() -> Iterator[Loopback]:
    """Somebody who is told something and says yes."""
    with answering(always(reply())) as running:
        yield running


def hmac(url: str, name: str = "Tides", **fields: Any) -> WebhookHmacSettings:
    return WebhookHmacSettings(name=name, webhook_url=url, **fields)


def messages(receiver: Loopback, count: int) -> list[dict[str, Any]]:
    """What came, once there are so many."""
    until_s = time.monotonic() + _LIMIT_S
    while len(receiver.asked) < count:
        assert time.monotonic() < until_s
        time.sleep(0.01)
    return [json.loads(asked.body) for asked in receiver.asked]


# The four operations


def test_a_webhook_is_made_listed_changed_and_deleted(client: ElevenLabs, receiver: Loopback) -> None:
    """As the official SDK does it."""
    created = client.webhooks.create(settings=hmac(receiver.url))
    assert created.webhook_secret
    assert created.webhook_secret.startswith("wsec_")

    (listed,) = client.webhooks.list().webhooks
    assert (listed.webhook_id, listed.name, listed.webhook_url) == (created.webhook_id, "Tides", receiver.url)
    assert (listed.is_disabled, listed.is_auto_disabled, listed.auth_type) == (False, False, "hmac")
    assert abs(listed.created_at_unix - time.time()) < 600
    assert (listed.usage, listed.most_recent_failure_error_code) == (None, None)

    changed = client.webhooks.update(
        created.webhook_id, is_disabled=True, name="Rivers", retry_enabled=False, events=["agent_qa"]
    )
    assert changed.status == "ok"
    (listed,) = client.webhooks.list(include_usages=True).webhooks
    assert (listed.name, listed.is_disabled, listed.usage) == ("Rivers", True, [])

    assert client.webhooks.delete(created.webhook_id).status == "ok"
    assert client.webhooks.list().webhooks == []


def test_the_secret_is_told_once(client: ElevenLabs, http: httpx.Client, receiver: Loopback) -> None:
    """And neither it nor the headers can be read again."""
    secret = client.webhooks.create(
        settings=hmac(receiver.url, request_headers={"Authorization": "Bearer canary"})
    ).webhook_secret
    listed = http.get(PATH, params={"include_usages": True}).text

    assert secret
    assert secret not in listed
    assert "canary" not in listed


def test_events_are_told_where_usages_are(client: ElevenLabs, http: httpx.Client, receiver: Loopback) -> None:
    """Of the contract's own kinds, as they were sent."""
    webhook_id = client.webhooks.create(settings=hmac(receiver.url)).webhook_id
    client.webhooks.update(webhook_id, is_disabled=False, name="Tides", events=["flows", "agent_qa"])

    assert http.get(PATH).json()["webhooks"][0]["events"] is None
    usages = http.get(PATH, params={"include_usages": True}).json()["webhooks"][0]
    assert usages["events"] == ["flows", "agent_qa"]


def test_webhooks_of_another_workspace_are_not_there(
    client: ElevenLabs, other_client: ElevenLabs, receiver: Loopback
) -> None:
    """An id of another is as unknown as one that never was."""
    webhook_id = client.webhooks.create(settings=hmac(receiver.url)).webhook_id
    other_client.webhooks.create(settings=hmac(receiver.url, name="Rivers"))

    for absent in (webhook_id, "none"):
        for call in (
            lambda absent=absent: other_client.webhooks.update(absent, is_disabled=True, name="x"),
            lambda absent=absent: other_client.webhooks.delete(absent),
        ):
            with pytest.raises(ApiError) as caught:
                call()
            assert caught.value.status_code == 404
            assert caught.value.body["detail"]["code"] == "webhook_not_found"

    assert [webhook.name for webhook in client.webhooks.list().webhooks] == ["Tides"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://someone@127.0.0.1/",
        "ftp://127.0.0.1/",
        "tides",
        "",
        "http://127.0.0.1/" + "a" * 2000,
    ],
)
def test_an_address_that_may_not_be_reached_is_refused(http: httpx.Client, url: str) -> None:
    """In the same words whatever is wrong with it, and nothing is kept."""
    settings = {"auth_type": "hmac", "name": "Tides", "webhook_url": url}
    response = http.post(PATH, json={"settings": settings})

    assert response.status_code == 400
    detail = response.json()["detail"]
    assert detail["code"] == "invalid_url"
    assert detail["message"].startswith("The address can't be used: it has to be http or https")
    assert http.get(PATH).json() == {"webhooks": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"settings": {"name": "a", "webhook_url": "http://127.0.0.1/"}}, 422),
        ({"settings": {"auth_type": "oauth2", "name": "a", "webhook_url": "http://127.0.0.1/"}}, 422),
        ({"settings": {"auth_type": "hmac", "name": "", "webhook_url": "http://127.0.0.1/"}}, 400),
        ({"settings": {"auth_type": "hmac", "name": "a", "webhook_url": 5}}, 422),
    ],
)
def test_what_isnt_a_webhook_is_refused(http: httpx.Client, body: object, status: int) -> None:
    """With a reason."""
    assert http.post(PATH, json=body).status_code == status


def test_a_header_may_be_null(http: httpx.Client, receiver: Loopback) -> None:
    """The SDKs' types allow it, and it is as good as none; a change without headers changes none."""
    settings = {"auth_type": "hmac", "name": "Tides", "webhook_url": receiver.url}
    headers = {"X-One": "1", "X-Two": None}
    webhook_id = http.post(PATH, json={"settings": settings | {"request_headers": headers}}).json()[
        "webhook_id"
    ]
    changes = {
        "is_disabled": False,
        "name": "Tides",
        "request_headers": None,
        "events": None,
        "retry_enabled": None,
    }

    assert http.patch(f"{PATH}/{webhook_id}", json=changes).json() == {"status": "ok"}
    assert http.patch(f"{PATH}/{webhook_id}", json={"name": "Tides"}).status_code == 422


# What is told


def test_a_conversion_is_told_to_every_webhook(client: ElevenLabs, receiver: Loopback) -> None:
    """Of the whole project, and of a chapter by itself; each verified by the official SDK's own helper."""
    secret = client.webhooks.create(
        settings=hmac(receiver.url, request_headers={"X-Key": "k"})
    ).webhook_secret
    assert secret
    project_id = make_project(client)
    client.studio.projects.convert(project_id)
    (of_project,) = messages(receiver, 1)
    (snapshot,) = client.studio.projects.snapshots.list(project_id).snapshots
    assert of_project["type"] == "project_conversion_status"
    assert of_project["data"]["project_snapshot_id"] == snapshot.project_snapshot_id

    chapter_id = client.studio.projects.get(project_id).chapters[0].chapter_id
    client.studio.projects.chapters.convert(project_id, chapter_id)
    _, of_chapter = messages(receiver, 2)
    assert of_chapter["type"] == "chapter_conversion_status"
    assert (of_chapter["data"]["project_id"], of_chapter["data"]["chapter_id"]) == (project_id, chapter_id)
    snapshots = client.studio.projects.chapters.snapshots.list(project_id, chapter_id).snapshots
    assert of_chapter["data"]["chapter_snapshot_id"] in {each.chapter_snapshot_id for each in snapshots}

    for asked, message in zip(receiver.asked, (of_project, of_chapter), strict=True):
        signature = asked.headers["elevenlabs-signature"]
        assert client.webhooks.construct_event(asked.body.decode(), signature, secret) == message
        assert asked.headers["x-key"] == "k"


def test_a_webhook_that_is_disabled_is_told_nothing(
    client: ElevenLabs, other_client: ElevenLabs, receiver: Loopback
) -> None:
    """Nor is that of another workspace."""
    with answering(always(reply())) as silent:
        webhook_id = client.webhooks.create(settings=hmac(silent.url)).webhook_id
        client.webhooks.update(webhook_id, is_disabled=True, name="Tides")
        other_client.webhooks.create(settings=hmac(silent.url))
        client.webhooks.create(settings=hmac(receiver.url))
        client.studio.projects.convert(make_project(client))
        messages(receiver, 1)

    assert silent.connections == 0


def test_a_failure_is_listed(client: ElevenLabs) -> None:
    """With its status and time; a server that is gone is told nothing more."""
    with answering(always(reply(status=410))) as gone:
        client.webhooks.create(settings=hmac(gone.url))
        client.studio.projects.convert(make_project(client))
        messages(gone, 1)
        until_s = time.monotonic() + _LIMIT_S
        while not (webhook := client.webhooks.list().webhooks[0]).is_auto_disabled:
            assert time.monotonic() < until_s
            time.sleep(0.01)

    assert (webhook.is_disabled, webhook.most_recent_failure_error_code) == (False, 410)
    assert abs((webhook.most_recent_failure_timestamp or 0) - time.time()) < 600


def test_the_address_of_a_project_is_told(client: ElevenLabs, receiver: Loopback) -> None:
    """Of its conversions, and without a signature, for it has no secret."""
    project_id = make_project(client, callback_url=f"{receiver.url}/done")
    client.studio.projects.convert(project_id)
    (message,) = messages(receiver, 1)

    assert message["data"]["project_id"] == project_id
    assert receiver.asked[0].target == "/done"
    assert "elevenlabs-signature" not in receiver.asked[0].headers


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "tides"])
def test_a_project_with_an_address_that_may_not_be_reached_is_not_made(http: httpx.Client, url: str) -> None:
    """It is refused when it is made, in a form, with a status that no SDK repeats."""
    response = http.post("/v1/studio/projects", files={"name": (None, "Tides"), "callback_url": (None, url)})

    assert (response.status_code, response.json()["detail"]["code"]) == (400, "invalid_url")
    assert http.get("/v1/studio/projects").json()["projects"] == []
