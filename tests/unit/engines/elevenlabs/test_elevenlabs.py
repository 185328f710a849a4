"""Speech of the original, or of what speaks its protocol, well and badly."""

import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.loopback import Asked, Loopback
from tests.speech_servers import (
    in_turn,
    samples_of,
    saying,
    speech_server,
    spoken,
    timed,
    toned,
    wait_for_voices,
)

from rhapsode.engines.elevenlabs import ElevenLabsEngine
from rhapsode.engines.engine import Speech
from rhapsode.studio.errors import EngineFailed, EngineUnavailable, UnknownVoice
from rhapsode.studio.voice import VoiceSettings

TEXT = "The tide, 𝒜!"
RACHEL = {
    "voice_id": "21m00Tcm4TlvDq8ikWAM",
    "name": "Rachel",
    "labels": {"gender": "female", "age": "Middle-Aged", "accent": "american", "language": "en"},
    "verified_languages": [{"language": "da", "locale": None}, {"language": "pt", "locale": "pt-BR"}],
    "description": "Calm.",
}
OWN = {"voice_id": "elevenlabs_21m00Tcm4TlvDq8ikWAM", "name": "Rachel"}
LISTED = json.dumps({"voices": [RACHEL, {"voice_id": "abc", "name": "Abc"}, OWN]}).encode()

Serve = Callable[..., Loopback]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a server that lists two voices and answers texts one after the other."""
    with contextlib.ExitStack() as servers:

        def start(*answers: Callable[[Asked], bytes], **settings: str) -> Loopback:
            speaking = in_turn(*answers)

            def answer(asked: Asked) -> Any:
                return [saying(LISTED)(asked)] if asked.method == "GET" else speaking(asked)

            server = speech_server(answer, monkeypatch, tmp_path, "ELEVENLABS", **settings)
            return servers.enter_context(server)

        yield start


@pytest.fixture
def engine() -> Iterator[ElevenLabsEngine]:
    made = ElevenLabsEngine()
    yield made
    made.close()


def speak(engine: ElevenLabsEngine, text: str = TEXT, *, language: str = "en-US", seed: int = 0) -> Speech:
    return engine.synthesize(
        text,
        voice=wait_for_voices(engine)[0],
        language=language,
        settings=VoiceSettings(stability=0.3),
        seed=seed,
    )


def test_voices_are_listed_with_what_is_said_of_them(engine: ElevenLabsEngine, serve: Serve) -> None:
    """Each by an id that nobody takes for a premade one; nobody says that what they speak may be sold."""
    serve(spoken)
    rachel, abc = wait_for_voices(engine)
    assert (rachel.voice_id, rachel.speaker) == ("elevenlabs_21m00Tcm4TlvDq8ikWAM", "21m00Tcm4TlvDq8ikWAM")
    assert rachel.labels == {"gender": "female", "age": "middle_aged", "accent": "american"}
    assert (rachel.language, rachel.description) == ("en-US", "Calm.")
    assert rachel.languages[:3] == ("en-US", "da", "pt-BR")
    assert (abc.language, abc.languages[0]) == ("en", "en")
    assert {rachel.commercial_use, abc.commercial_use} == {"unknown"}


def test_a_text_is_asked_for_with_all_that_decides_it(engine: ElevenLabsEngine, serve: Serve) -> None:
    """Its voice, settings and seed, and nothing of its neighbours."""
    server = serve(spoken)
    speak(engine, seed=7)
    asked = server.asked[-1]
    assert asked.target == "/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/with-timestamps?output_format=pcm_22050"
    assert asked.headers["xi-api-key"] == "a-key"
    assert json.loads(asked.body) == {
        "text": TEXT,
        "model_id": "eleven_multilingual_v2",
        "seed": 7,
        "voice_settings": {
            "stability": 0.3,
            "similarity_boost": 0.75,
            "style": 0.0,
            "speed": 1.0,
            "use_speaker_boost": True,
        },
    }


def test_models_that_take_a_language_get_it(engine: ElevenLabsEngine, serve: Serve) -> None:
    """Without its region, as the contract has it."""
    server = serve(spoken, MODEL="eleven_flash_v2_5")
    speak(engine)
    assert json.loads(server.asked[-1].body)["language_code"] == "en"
    assert engine.traits.version == "1/eleven_flash_v2_5"


def test_its_times_are_the_alignment(engine: ElevenLabsEngine, serve: Serve) -> None:
    """To the sample."""
    serve(spoken)
    speech = speak(engine)
    assert speech.sample_rate_hz == 22_050
    assert np.array_equal(speech.samples, samples_of(TEXT))
    assert speech.alignment == toned(TEXT).alignment


def changed(**fields: Any) -> Callable[[Asked], bytes]:
    """An answer in which something is otherwise; names of the alignment's fields are theirs."""
    answer = timed(TEXT)
    for name, value in fields.items():
        place = answer["alignment"] if name in answer["alignment"] else answer
        place[name] = value
    return saying(json.dumps(answer).encode())


