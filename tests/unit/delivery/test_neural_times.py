"""Times of a neural voice are those of the sound, from the engine's phonemes to the words of a finished book."""

import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tests.factories import Studio, make_document, make_document_chapter, open_studio
from tests.installed import install_voice
from tests.voice_graphs import piper_voice, tone_hz

from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.words import iterate_timed_words
from rhapsode.engines.registry import get_engine
from rhapsode.studio.project import QualityPreset

pytestmark = pytest.mark.slow

RATE_HZ = 44_100
FRAME_SAMPLES = 512
"""A frame of the voice, in the audio of a project."""

_NEAR_HZ = 30
# Of the spectrum of a frame: an eighth of what a tone has in it.
_AUDIBLE = 5.0
# Resampling smears what is next to a word into it, for a part of a frame.
_EDGE_FRAMES = 1

SOUNDS = {"moon": "muːn", "see": "siː", "papa": "pɑːə", "kiss": "kɪs", "boots": "buːts", "face": "feɪs"}
BOOK = ("Moon, boots. Papa, moon!", "Face: kiss. Kiss, face; see?", "Boots, see — papa.")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Whose process has an engine of its own, that is closed."""
    with open_studio(tmp_path) as studio:
        yield studio
    get_engine("piper").close()


def heard_hz(samples: NDArray[np.float64]) -> Iterator[float]:
    """The loudest tone of each frame that isn't silent."""
    count = samples.size // FRAME_SAMPLES
    for frame in samples[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES):
        spectrum = np.abs(np.fft.rfft(frame * np.hanning(FRAME_SAMPLES), RATE_HZ))
        if spectrum.max() > _AUDIBLE:
            yield float(spectrum.argmax())


def test_every_word_of_a_book_is_heard_where_it_is_said_to_be(studio: Studio) -> None:
    """Its tones are those of its own phonemes, from its first frame to its last, and between words there are none."""
    voice_id = install_voice(studio, "piper", piper_voice().files)
    options = BookOptions(voice_id=voice_id, quality_preset=QualityPreset.ULTRA_LOSSLESS)
    (chapter,) = studio.chapter_snapshots(
        studio.convert(make_document(make_document_chapter(*BOOK)), options)
    )
    audio, rate_hz = soundfile.read(io.BytesIO(studio.chapter_bytes(chapter.chapter_snapshot_id)))
    words = list(iterate_timed_words(studio.records, studio.workspace_id, chapter.chapter_snapshot_id))
    words = [word for word in words if word.text.lower() in SOUNDS]

    assert rate_hz == RATE_HZ
    assert len(words) == sum(len(text.replace("—", "").split()) for text in BOOK)
    for word in words:
        own = [tone_hz(phoneme) for phoneme in SOUNDS[word.text.lower()]]
        inside = audio[word.start_sample + FRAME_SAMPLES : word.end_sample - FRAME_SAMPLES]
        found = list(heard_hz(inside))
        assert len(found) > 10
        assert all(min(abs(tone - each) for each in own) < _NEAR_HZ for tone in found), (word, own, found)
    for word in words:
        # A sentence begins with some silence, which its first word has.
        if word.text.islower():
            (first,) = heard_hz(audio[word.start_sample : word.start_sample + FRAME_SAMPLES])
            assert abs(first - tone_hz(SOUNDS[word.text][0])) < _NEAR_HZ, word
    ends = chain([0], (word.end_sample for word in words))
    for end, word in zip(ends, words, strict=False):
        between = audio[end + _EDGE_FRAMES * FRAME_SAMPLES : word.start_sample - _EDGE_FRAMES * FRAME_SAMPLES]
        assert not list(heard_hz(between)), word


def test_an_edit_speaks_one_sentence(studio: Studio) -> None:
    """And what is spoken again is the same, as chance is made of a seed."""
    options = BookOptions(voice_id=install_voice(studio, "piper", piper_voice().files))
    studio.convert(make_document(make_document_chapter("Moon, boots. Papa, moon! See?")), options)
    edited = studio.request(make_document(make_document_chapter("Moon, boots. Papa, kiss! See?")), options)
    studio.run(edited)

    assert studio.count_spoken(edited) == 1
