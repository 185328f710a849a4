"""The browser's side of a server: windows that note every complaint, and are looked at with axe."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect
from tests.acceptance.program import Rhapsode
from tests.lacking import lack

ROOT = Path(__file__).parents[2]
_AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_IMAGES = ROOT / "docs" / "images"
_ALSO_SMALL = ("editor", "player", "projects")
_KEY = "sk_the_page_is_tried_with_this"
PHONE: ViewportSize = {"width": 390, "height": 844}
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@dataclass(frozen=True)
class Server:
    """A running server. http: a client that is asked with its key; link: what signs a browser in, once."""

    url: str
    key: str
    http: httpx.Client
    program: Rhapsode
    process_id: int

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """What the API answers, for what a test needs to be there. Raises: httpx.HTTPStatusError."""
        return self.http.request(method, path, **options).raise_for_status().json()


@contextlib.contextmanager
def serving(
    program: Rhapsode, *, port: str = "0", ends_with: signal.Signals = signal.SIGTERM, **variables: str
) -> Iterator[Server]:
    """`rhapsode serve` with a key that is known. port: a free one unless told."""
    with (program.folder / "serve.log").open("w") as log:
        process = program.start_logging(log, "serve", "--port", port, RHAPSODE_API_KEY=_KEY, **variables)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                told = re.search(r"listens on (http://\S+)", line)
                if told is not None:
                    break
            else:
                raise AssertionError((program.folder / "serve.log").read_text())
            with httpx.Client(
                base_url=told[1], headers={"xi-api-key": _KEY}, timeout=60, trust_env=False
            ) as http:
                yield Server(told[1], _KEY, http, program, process.pid)
        finally:
            process.send_signal(ends_with)
            process.communicate(timeout=30)


@dataclass
class Window:
    """A window of a browser. complaints: errors and refusals of the policy that the browser has told of."""

    server: Server
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def sign_in(self) -> None:
        """Give the browser a session, as the page does with a key, without the page."""
        sign_in(self.context, self.server)

    def go(self, *parts: str) -> Page:
        """Open a place of the page, such as `go("projects", project_id)`."""
        self.page.goto(f"{self.server.url}/#/{'/'.join(parts)}")
        expect(self.page.get_by_role("main")).to_be_visible()
        return self.page

    def check_access(self, *, within: str | None = None, dark: bool = True) -> None:
        """That axe finds nothing wrong with what is shown now, light and dark."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_axe())
        for scheme in ("light", "dark") if dark else ("light",):
            self.page.emulate_media(color_scheme=scheme)
            options = {"runOnly": list(WCAG), "resultTypes": ["violations"]}
            found = self.page.evaluate(
                "([within, options]) => axe.run(within ?? document, options)", [within, options]
            )
            wrong = [
                (each["id"], each["help"], [node["html"][:200] for node in each["nodes"][:3]])
                for each in found["violations"]
            ]
            assert wrong == [], f"{scheme}: {wrong}"
        self.page.emulate_media(color_scheme="light")

    def check_screen(self, name: str) -> None:
        """What each main screen has to stand: axe in light and dark, the width of a phone; and its pictures."""
        self.keep_image(name)
        self.check_access()
        wide = self.page.viewport_size
        assert wide is not None
        self.page.set_viewport_size(PHONE)
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, f"{name} is {too_wide} px wider than a phone"
        self.check_access(dark=False)
        if name in _ALSO_SMALL:
            self.keep_image(f"{name}-phone")
        self.page.set_viewport_size(wide)

    def keep_image(self, name: str) -> None:
        """Keep what is shown as `docs/images/NAME.png`, where pictures are wanted; elsewhere nothing is written."""
        if os.environ.get("RHAPSODE_TEST_IMAGES"):
            _IMAGES.mkdir(exist_ok=True)
            self.page.screenshot(path=_IMAGES / f"{name}.png", animations="disabled", caret="hide")


def sign_in(context: BrowserContext, server: Server) -> None:
    """Give a browser a session of a server."""
    answer = context.request.post(
        f"{server.url}/rhapsode/v1/session",
        headers={"xi-api-key": server.key, "sec-fetch-site": "same-origin"},
        data={},
    )
    assert answer.ok, answer.text()


@contextlib.contextmanager
def opened(browser: Browser, server: Server, **options: Any) -> Iterator[Window]:
    """A window with nothing in it from before, in which nothing may go wrong that isn't `expected`."""
    context = browser.new_context(
        **(
            {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce"}
            | options
        )
    )
    context.set_default_timeout(15_000)
    window = Window(server, context, context.new_page())

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            # Of what can't be loaded, the text doesn't say what it is.
            window.complaints.append(f"{message.text} {message.location['url']}")

    context.on("console", note)
    context.on("weberror", lambda problem: window.complaints.append(str(problem.error)))
    try:
        yield window
        unexpected = [said for said in window.complaints if not any(part in said for part in window.expected)]
        assert unexpected == [], unexpected
    finally:
        context.close()


@cache
def _axe() -> str:
    if not _AXE.exists():
        lack("the tools of frontend/ are not installed: see CONTRIBUTING.md")
    return _AXE.read_text("utf-8")
