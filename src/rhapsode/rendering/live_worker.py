"""What a child process of the pool does for a text that still arrives: speak a stretch of it, and encode it alone."""

from dataclasses import dataclass

from rhapsode.audio.encode import Samples, from_flac, to_44100, to_flac
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.joined_streams import encode_joinable, joined_samples
from rhapsode.audio.output_formats import get_output_format
from rhapsode.rendering import aloud
from rhapsode.rendering.render_jobs import SpeakJob
from rhapsode.rendering.speech_meta import speech_meta
from rhapsode.storage.packs import ClosedPack, PackWriter, SpeechMeta, read_segment


@dataclass(frozen=True, slots=True)
class LiveSound:
    """The sound of one part: bytes that join those before them (audio.joined_streams).

    sample_count: how long it lasts in the stream, in samples at 44.1 kHz.    speech: of what is new; None where the
    speech was there.
    """

    content: bytes
    sample_count: int
    speech: SpeechMeta | None


@dataclass(frozen=True, slots=True)
class LiveStretch:
    """The parts of a stretch, in order, and a durable pack of the speech that is new, which nobody has recorded."""

    sounds: tuple[LiveSound, ...]
    pack: ClosedPack | None
    spoken_characters: int


def speak_live(job: SpeakJob, *, keeps: bool) -> LiveStretch:
    """Speak and encode the parts of a stretch, which are all speech, one by one.

    keeps: whether what is new is written to a pack.
    Raises: EngineFailed, TextRefused, UnknownVoice, UnknownLanguage, StorageFull, DataDamaged; then no pack is kept.
    """
    speaker = _Speaker(job, keeps=keeps)
    try:
        sounds = tuple(speaker.sound(ordinal) for ordinal in range(len(job.sounds)))
        return LiveStretch(sounds, speaker.close(), speaker.spoken_characters)
    except BaseException:
        speaker.abandon()
        raise


class _Speaker:
    """One stretch: the open pack, and what has been spoken so far."""

    def __init__(self, job: SpeakJob, *, keeps: bool) -> None:
        self._job = job
        self._format = get_output_format(job.output_format)
        self._new: dict[bytes, tuple[Samples, int, SpeechMeta]] = {}
        directory = job.blobs.temporary_directory()
        self._pack = PackWriter(directory, job.workspace_id, "speech") if keeps else None
        self.spoken_characters = 0

    def sound(self, ordinal: int) -> LiveSound:
        key = self._job.sounds[ordinal]
        assert isinstance(key, bytes)
        samples, rate_hz, meta = self._speech(key)
        sound = to_44100(samples, rate_hz)
        frame_count = segment_frames(sound.size) + self._job.rests.get(ordinal, 0)
        content = encode_joinable(sound, self._format, frame_count=frame_count)
        return LiveSound(content, joined_samples(frame_count, self._format), meta)

    def _speech(self, key: bytes) -> tuple[Samples, int, SpeechMeta | None]:
        if key in self._job.spoken:
            return *from_flac(read_segment(self._job.blobs, self._job.spoken[key])), None
        if key not in self._new:
            self._new[key] = self._spoken(key)
        return self._new[key]

    def _spoken(self, key: bytes) -> tuple[Samples, int, SpeechMeta]:
        speech = aloud.speak(self._job.requests[key], self._job.speakers)
        self.spoken_characters += speech.alignment.character_count
        meta = speech_meta(speech)
        if self._pack is not None:
            self._pack.append(key, to_flac(speech.samples, speech.sample_rate_hz), meta)
        return speech.samples, speech.sample_rate_hz, meta

    def close(self) -> ClosedPack | None:
        return None if self._pack is None else self._pack.close(self._job.blobs)

    def abandon(self) -> None:
        if self._pack is not None:
            self._pack.abandon()
