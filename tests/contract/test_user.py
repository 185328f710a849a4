"""The user and the subscription."""

import time
from datetime import UTC, datetime

import httpx
import pytest
from elevenlabs import ElevenLabs

from rhapsode.api.user import month_of
from rhapsode.storage.conversions import Usage, add_usage
from rhapsode.studio.ids import ConversionId

from .running import LiveServer
from .speaking import speak


def unix_ms(moment: str) -> int:
    """A moment in UTC as Unix milliseconds."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)


def test_the_user_is_the_workspace(server: LiveServer, client: ElevenLabs, http: httpx.Client) -> None:
    """Both official SDKs require its id under a name that the published contract lacks."""
    user = client.user.get()

    assert user.user_id == server.workspace_id
    assert http.get("/v1/user").json()["workspace_id"] == server.workspace_id
    assert time.time() - 600 < user.created_at <= time.time()
    assert user.subscription.status == "active"


def test_the_subscription_leaves_room_and_owes_nothing(client: ElevenLabs) -> None:
    """What clients look at before they begin."""
    subscription = client.user.subscription.get()

    assert subscription.character_count == 0
    assert subscription.character_limit > 10**8
    assert (subscription.has_open_invoices, subscription.open_invoices) == (False, [])
    assert subscription.current_overage.amount == "0"
    assert not subscription.can_use_instant_voice_cloning
    assert subscription.next_character_count_reset_unix > time.time()


def test_what_was_spoken_is_counted(server: LiveServer, http: httpx.Client, other_http: httpx.Client) -> None:
    """Whatever it was spoken for, in this workspace and month; in user and subscription alike."""
    with server.records.write(server.workspace_id) as tx:
        add_usage(tx, ConversionId("book"), "speech", Usage(1, 1000, 3))

    speak(http, "Twelve chars")

    assert http.get("/v1/user/subscription").json()["character_count"] == 1012
    assert http.get("/v1/user").json()["subscription"]["character_count"] == 1012
    assert other_http.get("/v1/user").json()["subscription"]["character_count"] == 0


@pytest.mark.parametrize(
    ("moment", "start", "following"),
    [
        ("2026-11-21T01:02:03", "2026-11-01", "2026-12-01"),
        ("2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
        ("2028-02-29", "2028-02-01", "2028-03-01"),
        ("2027-01-01", "2027-01-01", "2027-02-01"),
    ],
)
def test_a_month_begins_on_its_first_day(moment: str, start: str, following: str) -> None:
    """In UTC, and December is followed by the next year."""
    assert month_of(unix_ms(moment)) == (unix_ms(start), unix_ms(following))
