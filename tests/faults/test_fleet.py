"""A fleet whose processes are killed makes what one quiet machine makes."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from tests.acceptance.program import SCRIPT
from tests.conftest import ROOT
from tests.epub_pages import beginning, rewrite
from tests.ports import free_port

from .fleet import disturb_fleet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BOOK = ROOT / "examples" / "the-lamp-keepers.epub"
PAGES = [f"EPUB/chapter-{number}.xhtml" for number in range(1, 6)]


def test_kills_and_a_start_of_the_database_change_no_byte(tmp_path: Path) -> None:
    """A server and two workers on Postgres and S3 narrate a part of a book; `python -m tests.faults` takes longer."""
    assert SCRIPT.exists()
    book = Path(shutil.copy(BOOK, tmp_path))
    rewrite(book, PAGES, partial(beginning, kept_percent=30))
    seen = disturb_fleet(
        tmp_path, book, [free_port()], worker_count=2, every_s=8, restart_after=frozenset({1}), seed=3
    )

    assert seen.same_bytes, seen.line()
    assert seen.kill_count >= 1
