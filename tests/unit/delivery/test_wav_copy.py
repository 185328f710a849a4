"""WAV files of what is stored as MP3, made of its speech while they are read."""

import io
import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.audio.encode import library_versions
from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_BYTES
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.download import Download
from rhapsode.delivery.downloads import open_book
from rhapsode.delivery.files import iterate_file
from rhapsode.delivery.history import item_file
from rhapsode.delivery.wav_copy import WAV_FORMAT, open_item_wav, open_wav
from rhapsode.rendering.speak import SpeakRequest
from rhapsode.storage import history, projects, schema, segments
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import pack_key
from rhapsode.studio.errors import DataDamaged, HistoryItemNotFound, SnapshotNotFound
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import HistoryItemId, ProjectSnapshotId, WorkspaceId, new_id
from rhapsode.studio.limits import BLOCK_BYTES
from rhapsode.studio.project import QualityPreset
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot

pytestmark = pytest.mark.slow

LONG = "The ferry left at six. " * 25
BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", name="Rain"),
    make_document_chapter("The sea was flat. " * 12, "[pause] It was late.", name="Sea"),
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def convert(studio: Studio, preset: QualityPreset, *, mastered: bool = False) -> ProjectSnapshotId:
    project_id = studio.save(BOOK, BookOptions(voice_id=TONE_LOW, quality_preset=preset))
    with studio.records.write(WORKSPACE) as tx:
        project = projects.get_project(tx, project_id)
        details = replace(project.details, volume_normalization=mastered)
        projects.save_project(tx, replace(project, details=details))
    return studio.run(studio.rendering.request_conversion(WORKSPACE, project_id))


def snapshots_of(studio: Studio, snapshot_id: ProjectSnapshotId) -> list[ProjectSnapshot | ChapterSnapshot]:
    return [studio.project_snapshot(snapshot_id), *studio.chapter_snapshots(snapshot_id)]


def stored(studio: Studio, snapshot: ProjectSnapshot | ChapterSnapshot) -> bytes:
    if isinstance(snapshot, ChapterSnapshot):
        return studio.chapter_bytes(snapshot.chapter_snapshot_id)
    book = open_book(studio.records, studio.blobs, WORKSPACE, snapshot.project_snapshot_id, "mp3")
    return b"".join(book.content)


def wav_of(studio: Studio, snapshot: ProjectSnapshot | ChapterSnapshot) -> Download:
    return open_wav(studio.records, studio.blobs, WORKSPACE, snapshot)


def speak(studio: Studio, text: str = "It rained.", output_format: str = "mp3_44100_128") -> HistoryItem:
    return studio.speaking.speak(
        WORKSPACE, SpeakRequest(text, TONE_LOW, output_format, "rhapsode_v1", "request")
    )


def wav_of_item(studio: Studio, item: HistoryItem) -> Download:
    return open_item_wav(studio.records, studio.blobs, WORKSPACE, item.history_item_id)


def kept_wav(studio: Studio, item: HistoryItem) -> bytes:
    """The file that is made and kept."""
    studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV_FORMAT)
    pieces = item_file(studio.records, WORKSPACE, item.history_item_id, WAV_FORMAT)
    return b"".join(iterate_file(studio.blobs, pieces))


def whole(download: Download) -> bytes:
    content = b"".join(download.content)
    assert len(content) == download.size_bytes
    return content


def samples_of(content: bytes) -> np.ndarray:
    samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="int16")
    assert rate_hz == 44_100
    return np.asarray(samples)


@pytest.mark.parametrize("mastered", [False, True])
def test_it_is_what_a_lossless_file_has(studio: Studio, mastered: bool) -> None:
    """Sample for sample, of the chapters and of the whole project; and as long as the MP3 sounds."""
    mp3 = snapshots_of(studio, convert(studio, QualityPreset.STANDARD, mastered=mastered))
    lossless = snapshots_of(studio, convert(studio, QualityPreset.ULTRA_LOSSLESS, mastered=mastered))

    for compressed, exact in zip(mp3, lossless, strict=True):
        made = samples_of(whole(wav_of(studio, compressed)))
        assert made.any()
        assert np.array_equal(made, samples_of(stored(studio, exact)))
        assert made.size == samples_of(stored(studio, compressed)).size


