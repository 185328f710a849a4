"""Engines that are given each sentence by itself: what an edit costs, and that all times stay exact."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import sqlalchemy as sa
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.audio.encode import to_44100
from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.audio.grid import pause_frames
from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.exports import block_lengths
from rhapsode.delivery.alignments import iterate_alignment
from rhapsode.delivery.history import iterate_item_alignment
from rhapsode.delivery.take_audio import get_audio, iterate_take_audio
from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.tone import ToneEngine
from rhapsode.rendering.live_session import LiveSpeaking
from rhapsode.rendering.pauses import SENTENCE_MS
from rhapsode.rendering.reading import split_text
from rhapsode.rendering.script import SpeakRequest, plan_script, read_by
from rhapsode.rendering.turns import always
from rhapsode.storage import projects, schema, takes
from rhapsode.studio.document import Document
from rhapsode.studio.ids import TakeId, new_id
from rhapsode.studio.project import QualityPreset, Take
from rhapsode.studio.snapshot import ChapterSnapshot
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

SENTENCES = (
    "It rained on the harbour. ",
    "Nobody came; the lamp was lit at 6. ",
    "“Is it late?” asked Ines.",
)
PARAGRAPH = "".join(SENTENCES)
OTHER = "The tide was out. It came back."
LOSSLESS = BookOptions(voice_id=TONE_LOW, quality_preset=QualityPreset.ULTRA_LOSSLESS)


@pytest.fixture
def by_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tone, for an engine that works by sentence."""
    traits = replace(ToneEngine().traits, unit="sentence")
    monkeypatch.setattr(ToneEngine, "traits", traits)


@pytest.fixture
def studio(tmp_path: Path, by_sentence: None) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def book(*texts: str) -> Document:
    return make_document(make_document_chapter(*texts))


def costs(studio: Studio, document: Document) -> tuple[int, int]:
    """How many segments a conversion has spoken, and how many it has encoded."""
    requested = studio.request(document)
    studio.run(requested)
    return studio.count_spoken(requested), studio.count_encoded(requested)


def chapter_of(studio: Studio, document: Document) -> ChapterSnapshot:
    (chapter,) = studio.chapter_snapshots(studio.convert(document, LOSSLESS))
    return chapter


