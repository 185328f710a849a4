"""A fleet whose processes are killed makes what one quiet machine makes."""

from pathlib import Path

import pytest
from tests.acceptance.program import SCRIPT
from tests.conftest import ROOT
from tests.ports import free_port

from .fleet import disturb_fleet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BOOK = ROOT / "examples" / "the-lamp-keepers.epub"


def test_kills_and_a_start_of_the_database_change_no_byte(tmp_path: Path) -> None:
    """A server and two workers on Postgres and S3 narrate a book; `python -m tests.faults fleet` takes longer."""
    assert SCRIPT.exists()
    seen = disturb_fleet(
        tmp_path, BOOK, [free_port()], worker_count=2, every_s=8, restart_after=frozenset({1}), seed=3
    )

    assert seen.same_bytes, seen.line()
    assert seen.kill_count >= 1
