"""Conversions on a disk that is nearly full: none begins, one that runs ends and says why, and the next goes on."""

from pathlib import Path

import pytest
from tests.factories import Studio, ThisProcess, make_document, make_document_chapter, no_room

from rhapsode.jobs.conversions import convert_at_once
from rhapsode.rendering.conversions import Rendering
from rhapsode.studio.errors import StorageFull

BOOK = make_document(make_document_chapter("One.", "Two.", "Three."))


def test_a_conversion_needs_room_to_begin_and_to_go_on(tmp_path: Path) -> None:
    """Without, it is refused or fails with the sentence of the error, and speaks nothing; with room, it is made."""
    pool = ThisProcess(1)
    studio = Studio(tmp_path, pool)
    roomy, room = studio.rendering, no_room(tmp_path)
    requested = studio.request(BOOK)

    studio.rendering = Rendering(studio.records, studio.blobs, pool, check_room=room.check)
    convert_at_once(studio.rendering, studio.workspace_id, requested.conversion_id)
    failed = studio.rendering.get_conversion(studio.workspace_id, requested.conversion_id)
    with pytest.raises(StorageFull, match="RHAPSODE_MIN_FREE_BYTES"):
        studio.request(BOOK)

    assert (failed.state, studio.count_spoken(requested)) == ("failed", 0)
    assert "no space left for new audio" in str(failed.error)
    studio.rendering = roomy
    assert studio.convert(BOOK)
    studio.records.close()
