"""Speech that came without its times: a voice whose timing is thrown away, and what is found of it again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from tests.factories import (
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    need_espeak,
    open_studio,
    speak_request,
)

from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.alignments import iterate_alignment
from rhapsode.engines import registry
from rhapsode.engines.engine import Engine, EngineTraits, Speech, UntimedEngine, UntimedSpeech
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.engines.tone import ToneEngine
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.second_reading import find_reading_language, timed
from rhapsode.studio.errors import UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings
from rhapsode.text.pauses import pause_character

FORGETFUL = VoiceId("forgetful")
TRUE = VoiceId("espeak_birch")
MUTE_SAMPLES = 9_000
PARAGRAPHS = (
    "The harbour was quiet when Ida came down the steps, and the lamps had only just been lit.",
    "Nobody had told her that the boat would be late. “Come before the tide turns,” it said.",
)


class ForgetfulEngine:
    """espeak's Birch, with silence before and behind, who doesn't say when she says what, unless it is a secret."""

    def __init__(self) -> None:
        from rhapsode.engines.espeak import EspeakEngine

        self._espeak: Engine = EspeakEngine()
        self._birch = next(voice for voice in self._espeak.list_voices() if voice.voice_id == TRUE)

    @property
    def traits(self) -> EngineTraits:
        return replace(self._espeak.traits, name="forgetful", is_timed=False, prepares=0, pronounces=False)

    def list_voices(self) -> Sequence[Voice]:
        languages = (*self._birch.languages, ANY_LANGUAGE)
        return (replace(self._birch, voice_id=FORGETFUL, engine="forgetful", languages=languages),)

    def synthesize(
        self,
        text: str,
        *,
        voice: Voice,
        language: str,
        settings: VoiceSettings,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> Speech | UntimedSpeech:
        assert (voice.voice_id, pronunciations) == (FORGETFUL, ())
        spoken = self._espeak.synthesize(text, voice=self._birch, language="en-US", settings=settings)
        if "secret" in text:
            return spoken
        mute = np.zeros(MUTE_SAMPLES, np.int16)
        return UntimedSpeech(spoken.sample_rate_hz, np.concatenate([mute, spoken.samples, mute]))

    def close(self) -> None:
        self._espeak.close()


def install(monkeypatch: pytest.MonkeyPatch, factories: Mapping[str, Any]) -> None:
    """These engines and no others, as packages would add them by their entry points."""
    installed = registry._Installed(MappingProxyType(dict(factories)), MappingProxyType({}))
    monkeypatch.setattr(registry, "_installed", lambda: installed)


@pytest.fixture
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine beside the others."""
    need_espeak()
    engine: UntimedEngine = ForgetfulEngine()
    install(monkeypatch, {**registry._installed().factories, "forgetful": lambda: engine})
    registry._engine_of_process.cache_clear()
    yield
    engine.close()
    registry._engine_of_process.cache_clear()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as opened:
        yield opened


def request(text: str, voice_id: VoiceId = FORGETFUL, engine: str = "forgetful") -> SpeechRequest:
    language = "mul" if engine == "forgetful" else "en-US"
    return SpeechRequest(b"key", text, engine, voice_id, language, {"speed": 1.0})


def word_starts(text: str) -> list[int]:
    return [index for index, _ in enumerate(text) if index == 0 or text[index - 1] == " "]


def heard(studio: Studio, voice_id: VoiceId) -> list[tuple[str, tuple[int, ...]]]:
    document = make_document(make_document_chapter(*PARAGRAPHS, name="One"))
    (chapter,) = studio.chapter_snapshots(studio.convert(document, BookOptions(voice_id=voice_id)))
    pieces = iterate_alignment(studio.records, WORKSPACE, chapter.chapter_snapshot_id)
    return [(piece.text, piece.boundaries) for piece in pieces if piece.text in PARAGRAPHS]


