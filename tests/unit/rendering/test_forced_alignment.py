"""Forced alignment of files: decoding within limits, and the pool."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.factories import ThisProcess, need_espeak

from rhapsode.processes import Limits
from rhapsode.rendering.forced_alignment import DECODER_LIMITS, AlignedTranscript, Aligning, iterate_words
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.turns import Withdrawn
from rhapsode.storage.local import LocalBlobs
from rhapsode.studio.errors import InvalidAudio


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    need_espeak()
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def recording() -> Iterator[io.BytesIO]:
    """A second of noise."""
    with io.BytesIO() as file:
        noise = np.random.default_rng(1).normal(0, 0.1, 16_000)
        soundfile.write(file, noise, 16_000, format="WAV")
        file.seek(0)
        yield file


def transcript(text: str) -> AlignedTranscript:
    return AlignedTranscript(text, 16_000, range(len(text) + 1), [0.0] * len(text))


@pytest.mark.parametrize(
    "limits",
    [
        Limits(memory_bytes=DECODER_LIMITS.memory_bytes, cpu_s=DECODER_LIMITS.cpu_s, wall_s=0.01),
        Limits(memory_bytes=8 * 2**20, cpu_s=DECODER_LIMITS.cpu_s, wall_s=DECODER_LIMITS.wall_s),
    ],
)
def test_a_file_that_takes_too_much_is_refused(
    blobs: LocalBlobs, recording: io.BytesIO, limits: Limits
) -> None:
    """Time or memory: it is the file's fault, and nothing is left of it."""
    aligning = Aligning(blobs, ThisProcess(1))

    with pytest.raises(InvalidAudio):
        aligning.align(recording, "The tide is out.", limits=limits)
    assert not list(blobs.temporary_directory().iterdir())


def test_what_nobody_waits_for_is_not_decoded(blobs: LocalBlobs, recording: io.BytesIO) -> None:
    """Its turn is given to somebody else."""
    aligning = Aligning(blobs, ThisProcess(1))

    with pytest.raises(Withdrawn):
        aligning.align(recording, "The tide is out.", is_wanted=lambda: False)
    assert not list(blobs.temporary_directory().iterdir())


def test_a_process_of_the_pool_aligns(blobs: LocalBlobs, recording: io.BytesIO) -> None:
    """As this one would."""
    pool = RenderPool(1)
    try:
        elsewhere = Aligning(blobs, pool).align(recording, "The tide is out.")
    finally:
        pool.stop()
    recording.seek(0)

    assert elsewhere == Aligning(blobs, ThisProcess(1)).align(recording, "The tide is out.")
    assert elsewhere.boundaries[-1] <= 16_000


def test_words_and_the_space_between_them_are_the_text() -> None:
    """In order, neither empty; a text of one kind is one stretch."""
    text = " The tide,\n\n is out. "

    words = [text[start:end] for start, end in iterate_words(transcript(text))]

    assert words == [" ", "The", " ", "tide,", "\n\n ", "is", " ", "out.", " "]
    assert list(iterate_words(transcript("a"))) == [(0, 1)]
