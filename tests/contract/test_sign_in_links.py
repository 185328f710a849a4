"""Links that sign a browser in once, by what their page sends."""

from functools import partial

import httpx
import pytest

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule, RequestLimits
from rhapsode.access.sign_ins import SignIns
from rhapsode.storage.audit import list_audit_entries
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID

from .asking import raw_http
from .journeys import error_of
from .probing import probed
from .running import LiveServer
from .signed_in import browser, served_to_browsers

SESSION, LINK = "/rhapsode/v1/session", "/rhapsode/v1/session/link"
REFUSED = (403, "sign_in_refused")


def token_of(server: LiveServer) -> str:
    """What a new link has in it."""
    return server.services.new_sign_in_link().rpartition("#sign-in=")[2]


def show(client: httpx.Client, token: str) -> httpx.Response:
    """Send what the page sends that a link has opened."""
    return client.post(LINK, json={"token": token})


def test_a_link_signs_one_browser_in(server: LiveServer) -> None:
    """As the workspace's key, with a cookie that scripts can't read; who has the link later has nothing."""
    token = token_of(server)
    with browser(server.url) as first, browser(server.url) as second:
        answer = show(first, token)
        told = answer.json()

        assert (answer.status_code, told["user"], told["permissions"]) == (200, None, None)
        assert told["workspace"]["workspace_id"] == DEFAULT_WORKSPACE_ID
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert first.get(SESSION).json() == told
        sessions = first.get("/rhapsode/v1/sessions").json()["sessions"]
        assert [each["method"] for each in sessions if each["is_current"]] == ["link"]
        assert error_of(show(second, token)) == REFUSED
        assert second.get(SESSION).status_code == 401
    entries = list_audit_entries(server.records, since_ms=0)
    begun = [each for each in entries if each.object_id == told["session_id"]]
    assert [(each.action, each.detail, each.address) for each in begun] == [
        ("session.begun", "link", "127.0.0.1")
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-origin", "host": "evil.example"},
        {},
    ],
    ids=["origin", "site", "neighbour", "host", "no browser"],
)
def test_only_the_server_s_page_shows_a_link(server: LiveServer, headers: dict[str, str]) -> None:
    """What others send isn't looked at, so that the link is still good."""
    token = token_of(server)
    with raw_http(server.url) as elsewhere, browser(server.url) as here:
        refused = elsewhere.post(LINK, json={"token": token}, headers=headers)

        assert error_of(refused) == (403, "origin_not_allowed")
        assert show(here, token).status_code == 200


def test_who_guesses_has_to_wait(server: LiveServer) -> None:
    """As with keys, and together with them: a good link is refused too, and none is spent by that."""
    rule = AccessRule(
        partial(find_owner, server.records),
        sign_ins=SignIns(server.records),
        limits=RequestLimits(failed_keys_per_minute=2),
    )
    token = token_of(server)
    with probed(server, rule) as url, browser(url) as client:
        assert error_of(show(client, "guess")) == REFUSED
        assert client.get(SESSION, headers={"xi-api-key": "guess"}).status_code == 401
        waits = show(client, token)

    assert error_of(waits) == (429, "rate_limit_exceeded")
    assert int(waits.headers["retry-after"]) >= 1
    with browser(server.url) as client:
        assert show(client, token).status_code == 200


def test_below_a_path_of_another_name(server: LiveServer) -> None:
    """Over TLS behind a proxy the cookie is this host's alone, and the page's name is the public one."""
    with (
        served_to_browsers(server, public_url="https://books.example.org/narration") as url,
        browser(url, host="books.example.org", origin="https://books.example.org") as client,
    ):
        answer = client.post(f"/narration{LINK}", json={"token": token_of(server)})

    assert answer.status_code == 200
    assert answer.headers["set-cookie"].startswith("__Host-rhapsode-session=")
