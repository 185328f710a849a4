"""Readings whose every character's time is known, and what happens to recordings: for benchmarks of the aligner."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from rhapsode.engines.engine import Speech
from rhapsode.engines.registry import get_engine
from rhapsode.studio.voice import VoiceSettings
from rhapsode.text.sentences import split_segments
from rhapsode.voices.catalogue import engine_catalogue

Samples = NDArray[np.int16]

RATE_HZ = 22_050
SENTENCE_CHARACTERS = 200
REPEATED_S, LONG_PAUSE_S = 1.5, 12.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A reading, mono at `rate_hz`. starts: the sample at which each character begins; -1 where it isn't heard."""

    samples: Samples
    starts: NDArray[np.int64]
    rate_hz: int = RATE_HZ


def speak(text: str, voice_id: str, *, language: str = "en-US", speed: float = 1.0) -> Speech:
    """Speak with espeak."""
    settings = VoiceSettings(speed=speed)
    return get_engine("espeak").synthesize(
        text, voice=engine_catalogue().get(voice_id), language=language, settings=settings
    )


def record(
    text: str,
    voice_id: str,
    *,
    language: str = "en-US",
    speed: float | None = 1.0,
    pause: Callable[[], float] = lambda: 0.0,
) -> Recording:
    """Read a text sentence by sentence; speed None is another for each, from 0.8 to 1.2. pause: behind each, in s."""
    rng = np.random.default_rng(1)
    pieces, starts, end = [], [], 0
    for first, last in split_segments(text, language=language, max_characters=SENTENCE_CHARACTERS):
        chosen = speed or float(rng.uniform(0.8, 1.2))
        speech = speak(text[first:last], voice_id, language=language, speed=chosen)
        silence = np.zeros(round(pause() * RATE_HZ), np.int16)
        starts.append(end + np.array(speech.alignment.boundaries[:-1]))
        pieces += [speech.samples, silence]
        end += speech.samples.size + silence.size
    return Recording(np.concatenate(pieces), np.concatenate(starts))


def pauses() -> Callable[[], float]:
    """Half a second on average, as people make them."""
    rng = np.random.default_rng(3)
    return lambda: float(rng.exponential(0.5))


def with_noise(snr_db: float) -> Callable[[Recording], Recording]:
    """White noise so far under the level of the speech."""

    def noisy(recording: Recording) -> Recording:
        noise = np.random.default_rng(2).normal(0, _level(recording, snr_db), recording.samples.size)
        return _with_sound(recording, recording.samples + noise)

    return noisy


def with_hum(recording: Recording) -> Recording:
    """A chord that swells and changes each two seconds, 12 dB under the speech: as music behind it would."""
    at_s = np.arange(recording.samples.size) / recording.rate_hz
    roots_hz = np.array([110.0, 146.8, 98.0, 130.8])[(at_s // 2).astype(int) % 4]
    phases = 2 * np.pi * np.cumsum(roots_hz) / recording.rate_hz
    chord = sum(np.sin(phases * ratio) / ratio for ratio in (1, 1.25, 1.5, 2, 3, 4))
    return _with_sound(recording, recording.samples + _level(recording, 12) * chord * np.sin(at_s) ** 2)


def with_smear(recording: Recording) -> Recording:
    """A room: echoes that are 60 dB down after 0.6 s."""
    count = round(0.6 * recording.rate_hz)
    echoes = np.random.default_rng(4).normal(0, 1, count) * 10 ** (-3 * np.arange(count) / count)
    echoes *= 0.5 / np.sqrt((echoes**2).sum())
    echoes[0] = 1.0
    size = 2 ** int(np.ceil(np.log2(recording.samples.size + count)))
    spectrum = np.fft.rfft(recording.samples, size) * np.fft.rfft(echoes, size)
    return _with_sound(recording, np.fft.irfft(spectrum, size)[: recording.samples.size])


def at_rate(rate_hz: int) -> Callable[[Recording], Recording]:
    """Resampled."""

    def resampled(recording: Recording) -> Recording:
        starts = np.round(recording.starts * rate_hz / recording.rate_hz).astype(np.int64)
        samples = soxr.resample(recording.samples, recording.rate_hz, rate_hz)
        return Recording(samples, starts, rate_hz)

    return resampled


def as_vorbis(recording: Recording) -> Recording:
    """Through a codec that loses, at its lowest quality."""
    with io.BytesIO() as file:
        sound = recording.samples.astype(np.float32) / 2**15
        soundfile.write(file, sound, recording.rate_hz, format="OGG", subtype="VORBIS", compression_level=0.9)
        file.seek(0)
        samples, _ = soundfile.read(file, dtype="int16")
    return replace(recording, samples=samples[: recording.samples.size])


def with_long_pause(recording: Recording) -> Recording:
    """Twelve seconds of nothing in front of a character in the middle."""
    silence = np.zeros(round(LONG_PAUSE_S * recording.rate_hz), np.int16)
    return _inserted(recording, _middle(recording), silence)


def with_repetition(recording: Recording) -> Recording:
    """A second and a half in the middle that is said twice."""
    place = _middle(recording)
    return _inserted(
        recording, place, recording.samples[place - round(REPEATED_S * recording.rate_hz) : place]
    )


def with_omission(recording: Recording) -> Recording:
    """A second and a half in the middle that isn't said."""
    place, count = _middle(recording), round(REPEATED_S * recording.rate_hz)
    starts = np.where(recording.starts >= place, recording.starts - count, recording.starts)
    starts[(recording.starts >= place - count) & (recording.starts < place)] = -1
    samples = np.delete(recording.samples, slice(place - count, place))
    return replace(recording, samples=samples, starts=starts)


DAMAGES: Mapping[str, Callable[[Recording], Recording]] = {
    "noise at 20 dB": with_noise(20),
    "noise at 10 dB": with_noise(10),
    "music at 12 dB": with_hum,
    "a room": with_smear,
    "8 kHz": at_rate(8_000),
    "16 kHz": at_rate(16_000),
    "48 kHz": at_rate(48_000),
    "Vorbis, lowest": as_vorbis,
    "12 s of silence": with_long_pause,
    "1.5 s said twice": with_repetition,
    "1.5 s left out": with_omission,
}


def _level(recording: Recording, below_db: float) -> float:
    speech = recording.samples[recording.samples != 0].astype(float)
    return float(np.sqrt(np.mean(speech**2) / 10 ** (below_db / 10)))


def _with_sound(recording: Recording, sound: NDArray[np.float64]) -> Recording:
    samples = np.clip(np.round(sound), -(2**15), 2**15 - 1).astype(np.int16)
    return replace(recording, samples=samples)


def _middle(recording: Recording) -> int:
    return int(recording.starts[len(recording.starts) // 2])


def _inserted(recording: Recording, place: int, sound: Samples) -> Recording:
    starts = np.where(recording.starts >= place, recording.starts + sound.size, recording.starts)
    return replace(recording, samples=np.insert(recording.samples, place, sound), starts=starts)
