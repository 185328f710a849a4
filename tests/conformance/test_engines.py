"""The contract `Engine`, for every engine: whoever adds one adds it to `ENGINES`, and nothing else here."""

import os
import re
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import pytest

from rhapsode.engines import registry
from rhapsode.engines.engine import Engine, PreparingEngine, Speech
from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.studio.errors import TextRefused, UnknownLanguage, UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice, VoiceSettings

ENGINES = ("espeak", "tone")
TEXTS = (
    "Good morning.",
    "a",
    " ",
    "—",
    "It was the first of the two: “one”, and then another…",
    "<b>bold</b> &amp; [[h@l'oU]] <break time='3s'/>",
    "Line one,\nline two.\n\nAnd\ttabs.",
    "Ça et là, naïve café; e\u0301te\u0301",
    "𝒜 😀 好 \u200b ﷺ",
    "1859, $12.50, 3/4, well-known, I've",
)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = _new_engine(request.param)
    yield engine
    engine.close()


def _new_engine(name: str) -> Engine:
    if name not in registry.list_engines():
        if os.environ.get("CI"):
            pytest.fail(f"the engine {name} must be installed here")
        pytest.skip(f"the engine {name} is not installed")
    return type(registry.get_engine(name))()


def _speak(
    engine: Engine,
    text: str,
    voice: Voice | None = None,
    speed: float = 1.0,
    pronunciations: Sequence[Pronunciation] = (),
) -> Speech:
    voice = voice or engine.list_voices()[0]
    return engine.synthesize(
        text,
        voice=voice,
        language=voice.language,
        settings=VoiceSettings(speed=speed),
        pronunciations=pronunciations,
    )


def _pronounced(text: str, word: str, phonemes: str) -> list[Pronunciation]:
    """That pronunciation wherever the word stands."""
    return [
        Pronunciation(found.start(), found.end(), phonemes) for found in re.finditer(re.escape(word), text)
    ]


def test_the_traits_are_constant_and_the_name_is_the_entry_points(engine: Engine) -> None:
    """Another instance has the same traits, and the registry finds the engine by its name."""
    assert engine.traits == _new_engine(engine.traits.name).traits
    assert engine.traits.version
    assert engine.traits.max_characters >= 1_000


def test_voices_are_listed_the_same_each_time(engine: Engine) -> None:
    """At least two, with unique ids, of this engine, each speaking its own language."""
    voices = engine.list_voices()

    assert list(voices) == list(_new_engine(engine.traits.name).list_voices())
    assert len({voice.voice_id for voice in voices}) == len(voices) >= 2
    assert all(voice.engine == engine.traits.name for voice in voices)
    assert all(voice.language in voice.languages for voice in voices)


@pytest.mark.parametrize("text", TEXTS)
def test_speech_is_mono_pcm_with_a_place_for_every_character(engine: Engine, text: str) -> None:
    """Samples are 16-bit in one dimension; boundaries go from 0 to at most the end."""
    speech = _speak(engine, text)

    assert speech.samples.dtype == np.int16
    assert speech.samples.ndim == 1
    assert len(speech.samples) > 0
    assert 8_000 <= speech.sample_rate_hz <= 48_000
    assert speech.alignment.character_count == len(text)
    assert speech.alignment.boundaries[0] == 0
    assert 0 < speech.alignment.boundaries[-1] <= len(speech.samples)


def test_every_voice_speaks(engine: Engine) -> None:
    """No voice is silent, and no two sound the same."""
    sounds = [_speak(engine, "Good morning.", voice).samples for voice in engine.list_voices()]

    assert all(sound.any() for sound in sounds)
    assert len({sound.tobytes() for sound in sounds}) == len(sounds)


def test_a_reproducible_engine_repeats_itself(engine: Engine) -> None:
    """Another instance, and the same after other texts, give the same bytes and the same alignment."""
    if not engine.traits.reproducible:
        pytest.skip("the engine does not claim to be reproducible")
    other = _new_engine(engine.traits.name)
    first = _speak(engine, TEXTS[4])
    _speak(other, "Something else.", other.list_voices()[-1])
    second = _speak(other, TEXTS[4])
    other.close()

    assert np.array_equal(first.samples, second.samples)
    assert first.alignment == second.alignment


def _prepare(engine: Engine, text: str) -> None:
    voice = engine.list_voices()[0]
    cast("PreparingEngine", engine).prepare(
        text, voice=voice, language=voice.language, settings=VoiceSettings()
    )


def test_what_was_prepared_is_what_is_spoken(engine: Engine) -> None:
    """Whether it is asked for next, later, never or twice, every text sounds as it does without."""
    if not engine.traits.prepares:
        pytest.skip("the engine prepares nothing")
    plain = [_speak(engine, text) for text in TEXTS]
    for text in TEXTS:
        _prepare(engine, text)
        _prepare(engine, TEXTS[4])
        _prepare(engine, text)
        if text == TEXTS[2]:
            assert np.array_equal(_speak(engine, TEXTS[0]).samples, plain[0].samples)
        speech = _speak(engine, text)
        assert np.array_equal(speech.samples, plain[TEXTS.index(text)].samples)
        assert speech.alignment == plain[TEXTS.index(text)].alignment


