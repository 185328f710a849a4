"""Keys, usage and the system, and a sign-in by a link."""

import httpx
import pytest
from playwright.sync_api import Browser, expect
from tests.waiting import wait_until

from .test_foreign import FOREIGN
from .windows import Server, Window, opened

pytestmark = pytest.mark.slow


def test_a_key_is_made_used_and_revoked(window: Window) -> None:
    """Its secret is shown once; what it speaks is counted by its name, and afterwards it opens nothing."""
    page = window.go("settings", "keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog", name="New key")
    dialog.get_by_label("Name", exact=True).fill("For the studio upstairs")
    dialog.get_by_label("Characters a month").fill("1000")
    dialog.get_by_label("Only some permissions").check()
    dialog.get_by_label("text_to_speech", exact=True).check()
    window.check_access()
    dialog.get_by_role("button", name="Make the key").click()
    made = page.get_by_role("dialog", name="The key is made")
    key = made.get_by_label("API key").input_value()
    made.get_by_role("button", name="Close").click()
    row = page.get_by_role("row").filter(has_text="For the studio upstairs")
    expect(row).to_contain_text("0 of 1,000")
    expect(row).to_contain_text("text_to_speech")
    assert key not in page.content()

    text = {"text": "Upstairs."}
    with httpx.Client(base_url=window.server.url, headers={"xi-api-key": key}, trust_env=False) as theirs:
        assert theirs.post("/v1/text-to-speech/tone_low", json=text).status_code == 200
        assert theirs.get("/v1/studio/projects").status_code == 401
        window.check_screen("keys")
        page.get_by_role("link", name="Usage").click()
        usage = page.get_by_role("region", name="Usage")
        expect(usage.get_by_role("row").filter(has_text="For the studio upstairs")).to_contain_text("9")
        window.check_screen("usage")
        page.get_by_role("link", name="API keys").click()
        row.get_by_role("button", name="Revoke").click()
        question = page.get_by_role("dialog", name="Revoke “For the studio upstairs”?")
        expect(question.get_by_role("button", name="Cancel")).to_be_focused()
        question.get_by_role("button", name="Revoke").click()
        expect(row).to_be_hidden()
        expect(page.get_by_role("region", name="API keys").locator("table:focus-within")).to_be_visible()
        page.get_by_label("Show revoked keys").check()
        expect(row).to_contain_text("revoked")
        # The server remembers for a moment who asks.
        wait_until(
            lambda: theirs.post("/v1/text-to-speech/tone_low", json=text).status_code == 401, pause_s=0.2
        )


def test_the_system_is_told_at_a_glance(window: Window) -> None:
    """And every page of settings that somebody with all permissions has stands what screens have to stand."""
    page = window.go("settings", "system")
    system = page.get_by_role("region", name="System")
    expect(system.get_by_text("The server is well.")).to_be_visible()
    expect(system.get_by_role("row").filter(has_text="tone")).to_contain_text("well")
    window.check_screen("system")
    links = page.get_by_role("navigation", name="Settings").get_by_role("link")
    for name in links.all_text_contents():
        links.filter(has_text=name).click()
        expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()
        expect(page.get_by_text("Loading …")).to_have_count(0)
        window.check_access()


def test_a_link_signs_in_once(browser: Browser, server: Server) -> None:
    """Of the terminal that it was printed to; whoever opens it afterwards is asked for a key."""
    link = server.program.run("sign-in").output.split()[-1]
    assert link.startswith(server.url)
    token = {"token": link.split("=")[1]}
    for headers in FOREIGN:
        refused = httpx.post(
            f"{server.url}/rhapsode/v1/session/link", json=token, headers=headers, trust_env=False
        )
        assert refused.status_code == 403
    with opened(browser, server) as window:
        window.page.goto(link)
        expect(window.page.get_by_role("link", name="Projects", exact=True)).to_be_visible()
        wait_until(lambda: "sign-in" not in window.page.url)
    with opened(browser, server) as window:
        window.expected += ["401", "403"]
        window.page.goto(link)
        expect(window.page.get_by_label("API key")).to_be_visible()
        expect(window.page.get_by_text("This link has been used already, or has ended.")).to_be_visible()
