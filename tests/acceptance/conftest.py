"""A program of its own for each test, and books for it."""

import shutil
import zipfile
from functools import partial
from pathlib import Path

import pytest
from tests.epub_pages import beginning, rewrite

from .program import TALE, Rhapsode

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rhapsode(tmp_path: Path) -> Rhapsode:
    """A program without any history."""
    return Rhapsode(tmp_path)


@pytest.fixture(scope="session")
def example() -> Path:
    """The example book, *The Lamp Keepers*."""
    return ROOT / "examples" / "the-lamp-keepers.epub"


@pytest.fixture(scope="session")
def short_example(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example book's chapters, each with the first third of its paragraphs."""
    book = Path(shutil.copy(example, tmp_path_factory.mktemp("short")))
    with zipfile.ZipFile(book) as opened:
        pages = [name for name in opened.namelist() if name.endswith(".xhtml") and "nav" not in name]
    rewrite(book, pages, partial(beginning, kept_percent=33))
    return book


@pytest.fixture
def tale(rhapsode: Rhapsode) -> Path:
    """A short book that can be edited."""
    return rhapsode.write("tale.md", TALE)