def samples_of(wav: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    samples: np.ndarray[tuple[int], np.dtype[np.int16]] = soundfile.read(io.BytesIO(wav), dtype="int16")[0]
    return samples


def current_take(studio: Studio, chapter: ChapterSnapshot) -> Take:
    with studio.records.read(WORKSPACE) as tx:
        take = projects.get_chapter(tx, chapter.project_id, chapter.chapter_id).blocks[0].nodes[0].take
    assert take is not None
    return take


@pytest.mark.parametrize(
    "edited",
    [
        PARAGRAPH.replace("Nobody", "Somebody"),
        PARAGRAPH.replace("It rained", "It snowed"),
        PARAGRAPH.replace("late", "early"),
        PARAGRAPH + " Nobody knew.",
    ],
)
def test_an_edited_sentence_is_all_that_is_spoken_and_encoded(studio: Studio, edited: str) -> None:
    """One segment, wherever in its paragraph the sentence is, and also where one is added."""
    assert costs(studio, book(PARAGRAPH, OTHER))[0] == 5
    assert costs(studio, book(edited, OTHER)) == (1, 1)


def test_every_character_is_heard_where_the_alignment_says(studio: Studio) -> None:
    """Sample for sample, behind each pause between two sentences; joined, the texts are the chapter's text."""
    chapter = chapter_of(studio, book(PARAGRAPH, OTHER))
    sound = samples_of(studio.chapter_bytes(chapter.chapter_snapshot_id))
    aligned = list(iterate_alignment(studio.records, WORKSPACE, chapter.chapter_snapshot_id))
    tone = ToneEngine()
    voice = engine_catalogue().get(TONE_LOW)

    assert "".join(piece.text for piece in aligned) == f"{PARAGRAPH}\n{OTHER}"
    for piece in aligned:
        if piece.text == "\n":
            continue
        spoken = piece.text.rstrip().replace("6", "six")
        speech = tone.synthesize(spoken, voice=voice, language="mul", settings=VoiceSettings())
        expected = to_44100(speech.samples, speech.sample_rate_hz)
        start = piece.boundaries[0]
        assert np.array_equal(sound[start : start + expected.size], expected)
        assert piece.boundaries[-1] == start + expected.size


def test_a_pause_stands_between_two_sentences(studio: Studio) -> None:
    """Of the product's length, without a text of its own; the engine's own silence isn't needed."""
    chapter = chapter_of(studio, book(PARAGRAPH))
    parts = studio.parts(chapter.chapter_snapshot_id)[1:-1]

    assert [part.text for part in parts] == [SENTENCES[0], "", SENTENCES[1], "", SENTENCES[2]]
    assert [part.frame_count for part in parts if part.speech_key is None] == [pause_frames(SENTENCE_MS)] * 2


def test_a_take_sounds_as_its_chapter_does(studio: Studio) -> None:
    """With the same pauses, sample for sample."""
    chapter = chapter_of(studio, book(PARAGRAPH))
    sound = samples_of(studio.chapter_bytes(chapter.chapter_snapshot_id))
    take = current_take(studio, chapter)
    with studio.records.read(WORKSPACE) as tx:
        audio = get_audio(tx, take)
    heard = b"".join(iterate_take_audio(studio.blobs, audio))
    start = studio.parts(chapter.chapter_snapshot_id)[0].frame_count * FRAME_SAMPLES

    assert [part.pause_ms for part in take.parts] == [SENTENCE_MS, SENTENCE_MS, 0]
    assert len(heard) == audio.size_bytes
    assert np.array_equal(sound[start : start + audio.sample_count], samples_of(heard))


def test_how_long_a_block_is_counts_its_pauses(studio: Studio) -> None:
    """An export is cut by that, and knows a block by all of its text."""
    chapter = chapter_of(studio, book(PARAGRAPH, OTHER))
    parts = studio.parts(chapter.chapter_snapshot_id)
    lengths_s = dict(block_lengths(parts))
    heard_frames = chapter.frame_count - parts[-1].frame_count

    assert list(lengths_s) == [PARAGRAPH, OTHER]
    assert sum(lengths_s.values()) == pytest.approx(heard_frames * FRAME_SAMPLES / 44_100)


def test_a_single_text_shares_its_speech_with_a_paragraph(by_sentence: None) -> None:
    """Long or short, under the same keys; the silence behind a sentence is its own there."""
    catalogue = engine_catalogue()
    reading = read_by(
        catalogue.get(TONE_LOW),
        settings=VoiceSettings(),
        language=None,
        rules=(),
        normalization="auto",
        model_id="",
    )
    for text in (PARAGRAPH, PARAGRAPH * 10):
        request = SpeakRequest(text, TONE_LOW, "mp3_44100_128", "eleven_multilingual_v2", "request")
        parts = plan_script(WORKSPACE, request, catalogue).parts

        assert [p.speech_key for p in parts] == [p.speech_key for p in split_text(text, reading, WORKSPACE)]
        assert "".join(part.text for part in parts) == text
        assert {part.rest_frames for part in parts[:-1]} <= {pause_frames(SENTENCE_MS), 0}
        assert parts[0].rest_frames == pause_frames(SENTENCE_MS)
        assert parts[-1].rest_frames == 0


@pytest.mark.parametrize("unit", ["node", "sentence"])
def test_nothing_longer_than_it_takes_reaches_an_engine(monkeypatch: pytest.MonkeyPatch, unit: str) -> None:
    """Also when numbers become words; and what is cut is all there."""
    traits = EngineTraits("tone", "small", reproducible=True, max_characters=300, unit=unit)  # type: ignore[arg-type]
    monkeypatch.setattr(ToneEngine, "traits", traits)
    text = (PARAGRAPH + "In 1859 it cost $12.50, or 3/4 of 7,777,777. " * 8 + "x" * 700) * 3
    request = SpeakRequest(text, TONE_LOW, "mp3_44100_128", "eleven_multilingual_v2", "request")
    script = plan_script(WORKSPACE, request, engine_catalogue())

    assert max(len(asked.spoken_text) for asked in script.requests.values()) <= 300
    assert "".join(part.text for part in script.parts) == text


def test_a_paragraph_that_is_cut_for_its_length_has_the_pause_too(tmp_path: Path) -> None:
    """Between two of its sentences, of any engine; one that is cut inside a sentence has none."""
    long = "The lamp was lit. " * 150
    with open_studio(tmp_path) as studio:
        chapter = chapter_of(studio, book(long, "x" * 2_100))
        parts = studio.parts(chapter.chapter_snapshot_id)[1:-1]

    assert [(len(part.text), part.speech_key is None) for part in parts] == [
        (1_998, False),
        (0, True),
        (702, False),
        (1, True),
        (2_000, False),
        (100, False),
    ]
    assert parts[1].frame_count == pause_frames(SENTENCE_MS)


def test_a_take_of_an_earlier_version_keeps_its_sound(studio: Studio) -> None:
    """It has no pauses between its parts, and gets none: nothing is new in it, so nothing is made."""
    document = book(PARAGRAPH)
    chapter = chapter_of(studio, document)
    take = current_take(studio, chapter)
    parts = tuple(replace(part, pause_ms=0) for part in take.parts)
    earlier = replace(take, take_id=TakeId(new_id()), parts=parts)
    with studio.records.write(WORKSPACE) as tx:
        block = projects.get_chapter(tx, chapter.project_id, chapter.chapter_id).blocks[0]
        takes.set_takes(tx, [(block.nodes[0].node_id, earlier)])
    requested = studio.request(document, LOSSLESS)
    (again,) = studio.chapter_snapshots(studio.run(requested))

    assert (studio.count_spoken(requested), studio.count_encoded(requested)) == (0, 0)
    assert [part.text for part in studio.parts(again.chapter_snapshot_id)[1:-1]] == list(SENTENCES)


def test_a_paragraph_that_was_converted_is_spoken_without_speaking(studio: Studio) -> None:
    """As a single text and as one that arrives: the same speech, and the text as it was sent, in its order."""
    requested = studio.request(book(PARAGRAPH))
    studio.run(requested)
    before = count_speech(studio)
    request = SpeakRequest(PARAGRAPH, TONE_LOW, "pcm_44100", "eleven_flash_v2_5", new_id(), language="en")
    item = studio.speaking.speak(WORKSPACE, request)
    live = LiveSpeaking(studio.records, studio.blobs, ThisProcess(1)).open(
        WORKSPACE, replace(request, text="", request_id=new_id()), keep=True
    )
    pieces = live.speak(PARAGRAPH, is_wanted=always)
    live.finish()
    aligned = list(iterate_item_alignment(studio.records, WORKSPACE, item.history_item_id))

    assert count_speech(studio) == before == len(SENTENCES)
    assert [piece.text for piece in aligned] == list(SENTENCES)
    assert [piece.alignment.text for piece in pieces] == list(SENTENCES)
    # A live piece has the pause behind it, the other the place where the next one begins.
    lasting = [piece.alignment.boundaries[-1] for piece in pieces]
    starts = [piece.boundaries[0] for piece in aligned]
    assert starts == [0, lasting[0], lasting[0] + lasting[1]]


def count_speech(studio: Studio) -> int:
    """How many segments of speech there are."""
    with studio.records.read(WORKSPACE) as tx:
        kind = schema.segments.c.kind == "speech"
        return int(tx.connection.execute(sa.select(sa.func.count()).where(kind)).scalar_one())
