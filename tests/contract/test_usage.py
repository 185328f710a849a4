"""What was spoken, day by day and key by key."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa

from rhapsode.access.keys import create_api_key
from rhapsode.storage import schema
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.conversions import Usage, add_usage
from rhapsode.studio.ids import ConversionId, new_id

from .asking import raw_http
from .running import LiveServer
from .signed_in import key_of_user
from .speaking import speak

USAGE = "/rhapsode/v1/usage"
DAY_MS = 24 * 3600 * 1000


def date_of(moment_ms: int) -> str:
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d}"


def test_days_are_those_of_utc(server: LiveServer, http: httpx.Client, other_http: httpx.Client) -> None:
    """From the first to the last millisecond; days without speech are told too, and nothing of other workspaces."""
    midnight_ms = new_midnight_ms()
    for moment_ms, count in ((-DAY_MS - 1, 1), (-DAY_MS, 20), (-1, 300), (0, 4_000)):
        spend(server, midnight_ms + moment_ms, count)

    days = http.get(USAGE, params={"days": 4}).json()["days"]

    dates = [date_of(midnight_ms + day * DAY_MS) for day in (-3, -2, -1, 0)]
    assert [(day["date"], day["characters"]) for day in days] == list(
        zip(dates, (0, 1, 320, 4_000), strict=True)
    )
    assert {day["characters"] for day in other_http.get(USAGE).json()["days"]} == {0}
    assert len(http.get(USAGE).json()["days"]) == 30


def new_midnight_ms() -> int:
    """When this day began; in its last minute, the next one is waited for."""
    while (now := datetime.now(UTC)).strftime("%H:%M") == "23:59":
        time.sleep(1)
    return int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def spend(server: LiveServer, moment_ms: int, character_count: int) -> None:
    """Let so much have been spoken at a moment."""
    conversion_id = ConversionId(new_id())
    with server.records.write(server.workspace_id) as tx:
        add_usage(tx, conversion_id, "speech", Usage(1, character_count, 1))
        add_usage(tx, conversion_id, "audio", Usage(1, 7, 1))
        ledger = schema.usage_ledger
        tx.connection.execute(
            sa.update(ledger)
            .where(ledger.c.workspace_id == server.workspace_id, ledger.c.conversion_id == conversion_id)
            .values(created_at_ms=moment_ms)
        )


def test_a_key_with_a_quota_is_told_what_is_left(server: LiveServer, http: httpx.Client) -> None:
    """Its own characters of its own limit, until the month ends; a key without one, those of all."""
    limited = create_api_key(
        server.records, server.workspace_id, name="limited", terms=KeyTerms(character_limit=100)
    )
    speak(http, "Twelve chars")
    with raw_http(server.url, limited.secret) as own:
        speak(own, "Nine here")
        told = own.get(USAGE).json()

    assert (told["total_characters"], told["quota"]) == (9, 100)
    everything = http.get(USAGE).json()
    assert (everything["total_characters"], everything["quota"]) == (21, None)
    assert {key["name"]: key["characters"] for key in everything["keys"]} == {"tests": 12, "limited": 9}
    ends = datetime.fromtimestamp(everything["period_end_unix"], UTC)
    assert (ends.day, ends.hour) == (1, 0)
    assert timedelta() < ends - datetime.now(UTC) <= timedelta(days=31)


def test_who_sees_to_no_keys_is_told_of_their_own(server: LiveServer) -> None:
    """What others use is their own business, and their keys' names are."""
    login = f"{new_id()}@example.org"
    with raw_http(server.url, key_of_user(server, "viewer", login)) as viewer:
        assert [key["name"] for key in viewer.get(USAGE).json()["keys"]] == [login]


@pytest.mark.parametrize("days", [0, 367])
def test_days_have_a_limit(http: httpx.Client, days: int) -> None:
    """A year and a day are told, and at least today."""
    assert http.get(USAGE, params={"days": days}).status_code == 422
