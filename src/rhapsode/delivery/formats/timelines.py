"""The timelines that times are told on: of the snapshot's own files, or of an export whose codec has another grid."""

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from rhapsode.audio.encode import resampled_length
from rhapsode.audio.encoding import AAC_64, FRAME_SAMPLES, OPUS_48, SAMPLE_RATE_HZ, Encoding
from rhapsode.audio.packet_grid import packet_count, packet_start_44100, pause_packets
from rhapsode.delivery.formats.format import ExportSource
from rhapsode.delivery.formats.names import Timeline
from rhapsode.delivery.formats.timed_chapter import PlaceParts, TimedChapter, time_chapter
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.snapshot import ChapterSnapshot, SnapshotPart

_Count = Callable[[SnapshotPart, Mapping[bytes, StoredSegment]], int]


def iterate_chapters(
    source: ExportSource, timeline: Timeline
) -> Iterator[tuple[ChapterSnapshot, TimedChapter]]:
    """The chapters of a source in order, timed in its single file. Raises: DataDamaged."""
    place = _place_parts(timeline)
    for ordinal, chapter in enumerate(source.chapters):
        yield (
            chapter,
            time_chapter(
                source.records, source.workspace_id, chapter.chapter_snapshot_id, place_parts_at=place
            ),
        )
        source.note_progress((ordinal + 1) / len(source.chapters))


def _place_parts(timeline: Timeline) -> PlaceParts:
    match timeline:
        case "file":
            return _Places(lambda part, _: part.frame_count, lambda frame: frame * FRAME_SAMPLES).list_starts
        case "m4b":
            return _packet_places(AAC_64).list_starts
        case "opus":
            return _packet_places(OPUS_48).list_starts


class _Places:
    """Where the parts of one chapter after the other begin: each takes a number of units, whatever it stands beside.

    count: units of a part.    start_of: the sample at 44.1 kHz where a unit begins.
    """

    def __init__(self, count: _Count, start_of: Callable[[int], int]) -> None:
        self._count = count
        self._start_of = start_of
        self._units = 0

    def list_starts(
        self, parts: tuple[SnapshotPart, ...], stored: Mapping[bytes, StoredSegment]
    ) -> list[int]:
        """See `PlaceParts`."""
        units = list(accumulate((self._count(part, stored) for part in parts), initial=self._units))
        self._units = units[-1]
        return [self._start_of(unit) for unit in units]


def _packet_places(encoding: Encoding) -> _Places:
    """Nothing is encoded for it: how many packets a sound takes follows from its length."""

    def count(part: SnapshotPart, stored: Mapping[bytes, StoredSegment]) -> int:
        if part.speech_key is None:
            return pause_packets(part.frame_count, encoding)
        return packet_count(_length_at_44100(part.speech_key, stored), encoding)

    return _Places(count, lambda packet: packet_start_44100(packet, encoding))


def _length_at_44100(speech_key: bytes, stored: Mapping[bytes, StoredSegment]) -> int:
    speech = stored.get(speech_key)
    if speech is None or speech.sample_count is None or speech.sample_rate_hz is None:
        msg = f"Speech {speech_key.hex()} of a snapshot is missing. Convert the project again."
        raise DataDamaged(msg)
    return resampled_length(speech.sample_count, from_hz=speech.sample_rate_hz, to_hz=SAMPLE_RATE_HZ)
