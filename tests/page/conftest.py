"""A server and a browser for all tests here, and a window of its own for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.acceptance.program import Rhapsode
from tests.browsers import chromium

from .windows import Server, Window, opened, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`rhapsode serve`, as a person starts it."""
    program = Rhapsode(tmp_path_factory.mktemp("page"))
    # Tests run web servers here, whose pages it reads.
    with serving(program, RHAPSODE_ALLOWED_NETWORKS="127.0.0.0/8") as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as program:
        yield program


@pytest.fixture
def window(browser: Browser, server: Server) -> Iterator[Window]:
    """A window of somebody who is signed in. Whatever the browser complains of fails the test."""
    with opened(browser, server) as shown:
        shown.sign_in()
        yield shown


@pytest.fixture(scope="session")
def example() -> Path:
    """The example book, *The Lamp Keepers*: seven chapters, eleven minutes."""
    return Path(__file__).parents[2] / "examples" / "the-lamp-keepers.epub"