def test_characters_that_came_together_share_their_time(engine: ElevenLabsEngine, serve: Serve) -> None:
    """A server may take several code points for one character."""
    text = "ae\u0301"
    answer = timed(text)
    answer["alignment"] = {
        "characters": ["a", "e\u0301"],
        "character_start_times_seconds": [0.0, 0.06],
        "character_end_times_seconds": [0.06, 0.18],
    }
    serve(saying(json.dumps(answer).encode()))
    assert speak(engine, text).alignment.boundaries == (0, 1_323, 2_646, 3_969)


def test_a_rounded_end_is_that_of_the_sound(engine: ElevenLabsEngine, serve: Serve) -> None:
    """And a time before the one before it is that one."""
    starts = timed(TEXT)["alignment"]["character_start_times_seconds"]
    ends = [*starts[1:], 0.8]
    starts[3] = 0.0
    serve(changed(character_start_times_seconds=starts, character_end_times_seconds=ends))
    boundaries = speak(engine).alignment.boundaries
    assert boundaries[-1] == samples_of(TEXT).size
    assert boundaries[3] == boundaries[2]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (changed(alignment=None), "without the times"),
        (changed(characters=list(TEXT)[:-1]), "not as many times"),
        (changed(characters=list(TEXT.upper())), "another text"),
        (changed(character_end_times_seconds=[9.0] * len(TEXT)), "after its sound"),
        (changed(character_end_times_seconds=["x"] * len(TEXT)), "weren't numbers"),
        (changed(character_start_times_seconds=[-1.0] * len(TEXT)), "weren't numbers"),
        (changed(character_start_times_seconds=[10**400] * len(TEXT)), "weren't numbers"),
        (changed(characters=[1] * len(TEXT)), "not as many times"),
        (saying(b"[" * 100_000), "no JSON"),
        (changed(audio_base64=""), "no sound"),
        (changed(audio_base64="?"), "Base64"),
        (changed(audio_base64=base64.b64encode(b"abc").decode()), "middle of a sample"),
        (changed(audio_base64=base64.b64encode(b"ID3\x04").decode()), "bare PCM"),
        (saying(b"<html>"), "a page in HTML"),
        (saying(b'{"audio_base64": "AA'), "no JSON"),
        (saying(b"[]"), "no object"),
    ],
)
def test_nonsense_is_an_error_that_says_so(
    engine: ElevenLabsEngine, serve: Serve, answer: Callable[[Asked], bytes], said: str
) -> None:
    """Never a wrong alignment."""
    serve(answer)
    with pytest.raises(EngineFailed, match=said) as failed:
        speak(engine)
    assert failed.type is EngineFailed


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (
            401,
            {"detail": {"status": "invalid_api_key", "message": "No."}},
            EngineFailed,
            "RHAPSODE_ELEVENLABS_KEY",
        ),
        (401, {"detail": {"message": "This exceeds your quota."}}, EngineFailed, "exceeds your quota"),
        (404, {"detail": {"message": "A voice wasn't found."}}, UnknownVoice, "wasn't found"),
        (503, {"detail": {"message": "Busy."}}, EngineUnavailable, "Busy"),
    ],
)
def test_refusals_are_told_in_its_words(
    engine: ElevenLabsEngine, serve: Serve, status: int, body: object, error: type[Exception], said: str
) -> None:
    """With the setting that a person can see to."""
    serve(saying(json.dumps(body).encode(), status=status))
    with pytest.raises(error, match=said):
        speak(engine)


def test_what_has_nothing_to_say_is_silent(engine: ElevenLabsEngine, serve: Serve) -> None:
    """With a place for every character, and no request."""
    server = serve(spoken)
    wait_for_voices(engine)
    asked = len(server.asked)
    speech = speak(engine, "— …")
    assert not speech.samples.any()
    assert (speech.alignment.character_count, speech.alignment.boundaries[-1]) == (3, speech.samples.size)
    assert len(server.asked) == asked
