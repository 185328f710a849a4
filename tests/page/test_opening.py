"""Opening the page: who is let in, and how little is loaded."""

import pytest
from playwright.sync_api import Browser, expect

from .windows import Server, Window, opened

pytestmark = pytest.mark.slow

MOST_BYTES = 200_000
"""Of a cold load, compressed: what a phone on a slow network has in a second or two."""


def test_a_key_signs_in_and_stays_out_of_the_browsers_memory(browser: Browser, server: Server) -> None:
    """A busy server says so, and so does one that knows no such key; the right one becomes a cookie for no script."""
    with opened(browser, server) as window:
        window.expected += ["401", "429"]
        busy = {"detail": {"code": "rate_limit_exceeded", "message": "Too many at once."}}
        window.page.route("**/rhapsode/v1/session", lambda route: route.fulfill(status=429, json=busy))
        page = window.go()
        expect(page.get_by_role("alert")).to_contain_text("Too many at once.")
        window.page.unroute("**/rhapsode/v1/session")
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_label("API key")).to_be_visible()
        window.check_access()
        page.get_by_label("API key").fill("sk_not_a_key_of_this_server")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert").filter(has_text="API key")).to_be_visible()
        page.get_by_label("API key").fill(server.key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("link", name="Projects", exact=True)).to_be_visible()
        kept = page.evaluate("JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])")
        assert server.key not in kept
        assert "rhapsode-session" not in kept
        page.reload()
        expect(page.get_by_role("link", name="Projects", exact=True)).to_be_visible()
        page.get_by_role("button", name="More").click()
        page.get_by_role("menuitem", name="Sign out").click()
        expect(page.get_by_label("API key")).to_be_visible()


def test_little_is_loaded_and_all_of_it_from_here(window: Window) -> None:
    """The first screen costs less than MOST_BYTES, and nothing is asked of another server."""
    sizes: dict[str, int] = {}
    devtools = window.context.new_cdp_session(window.page)
    addresses: dict[str, str] = {}
    devtools.on(
        "Network.requestWillBeSent",
        lambda sent: addresses.update({sent["requestId"]: sent["request"]["url"]}),
    )
    devtools.on(
        "Network.loadingFinished",
        lambda done: sizes.update({addresses[done["requestId"]]: done["encodedDataLength"]}),
    )
    devtools.send("Network.enable")
    page = window.go()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert all(address.startswith(window.server.url) for address in sizes)
    assert 10_000 < sum(sizes.values()) < MOST_BYTES


def test_the_page_speaks_german_to_who_reads_german(browser: Browser, server: Server) -> None:
    """Its language is the browser's, and the page says which it is."""
    with opened(browser, server, locale="de-AT") as window:
        window.sign_in()
        page = window.go()
        expect(page.get_by_role("link", name="Projekte", exact=True)).to_be_visible()
        assert page.locator("html").get_attribute("lang") == "de"