@pytest.mark.usefixtures("_forgetful")
def test_a_book_by_such_a_voice_has_the_times_of_every_word(studio: Studio) -> None:
    """In its snapshot: words are as far from each other as espeak says of the same sound, to 15 ms."""
    found, true = heard(studio, FORGETFUL), heard(studio, TRUE)

    assert len(found) == len(PARAGRAPHS)
    for (text, here), (same_text, there) in zip(found, true, strict=True):
        assert text == same_text
        shifts_ms = (np.array(here) - np.array(there))[word_starts(text)] / 44.1
        assert np.abs(shifts_ms - np.median(shifts_ms)).max() < 15


@pytest.mark.usefixtures("_forgetful")
def test_all_of_the_sound_is_kept_and_the_silence_around_it_is_no_words() -> None:
    """As many times as characters, none beyond the sound; the first word begins behind the silence."""
    text = PARAGRAPHS[0]
    found, true = speak_request(request(text)), speak_request(request(text, TRUE, "espeak"))

    assert found.alignment.character_count == len(text)
    assert found.samples.size == true.samples.size + 2 * MUTE_SAMPLES
    starts = word_starts(text)
    errors = np.array(found.alignment.boundaries)[starts] - np.array(true.alignment.boundaries)[starts]
    assert np.abs(errors - MUTE_SAMPLES).max() < 0.03 * found.sample_rate_hz
    assert found.alignment.boundaries[-1] <= true.samples.size + MUTE_SAMPLES + 0.05 * found.sample_rate_hz


@pytest.mark.usefixtures("_forgetful")
def test_what_an_engine_says_of_some_texts_is_taken() -> None:
    """One that knows the timing of one voice and not of another gives what it knows."""
    found, true = (
        speak_request(request("A secret.")),
        speak_request(request("A secret.", TRUE, "espeak")),
    )

    assert found.alignment == true.alignment


@pytest.mark.usefixtures("_forgetful")
def test_pauses_stay_exact() -> None:
    """Each stretch between them is aligned by itself."""
    speech = speak_request(request(f"One.{pause_character(1500)} Two."))

    start, end = speech.alignment.boundaries[4:6]
    assert end - start == speech.sample_rate_hz * 3 // 2
    assert not speech.samples[start:end].any()


def test_no_sound_has_no_time() -> None:
    """Whatever the text; espeak isn't asked."""
    speech = timed(UntimedSpeech(24_000, np.zeros(0, np.int16)), "Hm.", language="en")

    assert speech.alignment.boundaries == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("tag", "text", "language"),
    [
        ("de", "The lamp was lit.", "de"),
        ("de-AT", "Guten Abend.", "de"),
        ("mul", "Der Abend war still, und das Boot kam nicht.", "de"),
        (None, "Лампа горела.", "ru"),
        ("tlh", "Hm.", "en-US"),
        ("ja", "港は静かだった。", None),
        (None, "הנמל היה שקט", None),
        ("fa", "بندر آرام بود", "fa"),
    ],
)
def test_a_text_is_read_along_in_its_language(tag: str | None, text: str, language: str | None) -> None:
    """In the one that is named where espeak speaks it, otherwise in the one it looks like, if that can be read."""
    need_espeak()
    assert find_reading_language(tag, text) == language


@pytest.mark.usefixtures("_forgetful")
def test_what_nobody_can_read_along_has_its_share_of_the_sound() -> None:
    """Half of the letters are heard in half of what is loud, and silence around it is nobody's."""
    speech = speak_request(request("港は静か だったよ"))

    begin, middle, end = (speech.alignment.boundaries[index] for index in (0, 5, 9))
    assert begin == pytest.approx(MUTE_SAMPLES, abs=0.1 * speech.sample_rate_hz)
    assert end == pytest.approx(speech.samples.size - MUTE_SAMPLES, abs=0.2 * speech.sample_rate_hz)
    assert begin < middle < end


def test_without_espeak_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra has a name."""
    install(monkeypatch, {"tone": ToneEngine})

    with pytest.raises(UnknownVoice, match=r"rhapsode\[espeak\]"):
        timed(UntimedSpeech(24_000, np.zeros(9, np.int16)), "Hm.", language="en")
