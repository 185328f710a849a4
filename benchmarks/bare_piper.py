"""Bare piper-tts, soxr, FLAC and LAME on processes, for `benchmarks.piper`: a program that imports nothing else.

It is given a file with a JSON object, and prints how many seconds of audio it made.

    python -m benchmarks.bare_piper job.json
"""

import io
import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lameenc
import numpy as np
import onnxruntime
import soundfile
import soxr
from numpy.typing import NDArray
from piper.config import PiperConfig

from piper import PiperVoice

_RATE_HZ = 44_100

_say: Callable[[str], tuple[NDArray[np.int16], int]]
_job: dict[str, Any]


def main() -> None:
    """Speak, resample, encode twice, write and sync."""
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    context = multiprocessing.get_context("spawn")
    with context.Pool(job["processes"], initializer=_load, initargs=(job,)) as pool:
        made_s = pool.map(_render, enumerate(job["runs"]), chunksize=1)
        pool.close()
        pool.join()
    print(sum(made_s))


def _load(job: dict[str, Any]) -> None:
    """Load piper-tts as its own `PiperVoice.load` does, but with as many threads as are wanted."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job["threads"]
    session = onnxruntime.InferenceSession(
        job["model"], sess_options=options, providers=["CPUExecutionProvider"]
    )
    config = PiperConfig.from_dict(json.loads(Path(job["config"]).read_text("utf-8")))
    voice = PiperVoice(session=session, config=config)

    def say(text: str) -> tuple[NDArray[np.int16], int]:
        chunks = [chunk.audio_int16_array for chunk in voice.synthesize(text)]
        return np.concatenate(chunks), voice.config.sample_rate

    global _say, _job  # one voice for each process of the pool
    _say, _job = say, job


def _render(numbered: tuple[int, list[str]]) -> float:
    number, texts = numbered
    flacs, mp3s, made_s = zip(*map(_encoded, texts), strict=True)
    for suffix, contents in (("flac", flacs), ("mp3", mp3s)):
        with (Path(_job["folder"]) / f"{number}.{suffix}").open("wb") as file:
            file.writelines(contents)
            file.flush()
            os.fsync(file.fileno())
    return float(sum(made_s))


def _encoded(text: str) -> tuple[bytes, bytes, float]:
    samples, rate_hz = _say(text)
    flac = io.BytesIO()
    soundfile.write(flac, samples, rate_hz, format="FLAC")
    resampled = soxr.resample(samples, rate_hz, _RATE_HZ, quality="HQ")
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(_job["bitrate_kbps"])
    encoder.set_in_sample_rate(_RATE_HZ)
    encoder.set_channels(1)
    encoder.set_quality(_job["lame_quality"])
    encoder.silence()
    mp3 = bytes(encoder.encode(resampled.tobytes()) + encoder.flush())
    return flac.getvalue(), mp3, samples.size / rate_hz


if __name__ == "__main__":
    main()
