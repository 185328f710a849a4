"""What LAME's quality settings cost and give for speech, at the bit rates that projects have.

A few minutes of espeak in several voices are encoded at each setting and decoded again. Printed are the speed against
that of the setting in use, in processor time, and two measures of what was lost: the segmental signal-to-noise ratio
(frames of 1,152 samples in which somebody speaks, -10 to 60 dB), and the noise-to-mask ratio: noise in each critical
band against what that band hides, below 0 where nobody hears it, after Brandenburg (1987), with the spreading of a
mask over the bands of Schroeder, Atal and Hall (1979). Share: of bands and moments where noise is above the mask.

    python -m benchmarks.lame ../shared/corpus/epub/time-machine.epub
"""

import argparse
import io
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import lameenc
import numpy as np
from numpy.typing import NDArray

from benchmarks.convert import spoken_texts
from rhapsode.audio.encode import Samples, to_44100
from rhapsode.audio.encoding import FRAME_SAMPLES, LAME_QUALITY, SAMPLE_RATE_HZ
from rhapsode.engines.registry import get_engine
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

Floats = NDArray[np.float64]

VOICES = ("espeak_alder", "espeak_birch", "espeak_willow", "espeak_oak")
PARAGRAPHS = 8
BITRATES_KBPS = (128, 192)
QUALITIES = (0, 2, 3, 4, 5, 6, 7, 9)
REPEATS = 3
DELAY_SAMPLES = 1105
WINDOW, HOP = 1024, 512
BANDS = 24
MASK_BELOW_SIGNAL_DB = 12.0
SILENCE_POWER = 1e-6


@dataclass(frozen=True)
class Lost:
    """What an encoding took away: segmental SNR and noise-to-mask ratio in dB, and the share above the mask."""

    snr_db: float
    nmr_db: float
    above_mask: float


def speak(book: Path) -> list[Samples]:
    """Paragraphs of a book in several voices, at 44.1 kHz."""
    engine, texts = get_engine("espeak"), [text[:1500] for text in spoken_texts(book)[10 : 10 + PARAGRAPHS]]
    spoken = (
        engine.synthesize(
            text, voice=engine_catalogue().get(voice), language="en-US", settings=VoiceSettings()
        )
        for voice in VOICES
        for text in texts
    )
    return [to_44100(speech.samples, speech.sample_rate_hz) for speech in spoken]


def encode(samples: Samples, bitrate_kbps: int, quality: int) -> bytes:
    """An MP3 stream as segments have it."""
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(SAMPLE_RATE_HZ)
    encoder.set_out_sample_rate(SAMPLE_RATE_HZ)
    encoder.set_bit_rate(bitrate_kbps)
    encoder.set_quality(quality)
    return bytes(encoder.encode(samples.tobytes())) + bytes(encoder.flush())


def decode(content: bytes, length: int) -> Floats:
    """So many samples, each where it was before."""
    with av.open(io.BytesIO(content), "r") as file:
        decoded = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    return decoded.astype(np.float64)[DELAY_SAMPLES : DELAY_SAMPLES + length]


def lost(samples: Samples, decoded: Floats) -> Lost:
    """Compare a sound with what is left of it."""
    sound = samples[: decoded.size] / 32_768
    noise = sound - decoded
    nmr = noise_to_mask(sound, noise)
    return Lost(segmental_snr_db(sound, noise), 10 * float(np.log10(nmr.mean())), float((nmr > 1).mean()))


def segmental_snr_db(sound: Floats, noise: Floats) -> float:
    """The mean over the frames in which somebody speaks."""
    count = sound.size // FRAME_SAMPLES
    powers = [np.mean(x[: count * FRAME_SAMPLES].reshape(count, -1) ** 2, axis=1) for x in (sound, noise)]
    spoken = powers[0] > SILENCE_POWER
    ratios = 10 * np.log10(powers[0][spoken] / np.maximum(powers[1][spoken], 1e-12))
    return float(np.clip(ratios, -10, 60).mean())


def noise_to_mask(sound: Floats, noise: Floats) -> Floats:
    """Power of the noise against that of the mask; shape (moments in which somebody speaks, BANDS)."""
    signal, error = (band_powers(x) for x in (sound, noise))
    distance = np.arange(BANDS)[:, None] - np.arange(BANDS)[None]
    spread = 10 ** (np.where(distance >= 0, -15 * distance, 27 * distance) / 10)
    mask = signal @ spread.T * 10 ** (-MASK_BELOW_SIGNAL_DB / 10) + 1e-9 * WINDOW
    total = signal.sum(axis=1)
    return np.asarray((error / mask)[total > 1e-4 * np.median(total)])


def band_powers(sound: Floats) -> Floats:
    """Power in each critical band (Zwicker's Bark scale) of windows with half overlap; shape (windows, BANDS)."""
    starts = np.arange(0, sound.size - WINDOW, HOP)
    windows = sound[starts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW)
    powers = np.abs(np.fft.rfft(windows)) ** 2
    hz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE_HZ)
    bark = 13 * np.arctan(0.00076 * hz) + 3.5 * np.arctan((hz / 7500) ** 2)
    bands = np.zeros((hz.size, BANDS))
    bands[np.arange(hz.size), np.minimum(bark.astype(int), BANDS - 1)] = 1
    return np.asarray(powers @ bands)


def processor_s(sounds: Sequence[Samples], bitrate_kbps: int, quality: int) -> float:
    """Processor time of encoding all sounds, the median of some runs."""
    times = []
    for _ in range(REPEATS):
        started_at_s = time.process_time()
        for samples in sounds:
            encode(samples, bitrate_kbps, quality)
        times.append(time.process_time() - started_at_s)
    return statistics.median(times)


def main() -> None:
    """Print a line for each setting."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    sounds = speak(parser.parse_args().book)
    print(f"{sum(samples.size for samples in sounds) / SAMPLE_RATE_HZ / 60:.1f} minutes of speech")
    print(f"{'kbps':>4}{'quality':>9}{'time':>7}{'SNR, dB':>10}{'NMR, dB':>10}{'above mask':>12}")
    for bitrate_kbps in BITRATES_KBPS:
        used_s = processor_s(sounds, bitrate_kbps, LAME_QUALITY)
        for quality in QUALITIES:
            share = processor_s(sounds, bitrate_kbps, quality) / used_s
            each = [lost(s, decode(encode(s, bitrate_kbps, quality), s.size)) for s in sounds]
            print(
                f"{bitrate_kbps:>4}{quality:>9}{share:>7.2f}"
                f"{statistics.mean(x.snr_db for x in each):>10.2f}{statistics.mean(x.nmr_db for x in each):>10.2f}"
                f"{statistics.mean(x.above_mask for x in each):>12.2%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
