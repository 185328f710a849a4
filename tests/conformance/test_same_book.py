"""One book by every engine there is, through the same pipeline: each word is heard where the alignment says."""

import io
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.engine_subjects import SUBJECTS
from tests.factories import WORKSPACE, Studio, make_document, make_document_chapter, open_studio
from tests.installed import install_voice
from tests.lacking import lack
from tests.speech_servers import wait_for_voices

from rhapsode.audio.encode import from_flac, to_44100
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.alignments import iterate_alignment
from rhapsode.delivery.words import iterate_timed_words
from rhapsode.engines import registry
from rhapsode.engines.conformance import Subject
from rhapsode.storage import segments
from rhapsode.storage.packs import read_segment
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.project import QualityPreset

BOOK = (
    "The lamp was lit. Nobody saw it, or so they said.",
    "In 1859 a boat came in: “Is it late?” asked Ines.",
)
TEXT = "\n".join(BOOK)


def voice_in(studio: Studio, name: str, subject: Subject) -> VoiceId:
    """A voice of the engine that the studio has; one that is files is installed."""
    if subject.files:
        return install_voice(studio, name, next(iter(subject.files.values())))
    return wait_for_voices(registry.get_engine(name))[0].voice_id


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_same_book_by_every_engine(tmp_path: Path, name: str) -> None:
    """Its text is all there, timed on one axis, and behind every sentence's first boundary is that sentence's speech.

    Sample for sample what the engine has said, as it was stored, resampled. Words follow each other, each for a time.
    """
    if name not in registry.list_engines():
        lack(f"the engine {name} is not installed")
    registry._engine_of_process.cache_clear()  # it reads its settings anew
    with SUBJECTS[name](name) as subject, open_studio(tmp_path) as studio, closing(registry.get_engine(name)):
        voice_id = voice_in(studio, name, subject)
        options = BookOptions(voice_id=voice_id, quality_preset=QualityPreset.ULTRA_LOSSLESS)
        (chapter,) = studio.chapter_snapshots(
            studio.convert(make_document(make_document_chapter(*BOOK)), options)
        )
    registry._engine_of_process.cache_clear()
    with open_studio(tmp_path) as studio:
        snapshot_id = chapter.chapter_snapshot_id
        sound, rate_hz = soundfile.read(io.BytesIO(studio.chapter_bytes(snapshot_id)), dtype="int16")
        aligned = list(iterate_alignment(studio.records, WORKSPACE, snapshot_id))
        words = list(iterate_timed_words(studio.records, WORKSPACE, snapshot_id))
        parts = [part for part in studio.parts(snapshot_id) if part.text]
        with studio.records.read(WORKSPACE) as tx:
            stored = segments.find_owned_segments(tx, snapshot_id)
        spoken = {
            part.speech_key: to_44100(
                *from_flac(read_segment(studio.blobs, stored[part.speech_key].location))
            )
            for part in parts
            if part.speech_key is not None
        }

    assert rate_hz == 44_100
    assert "".join(piece.text for piece in aligned) == TEXT
    assert all(before.boundaries[-1] <= after.boundaries[0] for before, after in pairwise(aligned))
    for part, piece in zip(parts, aligned, strict=True):
        if part.speech_key is not None:
            said, start = spoken[part.speech_key], piece.boundaries[0]
            assert np.array_equal(sound[start : start + said.size], said)
            assert piece.boundaries[-1] <= start + said.size
    assert [word.text for word in words] == TEXT.translate(str.maketrans("", "", ".,:?“”")).split()
    assert all(word.start_sample < word.end_sample for word in words)
    assert all(before.end_sample <= after.start_sample for before, after in pairwise(words))
