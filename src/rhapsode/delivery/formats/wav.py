"""WAV: of a lossless book what is stored, of any other what its speech is decoded to."""

from collections.abc import Iterator

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.audio.head import wav_head
from rhapsode.delivery.download import Download
from rhapsode.delivery.formats.book import describe, is_chapter, need_chapters
from rhapsode.delivery.formats.format import ExportFormat, ExportPart, ExportSource, KeptStretch
from rhapsode.delivery.formats.kept import kept_segments
from rhapsode.delivery.wav_copy import open_wav
from rhapsode.storage.segments import want_segments
from rhapsode.storage.snapshots import get_parts


def _make(source: ExportSource) -> Iterator[ExportPart]:
    need_chapters(source)
    encoding = ENCODINGS[source.snapshot.encoding]
    if encoding.bitrate_kbps is None:
        yield wav_head(describe(source).tags, frames=_frame_count(source)).before_cover
        yield from _stored(source, encoding.end_cut_bytes)
    else:
        yield from _decoded(source)


def _frame_count(source: ExportSource) -> int:
    return sum(chapter.frame_count for chapter in source.chapters)


def _stored(source: ExportSource, cut_bytes: int) -> Iterator[KeptStretch]:
    *whole, last = kept_segments(source)
    yield from whole
    yield KeptStretch(last.segment_key, last.size_bytes - cut_bytes)


def _decoded(source: ExportSource) -> Iterator[bytes]:
    wav = wav_of(source)
    done_bytes = 0
    for block in wav.content:
        yield block
        done_bytes += len(block)
        source.note_progress(done_bytes / wav.size_bytes)


def wav_of(source: ExportSource) -> Download:
    """The samples of a source, whatever it is stored in, at the end of a file; what was dropped is spoken again.

    Raises: SnapshotNotFound; MasterDropped.
    """
    with source.records.read(source.workspace_id) as tx:
        parts = [p for chapter in source.chapters for p in get_parts(tx, chapter.chapter_snapshot_id)]
    spoken = {part.speech_key for part in parts if part.speech_key is not None}
    with source.records.write(source.workspace_id) as tx:
        # So that none is dropped as long as the file is made.
        want_segments(tx, source.owner_id, {"speech": spoken})
    source.transcoding.masters.restore(source.workspace_id, spoken)
    snapshot = source.chapters[0] if is_chapter(source) else source.snapshot
    return open_wav(source.records, source.blobs, source.workspace_id, snapshot)


WAV = ExportFormat("wav", "wav", "audio/wav", 1, _make)
