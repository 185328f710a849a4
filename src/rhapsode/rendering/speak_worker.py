"""What a child process of the pool does for one text: speak what is new, and encode all of it as one stream.

Unlike a slice of a conversion, a text is kept as a whole or not at all. So packs are as large as others, but none
gets its name before the last part is encoded: until then, an error or a kill leaves nothing but temporary files.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
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
from rhapsode.rendering.ahead import Ahead
from rhapsode.rendering.render_jobs import KeptStream, PartNotice, SpeakJob, StreamPart, Tell
from rhapsode.rendering.speech_meta import speech_meta
from rhapsode.storage.packs import (
    AudioMeta,
    PackWriter,
    SegmentKind,
    SegmentMeta,
    close_packs,
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
    with _Kept(job, audio_keys) as kept:
        for part in _stream(job, kept.keep):
            kept.append(part)
        return kept.close()


def speak_aloud(
    job: SpeakJob, audio_keys: Sequence[bytes] | None, spool: Path, tell: Tell
) -> KeptStream | None:
    """The same, while others listen: each part is in the spool as well, and told of, as soon as it is made.

    audio_keys: None keeps nothing of it, and makes no packs.    Raises: as `speak` does; what was told by then isn't
    kept.
    """
    fresh: list[Speech] = []
    with SpoolWriter(spool) as writer, contextlib.ExitStack() as packs:
        kept = None if audio_keys is None else packs.enter_context(_Kept(job, audio_keys))

        def keep(key: bytes, speech: Speech) -> None:
            fresh.append(speech)
            if kept is not None:
                kept.keep(key, speech)

        for part in _stream(job, keep):
            tell(_spooled(writer, part, fresh.pop() if fresh else None))
            if kept is not None:
                kept.append(part)
        return None if kept is None else kept.close()


def _spooled(writer: SpoolWriter, part: StreamPart, new: Speech | None) -> PartNotice:
    if new is None:
        writer.append(part.content)
        return PartNotice(len(part.content), part.frame_count)
    meta = speech_meta(new)
    writer.append(part.content + meta.alignment)
    return PartNotice(
        len(part.content), part.frame_count, meta.sample_rate_hz, meta.sample_count, len(meta.alignment)
    )


class _Kept:
    """The packs of one text; to be used in a `with` block, and without a `close` in it nothing is kept."""

    def __init__(self, job: SpeakJob, audio_keys: Sequence[bytes]) -> None:
        self._job = job
        self._audio_keys = iter(audio_keys)
        self._speech, self._audio = _Packs(job, "speech"), _Packs(job, "audio")
        self._spoken_characters = 0

    def keep(self, key: bytes, new: Speech) -> None:
        """Write speech that is new."""
        self._spoken_characters += new.alignment.character_count
        self._speech.append(key, to_flac(new.samples, new.sample_rate_hz), speech_meta(new))

    def append(self, part: StreamPart) -> None:
        """Write the next part of the stream."""
        meta = AudioMeta(part.frame_count, self._job.output_format, None)
        self._audio.append(next(self._audio_keys), part.content, meta)

    def close(self) -> KeptStream:
        """Give the packs their names."""
        packs = close_packs([*self._speech.writers, *self._audio.writers], self._job.blobs)
        return KeptStream(tuple(packs), self._spoken_characters)

    def __enter__(self) -> "_Kept":
        return self

    def __exit__(self, *error: object) -> None:
        # What has its name already is no open pack any more.
        self._speech.abandon()
        self._audio.abandon()


def _stream(job: SpeakJob, keep: Keep) -> Iterator[StreamPart]:
    """The parts of one stream on the grid: K frames each, the last without its last 1,152 samples."""
    encoder = open_encoder(get_output_format(job.output_format))
    last = len(job.sounds) - 1
    for ordinal, (sound, samples) in enumerate(zip(job.sounds, _sounds(job, keep), strict=True)):
        frame_count = sound if isinstance(sound, int) else segment_frames(samples.size)
        frame_count += job.rests.get(ordinal, 0)
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
    new = [sound for sound in uses if isinstance(sound, bytes) and sound not in job.spoken]
    ahead = Ahead((job.requests[key] for key in new), partial(aloud.prepare, speakers=job.speakers))
    repeated: dict[bytes, Samples] = {}
    for sound in job.sounds:
        if isinstance(sound, int):
            yield np.zeros(0, np.int16)  # all of a pause is what a part is padded with
            continue
        samples = repeated.get(sound)
        if samples is None:
            samples = to_44100(*_sound(job, sound, keep, ahead))
            if sound in job.masterings:
                samples = master(samples, job.masterings[sound])
            if uses[sound] > 1:
                repeated[sound] = samples
        yield samples


def _sound(job: SpeakJob, key: bytes, keep: Keep, ahead: Ahead) -> tuple[Samples, int]:
    if key in job.spoken:
        return from_flac(read_segment(job.blobs, job.spoken[key]))
    request = job.requests[key]
    ahead.begin(request)
    speech = aloud.speak(request, job.speakers, then=ahead.after(request))
    keep(key, speech)
    return speech.samples, speech.sample_rate_hz


class _Packs:
    """Packs of one kind, which all get their names together. writers: of each, the last one's is filled."""

    def __init__(self, job: SpeakJob, kind: SegmentKind) -> None:
        self._job = job
        self._kind = kind
        self.writers: list[PackWriter] = []

    def append(self, key: bytes, content: bytes, meta: SegmentMeta) -> None:
        if not self.writers or self.writers[-1].size_bytes >= MAX_PACK_BYTES:
            directory = self._job.blobs.temporary_directory()
            self.writers.append(PackWriter(directory, self._job.workspace_id, self._kind))
        self.writers[-1].append(key, content, meta)

    def abandon(self) -> None:
        for writer in self.writers:
            writer.abandon()
