"""What a child process of the pool does for one text: speak what is new, and encode all of it as one stream.

Unlike a slice of a conversion, a text is kept as a whole or not at all. So packs are as large as others, but none
gets its name before the last part is encoded: until then, an error or a kill leaves nothing but temporary files.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from rhapsode.audio.encode import Samples, from_flac, to_44100, to_flac
from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.loudness import master
from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import open_encoder
from rhapsode.engines.engine import Speech
from rhapsode.rendering import aloud
from rhapsode.rendering.render_jobs import KeptStream, SpeakJob, StreamPart, UnkeptPart, UnkeptStream
from rhapsode.storage.alignments import pack_alignment
from rhapsode.storage.packs import (
    AudioMeta,
    ClosedPack,
    PackWriter,
    SegmentKind,
    SegmentMeta,
    SpeechMeta,
    read_segment,
)
from rhapsode.storage.spool import SpoolWriter
from rhapsode.studio.limits import MAX_PACK_BYTES

Keep = Callable[[bytes, Speech], None]
"""Called with the key of each speech that is new, once."""


def speak(job: SpeakJob, audio_keys: Sequence[bytes]) -> KeptStream:
    """Make a text's stream and keep it, each part under its key, with the speech that is new.

    Raises: EngineFailed, TextRefused, UnknownVoice, UnknownLanguage, StorageFull, DataDamaged; then nothing of the
    job is kept but packs that had their names already, which nobody records: the next start adopts them.
    """
    speech, audio = _Packs(job, "speech"), _Packs(job, "audio")
    spoken_characters = 0

    def keep(key: bytes, new: Speech) -> None:
        nonlocal spoken_characters
        spoken_characters += new.alignment.character_count
        speech.append(key, to_flac(new.samples, new.sample_rate_hz), _meta(new))

    try:
        for key, part in zip(audio_keys, _stream(job, keep), strict=True):
            audio.append(key, part.content, AudioMeta(part.frame_count, job.output_format, None))
        return KeptStream((*speech.close(), *audio.close()), spoken_characters)
    except BaseException:
        speech.abandon()
        audio.abandon()
        raise


def speak_unkept(job: SpeakJob, spool: Path) -> UnkeptStream:
    """Make a text's stream in a spool; its speech isn't written anywhere. Raises: as `speak` does."""
    new: dict[bytes, SpeechMeta] = {}

    def keep(key: bytes, speech: Speech) -> None:
        new[key] = _meta(speech)

    parts = []
    with SpoolWriter(spool) as writer:
        for part in _stream(job, keep):
            writer.append(part.content)
            parts.append(UnkeptPart(len(part.content), part.frame_count))
    return UnkeptStream(tuple(parts), new)


def _meta(speech: Speech) -> SpeechMeta:
    return SpeechMeta(speech.sample_rate_hz, speech.samples.size, pack_alignment(speech.alignment))


def _stream(job: SpeakJob, keep: Keep) -> Iterator[StreamPart]:
    """The parts of one stream on the grid: K frames each, the last without its last 1,152 samples."""
    encoder = open_encoder(get_output_format(job.output_format))
    last = len(job.sounds) - 1
    for ordinal, (sound, samples) in enumerate(zip(job.sounds, _sounds(job, keep), strict=True)):
        frame_count = sound if isinstance(sound, int) else segment_frames(samples.size)
        length = (frame_count - (ordinal == last)) * FRAME_SAMPLES
        content = encoder.encode(np.pad(samples, (0, length - samples.size)))
        if ordinal == last:
            content += encoder.finish()
        yield StreamPart(content, frame_count)


def _sounds(job: SpeakJob, keep: Keep) -> Iterator[Samples]:
    """Samples of each part at 44.1 kHz.

    What a text says twice is spoken once: another reading would not be the one whose alignment is kept.
    """
    uses = Counter(job.sounds)
    repeated: dict[bytes, Samples] = {}
    for sound in job.sounds:
        if isinstance(sound, int):
            yield np.zeros(0, np.int16)  # all of a pause is what a part is padded with
            continue
        samples = repeated.get(sound)
        if samples is None:
            samples = to_44100(*_sound(job, sound, keep))
            if sound in job.masterings:
                samples = master(samples, job.masterings[sound])
            if uses[sound] > 1:
                repeated[sound] = samples
        yield samples


def _sound(job: SpeakJob, key: bytes, keep: Keep) -> tuple[Samples, int]:
    if key in job.spoken:
        return from_flac(read_segment(job.blobs, job.spoken[key]))
    speech = aloud.speak(job.requests[key])
    keep(key, speech)
    return speech.samples, speech.sample_rate_hz


class _Packs:
    """Packs of one kind, which all get their names together."""

    def __init__(self, job: SpeakJob, kind: SegmentKind) -> None:
        self._job = job
        self._kind = kind
        self._writers: list[PackWriter] = []

    def append(self, key: bytes, content: bytes, meta: SegmentMeta) -> None:
        if not self._writers or self._writers[-1].size_bytes >= MAX_PACK_BYTES:
            directory = self._job.blobs.temporary_directory()
            self._writers.append(PackWriter(directory, self._job.workspace_id, self._kind))
        self._writers[-1].append(key, content, meta)

    def close(self) -> list[ClosedPack]:
        packs = (writer.close(self._job.blobs) for writer in self._writers)
        return [pack for pack in packs if pack is not None]

    def abandon(self) -> None:
        for writer in self._writers:
            writer.abandon()