def test_what_cant_be_spoken_cant_be_prepared(engine: Engine) -> None:
    """It is refused, and the engine goes on."""
    if not engine.traits.prepares:
        pytest.skip("the engine prepares nothing")
    with pytest.raises(TextRefused):
        _prepare(engine, "x" * (engine.traits.max_characters + 1))
    assert _speak(engine, TEXTS[0]).samples.any()


def test_the_longest_text_is_spoken_and_a_longer_one_refused(engine: Engine) -> None:
    """The limit is exact."""
    longest = ("word " * engine.traits.max_characters)[: engine.traits.max_characters]

    assert _speak(engine, longest).alignment.character_count == len(longest)
    with pytest.raises(TextRefused):
        _speak(engine, longest + "x")


def test_a_voice_of_another_engine_is_refused(engine: Engine) -> None:
    """The engine knows its voices by id."""
    stranger = Voice(VoiceId("nobody"), "Nobody", "nothing", "en-US", ("en-US",))

    with pytest.raises(UnknownVoice):
        _speak(engine, "Hello.", stranger)


def test_a_language_that_the_voice_does_not_list_is_refused(engine: Engine) -> None:
    """Unless the voice speaks any language."""
    voice = engine.list_voices()[0]
    if ANY_LANGUAGE in voice.languages:
        pytest.skip("the voice speaks any language")

    with pytest.raises(UnknownLanguage):
        engine.synthesize("Hello.", voice=voice, language="tlh", settings=VoiceSettings())


def test_a_closed_engine_starts_again(engine: Engine) -> None:
    """Closing twice is safe, and what is spoken afterwards is the same as before."""
    before = _speak(engine, "Good morning.")
    engine.close()
    engine.close()
    after = _speak(engine, "Good morning.")

    assert not engine.traits.reproducible or np.array_equal(before.samples, after.samples)


@pytest.mark.parametrize("speed", [0.7, 1.2])
def test_every_speed_of_the_wire_is_spoken(engine: Engine, speed: float) -> None:
    """Both ends of the range give speech for the whole text."""
    speech = _speak(engine, "Good morning, everybody.", speed=speed)

    assert speech.samples.any()
    assert speech.alignment.character_count == 24


@pytest.mark.parametrize(
    "text", ["A tomato.", "(tomato)", "“Tomato,” she said; tomato’s [[x]] tomato. then", "tomato"]
)
def test_a_pronunciation_changes_the_sound_and_no_place_is_lost(engine: Engine, text: str) -> None:
    """Where the engine heeds them; the alignment is of the text as it is spelled, whatever is said."""
    if not engine.traits.pronounces:
        pytest.skip("the engine heeds no pronunciations")
    spelled = _speak(engine, text)
    pronounced = _speak(engine, text, pronunciations=_pronounced(text, "tomato", "bəˈnɑːnə"))

    assert not np.array_equal(pronounced.samples, spelled.samples)
    assert pronounced.alignment.character_count == len(text)
    assert 0 < pronounced.alignment.boundaries[-1] <= len(pronounced.samples)


def test_the_rest_of_a_text_is_spoken_as_before(engine: Engine) -> None:
    """A word with a pronunciation takes its own time, and what stands before it sounds the same."""
    if not engine.traits.pronounces:
        pytest.skip("the engine heeds no pronunciations")
    text = "The boat is late. A tomato fell."
    spelled = _speak(engine, text)
    longer = _speak(engine, text, pronunciations=_pronounced(text, "tomato", "təˈmɑːtoʊtəˈmɑːtoʊ"))
    start, end = text.index("tomato"), text.index(" fell")
    before, after = (
        speech.alignment.boundaries[end] - speech.alignment.boundaries[start] for speech in (spelled, longer)
    )

    assert longer.alignment.boundaries[start] == pytest.approx(spelled.alignment.boundaries[start], abs=500)
    assert after > 1.5 * before


def test_markup_of_a_text_is_not_obeyed_beside_pronunciations(engine: Engine) -> None:
    """What somebody writes between double brackets is read as it is without any pronunciation."""
    if not engine.traits.pronounces:
        pytest.skip("the engine heeds no pronunciations")
    text = "A tide and [[h@l'oU]] and [[ more."
    spelled = _speak(engine, text)
    pronounced = _speak(engine, text, pronunciations=_pronounced(text, "tide", "taɪd"))

    assert len(pronounced.samples) == pytest.approx(len(spelled.samples), rel=0.02)


@pytest.mark.parametrize("phonemes", ["", "?", "\x01", "]] [[", "ˈ" * 200, "təˈmɑːtoʊ" * 300])
def test_no_pronunciation_breaks_the_engine(engine: Engine, phonemes: str) -> None:
    """Nonsense is left out, and what is long is spoken."""
    text = "A tomato."

    speech = _speak(engine, text, pronunciations=_pronounced(text, "tomato", phonemes))

    assert speech.alignment.character_count == len(text)
    assert speech.samples.any()
