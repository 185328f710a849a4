"""Voices that another server makes of recordings: what it is sent, and what comes of every answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.loopback import Answer, Loopback, always, answering, reply

from rhapsode.engines.elevenlabs.adapter import ElevenLabsEngine
from rhapsode.engines.elevenlabs.voices import CLONE_MARK, read_voices
from rhapsode.studio.errors import EngineFailed, EngineUnavailable, RhapsodeError, VoiceRefused
from rhapsode.studio.voice import Voice

SAMPLE = b"RIFF" + bytes(range(256)) * 20


@pytest.fixture
def cloned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Answer], tuple[Voice | RhapsodeError, Loopback]]:
    """Clones a voice at a server that answers so; what came of it, and what the server saw."""
    sample = tmp_path / "sample.voice"
    sample.write_bytes(SAMPLE)
    monkeypatch.setenv("RHAPSODE_ELEVENLABS_KEY", "sesame")

    def clone(answer: Answer) -> tuple[Voice | RhapsodeError, Loopback]:
        with answering(answer) as server:
            monkeypatch.setenv("RHAPSODE_ELEVENLABS_URL", server.url)
            try:
                labels = {"gender": "female", "language": "de"}
                engine = ElevenLabsEngine()
                assert engine.traits.can_clone
                return engine.clone("Ida", [sample, sample], description="Hers.", labels=labels), server
            except RhapsodeError as error:
                return error, server

    return clone


def answer_of(status: int = 200, **body: Any) -> Answer:
    """Always this JSON."""
    return always(reply(json.dumps(body).encode(), status=status, Content_Type="application/json"))


def test_recordings_are_sent_in_the_words_of_the_original(
    cloned: Callable[[Answer], tuple[Voice, Loopback]],
) -> None:
    """Once, whole and with the key; what comes back speaks under an id that no premade voice has."""
    voice, server = cloned(answer_of(voice_id="abc123", requires_verification=False))

    assert (voice.voice_id, voice.speaker, voice.engine) == ("elevenlabs_abc123", "abc123", "elevenlabs")
    assert (voice.name, voice.description, voice.category) == ("Ida", "Hers.", "cloned")
    assert (voice.language, voice.commercial_use) == ("de", "unknown")
    assert {"de", "en"} <= set(voice.languages)
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/v1/voices/add")
    assert asked.headers["xi-api-key"] == "sesame"
    assert asked.body.count(SAMPLE) == 2
    assert f'name="description"\r\n\r\nHers. {CLONE_MARK}'.encode() in asked.body
    assert b'name="labels"\r\n\r\n{"gender": "female", "language": "de"}' in asked.body


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (answer_of(400, detail={"message": "Too noisy."}), VoiceRefused, "Too noisy"),
        (answer_of(422, detail="No sample."), VoiceRefused, "No sample"),
        (answer_of(voice_id="x", requires_verification=True), VoiceRefused, "verified"),
        (answer_of(401, detail={"message": "Invalid API key"}), EngineFailed, "RHAPSODE_ELEVENLABS_KEY"),
        (answer_of(403, detail="Not in your plan"), EngineFailed, "Not in your plan"),
        (answer_of(status=200), EngineFailed, "which voice"),
        (always(reply(b"<html>")), EngineFailed, "which voice"),
        (answer_of(503), EngineUnavailable, "503"),
        (always(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), EngineUnavailable, "can't be used"),
    ],
)
def test_what_goes_wrong_is_told_and_never_tried_again(
    cloned: Callable[[Answer], tuple[RhapsodeError, Loopback]],
    answer: Answer,
    kind: type[RhapsodeError],
    said: str,
) -> None:
    """A second request would make a second voice."""
    error, server = cloned(answer)

    assert type(error) is kind
    assert said in str(error)
    assert server.url in str(error)
    assert "sesame" not in str(error)
    assert len(server.asked) == 1


def test_what_was_cloned_for_one_workspace_is_in_no_list() -> None:
    """The account has it, and everybody here sees the account's voices; its workspace has it in the records."""
    listed = [
        {"voice_id": "ours", "name": "Ida", "category": "cloned", "description": f"Hers. {CLONE_MARK}"},
        {"voice_id": "theirs", "name": "Ada", "category": "cloned", "description": "Somebody's."},
        {"voice_id": "bare", "name": "Bo"},
    ]

    found = read_voices(json.dumps({"voices": listed}).encode(), prefix="elevenlabs_")

    assert [voice.name for voice in found] == ["theirs", "bare"]


def test_without_a_key_nobody_clones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The engine says so before it is asked."""
    for name in ("KEY", "URL"):
        monkeypatch.delenv(f"RHAPSODE_ELEVENLABS_{name}", raising=False)

    assert not ElevenLabsEngine().traits.can_clone
    with pytest.raises(VoiceRefused, match="without a key"):
        ElevenLabsEngine().clone("Ida", [tmp_path])
