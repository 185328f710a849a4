"""When each character of a text is heard in a recording that somebody sends."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from rhapsode.processes import (
    ChildDied,
    ChildRanOutOfMemory,
    ChildTookTooLong,
    Limits,
    Reach,
    run_reaching,
)
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.turns import IsWanted, always
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.files import translate_full_storage
from rhapsode.studio.errors import EmptyText, InvalidAudio, TextTooLong
from rhapsode.studio.ids import new_id
from rhapsode.studio.limits import (
    DECODER_CPU_S,
    DECODER_MEMORY_BYTES,
    DECODER_WALL_S,
    MAX_ALIGNED_CHARACTERS,
    MAX_AUDIO_S,
)
from rhapsode.text.spoken import speakable

DECODER_LIMITS = Limits(memory_bytes=DECODER_MEMORY_BYTES, cpu_s=DECODER_CPU_S, wall_s=DECODER_WALL_S)

_COPY_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class AlignedTranscript:
    """A text as it is heard in a recording.

    boundaries: as in Alignment, at `sample_rate_hz`.    losses: one for each character, see AlignedReading.
    """

    text: str
    sample_rate_hz: int
    boundaries: Sequence[int]
    losses: Sequence[float]


class Aligning:
    """Forced alignments of one installation. Thread-safe; keeps nothing."""

    def __init__(self, blobs: Blobs, pool: RenderPool) -> None:
        self._blobs = blobs
        self._pool = pool

    def align(
        self,
        recording: BinaryIO,
        text: str,
        *,
        language: str | None = None,
        is_wanted: IsWanted = always,
        limits: Limits = DECODER_LIMITS,
    ) -> AlignedTranscript:
        """Find each character of `text` in a recording of it, a file of any common format.

        language: a BCP 47 tag; one that isn't spoken here, like None, leaves it to a guess.
        is_wanted: whether anybody still waits for it; asked until it is begun.
        Raises: EmptyText; TextTooLong; InvalidAudio; UnknownVoice, when the engine espeak isn't installed;
        EngineFailed; StorageFull; Withdrawn.
        """
        from rhapsode.audio.decode import DECODED_RATE_HZ
        from rhapsode.rendering.align_worker import AlignJob
        from rhapsode.rendering.second_reading import find_reading_language

        _check(text)
        spoken_language = find_reading_language(language, text)
        with self._file() as source, self._file() as samples:
            with translate_full_storage(), source.open("wb") as copy:
                shutil.copyfileobj(recording, copy, _COPY_BYTES)
            with self._pool.turn(character_count=len(text), is_wanted=is_wanted):
                _decode(source, samples, limits)
                aligned = self._pool.align(AlignJob(samples, text, spoken_language))
        return AlignedTranscript(text, DECODED_RATE_HZ, aligned.alignment.boundaries, aligned.losses)

    @contextlib.contextmanager
    def _file(self) -> Iterator[Path]:
        """An empty file, which clean-up finds when this process is killed."""
        path = self._blobs.temporary_directory() / f"{new_id()}.audio"
        with translate_full_storage():
            path.touch(exist_ok=False)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def iterate_words(aligned: AlignedTranscript) -> Iterator[tuple[int, int]]:
    """The ranges of the text that are words, and of the space between them, in order; together they are all of it."""
    spaces = [character.isspace() for character in aligned.text]
    changes = [index for index, (before, here) in enumerate(pairwise(spaces), 1) if before != here]
    yield from pairwise([0, *changes, len(spaces)])


def _check(text: str) -> None:
    if len(text) > MAX_ALIGNED_CHARACTERS:
        msg = (
            f"A text to align may have {MAX_ALIGNED_CHARACTERS:,} characters, and this one has {len(text):,}."
        )
        raise TextTooLong(msg)
    if not speakable(text)[0].strip():
        msg = "The text is empty."
        raise EmptyText(msg)


def _decode(source: Path, target: Path, limits: Limits) -> None:
    """Decode in a child that reaches these two files alone, within `limits`. Raises: InvalidAudio; StorageFull."""
    from rhapsode.audio.decode import DECODED_RATE_HZ, SAMPLE_BYTES, decode_file

    reach = Reach((source,), (target,), file_bytes=MAX_AUDIO_S * DECODED_RATE_HZ * SAMPLE_BYTES)

    try:
        with translate_full_storage():
            run_reaching(decode_file, limits, reach, source, target, max_s=MAX_AUDIO_S)
    except ChildRanOutOfMemory as error:
        msg = f"Decoding the audio takes more than {limits.memory_bytes // 2**20} MiB of memory."
        raise InvalidAudio(msg) from error
    except ChildTookTooLong as error:
        msg = "Decoding the audio took too long, so it was given up. Send a shorter file, or another format."
        raise InvalidAudio(msg) from error
    except ChildDied as error:
        msg = "The file can't be read as audio: it made the decoder fail. It may be damaged."
        raise InvalidAudio(msg) from error
