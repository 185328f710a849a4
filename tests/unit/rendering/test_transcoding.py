"""Snapshots in encodings that their projects aren't stored in."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.audio.encoding import AAC_64, MP3_192, OPUS_48, Encoding
from rhapsode.audio.packet_grid import pause_packets
from rhapsode.authoring.books import BookOptions
from rhapsode.rendering.render_jobs import EncodeJob
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage import projects, segments
from rhapsode.storage.packs import ClosedPack, pack_key, read_segment
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import DataDamaged, StorageFull
from rhapsode.studio.ids import ProjectSnapshotId
from rhapsode.studio.project import QualityPreset

BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", name="Rain"),
    make_document_chapter("The sea was flat.", "It rained.", name="Sea"),
)
EDITED = make_document(
    make_document_chapter("It rained.", "Somebody came.", name="Rain"),
    make_document_chapter("The sea was flat.", "It rained.", name="Sea"),
)


class Counting(ThisProcess):
    """Counts what is encoded for exports."""

    def __init__(self) -> None:
        super().__init__(2)
        self.encoded: list[bytes] = []

    def encode(self, job: EncodeJob) -> ClosedPack:
        """See `RenderPool.encode`."""
        pack = super().encode(job)
        self.encoded += [segment.key for segment in pack.segments]
        return pack


@pytest.fixture
def pool() -> Counting:
    return Counting()


@pytest.fixture
def studio(tmp_path: Path, pool: Counting) -> Iterator[Studio]:
    with open_studio(tmp_path, pool) as studio:
        yield studio


def encoded(
    studio: Studio,
    pool: Counting,
    snapshot_id: ProjectSnapshotId,
    encoding: Encoding = AAC_64,
    progress: list[float] | None = None,
) -> list[Sequence[StoredSegment]]:
    """The segments of each chapter, in order."""
    transcoding = Transcoding(studio.records, studio.blobs, pool)
    chapter_ids = studio.project_snapshot(snapshot_id).chapter_snapshot_ids
    notes: list[float] = [] if progress is None else progress
    found = transcoding.ensure_encoded(WORKSPACE, "an-export", chapter_ids, encoding, notes.append)
    return [found[chapter_id] for chapter_id in chapter_ids]


@pytest.mark.parametrize("encoding", [AAC_64, OPUS_48, MP3_192], ids=lambda encoding: encoding.name)
def test_every_part_has_its_segment(studio: Studio, pool: Counting, encoding: Encoding) -> None:
    """Of the same speech, or a pause that is as long to the nearest frame; sizes of packets add up."""
    snapshot_id = studio.convert(BOOK)
    for chapter, made in zip(
        studio.chapter_snapshots(snapshot_id), encoded(studio, pool, snapshot_id, encoding), strict=True
    ):
        parts = studio.parts(chapter.chapter_snapshot_id)
        assert [segment.speech_key for segment in made] == [part.speech_key for part in parts]
        assert {segment.encoding for segment in made} == {encoding.name}
        for part, segment in zip(parts, made, strict=True):
            if encoding.packets is None:
                assert segment.frame_count == part.frame_count
                assert segment.packet_sizes is None
                continue
            sizes = np.frombuffer(segment.packet_sizes or b"", "<u2")
            assert (sizes.size, int(sizes.sum())) == (segment.frame_count, segment.location.size_bytes)
            if part.speech_key is None:
                assert segment.frame_count == pause_packets(part.frame_count, encoding)


def test_only_what_is_new_is_encoded(studio: Studio, pool: Counting) -> None:
    """Each segment once, and after an edit those of the edited sentence alone."""
    progress: list[float] = []
    encoded(studio, pool, studio.convert(BOOK), progress=progress)
    assert len(pool.encoded) == len(set(pool.encoded)) > 3
    assert progress == sorted(progress)
    assert progress[-1] == 1

    pool.encoded.clear()
    encoded(studio, pool, studio.convert(EDITED))
    assert len(pool.encoded) == 1


def test_what_was_made_is_kept_for_its_owner(studio: Studio, pool: Counting) -> None:
    """Nothing that an export is made of is cleaned up as long as the export is there."""
    made = encoded(studio, pool, studio.convert(BOOK))
    with studio.records.read(WORKSPACE) as tx:
        assert segments.find_existing_keys(tx, "an-export") == {s.key for chapter in made for s in chapter}


def test_what_is_made_is_as_loud_as_the_snapshot(studio: Studio, pool: Counting) -> None:
    """Its speech is mastered as the snapshot's own segments are, whatever the project says by now."""
    project_id = studio.save(BOOK)
    plain = encoded(studio, pool, studio.convert(BOOK))
    with studio.records.write(WORKSPACE) as tx:
        project = projects.get_project(tx, project_id)
        details = replace(project.details, voice_gains={TONE_LOW: -6.0})
        projects.save_project(tx, replace(project, details=details))
    snapshot_id = studio.convert(BOOK)
    quiet = encoded(studio, pool, snapshot_id)
    assert {segment.mastering for segment in plain[0] if segment.speech_key} == {None}
    assert {segment.mastering for segment in quiet[0] if segment.speech_key} == {
        "gain -6.0 dB, ceiling -1.0 dB"
    }


def test_two_exports_at_once_share_the_work(studio: Studio, pool: Counting) -> None:
    """What one of them makes, the other waits for."""
    snapshot_id = studio.convert(BOOK)
    transcoding = Transcoding(studio.records, studio.blobs, pool)
    chapter_ids = studio.project_snapshot(snapshot_id).chapter_snapshot_ids
    found: list[int] = []

    def export(owner_id: str) -> None:
        made = transcoding.ensure_encoded(WORKSPACE, owner_id, chapter_ids, AAC_64, lambda _: None)
        found.append(sum(map(len, made.values())))

    threads = [threading.Thread(target=export, args=[f"export-{number}"]) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 3
    assert len(pool.encoded) == len(set(pool.encoded))


class Full(Counting):
    """Closes a pack behind each segment, and has room for so many."""

    room = 2

    def encode(self, job: EncodeJob) -> ClosedPack:
        """See `RenderPool.encode`."""
        if len(self.encoded) >= self.room:
            raise StorageFull
        return super().encode(replace(job, requests=job.requests[:1]))


def test_what_was_encoded_stays_when_the_rest_fails(tmp_path: Path) -> None:
    """Each pack is committed as it is closed, so the next one goes on where it was."""
    pool = Full()
    with open_studio(tmp_path, pool) as studio:
        snapshot_id = studio.convert(BOOK)
        with pytest.raises(StorageFull):
            encoded(studio, pool, snapshot_id)
        assert len(pool.encoded) == 2
        pool.room = 100
        encoded(studio, pool, snapshot_id)
        assert len(pool.encoded) == len(set(pool.encoded)) > 4


def test_speech_that_is_gone_is_said_to_be(studio: Studio, pool: Counting) -> None:
    """Nothing is spoken again for an export: another reading would not be what the snapshot has."""
    snapshot_id = studio.convert(BOOK, BookOptions(TONE_LOW, QualityPreset.ULTRA_LOSSLESS))
    parts = studio.parts(studio.project_snapshot(snapshot_id).chapter_snapshot_ids[0])
    speech_key = next(part.speech_key for part in parts if part.speech_key is not None)
    with studio.records.read(WORKSPACE) as tx:
        location = segments.find_segments(tx, [speech_key])[speech_key].location
    assert read_segment(studio.blobs, location)
    studio.blobs.delete(pack_key(location.pack_id))
    with pytest.raises(DataDamaged):
        encoded(studio, pool, snapshot_id)
