"""Engines as a server tells of them, and a server as the engine of another."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.speech_servers import set_engine, toned, wait_for_voices

from rhapsode.engines.elevenlabs import ElevenLabsEngine
from rhapsode.engines.engine import Speech
from rhapsode.engines.registry import list_engines
from rhapsode.studio.errors import EngineFailed, UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice, VoiceSettings

from .running import LiveServer


def test_engines_are_listed(http: httpx.Client) -> None:
    """Each that is installed, with its voices; what has no server on another machine has no counters."""
    engines = http.get("/rhapsode/v1/engines").raise_for_status().json()["engines"]
    assert [engine["engine_id"] for engine in engines] == list(list_engines())
    tone = engines[-1]
    assert tone == {
        "engine_id": "tone",
        "version": "1",
        "voice_count": 2,
        "is_up": True,
        "problem": None,
        "heeded_settings": [],
        "pronounces": False,
        "makes_of_files": False,
        "makes_of_recordings": False,
        "address": None,
        "circuit": None,
        "counters": None,
    }


def test_engines_are_told_to_who_has_a_key(anonymous: httpx.Client) -> None:
    """Their addresses are nobody else's affair."""
    assert anonymous.get("/rhapsode/v1/engines").status_code == 401


@pytest.fixture
def far(server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ElevenLabsEngine]:
    """An engine whose server is this one."""
    set_engine(monkeypatch, tmp_path, "ELEVENLABS", URL=server.url, KEY=server.key)
    engine = ElevenLabsEngine()
    yield engine
    engine.close()


def speak(engine: ElevenLabsEngine, voice: Voice, text: str) -> Speech:
    return engine.synthesize(text, voice=voice, language=voice.language, settings=VoiceSettings())


def test_a_server_is_the_engine_of_another(far: ElevenLabsEngine) -> None:
    """Its voices are listed, and what they say has the very times that they have there."""
    voices = {voice.voice_id: voice for voice in wait_for_voices(far)}
    text = "The tide, 𝒜 and all."
    speech = speak(far, voices[VoiceId("elevenlabs_tone_low")], text)
    assert speech.sample_rate_hz == 22_050
    assert speech.alignment == toned(text).alignment
    assert speech.samples[: toned(text).samples.size].any()


def test_what_another_server_refuses_is_told(far: ElevenLabsEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A voice that it hasn't, and a key that it doesn't know."""
    voice = wait_for_voices(far)[0]
    gone = Voice(voice.voice_id, "Gone", far.name, voice.language, voice.languages, speaker="gone")
    with pytest.raises(UnknownVoice, match="gone"):
        speak(far, gone, "Hello.")
    monkeypatch.setenv("RHAPSODE_ELEVENLABS_KEY", "another")
    stranger = ElevenLabsEngine()
    with pytest.raises(EngineFailed, match="see to RHAPSODE_ELEVENLABS_KEY"):
        speak(stranger, voice, "Hello.")
    stranger.close()
