"""A command's refresh, without a server."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import TONE_LOW

from rhapsode.app import open_app
from rhapsode.authoring.books import BookOptions
from rhapsode.cli.book_file import read_book
from rhapsode.cli.this_process import ThisProcess
from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.tone import ToneEngine

pytestmark = pytest.mark.slow


def test_a_refresh_is_what_speaks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update a command speaks nothing by itself, and with a refresh all of it, once."""
    book = tmp_path / "tides.txt"
    book.write_text("It rained.\n\nNobody came.\n", "utf-8")
    with open_app(tmp_path / "data", command="narrate", process_count=1) as app:
        installation = ThisProcess(app)
        project_id = installation.keep_book(read_book(book), BookOptions(TONE_LOW)).project_id
        assert installation.convert(project_id).spoken_segments == 2
        traits = replace(ToneEngine().traits, version="2")

        def newer(_engine: ToneEngine) -> EngineTraits:
            return traits

        monkeypatch.setattr(ToneEngine, "traits", property(newer))
        spoken = [
            installation.convert(project_id, refresh=refresh).spoken_segments
            for refresh in (False, True, True, False)
        ]
    assert spoken == [0, 2, 0, 0]
