"""Requests as sound: what the engine says, with pauses of exactly the length that was asked for."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.factories import TONE_LOW, engine_voices, need_espeak
from tests.factories import speak_request as speak
from tests.voice_graphs import need_engine

from rhapsode.engines import tone
from rhapsode.engines.engine import Speech
from rhapsode.rendering import aloud
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.speakers import Speakers
from rhapsode.storage.local import LocalBlobs
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import EngineFailed, VoiceRefused
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.pronunciation import Pronunciation
from rhapsode.studio.voice import Voice
from rhapsode.text.pauses import pause_character

SECOND_AND_HALF = pause_character(1500)
RATE_HZ = tone.SAMPLE_RATE_HZ
PAUSE_SAMPLES = RATE_HZ * 3 // 2
STEP = tone.CHARACTER_SAMPLES


def request(text: str) -> SpeechRequest:
    return SpeechRequest(b"key", text, "tone", TONE_LOW, "mul", {})


def espeak(text: str, *pronunciations: Pronunciation) -> SpeechRequest:
    need_espeak()
    return SpeechRequest(
        b"key", text, "espeak", VoiceId("espeak_alder"), "en-US", {"speed": 1.0}, pronunciations
    )


def test_a_pause_is_so_many_samples_of_nothing() -> None:
    """What stands beside it sounds as it does alone, and no character but the pause's own has its time."""
    speech = speak(request(f"One.{SECOND_AND_HALF} Two."))

    one, two = speak(request("One.")).samples, speak(request(" Two.")).samples
    assert np.array_equal(speech.samples, np.concatenate([one, np.zeros(PAUSE_SAMPLES, np.int16), two]))
    behind = 4 * STEP + PAUSE_SAMPLES
    assert speech.alignment.boundaries == (
        *(STEP * count for count in range(5)),
        *(behind + STEP * count for count in range(6)),
    )


def test_a_text_may_be_nothing_but_pauses() -> None:
    """Then no engine is asked, and space between them takes no time."""
    speech = speak(replace(request(f"{SECOND_AND_HALF} \n{pause_character(10)}"), engine="gone"))
    assert speech.samples.size == PAUSE_SAMPLES + 221  # of 22,050 a second, the nearest to 10 ms
    assert not speech.samples.any()
    assert speech.alignment.boundaries == (
        0,
        PAUSE_SAMPLES,
        PAUSE_SAMPLES,
        PAUSE_SAMPLES,
        PAUSE_SAMPLES + 221,
    )


def test_space_by_itself_is_the_engines_affair() -> None:
    """As it was before a text could have pauses."""
    assert speak(request("  ")).samples.size == 2 * STEP
    assert speak(request("")).samples.size == 0


@pytest.mark.parametrize("pause_ms", [0, 1, 333, 3000])
def test_a_pause_is_as_long_as_it_says(pause_ms: int) -> None:
    """To the nearest sample."""
    speech = speak(request(f"a{pause_character(pause_ms)}b"))
    (_, start), (_, end) = list(pairwise(speech.alignment.boundaries))[:2]
    assert end - start == round(pause_ms * RATE_HZ / 1000)


def test_each_stretch_has_its_own_pronunciations() -> None:
    """They move with the stretch that they are of, and the others keep what they spell."""
    pronounced = Pronunciation(6, 12, "təˈmeɪtoʊ")
    whole = speak(espeak(f"Hello{SECOND_AND_HALF}tomato", pronounced))
    hello = speak(espeak("Hello"))
    tomato = speak(espeak("tomato", Pronunciation(0, 6, pronounced.phonemes)))

    silence = np.zeros(whole.sample_rate_hz * 3 // 2, np.int16)
    assert np.array_equal(whole.samples, np.concatenate([hello.samples, silence, tomato.samples]))
    assert whole.alignment.character_count == 12


def test_real_speech_has_a_pause_of_exactly_that_length() -> None:
    """The character of the pause has all of it, and the sound beside it is heard."""
    speech = speak(espeak(f"Hello there.{SECOND_AND_HALF} Goodbye."))
    start, end = speech.alignment.boundaries[12:14]
    assert (end - start) / speech.sample_rate_hz == 1.5
    assert not speech.samples[start:end].any()
    assert speech.samples[:start].any()
    assert speech.samples[end:].any()
    assert speech.alignment.boundaries[-1] == speech.samples.size


def test_an_engine_that_changes_its_rate_within_a_text_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stretches can't be joined."""
    rates = iter((22_050, 44_100))

    def synthesize(_: object, text: str, **__: object) -> Speech:
        return Speech(next(rates), np.zeros(9, np.int16), Alignment(tuple(range(len(text) + 1))))

    monkeypatch.setattr(tone.ToneEngine, "synthesize", synthesize)
    with pytest.raises(EngineFailed, match="rates"):
        speak(request(f"a{SECOND_AND_HALF}b"))


def test_files_that_are_gone_are_told_when_it_is_their_turn(tmp_path: Path) -> None:
    """What is spoken before such a voice is whole, though its engine can't begin with what comes next."""
    need_engine("piper")
    voice = Voice(VoiceId("bare"), "Bare", "piper", "en-US", ("en-US",))
    speakers = Speakers({**engine_voices(), voice.voice_id: voice}, LocalBlobs(tmp_path))
    then = replace(request("Hello."), engine="piper", voice_id=voice.voice_id, language="en-US")

    assert aloud.speak(request("Hello."), speakers, then=then).samples.any()
    with pytest.raises(VoiceRefused, match="missing is the model"):
        aloud.speak(then, speakers)


def test_what_comes_next_changes_nothing() -> None:
    """Whether an engine could begin with it, it is nothing but a pause, or nobody can speak it."""
    alone = speak(espeak("Hello there."))
    following = [
        espeak(f"{SECOND_AND_HALF}Goodbye."),
        espeak(SECOND_AND_HALF),
        request("Hello."),
        replace(espeak("Hello."), engine="gone"),
        replace(espeak("Hello."), language="xx"),
        espeak("x" * 9_999),
    ]
    for then in following:
        speech = speak(espeak("Hello there."), then=then)
        assert np.array_equal(speech.samples, alone.samples)
    assert speak(following[0]).samples.size == speak(espeak("Goodbye.")).samples.size + 33_075
