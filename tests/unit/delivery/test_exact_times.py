"""Times are those of the sound: to the sample for tones, and within what can be heard for words in a decoded MP3."""

from pathlib import Path

from benchmarks.alignment import Compared, attach_rules, compare_tones, long_book, measure_words
from tests.factories import (
    TONE_LOW,
    make_document,
    make_document_chapter,
    need_espeak,
    open_studio,
)

from rhapsode.authoring.books import BookOptions
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.project import QualityPreset

HARBOUR = (
    "Dr. Strand came down to the harbour at half past six, as she did every morning. The boats were late.",
    "Nobody spoke. Far out, behind the breakwater, a bell was ringing; then it stopped, and the fog came in.",
    "“Nineteen years,” she said at last, “and I have never seen the like of it.” She wrote it into her ledger.",
)


def test_every_boundary_of_tones_is_exact(tmp_path: Path) -> None:
    """With breaks, numbers, rules and several chapters; and each sample of the file is what it must be."""
    options = BookOptions(voice_id=TONE_LOW, quality_preset=QualityPreset.ULTRA_LOSSLESS)
    total = Compared()
    with open_studio(tmp_path) as studio:
        project_id = studio.save(long_book(0.17), options)
        attach_rules(studio.records, project_id)
        requested: RequestedConversion = studio.rendering.request_conversion(studio.workspace_id, project_id)
        for _, compared in compare_tones(studio.records, studio.blobs, studio.run(requested), TONE_LOW):
            total.add(compared)
    assert (total.wrong_boundaries, total.worst, total.wrong_samples) == (0, 0, 0)
    assert total.boundaries > 5_000
    assert total.samples > 0.14 * 3600 * 44_100


def test_words_are_heard_where_they_are_said_to_be(tmp_path: Path) -> None:
    """In a decoded MP3, within 30 ms: all that follow a silence, by its end, and nearly all by another voice."""
    need_espeak()
    document = make_document(make_document_chapter(*HARBOUR))
    with open_studio(tmp_path) as studio:
        snapshot_id = studio.convert(document, BookOptions(voice_id=VoiceId("espeak_rowan")))
        (chapter,) = studio.chapter_snapshots(snapshot_id)
        heard = measure_words(studio.records, studio.blobs, chapter.chapter_snapshot_id)
    assert heard.by_energy.errors_ms.size >= 5
    assert heard.by_energy.share_within >= 0.95
    assert heard.by_aligner.errors_ms.size > 50
    assert heard.by_aligner.share_within >= 0.95
