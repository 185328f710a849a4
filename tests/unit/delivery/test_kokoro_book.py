"""A short book that Kokoro reads, through the whole pipeline."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.factories import Studio, make_document, make_document_chapter, open_studio
from tests.installed import install_voice
from tests.kokoro_graphs import kokoro_files, tone_hz
from tests.voice_graphs import need_engine

from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.words import TimedWord, iterate_timed_words
from rhapsode.engines.registry import get_engine
from rhapsode.studio.project import QualityPreset

pytestmark = pytest.mark.slow

RATE_HZ = 44_100
FRAME_SAMPLES = 1_100
"""A frame of the voice, 25 ms, in the audio of a project."""

BOOK = ("The boats were late. Nobody was near the river, and nobody called.", "In 1859 it was (so) cold!")
WORDS = re.findall(r"\w+", " ".join(BOOK))
FIRST = {"boats": "b", "were": "w", "was": "w", "called": "k", "it": "ɪ", "so": "s", "cold": "k"}


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """This process's own, whose child is ended after the last test: it takes a second to start."""
    need_engine("kokoro")
    yield
    get_engine("kokoro").close()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio without voices of its own."""
    with open_studio(tmp_path) as studio:
        yield studio


def read(studio: Studio, tells: str) -> tuple[np.ndarray, list[TimedWord]]:
    """The book's audio and its words, as a voice of Kokoro says them."""
    voice_id = install_voice(studio, "kokoro", kokoro_files(tells=tells).files)
    options = BookOptions(voice_id=voice_id, quality_preset=QualityPreset.ULTRA_LOSSLESS)
    (chapter,) = studio.chapter_snapshots(
        studio.convert(make_document(make_document_chapter(*BOOK)), options)
    )
    audio, _ = soundfile.read(io.BytesIO(studio.chapter_bytes(chapter.chapter_snapshot_id)))
    return audio, list(iterate_timed_words(studio.records, studio.workspace_id, chapter.chapter_snapshot_id))


def test_every_word_of_a_book_is_heard_where_it_is_said_to_be(studio: Studio) -> None:
    """The tone of its first phoneme is at its beginning."""
    audio, words = read(studio, "duration")

    assert [word.text for word in words] == WORDS
    for word in words:
        first = FIRST.get(word.text)
        if first is not None:
            middle = audio[word.start_sample + FRAME_SAMPLES : word.start_sample + 2 * FRAME_SAMPLES]
            spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size), RATE_HZ))
            assert abs(int(spectrum.argmax()) - tone_hz(first)) < 30, word


def test_a_model_without_durations_is_timed_by_the_aligner(studio: Studio) -> None:
    """Its book has all its words, one after another, and ends where its sound does."""
    audio, words = read(studio, "nothing")

    assert [word.text for word in words] == WORDS
    assert all(word.start_sample <= word.end_sample <= audio.size for word in words)
    assert [word.start_sample for word in words] == sorted(word.start_sample for word in words)
