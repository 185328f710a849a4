"""A voice that is removed: what was asked for before goes on, and later wishes are told how to have it again."""

from pathlib import Path

import pytest
from tests.factories import Studio, ThisProcess, make_document, make_document_chapter, open_studio
from tests.music_box import NAME, box, installed_music_box

from rhapsode.authoring.books import BookOptions
from rhapsode.net.fetcher import Fetcher
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import ProjectId, VoiceId
from rhapsode.voices.installing import Installing
from rhapsode.voices.removing import remove_voices
from rhapsode.voices.rights import list_warnings
from rhapsode.voices.wanted import InstallOrder

DAY_MS = 24 * 3600 * 1000
WALTZ = BookOptions(voice_id=VoiceId("music_waltz_low"))


def install(studio: Studio, folder: Path) -> None:
    """Have the voice of a music box."""
    installing = Installing(studio.records, studio.blobs, Fetcher(), folder / "downloads")
    installing.install(InstallOrder("waltz", NAME, box(folder / "boxes")), lambda *_: None)


def clean(studio: Studio, days: int) -> None:
    """Clean up as of some days later."""
    with studio.records.read(studio.workspace_id) as tx:
        now_ms = tx.now_ms
    clean_up(studio.records, studio.blobs, CleanupPolicy(), now_ms=now_ms + days * DAY_MS)


def test_a_conversion_goes_on_with_a_voice_that_was_removed(tmp_path: Path) -> None:
    """Its files stay while it runs; then they go, and the next conversion is told what installs the voice again."""
    document = make_document(make_document_chapter("A boat came in.", "Nobody stood on the quay."))
    with installed_music_box(), open_studio(tmp_path / "studio", ThisProcess(1)) as studio:
        install(studio, tmp_path)
        requested = studio.request(document, WALTZ)
        removed = remove_voices(studio.records, "Waltz")
        clean(studio, days=2)
        snapshot_id = studio.run(requested)

        assert studio.project_snapshot(snapshot_id).frame_count > 0
        assert removed.projects == ("Tides",)
        clean(studio, days=2)
        assert list(studio.blobs.list_keys("voices/")) == []
        with pytest.raises(UnknownVoice, match="The voice Waltz isn't installed any more"):
            studio.request(make_document(make_document_chapter("Another text.")), WALTZ)

        install(studio, tmp_path)
        again = studio.request(document, WALTZ)
        assert studio.count_spoken(again) == 0


def test_whoever_sells_a_book_is_told_of_its_voices(tmp_path: Path) -> None:
    """Each whose licence doesn't say that it may be; of the others nothing."""
    document = make_document(make_document_chapter("A boat came in."))
    with installed_music_box(), open_studio(tmp_path / "studio", ThisProcess(1)) as studio:
        install(studio, tmp_path)
        for options, count in ((WALTZ, 1), (BookOptions(voice_id=VoiceId("tone_low")), 0)):
            project_id = studio.save(document, options)
            with studio.records.read(studio.workspace_id) as tx:
                warnings = list_warnings(tx, ProjectId(project_id))
            assert len(warnings) == count
            assert all("whether what the voice Waltz says may be sold" in warning for warning in warnings)
