"""Whatever people write as names and texts, nothing of it runs in a real browser."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI, Response
from playwright.sync_api import Browser
from tests.browsers import Watched, chromium, watched
from tests.contract.running import serving
from tests.rounds import rounds

from rhapsode.api.addresses import Addresses
from rhapsode.api.audio_native_models import html_snippet
from rhapsode.web import player as player_page
from rhapsode.web.documentation.markup import page_html
from rhapsode.web.documentation.routes import _POLICY
from rhapsode.web.documentation.site import Page, Site

from .payloads import PAYLOADS
from .test_payloads import player, podcast

pytestmark = pytest.mark.slow

SOME = PAYLOADS[:: rounds(9, 1)]
"""Nine has no divisor in common with the number of scripts: each of them is tried, and each way out."""


def shown_player(payload: str) -> Response:
    """The page that listeners have."""
    opened = player(payload, is_own=True, has_audio=False)
    return Response(player_page._page(opened), media_type="text/html", headers=player_page._headers(opened))


def shown_frame(payload: str) -> Response:
    """A page of somebody's site, with what it has been given to put there."""
    opened = player(payload, is_own=True, has_audio=False)
    return Response(
        f"<!doctype html>{html_snippet(Addresses('http://127.0.0.1:1'), opened)}", media_type="text/html"
    )


def shown_documentation(payload: str) -> Response:
    """A page of the documentation that says such things."""
    page = Page("/docs/x", payload, "Guide", "", f"# {payload}\n\n{payload}\n\n| {payload} |\n| --- |\n")
    headers = {"content-security-policy": _POLICY}
    return Response(page_html(Site([page]), page), media_type="text/html", headers=headers)


def shown_feed(payload: str) -> Response:
    """A podcast, which a browser shows as what it is: XML."""
    return Response(podcast(payload), media_type="application/xml")


def shown_raw(payload: str) -> Response:
    """A page that takes texts for markup, as none of ours does."""
    return Response(_raw(payload), media_type="text/html")


def shown_raw_under_our_policy(payload: str) -> Response:
    """The same, from somebody who says of it what we say of our pages."""
    headers = player_page._headers(player("Tides", is_own=True, has_audio=False))
    return Response(_raw(payload), media_type="text/html", headers=headers)


def _raw(payload: str) -> str:
    return f'<!doctype html><title>{payload}</title><h1 title="{payload}">{payload}</h1>'


SHOWN = {
    "player": shown_player,
    "frame": shown_frame,
    "documentation": shown_documentation,
    "feed": shown_feed,
    "raw": shown_raw,
    "raw-under-our-policy": shown_raw_under_our_policy,
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A server with a page for each payload, and one that shows all of a kind in frames."""
    app = FastAPI()

    @app.get("/{kind}/all")
    def show_all(kind: str) -> Response:
        frames = "".join(f'<iframe src="/{kind}/{number}"></iframe>' for number in range(len(SOME)))
        return Response(f"<!doctype html>{frames}", media_type="text/html")

    @app.get("/{kind}/{number}")
    def show(kind: str, number: int) -> Response:
        shown = SHOWN[kind](SOME[number])
        shown.headers["content-security-policy"] = shown.headers.get("content-security-policy", "").replace(
            "frame-ancestors 'none'", "frame-ancestors *"
        )
        return shown

    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests here."""
    with chromium() as opened:
        yield opened


def ran_in(window: Watched, site: str, kind: str) -> set[int]:
    """The payloads that ran on their page, shown in frames until each has come."""
    window.page.goto(f"{site}/{kind}/all", wait_until="load")
    # What has begun to run by the time a page is there has told so a moment later.
    window.page.wait_for_timeout(300)
    paths = [urlsplit(address).path for address in window.ran]
    return {int(path.rsplit("/", 1)[1]) for path in paths if path.startswith(f"/{kind}/")}


@pytest.mark.parametrize("kind", ["player", "frame", "documentation", "feed"])
def test_no_payload_runs(browser: Browser, site: str, kind: str) -> None:
    """Because it is text: also in a browser that heeds no policy. And nothing is fetched from elsewhere."""
    with watched(browser, heeds_policies=False) as window:
        assert ran_in(window, site, kind) == set()
        assert not window.ran
        pages = [address for address in window.asked if address.startswith(f"{site}/{kind}/")]
        assert len(pages) >= len(SOME)
        assert not [address for address in window.asked if "x.example" in address]


def test_payloads_run_where_they_are_markup(browser: Browser, site: str) -> None:
    """Most of them by themselves, so that the tests here would see one; others wait for a hand."""
    with watched(browser) as window:
        assert len(ran_in(window, site, "raw")) > len(SOME) / 3


def test_our_policy_holds_by_itself(browser: Browser, site: str) -> None:
    """On a page that takes texts for markup nothing runs either."""
    with watched(browser) as window:
        assert ran_in(window, site, "raw-under-our-policy") == set()
        assert not [address for address in window.asked if "x.example" in address]
