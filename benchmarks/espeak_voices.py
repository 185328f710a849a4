"""Whether espeak's voices are as many as they are said to be: how far apart any two are, and what each is like.

Every voice says the same two texts in the same language. What it has of its own is its pitch, its pace and its timbre
(the mean of its cepstra). How far two voices are apart in each is told in units of something real: what one voice
differs from itself between the two texts, on average over all voices. A pair that is hardly further apart than that
can't be told apart by it.

Every voice also says a text in its own language, of which the level and the peaks are told. The pitch of the labels
(male, female, child, old) is compared with what is heard.

    python -m benchmarks.espeak_voices
"""

import argparse
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.alignment_features import band_logs
from rhapsode.engines.engine import Speech
from rhapsode.engines.espeak.voices import VOICES
from rhapsode.engines.registry import get_engine
from rhapsode.rendering.calibration_texts import calibration_paragraphs
from rhapsode.studio.voice import Voice, VoiceSettings

Floats = NDArray[np.float64]

LANGUAGE = "en-US"
LOWEST_HZ, HIGHEST_HZ = 55, 400
CEPSTRA = 12
CLOSE, DISTINCT = 8, 3.0
PITCHES_HZ = {"male": (60, 175), "female": (150, 330)}


@dataclass(frozen=True)
class Sound:
    """How a voice sounds. pitch: in semitones above 55 Hz.    pace: 100 times the log of characters a second."""

    pitch: float
    pace: float
    timbre: Floats

    @property
    def hz(self) -> float:
        """The pitch."""
        return float(LOWEST_HZ * 2.0 ** (self.pitch / 12))


def speak(voice: Voice, language: str, text: str) -> Speech:
    """A text, as the voice says it."""
    return get_engine("espeak").synthesize(text, voice=voice, language=language, settings=VoiceSettings())


def sound_of(speech: Speech, text: str) -> Sound:
    """Its pitch, its pace and its timbre."""
    samples = speech.samples.astype(np.float64) / 32768
    logs = band_logs(speech.samples, speech.sample_rate_hz).astype(np.float64)
    loud = logs[logs.mean(axis=1) > np.quantile(logs.mean(axis=1), 0.4)]
    bands = loud.shape[1]
    places = (np.arange(bands) + 0.5) * math.pi / bands
    cosines = np.array([np.cos(number * places) for number in range(1, CEPSTRA + 1)])
    pace = 100 * math.log(len(text) / (len(samples) / speech.sample_rate_hz))
    return Sound(pitch_of(samples, speech.sample_rate_hz), pace, cosines @ loud.mean(axis=0) / bands)


def pitch_of(samples: Floats, rate_hz: int) -> float:
    """The median pitch of what is voiced, by autocorrelation, in semitones above 55 Hz."""
    window, step = rate_hz // 20, rate_hz // 50
    found = [_pitch_hz(samples[at : at + window], rate_hz) for at in range(0, len(samples) - window, step)]
    voiced = [hz for hz in found if hz is not None]
    return 12 * math.log2(float(np.median(voiced)) / LOWEST_HZ)


def _pitch_hz(frame: Floats, rate_hz: int) -> float | None:
    frame = (frame - frame.mean()) * np.hanning(len(frame))
    power = float(frame @ frame)
    if power < len(frame) * 1e-4:
        return None
    spectrum = np.fft.rfft(frame, 2 * len(frame))
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: len(frame)]
    # The window takes from longer lags what a steady tone would have there.
    window = np.hanning(len(frame))
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * len(frame))) ** 2)[: len(frame)]
    first, last = rate_hz // HIGHEST_HZ, rate_hz // LOWEST_HZ
    likeness = correlation[first:last] / correlation[0] * own[0] / own[first:last]
    best = float(likeness.max())
    if best < 0.6:
        return None
    # The shortest lag that is nearly as good: its multiples are as good.
    lag = first + int(np.argmax(likeness > 0.92 * best))
    while lag + 1 < last and likeness[lag + 1 - first] > likeness[lag - first]:
        lag += 1
    return rate_hz / lag


