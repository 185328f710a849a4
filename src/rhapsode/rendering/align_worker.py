"""What a child process of the pool does to align: let the default voice read the text, and compare."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rhapsode.audio.decode import DECODED_RATE_HZ
from rhapsode.engines.aligner import AlignedReading, align_reading
from rhapsode.engines.engine import Speech
from rhapsode.engines.registry import get_engine
from rhapsode.studio.voice import Voice, VoiceSettings


@dataclass(frozen=True, slots=True)
class AlignJob:
    """One recording and its text. samples_path: 16-bit mono at DECODED_RATE_HZ.    language: one of the voice's."""

    samples_path: Path
    text: str
    voice: Voice
    language: str


def align_recording(job: AlignJob) -> AlignedReading:
    """Align, in samples at DECODED_RATE_HZ. Raises: what Engine.synthesize raises."""
    engine = get_engine(job.voice.engine)

    def speak(text: str, language: str) -> Speech:
        return engine.synthesize(text, voice=job.voice, language=language, settings=VoiceSettings())

    samples = np.memmap(job.samples_path, dtype="<i2", mode="r")
    return align_reading(samples, DECODED_RATE_HZ, job.text, job.language, speak)
