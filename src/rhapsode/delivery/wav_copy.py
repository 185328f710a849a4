"""The WAV of what is stored in another encoding: made of its speech while it is sent, in a length that records say.

It is, sample for sample, what a lossless file of the same text is: the speech of each segment, mastered as that was,
in its place on the grid. So a stretch begins with the segment that it begins in, nothing before that is made, and one
segment is in memory at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rhapsode.audio.encode import from_flac, library_versions, of_length, to_44100
from rhapsode.audio.encoding import FRAME_SAMPLES, PCM, SAMPLE_BYTES
from rhapsode.audio.grid import stream_samples
from rhapsode.audio.loudness import master
from rhapsode.audio.mastering import Mastering, mastering_named
from rhapsode.audio.tags import Tags
from rhapsode.audio.wav import wav_header
from rhapsode.delivery.download import Download
from rhapsode.delivery.files import check_pack_ends
from rhapsode.delivery.history import file_name
from rhapsode.storage import history, snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.history import file_owner
from rhapsode.storage.keys import digest
from rhapsode.storage.masters import find_dropped
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.packs import read_segment
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.speech_places import find_speech_pack_ends, find_speech_places
from rhapsode.studio.errors import DataDamaged, MasterDropped
from rhapsode.studio.ids import ChapterSnapshotId, HistoryItemId, WorkspaceId
from rhapsode.studio.limits import BLOCK_BYTES
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot, SnapshotPart

WAV_FORMAT = "wav_44100"

_RECIPE = 1
"""Raised when the same speech gives other samples: it is part of every digest."""

_FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES


@dataclass(frozen=True, slots=True)
class _Sound:
    """A part of a file: speech with the silence behind it, or nothing but silence.

    frame_count: of all of it.    mastering: None for speech that was left as it is.
    """

    frame_count: int
    speech: SegmentLocation | None
    mastering: Mastering | None


@dataclass(frozen=True, slots=True)
class _Section:
    """A stretch of a file; its sounds are looked up when its turn comes. frame_count: of all of them."""

    frame_count: int
    find_sounds: Callable[[], Sequence[_Sound]]


def open_wav(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, snapshot: ProjectSnapshot | ChapterSnapshot
) -> Download:
    """The WAV of a snapshot, whatever that is stored in. Raises: SnapshotNotFound.

    Reading also raises DataDamaged where speech is gone that the snapshot's sound was made of.
    """
    with records.read(workspace_id) as tx:
        chapters, snapshot_digest = _chapters_of(tx, snapshot)

    def find_sounds(chapter_snapshot_id: ChapterSnapshotId) -> list[_Sound]:
        with records.read(workspace_id) as tx:
            parts = snapshots.get_parts(tx, chapter_snapshot_id)
            return _sounds(tx, chapter_snapshot_id, parts)

    def find_pack_ends() -> Mapping[str, int]:
        with records.read(workspace_id) as tx:
            return find_speech_pack_ends(tx, (chapter_id for chapter_id, _ in chapters))

    sections = [_Section(frames, partial(find_sounds, chapter_id)) for chapter_id, frames in chapters]
    wav = _Wav(blobs, sections, find_pack_ends, Tags(snapshot.name))
    return Download(
        filename=f"{snapshot.name}.{PCM.extension}",
        media_type=PCM.media_type,
        size_bytes=wav.size_bytes,
        digest=digest("wav-copy/1", _RECIPE, library_versions(), snapshot_digest),
        modified_at_ms=snapshot.created_at_ms,
        read=wav.read,
    )


def _chapters_of(
    tx: Transaction, snapshot: ProjectSnapshot | ChapterSnapshot
) -> tuple[list[tuple[ChapterSnapshotId, int]], bytes]:
    """The chapters of a snapshot, each with its frames, and the digest of the whole snapshot."""
    if isinstance(snapshot, ChapterSnapshot):
        chapter_id = snapshot.chapter_snapshot_id
        return [(chapter_id, snapshot.frame_count)], snapshots.get_chapter_digest(tx, chapter_id)
    project_id = snapshot.project_snapshot_id
    return snapshots.list_chapter_frames(tx, project_id), snapshots.get_project_digest(tx, project_id)


def open_item_wav(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, history_item_id: HistoryItemId
) -> Download:
    """The WAV of a history item that is stored in another format: the bytes that `Speaking.ensure_file` would keep.

    It can be read to its end even if the item is deleted meanwhile.
    Raises: HistoryItemNotFound; MasterDropped (see `find_speech_of`); DataDamaged.
    """
    with records.read(workspace_id) as tx:
        item = history.get_item(tx, history_item_id)
        named = history.find_named_files(tx, [history_item_id], None)[history_item_id]
        owner_id = item.chapter_snapshot_id or file_owner(history_item_id, item.output_format)
        sounds = _sounds(tx, owner_id, history.get_file_parts(tx, history_item_id, item.output_format))
        pack_ends = find_speech_pack_ends(tx, [owner_id])
    section = _Section(sum(sound.frame_count for sound in sounds), lambda: sounds)
    wav = _Wav(blobs, [section], lambda: pack_ends, None)
    return Download(
        filename=file_name(named._replace(output_format=WAV_FORMAT)),
        media_type=PCM.media_type,
        size_bytes=wav.size_bytes,
        digest=digest("wav-copy/1", _RECIPE, library_versions(), workspace_id, history_item_id),
        modified_at_ms=item.created_at_ms,
        read=wav.read,
    )


def find_speech_of(records: Records, workspace_id: WorkspaceId, history_item_id: HistoryItemId) -> set[bytes]:
    """The keys of the speech that the WAV of a history item is made of. Raises: HistoryItemNotFound."""
    with records.read(workspace_id) as tx:
        item = history.get_item(tx, history_item_id)
        parts = history.get_file_parts(tx, history_item_id, item.output_format)
    return {part.speech_key for part in parts if part.speech_key is not None}


def _sounds(tx: Transaction, owner_id: str, parts: Sequence[SnapshotPart]) -> list[_Sound]:
    """Where the parts of a file have their sound from. Raises: DataDamaged, when speech of theirs is gone."""
    places = find_speech_places(tx, owner_id)
    missing = next((key for p in parts if (key := p.speech_key) and key not in places.speech), None)
    if missing is not None:
        if find_dropped(tx, [missing]):
            raise MasterDropped
        msg = f"Speech {missing.hex()} is missing. Make its text again, or take the audio as it is stored."
        raise DataDamaged(msg)
    masterings = {key: mastering_named(name) for key, name in places.masterings.items()}
    return [
        _Sound(
            part.frame_count,
            None if part.speech_key is None else places.speech[part.speech_key],
            masterings.get(part.segment_key),
        )
        for part in parts
    ]


@dataclass(frozen=True, slots=True)
class _Wav:
    """A WAV file on the grid. find_pack_ends: of all packs with its speech, as `check_pack_ends` takes them."""

    blobs: Blobs
    sections: Sequence[_Section]
    find_pack_ends: Callable[[], Mapping[str, int]]
    tags: Tags | None

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        return len(self._header) + self._data_bytes

    @property
    def _header(self) -> bytes:
        return wav_header(self.tags, data_bytes=self._data_bytes)

    @property
    def _data_bytes(self) -> int:
        # A file of no chapters has one frame, of which nothing is heard.
        return stream_samples(sum(section.frame_count for section in self.sections) or 1) * SAMPLE_BYTES

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """See ReadStretch."""
        check_pack_ends(self.blobs, self.find_pack_ends())
        header = self._header
        if start < len(header):
            yield header[start:end]
        began = len(header)
        for section in self.sections:
            stretch = _overlap(start - began, end - began, section.frame_count * _FRAME_BYTES)
            if stretch is not None:
                yield from _section_bytes(self.blobs, section.find_sounds(), *stretch)
            began += section.frame_count * _FRAME_BYTES


def _overlap(start: int, end: int, size_bytes: int) -> tuple[int, int] | None:
    """What of something of so many bytes lies from `start` to before `end`, if anything does."""
    first, last = max(start, 0), min(end, size_bytes)
    return (first, last) if first < last else None


def _section_bytes(blobs: Blobs, sounds: Sequence[_Sound], start: int, end: int) -> Iterator[bytes]:
    began = 0
    for sound in sounds:
        stretch = _overlap(start - began, end - began, sound.frame_count * _FRAME_BYTES)
        if stretch is not None:
            yield from _blocks(memoryview(_samples(blobs, sound))[slice(*stretch)])
        began += sound.frame_count * _FRAME_BYTES


def _blocks(content: memoryview) -> Iterator[bytes]:
    for start in range(0, len(content), BLOCK_BYTES):
        yield bytes(content[start : start + BLOCK_BYTES])


def _samples(blobs: Blobs, sound: _Sound) -> bytes:
    """All bytes of a sound."""
    if sound.speech is None:
        return bytes(sound.frame_count * _FRAME_BYTES)
    samples = to_44100(*from_flac(read_segment(blobs, sound.speech)))
    if sound.mastering is not None:
        samples = master(samples, sound.mastering)
    length = sound.frame_count * FRAME_SAMPLES
    if samples.size > length:
        msg = f"Stored speech has {samples.size} samples, where its place has {length}."
        raise DataDamaged(msg)
    return of_length(samples, length).astype("<i2").tobytes()
