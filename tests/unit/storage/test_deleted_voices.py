"""Voices that a workspace has made and deleted go for good, but not while anything may speak with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import (
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    make_voice,
    open_studio,
)

from rhapsode.storage.deleted_voices import remove_deleted_voices
from rhapsode.storage.voice_edits import set_voice_deleted
from rhapsode.storage.voices import insert_voice
from rhapsode.studio.ids import VoiceId
from rhapsode.voices.catalogue import open_catalogue

OWN, KEPT, SHARED = VoiceId("own"), VoiceId("kept"), VoiceId("shared")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A workspace with two voices of its own, of which one is deleted, and a deleted one that all share."""
    with open_studio(tmp_path, ThisProcess(1)) as studio:
        with studio.records.write(WORKSPACE) as tx:
            for voice_id in (OWN, KEPT, SHARED):
                insert_voice(tx, make_voice(voice_id), {}, is_shared=voice_id == SHARED)
            set_voice_deleted(tx, OWN, deleted=True)
            set_voice_deleted(tx, SHARED, deleted=True)
        yield studio


def remove(studio: Studio, *, later_ms: int) -> int:
    """Clean up as of some time from now."""
    with studio.records.write(WORKSPACE) as tx:
        return remove_deleted_voices(tx, before_ms=tx.now_ms + later_ms)


def voices_of(studio: Studio) -> set[VoiceId]:
    """Those of the three that are there."""
    with studio.records.read(WORKSPACE) as tx:
        return {voice.voice_id for voice in open_catalogue(tx).voices} & {OWN, KEPT, SHARED}


def test_what_was_deleted_long_ago_is_removed(studio: Studio) -> None:
    """Once; not before, and neither what was not deleted nor what others have too."""
    assert remove(studio, later_ms=-60_000) == 0
    assert remove(studio, later_ms=60_000) == 1
    assert remove(studio, later_ms=60_000) == 0

    assert voices_of(studio) == {KEPT, SHARED}


def test_a_conversion_keeps_what_it_may_speak_with(studio: Studio) -> None:
    """Until it has ended."""
    requested = studio.request(make_document(make_document_chapter("It rained.")))
    assert remove(studio, later_ms=60_000) == 0

    studio.run(requested)

    assert remove(studio, later_ms=60_000) == 1
