"""A server and a browser for all tests here, and a window of its own for each."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.acceptance.program import Rhapsode
from tests.browsers import chromium
from tests.epub_pages import beginning, rewrite

from .windows import ROOT, Server, Window, opened, serving


def newest(folder: Path) -> float:
    """When a file below a folder was last written, in Unix seconds."""
    return max((path.stat().st_mtime for path in folder.rglob("*") if path.is_file()), default=0.0)


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """The page is built of the sources that lie here."""
    if newest(ROOT / "src" / "rhapsode" / "web" / "page_files") < newest(ROOT / "frontend" / "src"):
        pytest.fail("The Studio page is older than its sources: run `just page`.")


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`rhapsode serve`, as a person starts it."""
    program = Rhapsode(tmp_path_factory.mktemp("page"))
    # Tests run web servers here, whose pages it reads.
    with serving(program, RHAPSODE_ALLOWED_NETWORKS="127.0.0.0/8") as served:
        yield served


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Its driver keeps an event loop running, beside which tests of other rooms can't run theirs."""
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
    return ROOT / "examples" / "the-lamp-keepers.epub"


@pytest.fixture(scope="session")
def short_example(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same book with the beginnings of its chapters: what takes time is to encode what was spoken."""
    book = Path(shutil.copy(example, tmp_path_factory.mktemp("short")))
    pages = [f"EPUB/chapter-{number}.xhtml" for number in range(1, 6)]
    rewrite(book, pages, partial(beginning, kept_percent=20))
    return book
