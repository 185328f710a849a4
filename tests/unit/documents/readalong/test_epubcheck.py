"""Real books that are read along, as EPUBCheck judges them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.epubcheck import find_errors

from rhapsode.documents.readalong.book import read_along

from .spoken_books import packed_book, spoken

pytestmark = pytest.mark.slow


def test_a_valid_book_stays_valid(corpus: Callable[[str], Path], tmp_path: Path) -> None:
    """Verse by the line, notes, a page list and a cover: *The Waste Land*."""
    content = corpus("epub/idpf-wasteland.epub").read_bytes()
    made = read_along(content, spoken(content))
    assert made is not None
    assert find_errors(packed_book(made, content), tmp_path) == []