def distances(first: Sound, second: Sound) -> Floats:
    """How far apart in pitch, pace and timbre."""
    timbre = float(np.linalg.norm(first.timbre - second.timbre))
    return np.array([abs(first.pitch - second.pitch), abs(first.pace - second.pace), timbre])


def measured(voices: Sequence[Voice]) -> tuple[Mapping[str, Sound], Floats]:
    """The voices by name, and how much one differs from itself, on average."""
    paragraphs = calibration_paragraphs(LANGUAGE)
    texts = (paragraphs[0] + " " + paragraphs[2], paragraphs[1])
    twice = {voice.name: [sound_of(speak(voice, LANGUAGE, text), text) for text in texts] for voice in voices}
    itself = np.mean([distances(*both) for both in twice.values()], axis=0)
    return {name: _mean(both) for name, both in twice.items()}, itself


def _mean(sounds: Sequence[Sound]) -> Sound:
    pitch, pace = (float(np.mean([getattr(sound, name) for sound in sounds])) for name in ("pitch", "pace"))
    return Sound(pitch, pace, np.mean([sound.timbre for sound in sounds], axis=0))


def print_voices(voices: Sequence[Voice], sounds: Mapping[str, Sound]) -> None:
    """What each is like, in its own language too."""
    print(
        f"{'voice':10} {'language':15} {'gender':7} {'age':12} {'pitch':>7} {'chars/s':>8} {'RMS':>9} {'peak':>9}"
    )
    levels = []
    for voice in voices:
        text = " ".join(calibration_paragraphs(voice.language))
        samples = speak(voice, voice.language, text).samples.astype(np.float64) / 32768
        loud = samples[np.abs(samples) > 0.01]
        level, peak = (20 * math.log10(x) for x in (np.sqrt(np.mean(loud**2)), np.abs(samples).max()))
        levels.append(level)
        sound = sounds[voice.name]
        low, high = PITCHES_HZ[voice.labels["gender"]]
        is_child = "child" in voice.labels["description"]
        odd = "" if is_child or low <= sound.hz <= high else f"  {voice.labels['gender']}?"
        cut = f"  {np.mean(np.abs(samples) > 0.9995):.2%} cut" if peak > -0.01 else ""
        print(
            f"{voice.name:10} {voice.language:15} {voice.labels['gender']:7} {voice.labels['age']:12} "
            f"{sound.hz:4.0f} Hz {math.exp(sound.pace / 100):8.1f} {level:6.1f} dB {peak:6.1f} dB{odd}{cut}"
        )
    print(
        f"Levels are within {max(levels) - min(levels):.1f} dB, {np.std(levels):.1f} dB around their mean.\n"
    )


def print_pairs(sounds: Mapping[str, Sound], itself: Floats) -> None:
    """The closest pairs, and how many can hardly be told apart."""
    pairs = []
    for first, second in itertools.combinations(sounds, 2):
        apart = distances(sounds[first], sounds[second]) / itself
        pairs.append((float(np.linalg.norm(apart)), first, second, apart))
    pairs.sort(key=lambda pair: pair[0])
    print(f"{'the closest pairs':22} {'apart':>6} {'pitch':>6} {'pace':>6} {'timbre':>6}")
    for total, first, second, (pitch, pace, timbre) in pairs[:CLOSE]:
        print(f"{first + ', ' + second:22} {total:6.1f} {pitch:6.1f} {pace:6.1f} {timbre:6.1f}")
    alike = sum(total < DISTINCT for total, *_ in pairs)
    print(
        f"\nIn units of what a voice differs from itself: the median pair is {pairs[len(pairs) // 2][0]:.1f} apart, "
        f"the closest {pairs[0][0]:.1f}; {alike} of {len(pairs)} pairs are closer than {DISTINCT:.0f}."
    )


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    sounds, itself = measured(VOICES)
    print_voices(VOICES, sounds)
    print(
        f"A voice differs from itself by {itself[0]:.2f} semitones, {itself[1]:.1f} % of pace and {itself[2]:.3f} of "
        "timbre."
    )
    print_pairs(sounds, itself)


if __name__ == "__main__":
    main()
