"""Chromium, as Debian has it: what pages do in a real browser."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from tests.lacking import lack

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ELSEWHERE = "books.example"
"""A name that leads to this machine, for the browser alone: what a page does whose name server lies."""

_TOLD = (
    "for (const name of ['alert', 'print', 'confirm', 'prompt']) window[name] = () => __ran(location.href);"
)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; skips the test where none is installed, and fails it in CI."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        lack("Chromium is not installed")
    # Its own walls need what containers and root don't have; here it opens pages of the tests alone.
    options = [
        "--no-sandbox",
        f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
        "--autoplay-policy=no-user-gesture-required",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        try:
            yield browser
        finally:
            browser.close()


def _note_failed(window: "Watched", request: Request) -> None:
    # What a policy forbids was never sent.
    if request.failure != "csp":
        window.asked.append(request.url)


@dataclass
class Watched:
    """A window of its own, with nothing in it from before.

    ran: addresses of frames in which a payload ran.    asked: addresses that the browser has tried to reach.
    """

    context: BrowserContext
    page: Page
    ran: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def watched(browser: Browser, *, heeds_policies: bool = True) -> Iterator[Watched]:
    """Open a window. heeds_policies: whether a page's Content-Security-Policy holds."""
    context = browser.new_context(bypass_csp=not heeds_policies)
    window = Watched(context, context.new_page())
    # Frames may not show dialogs of other sites, so scripts tell the test instead.
    context.expose_function("__ran", lambda address: window.ran.append(address))
    context.add_init_script(_TOLD)
    context.on("requestfinished", lambda request: window.asked.append(request.url))
    context.on("requestfailed", lambda request: _note_failed(window, request))
    try:
        yield window
    finally:
        context.close()
