"""What a child process of the pool does to align: let the second reader read the text, and compare."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rhapsode.audio.decode import DECODED_RATE_HZ
from rhapsode.engines.aligner import AlignedReading
from rhapsode.rendering.second_reading import read_along


@dataclass(frozen=True, slots=True)
class AlignJob:
    """One recording and its text.

    samples_path: 16-bit mono at DECODED_RATE_HZ.    language: as `find_reading_language` found it.
    """

    samples_path: Path
    text: str
    language: str | None


def align_recording(job: AlignJob) -> AlignedReading:
    """Align, in samples at DECODED_RATE_HZ. Raises: as `read_along` does."""
    samples = np.memmap(job.samples_path, dtype="<i2", mode="r")
    return read_along(samples, DECODED_RATE_HZ, job.text, job.language)
