"""Two dozen voices that differ, and every language offered."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rhapsode.engines.espeak import EspeakEngine
from rhapsode.engines.espeak.languages import ESPEAK_LANGUAGES
from rhapsode.engines.espeak.voices import VOICES
from rhapsode.studio.errors import UnknownLanguage
from rhapsode.studio.voice import Voice, VoiceSettings

pytestmark = pytest.mark.slow

TEXT = "The old house stands by the river, and nobody lives there any more."
BAND_EDGES_HZ = (0, 150, 250, 400, 600, 900, 1300, 1800, 2500, 3500, 5000, 11_025)
SYLLABLE_SCRIPTS = {"am", "ko", "yue", "zh"}


def samples(
    engine: EspeakEngine, voice: Voice, text: str = TEXT, language: str | None = None
) -> NDArray[np.int16]:
    spoken = engine.synthesize(
        text, voice=voice, language=language or voice.language, settings=VoiceSettings()
    )
    return spoken.samples


def bands_db(sound: NDArray[np.int16]) -> NDArray[np.float64]:
    """The share of each band in the whole, in decibels: a voice's colour, whatever its loudness."""
    power = np.abs(np.fft.rfft(sound.astype(np.float64))) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / 22_050)
    edges = np.searchsorted(frequencies, BAND_EDGES_HZ[:-1])
    return np.asarray(10 * np.log10(np.add.reduceat(power, edges) / power.sum()))


def test_every_voice_sounds_different(engine: EspeakEngine) -> None:
    """In one language any two of the 35 differ by 0.7 dB and more a band; none is silent or overloaded."""
    sounds = {voice.name: samples(engine, voice, language="en-US") for voice in VOICES}
    colours = {name: bands_db(sound) for name, sound in sounds.items()}

    assert len(VOICES) == 35
    for name, sound in sounds.items():
        assert 1_000 < sound.astype(np.float64).std() < 8_000, name
        assert abs(sound.astype(np.int32)).max() < 32_000, name
    for one, other in combinations(colours, 2):
        assert np.abs(colours[one] - colours[other]).mean() > 0.7, (one, other)


def test_voices_are_described_and_the_first_is_the_default() -> None:
    """Names and ids are unique, labels complete, and the voice's own language among its languages."""
    assert VOICES[0].voice_id == "espeak_alder"
    assert len({voice.voice_id for voice in VOICES}) == len({voice.name for voice in VOICES}) == len(VOICES)
    for voice in VOICES:
        assert voice.voice_id == f"espeak_{voice.name.lower()}"
        assert voice.language in voice.languages
        assert set(voice.labels) == {"gender", "age", "accent", "description"}
        assert all(voice.labels.values())
        assert voice.description.startswith(voice.name)


@pytest.mark.parametrize("language", ["en-US", "en-GB", "de", "fr", "es", "it", "pt-BR", "hi", "ru", "zh"])
def test_languages_of_many_have_a_man_and_a_woman(language: str) -> None:
    """Each of them an own voice, which isn't a child's."""
    own = [voice for voice in VOICES if voice.language == language and "child" not in voice.description]

    assert {voice.labels["gender"] for voice in own} == {"male", "female"}


def test_an_accent_is_heard(engine: EspeakEngine, alder: Voice) -> None:
    """One voice sounds different in each kind of English, and in each French where the numbers differ."""
    english = {samples(engine, alder, language=tag).tobytes() for tag in ESPEAK_LANGUAGES if tag[:2] == "en"}
    french = {samples(engine, alder, "70", language=tag).tobytes() for tag in ("fr", "fr-BE")}

    assert len(english) == 5
    assert len(french) == 2


def test_the_list_of_languages_is_the_list_of_sentences(data: Path) -> None:
    """Whoever offers a language adds a sentence of it."""
    assert [tag for tag, _ in sentences(data)] == list(ESPEAK_LANGUAGES)


def sentences(data: Path) -> list[tuple[str, str]]:
    lines = (data / "sentences.tsv").read_text(encoding="utf-8").splitlines()
    return [(tag, text) for tag, _, text in (line.partition("\t") for line in lines)]


def test_every_language_is_spoken(engine: EspeakEngine, alder: Voice, data: Path) -> None:
    """Each sentence is audible, as long as a sentence of its script takes, and every word has its time.

    Letters spelled out, or characters named ("Chinese letter"), take three times as long and more.
    """
    for tag, text in sentences(data):
        speech = engine.synthesize(text, voice=alder, language=tag, settings=VoiceSettings())
        ms_a_character = len(speech.samples) / 22.05 / len(text)
        least_ms, most_ms = (90, 270) if tag in SYLLABLE_SCRIPTS else (35, 110)

        assert least_ms < ms_a_character < most_ms, tag
        assert speech.samples.astype(np.float64).std() > 1_000, tag
        assert silent_words(text, speech.alignment.boundaries) == [], tag


def silent_words(text: str, boundaries: tuple[int, ...]) -> list[str]:
    found, start = [], 0
    for word in text.split():
        start = text.index(word, start)
        if boundaries[start] == boundaries[start + len(word)]:
            found.append(word)
        start += len(word)
    return found


@pytest.mark.parametrize("tag", ["ja", "th", "he", "ar", "tlh", "en", "de-DE", ""])
def test_other_languages_are_refused(engine: EspeakEngine, alder: Voice, tag: str) -> None:
    """What is read wrong is not offered, and the engine takes no tag but those of the voice."""
    with pytest.raises(UnknownLanguage):
        samples(engine, alder, language=tag or "??")


@pytest.mark.slow
def test_every_voice_and_every_language_speak(engine: EspeakEngine, data: Path) -> None:
    """No timbre, in every twentieth language, is refused, silent or of another length than the language takes."""
    spoken = sentences(data)
    usual = {tag: len(samples(engine, VOICES[0], text, tag)) for tag, text in spoken}
    for number, voice in enumerate(VOICES[1:]):
        for tag, text in spoken[number % 20 :: 20]:
            sound = samples(engine, voice, text, tag)

            assert 0.6 < len(sound) / usual[tag] < 1.6, (voice.name, tag)
            assert sound.astype(np.float64).std() > 700, (voice.name, tag)