def test_any_stretch_is_a_slice_of_the_whole(studio: Studio) -> None:
    """Also of one byte, across the header and across chapters, in blocks that aren't large."""
    wav = wav_of(studio, studio.project_snapshot(convert(studio, QualityPreset.HIGH)))
    content, rng = whole(wav), random.Random(5)
    ends = [0, 1, 43, 44, 45, wav.size_bytes - 1, wav.size_bytes]
    ends += [rng.randrange(wav.size_bytes) for _ in range(60)]

    for _ in range(60):
        start, end = sorted(rng.sample(ends, 2))
        if start < end:
            blocks = list(wav.read(start, end))
            assert b"".join(blocks) == content[start:end]
            assert all(0 < len(block) <= BLOCK_BYTES for block in blocks)


def test_nothing_is_made_before_the_stretch(studio: Studio) -> None:
    """The end of a file needs one segment, and its header none."""
    snapshot = studio.chapter_snapshots(convert(studio, QualityPreset.STANDARD))[1]
    reads: list[tuple[str, int, int]] = []

    class Counted(LocalBlobs):
        def read(self, key: str, offset: int, size_bytes: int) -> bytes:
            reads.append((key, offset, size_bytes))
            return super().read(key, offset, size_bytes)

    blobs = Counted(studio.blobs.path("packs").parent)
    wav = open_wav(studio.records, blobs, WORKSPACE, snapshot)
    assert b"".join(wav.read(0, 44))[:4] == b"RIFF"
    assert reads == []
    assert next(wav.read(wav.size_bytes - 2 * FRAME_SAMPLES * 4, wav.size_bytes))
    assert len(reads) <= 1
    assert b"".join(wav.content)
    assert len(set(reads)) > 1


def test_the_same_snapshot_has_the_same_digest(studio: Studio) -> None:
    """Which no other snapshot has, nor an item."""
    found = snapshots_of(studio, convert(studio, QualityPreset.STANDARD))
    item = speak(studio)
    digests = [wav_of(studio, snapshot).digest for snapshot in found] + [wav_of_item(studio, item).digest]

    assert len({*digests}) == 4
    assert [wav_of(studio, snapshot).digest for snapshot in found] == digests[:3]


