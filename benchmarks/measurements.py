"""What it costs to measure audio when it is made, beside the encoder that makes it.

The same passages are encoded and measured, with and without the peaks of their waveforms, and the processor times
compared. Then the exactness: the loudness of some by our arithmetic, and by the filters of ITU-R BS.1770 sample by
sample; and the peaks by those of the audio, decoded, which earlier versions' audio is given.

    python -m benchmarks.measurements ../shared/corpus/epub/time-machine.epub --passages 40
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tests import bs1770

from benchmarks.convert import spoken_texts
from rhapsode.audio.encode import Samples, encode_segment, to_44100
from rhapsode.audio.encoding import FRAME_SAMPLES, MP3_128, SAMPLE_RATE_HZ
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.levels import integrated_lufs
from rhapsode.audio.measurements import (
    find_segment_peaks,
    measure,
    measured_bytes,
    pack_measurements,
    unpack_measurements,
)
from rhapsode.audio.stored_peaks import stored_peaks
from rhapsode.authoring.voices import default_voice
from rhapsode.engines.registry import get_engine
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

_COMPARED_S = 20
"""No more of a passage goes through the filters, which take as long as it lasts."""


def main() -> None:
    """Print the share of the encoder's time, the bytes for an hour, and how far the loudness is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book", type=Path)
    parser.add_argument("--passages", type=int, default=40)
    options = parser.parse_args()
    passages = [_spoken(text) for text in spoken_texts(options.book)[: options.passages]]
    audio_s = sum(samples.size for samples in passages) / SAMPLE_RATE_HZ
    encoding_s = _processor_s(passages, lambda samples: encode_segment(samples, MP3_128))
    measuring_s = _processor_s(passages, lambda samples: pack_measurements(measure(samples)))
    both_s = _processor_s(passages, measured_bytes)
    kept_bytes = sum(len(pack_measurements(measure(samples))) for samples in passages)
    peaks_bytes = sum(len(measured_bytes(samples)) for samples in passages) - kept_bytes
    errors_lu = [_error_lu(samples[: _COMPARED_S * SAMPLE_RATE_HZ]) for samples in passages[:10]]
    print(f"{len(passages)} passages, {audio_s:.0f} s of audio")
    print(f"measuring: {measuring_s / audio_s * 1e6:.0f} µs of processor time for a second")
    print(f"           {measuring_s / encoding_s:.1%} of what LAME takes for the same samples")
    print(f"kept:      {kept_bytes / audio_s * 3600 / 1000:.0f} kB for an hour")
    print(f"peaks:     {(both_s - measuring_s) / encoding_s:.2%} of what LAME takes, beside that")
    print(f"           {peaks_bytes / audio_s * 3600 / 1000:.0f} kB for an hour")
    print("           " + _peaks_of_decoded(passages))
    print(
        f"loudness:  off by {statistics.mean(errors_lu):.3f} LU on average, {max(errors_lu):.3f} LU at most"
    )


def _spoken(text: str) -> Samples:
    voice = default_voice("en", engine_catalogue())
    speech = get_engine(voice.engine).synthesize(
        text[:2_000], voice=voice, language=voice.language, settings=VoiceSettings(), pronunciations=()
    )
    return to_44100(speech.samples, speech.sample_rate_hz)


def _processor_s(passages: list[Samples], work: Callable[[Samples], bytes]) -> float:
    started_s = time.process_time()
    for samples in passages:
        work(samples)
    return time.process_time() - started_s


def _peaks_of_decoded(passages: list[Samples]) -> str:
    encoded = [(encode_segment(samples, MP3_128), segment_frames(samples.size)) for samples in passages]
    started_s = time.process_time()
    decoded = [stored_peaks(content, MP3_128, frame_count) for content, frame_count in encoded]
    spent_s = time.process_time() - started_s
    kept = np.concatenate([find_segment_peaks(measured_bytes(samples)) for samples in passages])
    steps = np.abs(np.concatenate(decoded).astype(int) - kept)
    hour_s = spent_s / sum(frames for _, frames in encoded) / FRAME_SAMPLES * SAMPLE_RATE_HZ * 3600
    far = np.quantile(steps, 0.999)
    return f"decoded in {hour_s:.1f} s an hour, off by {steps.mean():.2f} steps, by {far:.0f} in one of 1,000"


def _error_lu(samples: Samples) -> float:
    kept = unpack_measurements(pack_measurements(measure(samples)))
    ours = integrated_lufs(kept.weighted)
    # As it is stored: its sound, and silence to the end of its last frame.
    stored = np.pad(samples, (0, kept.frame_count * FRAME_SAMPLES - samples.size)) / 32_768
    return abs((ours or 0.0) - bs1770.integrated_lufs(stored))


if __name__ == "__main__":
    main()
