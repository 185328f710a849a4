"""The file of a history item: what is wanted for it, and its rows once its stream is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rhapsode.audio.encode import resampled_length
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.mastering import Mastering
from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import stream_head
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.render_jobs import KeptStream
from rhapsode.rendering.script import ScriptPart
from rhapsode.rendering.usage import usage_of
from rhapsode.storage import conversions, history, segments, speaking
from rhapsode.storage.checksums import crc32_of, crc32_of_join
from rhapsode.storage.keys import history_audio_key
from rhapsode.storage.records import Transaction
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import ConversionId, VoiceId
from rhapsode.studio.snapshot import FileHead, SnapshotPart
from rhapsode.studio.voice import Voice


@dataclass(frozen=True, slots=True)
class StreamWork:
    """A file to make.

    requests: how its speech is spoken where there is none, by speech key.    voices: by whom, by id.
    masterings: as SpeakJob has them.
    """

    work_id: str
    item: HistoryItem
    output_format: str
    parts: Sequence[ScriptPart]
    requests: Mapping[bytes, SpeechRequest]
    voices: Mapping[VoiceId, Voice]
    masterings: Mapping[bytes, Mastering] = field(default_factory=dict)

    @property
    def speech_keys(self) -> list[bytes]:
        """Of its parts that are speech, in order."""
        return [part.speech_key for part in self.parts if part.speech_key is not None]

    @property
    def audio_keys(self) -> list[bytes]:
        """Of its parts, in order."""
        item_id, name = self.item.history_item_id, self.output_format
        return [
            history_audio_key(history_item_id=item_id, output_format=name, ordinal=ordinal)
            for ordinal in range(len(self.parts))
        ]

    @property
    def is_copy(self) -> bool:
        """Whether the item is kept already, in a format of its own."""
        return self.output_format != self.item.output_format


def rests_of(parts: Sequence[ScriptPart], spoken: Mapping[bytes, StoredSegment]) -> dict[int, int]:
    """Frames of silence behind speech, by the ordinal of its part, where there are any.

    spoken: speech that exists, by its key. A part that was heard before lasts as long as it did.
    """
    rests = {ordinal: _rest_of(part, spoken) for ordinal, part in enumerate(parts)}
    return {ordinal: rest for ordinal, rest in rests.items() if rest}


def _rest_of(part: ScriptPart, spoken: Mapping[bytes, StoredSegment]) -> int:
    speech = spoken.get(part.speech_key or b"")
    if part.frame_count is None or speech is None or not speech.sample_rate_hz:
        return part.rest_frames
    assert speech.sample_count is not None
    length = resampled_length(speech.sample_count, from_hz=speech.sample_rate_hz, to_hz=SAMPLE_RATE_HZ)
    return part.frame_count - segment_frames(length)


def commit_stream(tx: Transaction, work: StreamWork, stream: KeptStream) -> bool:
    """Record a file, its packs and references in the caller's transaction; False when it must be made again.

    Again, when somebody has spoken one of its texts meanwhile: the first reading is the one that stays, with its
    alignment, and the stream must be made of it. Where a copy isn't needed any more, nothing is left to do.
    """
    new_speech = [s.key for pack in stream.packs if pack.kind == "speech" for s in pack.segments]
    is_overtaken = bool(segments.find_segments(tx, new_speech))
    if is_overtaken or is_settled(tx, work):
        # Packs that are known and have no segments are deleted by clean-up.
        for pack in stream.packs:
            segments.record_pack(tx, pack)
    else:
        _insert(tx, work, stream)
    if not is_overtaken:
        speaking.end_speaking(tx, work.work_id)
    return not is_overtaken


def is_settled(tx: Transaction, work: StreamWork) -> bool:
    """Whether a copy isn't needed any more: somebody else has made it meanwhile, or deleted its item."""
    item_id = work.item.history_item_id
    if not work.is_copy:
        return False
    return (
        history.find_file(tx, item_id, work.output_format) is not None
        or history.find_item(tx, item_id) is None
    )


def _insert(tx: Transaction, work: StreamWork, stream: KeptStream) -> None:
    for pack in stream.packs:
        segments.commit_pack(tx, pack)
    if not work.is_copy:
        history.insert_item(tx, work.item)
    stored = segments.find_segments(tx, work.audio_keys)
    audio = [stored[key] for key in work.audio_keys]
    parts = [_part(part, segment) for part, segment in zip(work.parts, audio, strict=True)]
    file = _file(work.output_format, parts, audio, created_at_ms=tx.now_ms)
    history.insert_file(tx, work.item.history_item_id, file, parts)
    _add_usage(tx, work.item, stream)


def _part(part: ScriptPart, segment: StoredSegment) -> SnapshotPart:
    assert segment.frame_count is not None
    return SnapshotPart(
        segment_key=segment.key,
        frame_count=segment.frame_count,
        size_bytes=segment.location.size_bytes,
        text=part.text,
        spans=part.spans,
        speech_key=part.speech_key,
        spoken_text=part.spoken_text,
    )


def _file(
    output_format: str, parts: Sequence[SnapshotPart], audio: Sequence[StoredSegment], *, created_at_ms: int
) -> HistoryFile:
    """Arithmetic on records; no audio is read."""
    frame_count = sum(part.frame_count for part in parts)
    stream_bytes = sum(part.size_bytes for part in parts)
    head = stream_head(get_output_format(output_format), frame_count=frame_count, stream_bytes=stream_bytes)
    checksums = [(segment.crc32, segment.location.size_bytes) for segment in audio]
    return HistoryFile(
        output_format=output_format,
        frame_count=frame_count,
        size_bytes=len(head) + stream_bytes,
        crc32=crc32_of_join([(crc32_of(head), len(head)), *checksums]),
        head=FileHead(head),
        created_at_ms=created_at_ms,
    )


def _add_usage(tx: Transaction, item: HistoryItem, stream: KeptStream) -> None:
    """The ledger has what was made for an item under its id, as it has a conversion's."""
    for kind, characters in (("speech", stream.spoken_characters), ("audio", 0)):
        made = [segment for pack in stream.packs if pack.kind == kind for segment in pack.segments]
        if made:
            usage = usage_of(made, character_count=characters)
            conversions.add_usage(tx, ConversionId(item.history_item_id), kind, usage)