def test_other_libraries_are_another_file(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that comes back after an update of the server joins nothing to what another resampler has made."""
    snapshot, *_ = snapshots_of(studio, convert(studio, QualityPreset.STANDARD))
    item = speak(studio)
    before = wav_of(studio, snapshot).digest, wav_of_item(studio, item).digest
    monkeypatch.setattr(soxr, "__version__", "99.0")
    library_versions.cache_clear()
    try:
        after = wav_of(studio, snapshot).digest, wav_of_item(studio, item).digest
    finally:
        monkeypatch.undo()
        library_versions.cache_clear()
    assert not {*before} & {*after}


def test_a_project_without_text_is_a_file_without_samples(studio: Studio) -> None:
    """Nothing but a header, as its MP3 has nothing but a head."""
    document = make_document(make_document_chapter("Nothing of it.", narrated=False))
    snapshot = studio.project_snapshot(studio.convert(document))
    assert samples_of(whole(wav_of(studio, snapshot))).size == 0


def test_a_file_beyond_four_gib_is_rf64(studio: Studio) -> None:
    """Its size is exact, and what is asked of it is found where it is, without the rest."""
    snapshot = studio.chapter_snapshots(convert(studio, QualityPreset.STANDARD))[0]
    frames = snapshot.frame_count + 2**32 // (FRAME_SAMPLES * SAMPLE_BYTES) + 1
    with studio.records.write(WORKSPACE) as tx:
        table = schema.chapter_snapshots
        this = table.c.chapter_snapshot_id == snapshot.chapter_snapshot_id
        tx.connection.execute(table.update().where(this).values(frame_count=frames))
    wav = wav_of(studio, replace(snapshot, frame_count=frames))
    data_bytes = (frames - 1) * FRAME_SAMPLES * SAMPLE_BYTES

    head = b"".join(wav.read(0, 200))
    assert (head[:4], head[8:16]) == (b"RF64", b"WAVEds64")
    assert wav.size_bytes - data_bytes == head.index(b"data") + 8
    assert int.from_bytes(head[28:36], "little") == data_bytes


@pytest.mark.parametrize("output_format", ["mp3_44100_128", "opus_48000_32", "wav_24000"])
def test_an_items_wav_is_the_one_that_would_be_kept(studio: Studio, output_format: str) -> None:
    """Byte for byte, whatever it is stored in, also in several parts."""
    for text, is_one_part in (("It rained.", True), (LONG, False)):
        item = speak(studio, text, output_format)
        with studio.records.read(WORKSPACE) as tx:
            parts = history.get_file_parts(tx, item.history_item_id, output_format)
        assert (len(parts) == 1) == is_one_part
        made = whole(wav_of_item(studio, item))
        assert made == kept_wav(studio, item)
        assert wav_of_item(studio, item).filename.endswith(f"_{item.history_item_id}.wav")


def test_a_converted_chapters_wav_is_the_one_that_would_be_kept(studio: Studio) -> None:
    """As loud as the chapter, where that is mastered."""
    convert(studio, QualityPreset.STANDARD, mastered=True)
    with studio.records.read(WORKSPACE) as tx:
        items = [history.item_of(row) for row in tx.connection.execute(history.select_items(tx))]
    assert len(items) == 2
    for item in items:
        assert whole(wav_of_item(studio, item)) == kept_wav(studio, item)


def test_an_item_that_is_deleted_is_read_to_its_end(studio: Studio) -> None:
    """What was begun knows where its speech lies."""
    item = speak(studio, LONG)
    expected = whole(wav_of_item(studio, item))
    reading = wav_of_item(studio, item).content
    first = next(reading)
    with studio.records.write(WORKSPACE) as tx:
        history.delete_item(tx, item.history_item_id)
    assert first + b"".join(reading) == expected
    with pytest.raises(HistoryItemNotFound):
        wav_of_item(studio, item)


def test_what_is_not_there_is_not_found(studio: Studio) -> None:
    """Nor is what another workspace has."""
    snapshot = studio.project_snapshot(convert(studio, QualityPreset.STANDARD))
    item, other = speak(studio), WorkspaceId("other")
    with pytest.raises(SnapshotNotFound):
        open_wav(studio.records, studio.blobs, other, snapshot)
    with pytest.raises(HistoryItemNotFound):
        open_item_wav(studio.records, studio.blobs, other, item.history_item_id)
    with pytest.raises(HistoryItemNotFound):
        open_item_wav(studio.records, studio.blobs, WORKSPACE, HistoryItemId(new_id()))


def speech_packs(studio: Studio) -> list[Path]:
    with studio.records.read(WORKSPACE) as tx:
        rows = tx.connection.execute(schema.packs.select().where(schema.packs.c.kind == "speech"))
        return [studio.blobs.path(pack_key(row.pack_id)) for row in rows]


def test_a_missing_pack_is_found_before_the_first_byte(studio: Studio) -> None:
    """Of a snapshot and of an item, also where the stretch that is read isn't in it."""
    snapshot, item = studio.project_snapshot(convert(studio, QualityPreset.STANDARD)), speak(studio)
    downloads = [wav_of(studio, snapshot), wav_of_item(studio, item)]
    for path in speech_packs(studio):
        path.unlink()
    for download in downloads:
        with pytest.raises(DataDamaged):
            next(download.read(0, 8))


def test_damage_ends_what_is_read(studio: Studio) -> None:
    """In its place: what is before it has been given."""
    snapshot = studio.chapter_snapshots(convert(studio, QualityPreset.STANDARD))[0]
    wav = wav_of(studio, snapshot)
    content, given = whole(wav), bytearray()
    key = next(key for p in reversed(studio.parts(snapshot.chapter_snapshot_id)) if (key := p.speech_key))
    with studio.records.read(WORKSPACE) as tx:
        location = segments.find_segments(tx, [key])[key].location
    path = studio.blobs.path(pack_key(location.pack_id))
    damaged = bytearray(path.read_bytes())
    damaged[location.offset + location.size_bytes // 2] ^= 1
    path.write_bytes(damaged)

    def read() -> None:
        for block in wav.content:
            given.extend(block)

    with pytest.raises(DataDamaged, match="checksums"):
        read()
    assert len(given) > 44
    assert content.startswith(given)


def test_speech_that_the_records_have_lost_is_damage(studio: Studio) -> None:
    """Said when it is asked for, and not sent as silence."""
    item = speak(studio)
    with studio.records.write(WORKSPACE) as tx:
        table = schema.segments
        speech = table.c.kind == "speech"
        tx.connection.execute(table.update().where(speech).values(pack_id=None))
    with pytest.raises(DataDamaged, match="missing"):
        wav_of_item(studio, item)


def test_memory_does_not_grow_with_the_file(studio: Studio) -> None:
    """A chapter of several times as many segments takes no more than one of them."""

    def peak_bytes(paragraphs: int) -> int:
        texts = [f"Number {number}. {'The tide came in. ' * 12}" for number in range(paragraphs)]
        snapshot = studio.chapter_snapshots(studio.convert(make_document(make_document_chapter(*texts))))[0]
        wav = wav_of(studio, snapshot)
        tracemalloc.start()
        for _ in wav.content:
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert wav.size_bytes > 10**6 * paragraphs
        return peak

    few, many = peak_bytes(2), peak_bytes(9)
    assert many < few + 2**19
